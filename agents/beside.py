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
    beside = root.with_suffix(".sockets")
    folder = beside / name
    _discard(folder)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        _discard(folder)
        with suppress(OSError):  # others may have sockets in it
            beside.rmdir()


def _discard(folder: Path) -> None:
    """Programs write there: modes and depths may be such that Python alone cannot remove it."""
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):
        worktree.discard(folder)
