"""Processes of our own: what they print, how much of it we hold, and that none is left."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents import process
from agents.errors import PlatformFault
from agents.proc import descendants, start_time
from agents.process import Process, kill_if_same

ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


def output(running: Process) -> bytes:
    """All of its output."""
    return b"".join(chunks(running))


def chunks(running: Process) -> Iterator[bytes]:
    while (chunk := running.read(10)) != b"":
        assert chunk is not None, "nothing came in ten seconds"
        yield chunk


def wait_until(holds: Callable[[], object], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(holds())


def test_both_streams_come_in_order_and_the_code_is_told() -> None:
    running = process.start(["sh", "-c", "echo a; echo b >&2; echo c; exit 7"], env=ENV)
    assert output(running) == b"a\nb\nc\n"
    assert running.wait() == 7
    assert running.read(1) == b""


def test_nothing_for_a_while_is_none_and_a_running_program_has_no_code() -> None:
    running = process.start(["sleep", "60"], env=ENV)
    assert running.read(0.05) is None
    assert running.wait(0.05) is None
    running.kill()
    assert running.wait() == -9
    assert running.read(1) == b""
    running.kill()


def test_standard_input_of_any_size_is_fed_without_deadlock() -> None:
    data = os.urandom(3_000_000)
    running = process.start(["cat"], env=ENV, stdin=data)
    assert output(running) == data
    silent = process.start(["sh", "-c", "exit 0"], env=ENV, stdin=data)
    assert silent.wait(5) == 0
    assert output(process.start(["cat"], env=ENV)) == b""


def test_standard_input_cannot_be_made_to_grow() -> None:
    grow = "import os; os.write(os.open('/proc/self/fd/0', os.O_RDWR), b'x' * 10)"
    running = process.start([sys.executable, "-c", grow], env=ENV, stdin=b"a")
    assert b"Error" in output(running)


def test_the_environment_is_exactly_what_is_given() -> None:
    assert output(process.start(["env"], env=ENV)) == f"PATH={ENV['PATH']}\n".encode()


def test_a_gigabyte_of_output_leaves_us_flat() -> None:
    running = process.start(["head", "-c", "1000000000", "/dev/zero"], env=ENV)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = 0
    for chunk in chunks(running):
        assert len(chunk) <= 64 * 1024
        size += len(chunk)
    assert size == 1_000_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


def test_a_program_that_is_not_read_waits() -> None:
    running = process.start(["sh", "-c", "head -c 10000000 /dev/zero; echo done >&2"], env=ENV)
    time.sleep(0.2)
    assert running.wait(0) is None
    running.kill()


def test_kill_ends_children_and_grandchildren() -> None:
    running = process.start(["sh", "-c", "sleep 61 & (sleep 62 & wait) & wait"], env=ENV)
    assert wait_until(lambda: len(descendants(running.pid)) >= 3)
    below = descendants(running.pid)
    running.kill()
    assert wait_until(lambda: all(start_time(pid) is None for pid in below))


def test_a_daemon_that_keeps_the_pipe_does_not_keep_us() -> None:
    script = "echo hello; setsid sh -c 'echo $$; exec sleep 63' & sleep 0.3"
    running = process.start(["sh", "-c", script], env=ENV)
    began = time.monotonic()
    said = output(running)
    assert said.startswith(b"hello\n")
    assert running.wait() == 0
    assert time.monotonic() - began < 20
    kill_if_same(int(said.split()[1]), start_time(int(said.split()[1])) or 0)


def test_interrupt_lets_the_program_clean_up() -> None:
    script = "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    running = process.start(["sh", "-c", script], env=ENV)
    assert running.read(5) == b"ready\n"
    running.interrupt()
    assert output(running).endswith(b"bye\n")
    assert running.wait(5) == 5
    running.interrupt()


def test_kill_from_another_thread_ends_a_blocked_read() -> None:
    running = process.start(["sleep", "64"], env=ENV)
    threading.Timer(0.2, running.kill).start()
    began = time.monotonic()
    assert running.read(30) == b""
    assert time.monotonic() - began < 20


def test_a_program_dies_with_the_process_that_started_it() -> None:
    code = (
        "import time; from agents import process;"
        "p = process.start(['sleep', '65'], env={'PATH': '/usr/bin:/bin'});"
        "print(p.pid, p.started, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert parent.stdout is not None
    pid, started = map(int, parent.stdout.readline().split())
    assert wait_until(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
    assert start_time(pid) == started
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until(lambda: start_time(pid) is None)


def test_leftovers_are_killed_only_if_they_are_the_same() -> None:
    left = subprocess.Popen(["sh", "-c", "sleep 66 & wait"], start_new_session=True)
    try:
        started = start_time(left.pid)
        assert started is not None
        assert wait_until(lambda: descendants(left.pid))
        below = descendants(left.pid)
        assert not kill_if_same(left.pid, started + 1)
        assert left.poll() is None
        assert kill_if_same(left.pid, started)
        assert left.wait(5) == -9
        assert wait_until(lambda: all(start_time(pid) is None for pid in below))
        assert not kill_if_same(left.pid, started)
    finally:
        left.kill()
        left.wait()


def test_a_tool_s_streams_are_kept_apart() -> None:
    done = process.run(["sh", "-c", "cat; echo bad >&2; exit 3"], env=ENV, stdin=b"in")
    assert (done.code, done.stdout, done.stderr) == (3, b"in", b"bad\n")


def test_a_tool_has_a_time_and_a_size() -> None:
    began = time.monotonic()
    with pytest.raises(process.TookTooLong):
        process.run(["sh", "-c", "sleep 67 & sleep 68"], env=ENV, timeout_s=0.3)
    with pytest.raises(process.OutputTooLarge):
        process.run(["cat", "/dev/zero"], env=ENV, max_output=10**6)
    with (
        pytest.raises(process.TookTooLong),
        process.reading(["sleep", "69"], env=ENV, stdin=b"", timeout_s=0.3) as out,
    ):
        assert out.read() == b""
    assert time.monotonic() - began < 20


def test_a_tool_whose_daemon_keeps_its_pipes_still_ends() -> None:
    began = time.monotonic()
    done = process.run(["sh", "-c", "echo x; sleep 0.1; setsid sleep 30 &"], env=ENV, timeout_s=20)
    assert done.stdout == b"x\n"
    assert time.monotonic() - began < 15


def test_what_cannot_be_started_is_told() -> None:
    with pytest.raises(PlatformFault):
        process.start(["true"], env=ENV, cwd=Path("/nowhere"))
