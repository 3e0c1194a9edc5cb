"""What the kernel says about processes: read from /proc, ended by pidfd, never mistaken."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Self

PAGE = os.sysconf("SC_PAGE_SIZE")


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the state on; None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()  # the name before it may hold anything


def start_time(pid: int) -> int | None:
    """Clock ticks from boot to the start of a living process; None when dead or a zombie."""
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else int(fields[19])


def all_stats() -> dict[int, list[str]]:
    """pid to fields (from the state on) of every process that can be seen."""
    found = {}
    for name in os.listdir("/proc"):
        fields = _stat(int(name)) if name.isdigit() else None
        if fields is not None:
            found[int(name)] = fields
    return found


def descendants(root: int, stats: dict[int, list[str]] | None = None) -> list[int]:
    """Children of `root`, their children and so on; without `root` itself."""
    children: dict[int, list[int]] = defaultdict(list)
    for pid, fields in (all_stats() if stats is None else stats).items():
        children[int(fields[1])].append(pid)
    found: list[int] = []
    todo = [root]
    while todo:
        inner = children.get(todo.pop(), [])
        found += inner
        todo += inner
    return found


def tree_size(root: int) -> tuple[int, int]:
    """(processes and their threads, resident bytes) of everything below `root`."""
    stats = all_stats()
    below = [stats[pid] for pid in descendants(root, stats)]
    return sum(int(f[17]) for f in below), sum(int(f[21]) for f in below) * PAGE


def with_token(name: str, value: str) -> list[int]:
    """Processes whose environment held name=value when they were started."""
    wanted = f"{name}={value}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


class Held:
    """A process held by pidfd: it cannot be mistaken for a later one with the same number."""

    def __init__(self, pid: int) -> None:
        """Raise ProcessLookupError when there is no such process."""
        self.pid = pid
        self._fd = os.pidfd_open(pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def fd(self) -> int:
        """Becomes readable when the process has ended."""
        return self._fd

    def close(self) -> None:
        """Let go of it."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def kill(self) -> None:
        """SIGKILL; harmless when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._fd, signal.SIGKILL)

    def has_ended(self, timeout: float = 0) -> bool:
        """Whether it has ended; waits at most `timeout` seconds."""
        waiter = select.poll()
        waiter.register(self._fd, select.POLLIN)
        return bool(waiter.poll(max(0, timeout) * 1000))


def kill_all(pids: Iterable[int], wait_s: float = 5) -> bool:
    """SIGKILL each and wait; whether all have ended."""
    held = []
    for pid in pids:
        with contextlib.suppress(OSError):
            held.append(Held(pid))
    for each in held:
        each.kill()
    ended = [each.has_ended(wait_s) for each in held]
    for each in held:
        each.close()
    return all(ended)


def kill_if_same(pid: int, started: int) -> bool:
    """End what a dead worker left: the process and all below it, if it is still the same one.

    started: its start_time when it was recorded. Returns whether something was killed.
    """
    try:
        held = Held(pid)
    except OSError:
        return False
    with held:
        if start_time(pid) != started:
            return False
        below = descendants(pid)
        held.kill()
        if os.getpgrp() != pid:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        held.has_ended(5)
    kill_all(below)
    return True


@cache
def tied() -> tuple[str, ...]:
    """What goes before argv so that the program dies with the thread that starts it."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
