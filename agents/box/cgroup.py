"""Control groups for one program's tree, where this server may make them; version 1 or 2."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from agents.proc import kill_all, start_time

logger = logging.getLogger(__name__)

ROOT = Path("/sys/fs/cgroup")
_FILES = {
    "pids": ("pids.max", "pids.max"),
    "memory": ("memory.limit_in_bytes", "memory.max"),
    "cpu": ("cpu.shares", "cpu.weight"),
}
# Half of what a process of the server has: all of a fork bomb then weighs less than one page.
_SHARES = {"cpu.shares": "512", "cpu.weight": "50"}
_numbers = itertools.count(1)


@dataclass
class Group:
    """The groups of one tree: bounded says which of pids, memory and cpu they bound."""

    folders: list[Path] = field(default_factory=list)
    bounded: set[str] = field(default_factory=set)

    def doors(self) -> list[str]:
        """Files into which a process writes 0 to join."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    def kill(self) -> None:
        """End everything in the groups; returns when nothing is left, or after 10 seconds."""
        deadline = time.monotonic() + 10
        while (pids := self.pids()) and time.monotonic() < deadline:
            kill_all(pids)

    def remove(self) -> None:
        """Remove the groups; what lives in them must be dead."""
        for folder in self.folders:
            for _ in range(20):
                with contextlib.suppress(OSError):
                    folder.rmdir()
                if not folder.exists():
                    break
                time.sleep(0.01)  # the kernel lets a group go a moment after its last process

    def was_out_of_memory(self) -> bool:
        """Whether the kernel killed something in the groups for want of memory."""
        said = ""
        for folder in self.folders:
            for name in ("memory.oom_control", "memory.events"):
                with contextlib.suppress(OSError):
                    said += (folder / name).read_text()
        counts = [line.split()[1] for line in said.splitlines() if line.startswith("oom_kill ")]
        return any(count != "0" for count in counts)

    def pids(self) -> set[int]:
        """Processes that live in the groups."""
        found: set[int] = set()
        for folder in self.folders:
            with contextlib.suppress(OSError):
                found |= {int(line) for line in (folder / "cgroup.procs").read_text().split()}
        return found


def make(*, memory_bytes: int, processes: int) -> Group:
    """Groups with these bounds as far as this host lets us; none is no error."""
    group = Group()
    values = {"pids": str(processes), "memory": str(memory_bytes)}
    for parent, kinds in parents():
        folder = parent / f"{own_names()}{next(_numbers)}"
        try:
            folder.mkdir()
        except OSError:
            continue
        done = {kind for kind in kinds if _write(folder, kind, values.get(kind, ""))}
        if done:
            group.folders.append(folder)
            group.bounded |= done
        else:
            folder.rmdir()
    return group


def own_names() -> str:
    """How the names of this process's groups begin: honk-SPACE-PID-START-."""
    return f"honk-{_process_space()}-{os.getpid()}-{start_time(os.getpid())}-"


def _write(folder: Path, kind: str, value: str) -> bool:
    for name in _FILES[kind]:
        if (folder / name).exists():
            with contextlib.suppress(OSError):
                (folder / name).write_text(_SHARES.get(name, value))
                return True
    return False


@cache
def parents() -> tuple[tuple[Path, tuple[str, ...]], ...]:
    """Folders in which groups can be made, each with what they bound there."""
    own = _own_paths()
    if (ROOT / "cgroup.controllers").exists():
        found = [_second(ROOT / own.get("", "").lstrip("/"))]
    else:
        found = [_first(kind, own.get(kind, "/")) for kind in _FILES]
    usable = tuple(each for each in found if each is not None)
    for parent, _ in usable:
        _sweep(parent)
    return usable


def _own_paths() -> dict[str, str]:
    """Controller (or "" for version 2) to this process's place in its hierarchy."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    parts = (line.split(":", 2) for line in lines)
    return {name: place for _, names, place in parts for name in names.split(",")}


def _first(kind: str, own: str) -> tuple[Path, tuple[str, ...]] | None:
    """Below our own place, so that limits set from outside go on to hold."""
    for place in (ROOT / kind / own.lstrip("/"), ROOT / kind):
        if place.is_dir() and os.access(place, os.W_OK):
            return place, (kind,)
    return None


def _second(own: Path) -> tuple[Path, tuple[str, ...]] | None:
    """The nearest place that hands its controllers down; where we sit it may not (version 2)."""
    for place in (own, own.parent):
        if not place.is_relative_to(ROOT) or not os.access(place / "cgroup.procs", os.W_OK):
            continue
        for kind in _FILES:  # one by one: what is not to be had must not cost the others
            with contextlib.suppress(OSError):
                (place / "cgroup.subtree_control").write_text(f"+{kind}")
        with contextlib.suppress(OSError):
            handed = (place / "cgroup.subtree_control").read_text().split()
            if kinds := tuple(kind for kind in _FILES if kind in handed):
                return place, kinds
    return None


def _sweep(parent: Path) -> None:
    """End and remove what servers left that were killed; of a server that may live, nothing."""
    ended: set[int] = set()
    for folder in parent.glob("honk-*-*-*-*"):
        _, place, pid, started, _ = folder.name.split("-", 4)
        if place != _process_space() or not pid.isdigit() or not _is_gone(int(pid), started):
            continue
        left = Group([folder])
        ended |= left.pids()
        left.kill()
        left.remove()
    if ended:
        logger.warning(
            "ended %d processes that servers which were killed had left in %s", len(ended), parent
        )


def _is_gone(pid: int, started: str) -> bool:
    """Whether the process that began then is certainly dead; of one that cannot be seen: no."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # somebody else's: it lives, and its start can be read all the same
    now = start_time(pid)
    return now is not None and str(now) != started


def _process_space() -> str:
    """Number of our PID namespace: what a process of another one is called means nothing here."""
    return str(Path("/proc/self/ns/pid").stat().st_ino)
