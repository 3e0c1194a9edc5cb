"""Who a worker process is, and whether it still lives, as /proc tells it.

A pid alone may be somebody else's tomorrow; with the host, its boot and the process's start time
it names one process for ever.
"""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path


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


@lru_cache(maxsize=1)
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]


def _host() -> str:
    return socket.gethostname()[:100]
