"""Looks at a tree that an agent has left, before any git touches it: by lstat alone.

A nested repository runs code at `status`, `diff` or `add`; a device or a pipe blocks; a tree can be
too large to read. Call only when every process that could write there is dead.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agents.errors import SnapshotRefused
from agents.git import display_path
from agents.git_names import is_git_name
from agents.job import Limits

# What makes git take a folder for a repository; with `commondir` the rest may stand elsewhere.
_BARE = ({b"head", b"objects", b"refs"}, {b"head", b"commondir"})
_GIT_TOLD = "is a repository inside the repository"
_ALIKE_TOLD = "has a name that some file systems take for .git, and would be a repository there"
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass
class _Count:
    limits: Limits
    entries: int = 0
    size: int = 0

    def add(self, info: os.stat_result) -> None:
        self.entries += 1
        if stat.S_ISREG(info.st_mode):
            self.size += info.st_size  # not blocks: git would read the holes of a sparse file
        if self.entries > self.limits.files:
            raise SnapshotRefused(
                f"The tree holds more than {self.limits.files} files and folders. Remove what was "
                "made by mistake, or have the limit raised in .honk.toml."
            )
        if self.size > self.limits.disk_bytes:
            raise SnapshotRefused(
                f"The files of the tree have more than {self.limits.disk_bytes} bytes together. "
                "Remove what was made by mistake, or have the limit raised in .honk.toml."
            )


@dataclass(frozen=True, slots=True)
class Trap:
    """A path that git must not enter, and what is wrong with it ("is a socket").

    entries: what has to go, below the root, so that the rest can be taken.
    """

    path: bytes
    what: str
    entries: tuple[bytes, ...]

    def told(self) -> str:
        """Path and fault, on one line."""
        return f"{display_path(self.path.rstrip(b'/') or b'.')} {self.what}"


Seen = Callable[[bytes, os.stat_result], None]


def inspect_tree(
    root: Path, git_file: bytes, limits: Limits, was_tracked: Callable[[str], bool]
) -> None:
    """Raise SnapshotRefused, naming the path, for anything that git must not enter.

    git_file: what the root's `.git` must hold. was_tracked: whether the change's base holds a path;
    a bare repository among a project's test data is wholly there, and is no trap then.
    """
    count = _Count(limits)
    for trap in traps(root, git_file, was_tracked, lambda _path, info: count.add(info)):
        raise SnapshotRefused(
            f"The agent's tree cannot be taken: {trap.told()}. Re-prompt and ask to remove it."
        )


def traps(
    root: Path, git_file: bytes, was_tracked: Callable[[str], bool], seen: Seen
) -> Iterator[Trap]:
    """Each one that a walk over the whole tree meets; it goes into none of them.

    seen: is told every entry but the unreadable, before it is judged; what it raises ends the walk.
    """
    top = os.fsencode(root)
    todo = [b""]
    while todo:
        folder = todo.pop()
        found = _entries(top, folder)
        if isinstance(found, Trap):
            yield found
            continue
        bare = _bare(folder, [entry.name for entry in found], was_tracked)
        if bare is not None:
            yield bare
        for entry in found if bare is None or not folder else ():
            path = folder + entry.name
            try:
                info = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield Trap(path, f"cannot be read ({error.strerror})", (path,))
                continue
            seen(path, info)
            what = _fault(top, path, info, git_file)
            if what:
                yield Trap(path, what, (path,))
            elif stat.S_ISDIR(info.st_mode):
                todo.append(path + b"/")


def _entries(top: bytes, folder: bytes) -> list[os.DirEntry[bytes]] | Trap:
    path, inside = top + b"/" + folder, folder.rstrip(b"/")
    for attempt in (1, 2):
        try:
            with os.scandir(path) as listing:
                return list(listing)
        except PermissionError:
            if attempt == 2:
                break
            _make_readable(path, 0o700)
        except OSError as error:
            return Trap(folder, f"cannot be read ({error.strerror})", (inside,))
    return Trap(folder, "cannot be read", (inside,))


def _make_readable(path: bytes, mode: int) -> None:
    """The agent ran as our user, so what it locked away from itself is ours to open."""
    try:
        os.chmod(path, mode)
    except OSError:
        return  # the next attempt tells


def _fault(top: bytes, path: bytes, info: os.stat_result, git_file: bytes) -> str:
    """What is wrong with an entry; empty when nothing is."""
    name = path.rpartition(b"/")[2]
    kind = _KINDS.get(stat.S_IFMT(info.st_mode))
    if kind is not None:
        return f"is {kind}"
    if is_git_name(name) and not _is_ours(top, path, info, git_file):
        return _GIT_TOLD if name == b".git" else _ALIKE_TOLD
    if stat.S_ISREG(info.st_mode) and not info.st_mode & stat.S_IRUSR:
        _make_readable(top + b"/" + path, stat.S_IMODE(info.st_mode) | 0o600)
    return ""


def _is_ours(top: bytes, path: bytes, info: os.stat_result, git_file: bytes) -> bool:
    """Whether this is the root's own `.git` file as we wrote it."""
    if path != b".git" or not stat.S_ISREG(info.st_mode) or info.st_size != len(git_file):
        return False
    with open(top + b"/" + path, "rb") as file:
        return file.read() == git_file


def _bare(folder: bytes, names: list[bytes], was_tracked: Callable[[str], bool]) -> Trap | None:
    """Ask the base for every mark: an earlier round may have left some, a later one the rest.

    The folder has to go; of the root, the marks that the base does not hold.
    """
    for marks in _BARE:
        found = [name for name in names if name.lower() in marks]
        if {name.lower() for name in found} < marks:
            continue
        new = tuple(n for n in found if not was_tracked(os.fsdecode(folder + n)))
        if new:
            entries = (folder.rstrip(b"/"),) if folder else new
            return Trap(folder or b".", "is a bare repository", entries)
    return None
