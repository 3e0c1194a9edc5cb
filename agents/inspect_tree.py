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


def inspect_tree(
    root: Path, git_file: bytes, limits: Limits, was_tracked: Callable[[str], bool]
) -> None:
    """Raise SnapshotRefused, naming the path, for anything that git must not enter.

    git_file: what the root's `.git` must hold. was_tracked: whether the change's base holds a path;
    a bare repository among a project's test data is wholly there, and is no trap then.
    """
    top = os.fsencode(root)
    count = _Count(limits)
    todo = [b""]
    while todo:
        folder = todo.pop()
        found = list(_entries(top, folder))
        _check_bare(folder, [entry.name for entry in found], was_tracked)
        for entry in found:
            path = folder + entry.name
            info = _lstat(entry, path)
            count.add(info)
            _check_entry(top, path, info, git_file)
            if stat.S_ISDIR(info.st_mode):
                todo.append(path + b"/")


def _entries(top: bytes, folder: bytes) -> Iterator[os.DirEntry[bytes]]:
    path = top + b"/" + folder
    for attempt in (1, 2):
        try:
            with os.scandir(path) as listing:
                yield from listing
            return
        except PermissionError:
            if attempt == 2:
                raise _refused(folder, "cannot be read") from None
            _make_readable(path, 0o700)
        except OSError as error:
            raise _refused(folder, f"cannot be read ({error.strerror})") from None


def _make_readable(path: bytes, mode: int) -> None:
    """The agent ran as our user, so what it locked away from itself is ours to open."""
    try:
        os.chmod(path, mode)
    except OSError:
        return  # the next attempt tells


def _lstat(entry: os.DirEntry[bytes], path: bytes) -> os.stat_result:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from None


def _check_entry(top: bytes, path: bytes, info: os.stat_result, git_file: bytes) -> None:
    name = path.rpartition(b"/")[2]
    kind = _KINDS.get(stat.S_IFMT(info.st_mode))
    if kind is not None:
        raise _refused(path, f"is {kind}")
    if is_git_name(name) and not _is_ours(top, path, info, git_file):
        raise _refused(path, _GIT_TOLD if name == b".git" else _ALIKE_TOLD)
    if stat.S_ISREG(info.st_mode) and not info.st_mode & stat.S_IRUSR:
        _make_readable(top + b"/" + path, stat.S_IMODE(info.st_mode) | 0o600)


def _is_ours(top: bytes, path: bytes, info: os.stat_result, git_file: bytes) -> bool:
    """Whether this is the root's own `.git` file as we wrote it."""
    if path != b".git" or not stat.S_ISREG(info.st_mode) or info.st_size != len(git_file):
        return False
    with open(top + b"/" + path, "rb") as file:
        return file.read() == git_file


def _check_bare(folder: bytes, names: list[bytes], was_tracked: Callable[[str], bool]) -> None:
    """Ask the base for every mark: an earlier round may have left some, a later one the rest."""
    for marks in _BARE:
        found = [name for name in names if name.lower() in marks]
        if {name.lower() for name in found} < marks:
            continue
        if not all(was_tracked(os.fsdecode(folder + name)) for name in found):
            raise _refused(folder or b".", "is a bare repository")


def _refused(path: bytes, what: str) -> SnapshotRefused:
    shown = display_path(path.rstrip(b"/") or b".")
    return SnapshotRefused(
        f"The agent's tree cannot be taken: {shown} {what}. Re-prompt and ask to remove it."
    )
