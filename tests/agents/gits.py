"""Real repositories as plain functions; git sees nothing of the machine owner's settings."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from agents import worktree
from agents.git import Mirror
from agents.job import Limits, Workspace

ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    **{f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER")
       for key, value in (("NAME", "Anna"), ("EMAIL", "anna@example.org"))},
}  # fmt: skip
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def git(folder: Path, *args: str, stdin: bytes = b"") -> str:
    """Run git in folder; stdout without its last line end."""
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", *args],
        cwd=folder, env=ENV, input=stdin, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def write(folder: Path, files: Mapping[str | bytes, str | bytes | None]) -> None:
    """Write files (None: remove) below folder."""
    for name, content in files.items():
        path = folder / os.fsdecode(name)
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def commit(
    folder: Path, files: Mapping[str | bytes, str | bytes | None], message: str = "x"
) -> str:
    """Write files and commit everything; the commit's id."""
    write(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def origin(folder: Path, files: Mapping[str | bytes, str | bytes | None] | None = None) -> Path:
    """A repository with a work tree on main and one commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, files if files is not None else {"a.txt": "one\ntwo\nthree\n"}, "First")
    return folder


def mirror(path: Path) -> Mirror:
    """An empty mirror."""
    made = Mirror(path)
    made.ensure()
    return made


def committed(
    of: Mirror, base: str, files: Mapping[str, str], *, parents: list[str] | None = None
) -> str:
    """A commit in the mirror: base's tree with some top-level files written."""
    patch = ""
    listed = {e.path.decode(): e for e in of.list_tree(base)}
    lines = {name: f"{e.mode} {e.oid}" for name, e in listed.items()}
    for name, content in files.items():
        lines[name] = "100644 " + of.line("hash-object", "-w", "--stdin", stdin=content.encode())
    for name in sorted(lines):
        mode, oid = lines[name].split()
        patch += f"{mode} blob {oid}\t{name}\n"
    tree = of.line("mktree", stdin=patch.encode())
    return of.commit_tree(
        tree, [base] if parents is None else parents, "Change",
        author_name="Anna", author_email="anna@example.org", at=AT,
    )  # fmt: skip


def snapshot(store: Mirror, space: Workspace, limits: Limits | None = None) -> worktree.Snapshot:
    """What a worktree holds as the server keeps it; raises SnapshotRefused for a trap."""
    tree = worktree.tree_of(space, limits)
    return worktree.commit_snapshot(
        store, tree, space.base,
        message="Round", author_name="agent", author_email="agent@example.org",
    )  # fmt: skip


def dig(root: Path, depth: int) -> None:
    """Make folders in folders, `depth` of them."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("deep", dir_fd=here)
        inner = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
