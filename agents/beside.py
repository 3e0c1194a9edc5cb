"""Folders of a run beside its worktree: for sockets and files that its programs are given."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def folder_beside(root: Path, name: str) -> Iterator[Path]:
    """A fresh folder for its owner alone, gone at the end.

    It stands beside the worktree `root`, so that the server sweeps it when a worker has died.
    """
    beside = root.with_suffix(".sockets")
    folder = beside / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # others may have sockets in it
            beside.rmdir()
