"""The way out of the sandbox: exactly the named hosts, encrypted, on port 443, counted."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import policy, sandbox
from agents.connected import Connected, told
from agents.egress import Egress
from agents.events import TICK, Event
from agents.job import Attached, Limits, Outcome, Workspace
from agents.reach import Streams, connect_public, is_pattern, is_public
from tests.agents import boxes
from tests.doubles.tls_server import TlsServer

HOST = "pkg.example.org"
# Fetches an address (posting as many bytes as are asked for) and prints what it got, or why not.
FETCH = """
import os, ssl, sys, urllib.request
context = ssl.create_default_context(cafile="/workspace/cert.pem")
body = bytes(int(sys.argv[2])) if len(sys.argv) > 2 else None
try:
    with urllib.request.urlopen(sys.argv[1], body, timeout=20, context=context) as answer:
        print(answer.read().decode(), end="")
except OSError as error:
    print("failed:", error, getattr(error, "read", bytes)().decode(), end="")
"""
GET = "python3 fetch.py https://{}/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    with TlsServer(tmp_path_factory.mktemp("tls"), HOST) as made:
        yield made


@pytest.fixture
def space(tmp_path: Path, server: TlsServer) -> Workspace:
    made = boxes.plain(tmp_path / "tree")
    (made.root / "cert.pem").write_bytes(server.certificate.read_bytes())
    (made.root / "fetch.py").write_text(FETCH)
    return made


def leading_to(port: int, asked: list[str] | None = None) -> object:
    """Connects to loopback, whatever the name: the network's edge of these tests."""

    async def connect(host: str) -> Streams:
        if asked is not None:
            asked.append(host)
        return await asyncio.open_connection("127.0.0.1", port)

    return connect


def run(space: Workspace, egress: Egress, script: str) -> str:
    box = Connected(sandbox.Bubblewrap(), egress)
    running = box.start(("sh", "-c", script), space, Limits())
    said = boxes.output(running)
    running.wait(10)
    running.kill()
    return said


def notes(egress: Egress) -> str:
    return "\n".join(str(each.data["text"]) for each in egress.notes())


def test_a_named_host_is_reached_and_what_goes_there_is_counted(
    space: Workspace, server: TlsServer, tmp_path: Path
) -> None:
    with Egress([HOST], tmp_path / "net", connect=leading_to(server.port)) as egress:
        assert run(space, egress, GET.format(HOST)) == f"this is {HOST}"
        assert run(space, egress, GET.format(HOST) + " 300000") == "kept"
        assert notes(egress) == ""
        (sums,) = egress.summary()
    assert server.bodies[-1] == bytes(300_000)
    assert str(sums.data["text"]).startswith(f"Network: {HOST}: 30")
    assert str(sums.data["text"]).endswith("connections: 2.")
    assert 300_000 < int(str(sums.data["sent"])) < 320_000
    assert sums.source == "sandbox"
    assert not (tmp_path / "net").exists()


def test_other_hosts_ports_and_plain_text_are_refused(
    space: Workspace, server: TlsServer, tmp_path: Path
) -> None:
    asked: list[str] = []
    with Egress([HOST], tmp_path / "net", connect=leading_to(server.port, asked)) as egress:
        for name in (f"a.{HOST}", f"x{HOST}", "example.org", f"{HOST}.evil.org", f"{HOST}."):
            assert "403" in run(space, egress, GET.format(name))
        for place in (f"https://{HOST}:22/", "https://127.0.0.1:443/", "https://[::1]/"):
            script = f"no_proxy= NO_PROXY= python3 fetch.py {place}"
            assert "403" in run(space, egress, script)
        plain = f"python3 fetch.py http://{HOST}/ 1000"
        assert "Only encrypted connections" in run(space, egress, plain)
        said = notes(egress)
    assert asked == []
    assert "Only port 443 of pkg.example.org" in said
    assert "example.org is not among the hosts" in said


def test_no_host_is_reached_when_none_is_named(space: Workspace, tmp_path: Path) -> None:
    asked: list[str] = []
    with Egress([], tmp_path / "net", connect=leading_to(1, asked)) as egress:
        assert "403" in run(space, egress, GET.format(HOST))
    assert asked == []


def test_a_suffix_holds_for_names_below_it_only(
    space: Workspace, server: TlsServer, tmp_path: Path
) -> None:
    with Egress(["*.example.org"], tmp_path / "net", connect=leading_to(server.port)) as egress:
        assert run(space, egress, GET.format(HOST)) == f"this is {HOST}"
        for name in ("example.org", "badexample.org"):
            assert "403" in run(space, egress, GET.format(name))


def test_what_is_not_tls_for_that_very_host_does_not_pass(space: Workspace, tmp_path: Path) -> None:
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def keep() -> None:
            while True:
                try:
                    near = listener.accept()[0]
                except OSError:
                    return
                with near:
                    while data := near.recv(65536):
                        got.append(data)

        threading.Thread(target=keep, daemon=True).start()
        port = listener.getsockname()[1]
        with Egress([HOST], tmp_path / "net", connect=leading_to(port)) as egress:
            through = (
                "import socket, sys\n"
                "c = socket.create_connection(('127.0.0.1', 3128), 10)\n"
                f"c.sendall(b'CONNECT {HOST}:443 HTTP/1.1\\r\\n\\r\\n')\n"
                "assert b'200' in c.recv(999)\n"
            )
            plain = "c.sendall(b'POST / HTTP/1.1\\r\\n' + b'tree' * 500)\nprint(c.recv(999))"
            (space.root / "plain.py").write_text(through + plain)
            assert run(space, egress, "python3 plain.py") == "b''\n"
            fronted = (
                "import ssl\nx = ssl._create_unverified_context()\n"
                "try: x.wrap_socket(c, server_hostname='hidden.example.net')\n"
                "except OSError as e: print('closed')"
            )
            (space.root / "fronted.py").write_text(through + fronted)
            assert run(space, egress, "python3 fronted.py") == "closed\n"
            said = notes(egress)
        listener.shutdown(socket.SHUT_RDWR)
    assert got == []
    assert "not https" in said
    assert "asked for another host inside" in said


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "169.254.169.254", "10.1.2.3", "192.168.0.1", "100.64.0.1", "168.63.129.16",
     "100.100.100.200", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0",
     "fd00:ec2::254", "::ffff:169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "::127.0.0.1", "2001:0:4136:e378::1", "ff02::1", "nonsense"],
)  # fmt: skip
def test_a_name_that_leads_inwards_is_refused_after_resolution(
    space: Workspace, tmp_path: Path, address: str
) -> None:
    def resolve(host: str) -> list[str]:
        return ["8.8.8.8", address]

    connect = functools.partial(connect_public, resolve=resolve)
    with Egress([HOST], tmp_path / "net", connect=connect) as egress:
        ask = (
            "import socket; c = socket.create_connection(('127.0.0.1', 3128), 10);"
            f"c.sendall(b'CONNECT {HOST}:443 HTTP/1.1\\r\\n\\r\\n'); print(c.recv(999))"
        )
        assert "403" in run(space, egress, f'python3 -c "{ask}"')
        assert "not public" in notes(egress) or address == "nonsense"


def test_addresses_of_the_internet_are_public() -> None:
    for text in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"):
        assert is_public(ipaddress.ip_address(text))


def test_too_much_upload_closes_the_way(
    space: Workspace, server: TlsServer, tmp_path: Path
) -> None:
    before = len(b"".join(server.bodies))
    way = Egress([HOST], tmp_path / "net", connect=leading_to(server.port), upload_bytes=100_000)
    with way as egress:
        assert "failed" in run(space, egress, GET.format(HOST) + " 3000000")
        assert "failed" in run(space, egress, GET.format(HOST))
        assert "More was sent than a run may send" in notes(egress)
    assert len(b"".join(server.bodies)) - before <= 100_000


def test_nothing_else_of_the_host_can_be_reached(
    space: Workspace, server: TlsServer, tmp_path: Path
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Egress([HOST], tmp_path / "net", connect=leading_to(server.port)) as egress,
    ):
        port = listener.getsockname()[1]
        place = f"http://127.0.0.1:{port}/"
        assert "refused" in run(space, egress, f"http_proxy= HTTP_PROXY= python3 fetch.py {place}")
        assert "403" in run(space, egress, f"no_proxy= NO_PROXY= python3 fetch.py {place}")
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_thousand_refusals_are_told_a_few_times(space: Workspace, tmp_path: Path) -> None:
    code = (
        "import socket\n"
        "for n in range(1000):\n"
        "    c = socket.create_connection(('127.0.0.1', 3128), 10)\n"
        "    c.sendall(b'CONNECT a%d.org:443 HTTP/1.1\\r\\n\\r\\n' % n); c.recv(99); c.close()\n"
        "c = socket.create_connection(('127.0.0.1', 3128), 10); c.sendall(b'x' * 10**6)\n"
    )
    (space.root / "many.py").write_text(code)
    with Egress([HOST], tmp_path / "net") as egress:
        run(space, egress, "python3 many.py")
        assert 1 <= len(list(egress.notes())) <= 20


def test_the_program_s_own_relays_and_variables_stay(space: Workspace, tmp_path: Path) -> None:
    with Egress([HOST], tmp_path / "net") as egress:
        box = Connected(sandbox.Bubblewrap(), egress)
        running = box.start(
            ("sh", "-c", "echo $HTTPS_PROXY $HTTP_PROXY; exit 3"), space, Limits(),
            environment={"HTTP_PROXY": "mine"}, attached=Attached(relays=((9000, "/x.sock"),)),
        )  # fmt: skip
        assert boxes.output(running) == "http://127.0.0.1:3128 mine\n"
        assert running.wait(10) == 3


def test_the_sums_come_before_the_outcome(tmp_path: Path) -> None:
    way = Egress([HOST], tmp_path / "net")
    way._traffic[HOST] = [1, 2, 3]
    way._tell("told.")
    done = Outcome("passed")
    first, tick, second, last = told((value for value in (TICK, done)), way)
    assert isinstance(first, Event)
    assert first.data["text"] == "Network: told."
    assert tick is TICK
    assert isinstance(second, Event)
    assert second.data["sent"] == 2
    assert last is done


def test_no_thread_is_left(tmp_path: Path) -> None:
    for _ in range(3):
        with Egress([HOST], tmp_path / "net"):
            assert "egress" in {thread.name for thread in threading.enumerate()}
    assert "egress" not in {thread.name for thread in threading.enumerate()}


def test_a_long_data_folder_is_no_hindrance(space: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / ("name" * 30) / "net"
    with Egress([HOST], folder) as egress:
        assert "403" in run(space, egress, GET.format("example.com"))


@pytest.mark.parametrize(
    "name", ["https://x.org", "localhost", "*", "*.", "10.0.0.1", "a b.org", "*.*.org"]
)
def test_a_host_that_cannot_be_named_is_told_by_the_policy(name: str) -> None:
    assert not is_pattern(name)
    read = policy.parse(f'[sandbox]\nhosts = ["{name}", "pypi.org", "*.npmjs.org"]'.encode())
    assert read.sandbox.hosts == ("pypi.org", "*.npmjs.org")
    assert any(name in problem for problem in read.problems)
