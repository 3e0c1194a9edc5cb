"""Keeps a few child processes going in one terminal. Knows nothing of Django.

Each child has a session of its own and is leashed to this process, so that whatever death this
one dies, none of them stays. A child that dies is started again, later each time; five deaths
within a minute are the end of all.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from honkweb import leash

TAIL_LINES = 20
MAX_LINE = 16 * 1024
MAX_DEATHS = 5
DEATHS_WITHIN = 60.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
TICK = 0.1
Show = Callable[[str], None]


@dataclass(slots=True)
class Deaths:
    """When a child died, as far as it matters."""

    times: deque[float] = field(default_factory=deque)

    def note(self, now: float) -> float | None:
        """Seconds to wait before the next start, or None when it has died too often."""
        self.times.append(now)
        while self.times[0] < now - DEATHS_WITHIN:
            self.times.popleft()
        if len(self.times) >= MAX_DEATHS:
            return None
        pause: float = FIRST_PAUSE * 2 ** (len(self.times) - 1)
        return min(pause, LONGEST_PAUSE)


class Lines:
    """Cuts bytes as they come into lines for a terminal, and keeps the last ones."""

    def __init__(self) -> None:
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Whole lines that `data` completes; an endless line is cut."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            whole.append(self._rest)
            self._rest = b""
        lines = [line.decode(errors="replace").rstrip("\r") for line in whole]
        self.tail.extend(lines)
        return lines

    def close(self) -> list[str]:
        """What is left without a line's end."""
        return self.feed(b"\n") if self._rest else []


@dataclass(slots=True)
class Child:
    """A program to keep going. start_at: when it is to be started next (monotonic)."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    deaths: Deaths = field(default_factory=Deaths)
    lines: Lines = field(default_factory=Lines)
    process: subprocess.Popen[bytes] | None = None
    start_at: float = 0.0

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, leashed to this process; call it in the main thread."""
        self.lines = Lines()
        self.process = subprocess.Popen(
            leash.leashed(list(self.argv)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(self.environment),
            cwd=self.folder,
            start_new_session=True,
        )
        return self.process

    def signal(self, number: int) -> None:
        """Tell the child itself; harmless when it is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill_session(self) -> None:
        """End whatever is left of its process group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Starts the children, shows their lines, restarts the dead, and ends with all or none."""

    def __init__(self, children: Sequence[Child], grace: float, show: Show) -> None:
        self.children = children
        self.grace = grace  # seconds the children have to end when told to
        self._show = show
        self._selector = selectors.DefaultSelector()
        self._told = 0  # how often we were told to end
        self._failed: Child | None = None
        self._width = max(len(child.name) for child in children)

    def run(self) -> int:
        """Until told to end (0) or a child cannot be kept alive (1)."""
        self._heed_signals()
        try:
            while not self._told and self._failed is None:
                self._start_due()
                self._listen(TICK)
                self._bury_dead()
        finally:
            self._end_all()
        return self._report()

    def stop(self) -> None:
        """End as if told by a signal; the second time without waiting."""
        self._told += 1

    def _heed_signals(self) -> None:
        """Ctrl-C, a closed terminal and SIGTERM mean: end. What nohup ignores stays ignored."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: self.stop())

    def _start_due(self) -> None:
        for child in self.children:
            if child.process is None and monotonic() >= child.start_at:
                output = child.start().stdout
                if output is not None:
                    self._selector.register(output, selectors.EVENT_READ, child)

    def _listen(self, seconds: float) -> None:
        """Show what the children say, for at most so long."""
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, 65536)
            self._say(key.data, key.data.lines.feed(data))
            if not data:
                self._close(key)

    def _close(self, key: selectors.SelectorKey) -> None:
        self._say(key.data, key.data.lines.close())
        self._selector.unregister(key.fileobj)
        os.close(key.fd)

    def _bury_dead(self) -> None:
        """Note deaths; what a dead child has left running goes with it."""
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            code = child.process.returncode
            child.kill_session()
            child.process = None
            pause = child.deaths.note(monotonic())
            if pause is None:
                self._failed = child
                return
            child.start_at = monotonic() + pause
            self._say(child, [f"ended ({describe(code)}); starting it again in {pause:g} s"])

    def _end_all(self) -> None:
        """Ask the children to end, wait, and end what did not; told twice, do not wait."""
        told = self._told
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = monotonic() + self.grace
        while self._living() and monotonic() < deadline and self._told == told:
            self._listen(TICK)
        for child in self.children:
            child.kill_session()
        for child in self._living():
            if child.process is not None:
                child.process.wait()
        self._listen(0)

    def _living(self) -> list[Child]:
        return [c for c in self.children if c.process is not None and c.process.poll() is None]

    def _report(self) -> int:
        """Say why it ended, when it was not told to."""
        if self._failed is None:
            return 0
        name = self._failed.name
        self._show(f"Honkweb ends: {name} died {MAX_DEATHS} times within a minute. Its last lines:")
        for line in self._failed.lines.tail:
            self._show(f"  {line}")
        return 1

    def _say(self, child: Child, lines: Sequence[str]) -> None:
        for line in lines:
            self._show(f"{child.name:{self._width}} | {line}")


def describe(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def show(line: str) -> None:
    """Print a line at once; a terminal that has gone does not stop the work."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
