"""Tells which tracked files were written to while something ran, although they hold what they held.

A check may rewrite what it judges and put it back. What a file holds does not show that; the time
of its last change in the file system does, which no program inside a sandbox can set.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from agents.git import Mirror, display_path
from agents.job import Workspace

Stamp = tuple[int, int]  # inode; time of the last change of the inode (ns)


def stamps(workspace: Workspace) -> dict[bytes, Stamp]:
    """The stamps of all tracked files, by path; what is not there has none."""
    top = os.fsencode(workspace.root)
    tracked = (entry.path for entry in Mirror(workspace.git_dir).list_tree(workspace.start_tree))
    return {path: stamp for path in tracked if (stamp := _stamp(top + b"/" + path)) is not None}


def since(workspace: Workspace, before: Mapping[bytes, Stamp]) -> list[str]:
    """Files whose stamp is another one now, or which are gone, for display."""
    top = os.fsencode(workspace.root)
    changed = (path for path, stamp in before.items() if _stamp(top + b"/" + path) != stamp)
    return [display_path(path) for path in changed]


def _stamp(path: bytes) -> Stamp | None:
    try:
        info = os.lstat(path)
    except OSError:
        return None
    return info.st_ino, info.st_ctime_ns
