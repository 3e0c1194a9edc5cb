"""Who a worker process is, and whether it still lives, as /proc tells it.

A pid alone may be somebody else's tomorrow; with the host, its boot and the process's start time
it names one process for ever. The same module keeps the process's own wish to leave, so that a
run in it can be handed back in time.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from functools import lru_cache
from pathlib import Path

# How a worker tells its pool processes; the queue's library has uses of its own for SIGTERM there.
LEAVE = signal.SIGUSR2
_left_at: list[float] = []


def worker_name() -> str:
    """This process as `host:boot:pid:starttime` (boot: 8 characters, starttime: clock ticks)."""
    return _name_of(os.getpid())


@lru_cache(maxsize=4)
def _name_of(pid: int) -> str:
    """Kept per pid, so that a forked child does not bear its parent's name."""
    return name_of(pid)


def name_of(pid: int) -> str:
    """The name of another process of this machine."""
    return f"{_host()}:{_boot()}:{pid}:{start_time(pid)}"


def is_alive(worker: str) -> bool | None:
    """Whether the named process lives; None when it belongs to another host or names nobody."""
    try:
        host, boot, pid, started = worker.rsplit(":", 3)
        number, ticks = int(pid), int(started)
    except ValueError:
        return None
    if host != _host():
        return None
    return boot == _boot() and start_time(number) == ticks


def start_time(pid: int) -> int | None:
    """Clock ticks from boot to the start of a living process; None when dead or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name before it may hold anything
    return None if fields[0] in "ZX" else int(fields[19])


def leave() -> None:
    """Ask what runs in this process to hand its work back; safe in a signal handler."""
    _left_at.append(time.monotonic())


def is_leaving() -> bool:
    """Whether this process was asked to hand its work back and end."""
    return bool(_left_at)


def leaving_for() -> float:
    """Seconds since this process was asked to hand its work back; 0 when it was not."""
    return time.monotonic() - _left_at[0] if _left_at else 0.0


@lru_cache(maxsize=1)
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]


def _host() -> str:
    return socket.gethostname()[:100]
