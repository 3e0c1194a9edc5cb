"""An edit that leaves size and second of a file as they were is still an edit."""

from __future__ import annotations

import os
import time

from agents import worktree
from agents.git import Mirror
from agents.job import Workspace


def test_an_edit_of_the_same_size_in_the_checkouts_second_is_in_the_snapshot(
    store: Mirror, space: Workspace
) -> None:
    file, index = space.root / "a.txt", space.admin_dir / "index"
    for _ in range(20):  # until checkout and edit fall into one second
        before = file.stat()
        file.write_text(file.read_text().swapcase())
        if int(file.stat().st_ctime) == int(before.st_mtime) == int(index.stat().st_mtime):
            break
        worktree.remove(store, space)
        space = worktree.open_worktree(store, space.root, space.base)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    time.sleep(1.1)
    assert worktree.tree_of(space) != space.start_tree
    assert worktree.touched(space) == ["a.txt"]
