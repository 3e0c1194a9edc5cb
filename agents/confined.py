"""Reads and writes files of a worktree by names that an agent gives.

Every step of a path is opened relative to the one before without following links, so that no
symlink, `..` or absolute name leads out, even while the agent's programs change the tree. Nothing
named `.git` is entered. Faults are `AgentFault` sentences that may be shown to the agent.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from agents.errors import AgentFault
from agents.job import WORKSPACE

MAX_FILE_BYTES = 8 * 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def parts_of(path: str) -> tuple[str, ...]:
    """The steps of a path below the workspace; raises AgentFault for one that is not below it."""
    if not path or "\0" in path or len(path) > 4096:
        raise AgentFault("A path must be given, without NUL and at most 4096 characters long.")
    pure = PurePosixPath(path)
    if pure.is_absolute():
        if pure != PurePosixPath(WORKSPACE) and PurePosixPath(WORKSPACE) not in pure.parents:
            raise AgentFault(f"{path!r} is outside {WORKSPACE}.")
        pure = pure.relative_to(WORKSPACE)
    for step in pure.parts:
        if step == "..":
            raise AgentFault(f"{path!r} leads upwards; give a path below {WORKSPACE}.")
        if step.lower() == ".git":
            raise AgentFault(f"{path!r} belongs to git and cannot be touched.")
    return pure.parts


@contextlib.contextmanager
def _folder(root: Path, steps: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    held = os.open(root, _FOLDER)
    try:
        for step in steps:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(step, 0o755, dir_fd=held)
            inner = os.open(step, _FOLDER, dir_fd=held)
            os.close(held)
            held = inner
        yield held
    finally:
        os.close(held)


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            raise AgentFault(f"{path!r} goes through a symbolic link or a file.") from error
        raise AgentFault(f"{path!r}: {os.strerror(error.errno or 0)}.") from error
    except UnicodeEncodeError as error:
        raise AgentFault(f"{path!r} cannot be a file name.") from error


def read(root: Path, path: str, limit: int = MAX_FILE_BYTES) -> bytes:
    """Content of a regular file; AgentFault when it is not one or larger than `limit` bytes."""
    steps = parts_of(path)
    if not steps:
        raise AgentFault(f"{path!r} is a folder.")
    with _told(path), _folder(root, steps[:-1]) as folder:
        handle = os.open(steps[-1], os.O_RDONLY | _FILE, dir_fd=folder)
        with os.fdopen(handle, "rb") as file:
            _regular(file.fileno(), path)
            content = file.read(limit + 1)
    if len(content) > limit:
        raise AgentFault(f"{path!r} is larger than {limit} bytes.")
    return content


def write(root: Path, path: str, content: bytes) -> None:
    """Create or replace a regular file and the folders above it; keeps an existing file's mode."""
    steps = parts_of(path)
    if not steps or path.endswith("/"):
        raise AgentFault(f"{path!r} is a folder.")
    if len(content) > MAX_FILE_BYTES:
        raise AgentFault(f"{path!r} would be larger than {MAX_FILE_BYTES} bytes.")
    with _told(path), _folder(root, steps[:-1], make=True) as folder:
        handle = os.open(steps[-1], os.O_WRONLY | os.O_CREAT | _FILE, 0o644, dir_fd=folder)
        with os.fdopen(handle, "wb") as file:
            _regular(file.fileno(), path)
            file.truncate(0)
            file.write(content)


def delete(root: Path, path: str) -> None:
    """Remove a file or a symbolic link."""
    steps = parts_of(path)
    if not steps:
        raise AgentFault(f"{path!r} is a folder.")
    with _told(path), _folder(root, steps[:-1]) as folder:
        os.unlink(steps[-1], dir_fd=folder)


def names(root: Path, path: str, most: int = 1000) -> list[str]:
    """Names in a folder, sorted, folders with a slash; `.git` is left out."""
    with _told(path), _folder(root, parts_of(path)) as folder, os.scandir(folder) as entries:
        found = [
            entry.name + ("/" if entry.is_dir(follow_symlinks=False) else "")
            for entry in entries
            if entry.name.lower() != ".git"
        ]
    return sorted(found)[:most]


def is_folder(root: Path, path: str) -> bool:
    """Whether the path is a folder that can be entered."""
    try:
        with _folder(root, parts_of(path)):
            return True
    except OSError:
        return False


def _regular(handle: int, path: str) -> None:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise AgentFault(f"{path!r} is not a regular file.")
