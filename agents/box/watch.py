"""Watches a running tree for what no control group bounds, and ends it when it goes too far."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from agents.job import Limits
from agents.proc import tree_size
from agents.process import Process

POLL_S = 0.25
_DISK_S = 1.0


def watch(
    process: Process, limits: Limits, folders: Sequence[Path], bounded: Collection[str]
) -> None:
    """Watch in a thread until the process ends.

    folders: what the program can write on the host's disk; bounded: which of pids and memory the
    kernel bounds already.
    """
    watcher = _Watcher(process, limits, tuple(folders), frozenset(bounded))
    threading.Thread(target=watcher.run, name="sandbox-watch", daemon=True).start()


class _Watcher:
    def __init__(
        self, process: Process, limits: Limits, folders: tuple[Path, ...], bounded: frozenset[str]
    ) -> None:
        self._process = process
        self._limits = limits
        self._folders = folders
        self._bounded = bounded
        self._disk_due = time.monotonic() + _DISK_S

    def run(self) -> None:
        while not self._process.has_ended(POLL_S):
            reason = self._tree() or self._disk()
            if reason:
                self._process.kill_for(reason)
                return

    def _tree(self) -> str:
        if {"pids", "memory"} <= self._bounded:
            return ""
        count, memory = tree_size(self._process.pid)
        if count > self._limits.processes:
            return f"It had more than {self._limits.processes} processes and was ended."
        if memory > self._limits.memory_bytes:
            return f"It used more than {self._limits.memory_bytes} bytes of memory and was ended."
        return ""

    def _disk(self) -> str:
        """Look less often the longer a look takes."""
        if time.monotonic() < self._disk_due:
            return ""
        began = time.monotonic()
        count = size = 0
        for info in _files(self._folders):
            count, size = count + 1, size + info.st_blocks * 512
            if count > self._limits.files or size > self._limits.disk_bytes:
                break
        self._disk_due = time.monotonic() + max(_DISK_S, 10 * (time.monotonic() - began))
        if size > self._limits.disk_bytes:
            return f"It wrote more than {self._limits.disk_bytes} bytes to disk and was ended."
        if count > self._limits.files:
            return f"It made more than {self._limits.files} files and was ended."
        return ""


def _files(folders: Sequence[Path]) -> Iterator[os.stat_result]:
    """lstat of everything below; what vanishes or cannot be read meanwhile is left out."""
    todo = [os.fsencode(folder) for folder in folders]
    while todo:
        try:
            with os.scandir(todo.pop()) as listing:
                for entry in listing:
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    yield entry.stat(follow_symlinks=False)
        except OSError:
            continue
