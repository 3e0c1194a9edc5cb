"""What a house holds of the machine: counted before and after many runs."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from agents.box import cgroup
from tests.e2e.house import House

# An agent's program may be away for a moment between its end and the worker's clean-up.
SERVERS = ("uvicorn", "celery", "manage.py")


@dataclass(frozen=True)
class Held:
    """processes: command lines and how many; files: open ones of all; bytes: resident of all."""

    processes: Counter[str]
    files: int
    sockets: int
    bytes: int
    mounts: int
    groups: tuple[str, ...]
    folders: tuple[str, ...]
    worktrees: int


def held(house: House) -> Held:
    """All that the house holds now."""
    pids = house.processes()
    links = [link for pid in pids for link in _links(pid)]
    return Held(
        Counter(" ".join(line.split()[:6]) for line in pids.values()),
        files=len(links),
        sockets=sum(link.startswith("socket:") for link in links),
        bytes=sum(resident(pid) for pid in pids),
        mounts=len(Path("/proc/self/mountinfo").read_text().splitlines()),
        groups=tuple(_groups(set(pids))),
        folders=tuple(_folders(house)),
        worktrees=sum(len(list(each.iterdir())) for each in _admin_folders(house)),
    )


def _links(pid: int) -> list[str]:
    found = []
    try:
        for entry in os.scandir(f"/proc/{pid}/fd"):
            try:
                found.append(os.readlink(entry.path))
            except OSError:
                continue
    except OSError:
        pass
    return found


def resident(pid: int) -> int:
    """Bytes of memory that a process holds; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _groups(pids: set[int]) -> list[str]:
    """Control groups that processes of the house, living or dead, have made for runs."""
    return [
        folder.name
        for parent, _ in cgroup.parents()
        for folder in parent.glob("honk-*-*-*-*")
        if int(folder.name.split("-")[2]) in pids
    ]


def _folders(house: House) -> list[str]:
    """Work folders, and temporary ones of the house's own place for them.

    Not counted: what the queue's processes keep there from their start to their end.
    """
    places = [house.data / "work", Path(house.environment["TMPDIR"])]
    found = (entry.name for place in places if place.exists() for entry in place.iterdir())
    return sorted(name for name in found if not name.startswith("pymp-"))


def _admin_folders(house: House) -> list[Path]:
    return list((house.data / "mirrors").glob("*.git/worktrees"))


def own_place(house: House) -> None:
    """Give the house a temporary folder of its own; call before it starts."""
    place = house.folder / "tmp"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    house.environment["TMPDIR"] = str(place)
