"""Folders of a run beside its worktree: for sockets and files that its programs are given."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agents import worktree


@contextmanager
def folder_beside(root: Path, name: str) -> Iterator[Path]:
    """A fresh folder for its owner alone, gone at the end.

    It stands beside the worktree `root`, so that the server sweeps it when a worker has died.
    """
    folder = place_beside(root, name)
    _discard(folder)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        _discard(folder)
        with suppress(OSError):  # others may have sockets in it
            folder.parent.rmdir()


def place_beside(root: Path, name: str) -> Path:
    """Where that folder is, or was when the run's worker was killed."""
    return root.with_suffix(".sockets") / name


def keep(path: Path, text: str) -> None:
    """Write a file in such a folder whole, or leave the one before as it was.

    What lies there is a copy for a reader after the worker was killed: a full disk costs the copy,
    never the run.
    """
    with suppress(OSError):
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(text, encoding="utf-8", errors="replace")
        fresh.replace(path)


def _discard(folder: Path) -> None:
    """Programs write there: modes and depths may be such that Python alone cannot remove it."""
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):
        worktree.discard(folder)
