"""Waits until nothing that an agent started can write to its worktree any more.

For a worktree whose worker is dead. The kernel ends what ran in a sandbox together with the worker,
a moment later; a program without a sandbox may have left children, and these are ended here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from agents.job import WORKSPACE
from agents.proc import kill_all

_POLL_S = 0.05


def is_quiet(folder: Path, seconds: float) -> bool:
    """Whether no process has the worktree any more; waits at most so many seconds for it."""
    until = time.monotonic() + seconds
    while True:
        confined, loose = _users(folder)
        if not confined and not loose:
            return True
        if time.monotonic() > until:
            return False
        kill_all(loose, wait_s=1)
        time.sleep(_POLL_S)


def _users(folder: Path) -> tuple[list[int], list[int]]:
    """Processes of a sandbox that shows the folder, and an agent's without one that work in it."""
    confined: list[int] = []
    loose: list[int] = []
    for pid in _others():
        if _shows(pid, folder):
            confined.append(pid)
        elif _works_in(pid, folder):
            loose.append(pid)
    return confined, loose


def _others() -> Iterator[int]:
    own = os.getpid()
    return (int(n) for n in os.listdir("/proc") if n.isdigit() and int(n) != own)


def _shows(pid: int, folder: Path) -> bool:
    """Whether its /workspace is the folder; its place is told within its own file system."""
    tail = f"/{folder.parent.name}/{folder.name}"
    for line in _read(pid, "mountinfo").splitlines():
        words = line.split(" ")
        if len(words) > 4 and words[4] == WORKSPACE and words[3].endswith(tail):
            return str(folder).endswith(words[3])
    return False


def _works_in(pid: int, folder: Path) -> bool:
    """Whether it stands in the folder and was started by an agent's program; a person's is not."""
    try:
        place = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return False
    return place.is_relative_to(folder) and "HONK_TREE=" in _read(pid, "environ")


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
    except OSError:  # it has ended, or is another user's
        return ""
