"""Ports of the sandbox's loopback that lead to Unix sockets of the host."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agents import sandbox
from agents.errors import CannotRun
from agents.job import Attached, Limits, Mount, Workspace
from agents.proc import descendants, start_time
from tests.agents import boxes

INSIDE = "/sockets/one.sock"
CLIENT = """
import socket, sys, threading
def send(c, data):
    try:
        c.sendall(data), c.shutdown(socket.SHUT_WR)
    except OSError:
        pass
def talk(data):
    with socket.create_connection(("127.0.0.1", 8765), 10) as c:
        threading.Thread(target=send, args=[c, data]).start()
        got = b""
        while chunk := c.recv(65536):
            got += chunk
    return got
"""


def echo(near: socket.socket) -> None:
    """Say back what comes, then what was counted: the end of one side is not that of the other."""
    total = 0
    while chunk := near.recv(65536):
        total += len(chunk)
        near.sendall(chunk)
    near.sendall(b"%d in all" % total)


@contextmanager
def listening(place: Path, answer: Callable[[socket.socket], None] = echo) -> Iterator[None]:
    """A Unix socket at `place` with a thread per connection."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        server.listen()

        def one(near: socket.socket) -> None:
            with near, suppress(ConnectionError):
                answer(near)

        def accept() -> None:
            while True:
                try:
                    near = server.accept()[0]
                except OSError:
                    return
                threading.Thread(target=one, args=[near], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return boxes.plain(tmp_path / "tree")


@pytest.fixture
def attached(tmp_path: Path) -> Iterator[Attached]:
    """A relay from port 8765 to an echoing socket in a mounted folder."""
    (tmp_path / "s").mkdir()
    with listening(tmp_path / "s" / "one.sock"):
        yield Attached((Mount(tmp_path / "s", "/sockets"),), ((8765, INSIDE),))


def python(space: Workspace, code: str, attached: Attached) -> tuple[int | None, str]:
    (space.root / "client.py").write_text(CLIENT + code)
    return boxes.inside(space, "python3", "client.py", attached=attached)


def test_a_port_inside_reaches_the_socket_outside(space: Workspace, attached: Attached) -> None:
    code, said = python(space, "print(talk(b'hello').decode())", attached)
    assert (code, said) == (0, "hello5 in all\n")


def test_much_goes_both_ways_at_once_whole(space: Workspace, attached: Attached) -> None:
    script = (
        "import os; data = os.urandom(20_000_000); got = talk(data)\n"
        "print(got == data + b'20000000 in all')"
    )
    assert python(space, script, attached) == (0, "True\n")


def test_many_connections_are_open_at_once(space: Workspace, attached: Attached) -> None:
    script = (
        "cs = [socket.create_connection(('127.0.0.1', 8765), 10) for _ in range(200)]\n"
        "for n, c in enumerate(cs): c.sendall(b'%03d' % n)\n"
        "print(all(c.recv(3) == b'%03d' % n for n, c in enumerate(cs)))"
    )
    assert python(space, script, attached) == (0, "True\n")


def test_clients_that_break_off_harm_nobody_else(space: Workspace, attached: Attached) -> None:
    script = (
        "import struct\n"
        "for n in range(50):\n"
        "    c = socket.create_connection(('127.0.0.1', 8765), 10); c.sendall(b'x' * 100_000)\n"
        "    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()\n"
        "print(talk(b'hello').decode())"
    )
    assert python(space, script, attached) == (0, "hello5 in all\n")


def test_a_server_that_is_gone_shows_as_a_closed_connection(
    space: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "s").mkdir()
    gone = Attached((Mount(tmp_path / "s", "/sockets"),), ((8765, INSIDE),))
    code, said = python(space, "try: print(talk(b''))\nexcept OSError: print('gone')", gone)
    assert code == 0
    assert said in ("b''\n", "gone\n")


def test_code_output_and_input_stay_the_program_s_own(space: Workspace, attached: Attached) -> None:
    code, said = boxes.shell(space, "cat; exit 7", stdin=b"told", attached=attached)
    assert (code, said) == (7, "told")
    code, _ = boxes.shell(space, "kill -KILL $$", attached=attached)
    assert code == 128 + 9


def test_asking_the_program_to_end_leaves_the_relay_up(
    space: Workspace, attached: Attached
) -> None:
    script = (
        "import signal, sys, time\n"
        "told = []; signal.signal(signal.SIGTERM, lambda *_: told.append(1))\n"
        "print('ready', flush=True)\n"
        "while not told: time.sleep(0.05)\n"
        "print(talk(b'bye').decode(), flush=True); sys.exit(4)"
    )
    (space.root / "client.py").write_text(CLIENT + script)
    running = sandbox.Bubblewrap().start(
        ("python3", "client.py"), space, Limits(), attached=attached
    )
    assert running.read(20) == b"ready\n"
    running.interrupt()
    assert boxes.output(running) == "bye3 in all\n"
    assert running.wait(10) == 4


def test_nothing_is_left_of_it_and_nobody_waits_for_it(
    space: Workspace, attached: Attached
) -> None:
    running = sandbox.Bubblewrap().start(
        ("sh", "-c", "echo on; exec sleep 60"), space, Limits(), attached=attached
    )
    assert running.read(20) == b"on\n"
    below = descendants(running.pid)
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in below]
    assert any(b"/etc/relay.py" in line for line in lines)
    running.kill()
    assert [pid for pid in below if start_time(pid) is not None] == []
    assert boxes.shell(space, "exit 0", attached=attached)[0] == 0  # it does not wait for the relay


def test_the_port_is_the_sandbox_s_alone(space: Workspace, attached: Attached) -> None:
    script = "echo on; exec sleep 60"
    running = [
        sandbox.Bubblewrap().start(("sh", "-c", script), space, Limits(), attached=attached)
        for _ in range(2)
    ]
    assert [each.read(20) for each in running] == [b"on\n", b"on\n"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", 8765), 2)
    for each in running:
        each.kill()


@pytest.mark.parametrize("relay", [(80, INSIDE), (70000, INSIDE), (8765, "x"), (8765, "/a\nb")])
def test_a_relay_that_cannot_be_is_refused(space: Workspace, relay: tuple[int, str]) -> None:
    with pytest.raises(CannotRun, match="cannot be led"):
        boxes.shell(space, "true", attached=Attached(relays=(relay,)))


def test_no_relay_without_a_network_of_its_own(space: Workspace, attached: Attached) -> None:
    with pytest.raises(CannotRun, match="host's network"):
        boxes.shell(space, "true", attached=attached, network=True)
    with pytest.raises(CannotRun, match="only the sandbox has"):
        sandbox.Unsandboxed().start(("true",), space, Limits(), attached=attached)
