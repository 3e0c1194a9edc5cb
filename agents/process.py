"""The only user of subprocess: programs in sessions of their own whose whole tree can be ended.

Every program is started through `setpriv --pdeathsig KILL`, so that it dies with the *thread* that
started it (the kernel binds the death signal to the thread, not to the process): start programs
from a thread that lives as long as they may, as the engine's runner thread does. setpriv is used
instead of a preexec function because no Python of ours then runs between fork and exec.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agents.errors import PlatformFault
from agents.memory_file import sealed
from agents.pipes import InputPipe, is_ready
from agents.proc import Held, kill_if_same, start_time, tied

__all__ = ["Completed", "Process", "kill_if_same", "reading", "run", "start", "start_time"]

CHUNK = 64 * 1024
_STDERR_KEPT = 64 * 1024
_LAST_WORD_S = 0.2  # between the end of its output and its own: to tell why it ended


class TookTooLong(PlatformFault):
    """A tool of ours did not end in its time and was killed."""


class OutputTooLarge(PlatformFault):
    """A tool of ours said more than was allowed and was killed."""

    retry = False


@dataclass(frozen=True, slots=True)
class Completed:
    """How a trusted tool ended; code is negative for a signal, stderr keeps its first 64 KiB."""

    code: int
    stdout: bytes
    stderr: bytes


def _popen(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None,
    stdin: bytes,
    stderr: int,
    pass_fds: Sequence[int] = (),
    keeps_input: bool = False,
) -> subprocess.Popen[bytes]:
    """Start argv in a session of its own; all of stdin is there, unless its input is kept open."""
    given = subprocess.PIPE if keeps_input else sealed(stdin) if stdin else subprocess.DEVNULL
    try:
        return subprocess.Popen(
            [*tied(), *argv], stdin=given, stdout=subprocess.PIPE, stderr=stderr, env=dict(env),
            cwd=cwd, start_new_session=True, pass_fds=pass_fds, bufsize=0,
        )  # fmt: skip
    except OSError as error:
        raise PlatformFault(
            f"{Path(argv[0]).name} could not be started: {error.strerror}."
        ) from error
    finally:
        if given >= 0:
            os.close(given)


def _kill_group(popen: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the session's first group. Only while the leader is not reaped: see Process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(popen.pid, signal.SIGKILL)


class Process:
    """A running program; `ports.Process`.

    The kernel's pipe is the only buffer: a program that prints faster than it is read waits. Its
    leader is reaped in one place, after its group was killed, so that neither number is reused.
    `end_rest` ends what is outside that group and cleans up; it is called once. `ended_for` is a
    sentence when a limit of the sandbox ended it; it is the last output as well.
    """

    def __init__(
        self,
        popen: subprocess.Popen[bytes],
        end_rest: Callable[[], None] = lambda: None,
    ) -> None:
        assert popen.stdout is not None
        self.pid = popen.pid
        self.started = start_time(popen.pid) or 0
        self.ended_for = ""
        self._popen = popen
        self._out: IO[bytes] | None = popen.stdout
        self._input = InputPipe(popen.stdin)
        self._leader = Held(popen.pid)
        self._end_rest = end_rest
        self.interrupt_group = popen.pid
        self._lock = threading.Lock()
        self._is_settled = False
        weakref.finalize(self, self._leader.close)

    def read(self, timeout: float) -> bytes | None:
        """Next bytes of output (both streams merged), None after `timeout` s, b"" at its end."""
        if self._out is None:
            return b""
        out = self._out.fileno()
        if not is_ready(timeout, out, self._leader.fd):
            return None
        if self._leader.has_ended() and not is_ready(0, out):
            self._settle()  # a daemon that kept the pipe open would keep us waiting for ever
            return self._take() if is_ready(0, out) else self._at_end()
        return self._take()

    def write(self, data: bytes) -> bool:
        """Give the program more input; False when it takes no more of it."""
        return self._input.write(data)

    def close_input(self) -> None:
        """Tell the program that no more input comes; harmless when it was not kept open."""
        self._input.close()

    def wait(self, timeout: float | None = None) -> int | None:
        """Exit code once ended (negative: signal), None when still running after `timeout` s."""
        if not self._leader.has_ended(timeout if timeout is not None else 10**6):
            return None
        self._settle()
        return self._popen.returncode

    def has_ended(self, timeout: float = 0) -> bool:
        """Whether the program itself has ended; waits at most `timeout` seconds."""
        return self._leader.has_ended(timeout)

    def interrupt(self) -> None:
        """Ask the program to end by itself (SIGTERM); does not wait, never raises."""
        with self._lock, contextlib.suppress(OSError):
            if not self._is_settled:
                os.killpg(self.interrupt_group, signal.SIGTERM)

    def kill(self) -> None:
        """End the whole tree; returns when none is left. Harmless when it has ended."""
        self._settle()

    def kill_for(self, reason: str) -> None:
        """End the whole tree because of a limit; reason is a sentence."""
        self.ended_for = self.ended_for or reason
        self._settle()

    def _settle(self) -> None:
        with self._lock:
            if self._is_settled:
                return
            _kill_group(self._popen)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(10)  # only a process stuck in the kernel takes this long
            self._is_settled = True
            self._end_rest()
        self.close_input()

    def _take(self) -> bytes:
        assert self._out is not None
        return os.read(self._out.fileno(), CHUNK) or self._at_end()

    def _at_end(self) -> bytes:
        """Close the pipe; a program that closed its output and works on is waited for."""
        out, self._out = self._out, None
        if out is not None:
            out.close()
            if self._leader.has_ended(_LAST_WORD_S):
                self._settle()
                return f"\n[sandbox] {self.ended_for}\n".encode() if self.ended_for else b""
        return b""


def start(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    stdin: bytes = b"",
    pass_fds: Sequence[int] = (),
    end_rest: Callable[[], None] = lambda: None,
    keeps_input: bool = False,
) -> Process:
    """Start argv with exactly `env`, its output streams merged; PlatformFault when it cannot.

    keeps_input: its input stays open for `Process.write`, which gives it `stdin` first.
    """
    popen = _popen(
        argv, env=env, cwd=cwd, stdin=stdin, stderr=subprocess.STDOUT, pass_fds=pass_fds,
        keeps_input=keeps_input,
    )  # fmt: skip
    started = Process(popen, end_rest)
    if keeps_input and stdin:
        started.write(stdin)
    return started


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    stdin: bytes = b"",
    timeout_s: float = 60,
    max_output: int = 64 * 1024 * 1024,
) -> Completed:
    """Run a trusted tool to its end; raises TookTooLong or OutputTooLarge (bytes of stdout)."""
    popen = _popen(argv, env=env, cwd=cwd, stdin=stdin, stderr=subprocess.PIPE)
    leader = Held(popen.pid)
    try:
        out, err = _collect(popen, leader, time.monotonic() + timeout_s, max_output)
        _kill_group(popen)
        return Completed(popen.wait(), out, err)
    finally:
        _close(popen)
        leader.close()


def _collect(
    popen: subprocess.Popen[bytes], leader: Held, deadline: float, max_output: int
) -> tuple[bytes, bytes]:
    """All of stdout and the first of stderr, until both end or the leader has ended."""
    assert popen.stdout is not None
    assert popen.stderr is not None
    parts: dict[int, bytearray] = {popen.stdout.fileno(): bytearray()}
    parts[popen.stderr.fileno()] = bytearray()
    waiter = select.poll()
    for fd in (*parts, leader.fd):
        waiter.register(fd, select.POLLIN)
    is_open = set(parts)
    while is_open or not leader.has_ended():
        left = deadline - time.monotonic()
        if left <= 0:
            raise TookTooLong("git or another tool of the server took too long and was ended.")
        ready = [fd for fd, _ in waiter.poll(left * 1000)]
        for fd in (fd for fd in ready if fd in is_open):
            data = os.read(fd, CHUNK)
            _keep(parts[fd], data, None if fd == popen.stdout.fileno() else _STDERR_KEPT)
            if not data:
                is_open.discard(fd)
                waiter.unregister(fd)
        if len(parts[popen.stdout.fileno()]) > max_output:
            raise OutputTooLarge(f"A tool of the server said more than {max_output} bytes.")
        if ready == [leader.fd]:
            break  # a daemon left behind holds the pipes; there is nothing more to read
    return bytes(parts[popen.stdout.fileno()]), bytes(parts[popen.stderr.fileno()])


def _keep(part: bytearray, data: bytes, most: int | None) -> None:
    part += data if most is None else data[: max(0, most - len(part))]


def _close(popen: subprocess.Popen[bytes]) -> None:
    if popen.returncode is None:
        _kill_group(popen)
        popen.wait()
    for pipe in (popen.stdout, popen.stderr):
        if pipe is not None:
            pipe.close()


@contextlib.contextmanager
def reading(
    argv: Sequence[str], *, env: Mapping[str, str], stdin: bytes, timeout_s: float
) -> Iterator[IO[bytes]]:
    """stdout of a trusted tool to read from; it is killed at the end and after `timeout_s`.

    TookTooLong at the end when its time was up, for what was read is then not all of it.
    """
    popen = _popen(argv, env=env, cwd=None, stdin=stdin, stderr=subprocess.DEVNULL)
    assert popen.stdout is not None
    alarm = threading.Timer(timeout_s, _kill_group, [popen])
    alarm.daemon = True
    alarm.start()
    try:
        with open(os.dup(popen.stdout.fileno()), "rb") as out:
            yield out
        if alarm.finished.is_set():
            raise TookTooLong("A tool of the server took too long and was ended.")
    finally:
        alarm.cancel()
        alarm.join()
        _close(popen)
