"""Keeps what can be kept of a tree that a snapshot refuses, and says what was left out.

The worktree is about to be removed, so what is refused is removed from it first; what remains goes
the way of every snapshot, the whole inspection included. Of a tree with too much in it, files that
the work began with stay first, then new ones from the top folder downwards, small before large;
what git ignores goes before any of them. Call only when every process that could write there is
dead.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import batched, islice
from pathlib import Path

from agents import process, worktree
from agents.errors import AgentsError, SnapshotRefused
from agents.git import Mirror, display_path
from agents.inspect_tree import Trap, inspect_tree, traps
from agents.job import Limits, Workspace
from agents.repo.base import search_path
from agents.text import cut

MAX_TRAPS = 1000  # paths that are left out one by one; in a tree with more nothing is kept
MOST_NAMED = 5
LOOKS = 4  # times the limit of files that are looked at
_REMOVE_S = 600
_LONGEST = 4000  # bytes of a path that programs can be given


@dataclass
class _Walk:
    """What a tree holds: (size, path) of files and links, paths of folders; at most `limit`."""

    limit: int
    files: list[tuple[int, bytes]] = field(default_factory=list)
    folders: list[bytes] = field(default_factory=list)

    def seen(self, path: bytes, info: os.stat_result) -> None:
        if stat.S_ISDIR(info.st_mode):
            self.folders.append(path)
        else:
            self.files.append((info.st_size if stat.S_ISREG(info.st_mode) else 0, path))
        if len(self.files) + len(self.folders) > self.limit:
            raise SnapshotRefused(f"it holds more than {self.limit} files and folders")

    def is_within(self, limits: Limits) -> bool:
        """As the inspection of a snapshot counts."""
        count = len(self.files) + len(self.folders)
        return count <= limits.files and sum(size for size, _ in self.files) <= limits.disk_bytes


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a refused tree, cleared. nothing: why nothing can be kept, if so."""

    workspace: Workspace
    limits: Limits
    refusal: str
    left_out: str = ""
    nothing: str = ""

    def taken(self) -> tuple[str, str]:
        """Id of the tree that is kept (empty: none), and the whole truth in sentences.

        Raises PlatformFault when the server could not do it now; it may be asked again.
        """
        if self.nothing:
            return "", self._nothing(self.nothing)
        try:
            tree, said = tree_of_rest(self.workspace, self.limits)
        except SnapshotRefused as again:
            return "", self._nothing(str(again))
        told = f"{self.refusal} {self.left_out}".rstrip()
        told += f" git did not take: {said}." if said else ""
        if tree == self.workspace.start_tree:
            return tree, f"{told} Apart from that it changed nothing."
        return tree, f"{told} The rest of its work is kept: a re-prompt goes on from it."

    def _nothing(self, why: str) -> str:
        return f"{self.refusal} Nothing of its work could be kept: {why.rstrip('.')}."


def rest_of(workspace: Workspace, limits: Limits, refusal: SnapshotRefused) -> Rest:
    """Clear a tree that was refused. Never raises: once it has begun, it cannot be begun anew."""
    try:
        return Rest(workspace, limits, str(refusal), clear(workspace, limits))
    except (AgentsError, OSError) as fault:
        return Rest(workspace, limits, str(refusal), nothing=str(fault))


def clear(workspace: Workspace, limits: Limits) -> str:
    """Remove from the worktree what a snapshot refuses; says what, as a sentence or two.

    Raises SnapshotRefused with a reason, as part of a sentence, when nothing can be kept.
    """
    said: list[str] = []
    found = _traps(workspace, limits)
    if found:
        _remove(workspace.root, [entry for trap in found for entry in trap.entries])
        said.append(_named([trap.told() for trap in found], len(found), "path"))
    walk = _Walk(LOOKS * limits.files)
    if list(islice(_walked(workspace, walk), 1)):
        raise SnapshotRefused("what is refused could not be removed from it")
    if not walk.is_within(limits):
        said.append(_shrink(workspace, limits, walk))
    return " ".join(said)


def tree_of_rest(workspace: Workspace, limits: Limits) -> tuple[str, str]:
    """Id of the tree that a cleared worktree holds, and what git itself did not take, in words.

    Raises SnapshotRefused as `worktree.tree_of` does.
    """
    git_file, was_tracked = worktree.git_file(workspace), worktree.tracked_by(workspace)
    inspect_tree(workspace.root, git_file, limits, was_tracked)
    try:
        return worktree.tree_of(workspace, limits), ""
    except SnapshotRefused:
        return worktree.tree_without_errors(workspace)


def _walked(workspace: Workspace, walk: _Walk) -> Iterable[Trap]:
    was_tracked = worktree.tracked_by(workspace)
    return traps(workspace.root, worktree.git_file(workspace), was_tracked, walk.seen)


def _traps(workspace: Workspace, limits: Limits) -> list[Trap]:
    walk = _Walk(LOOKS * limits.files)
    found = list(islice(_walked(workspace, walk), MAX_TRAPS + 1))
    if len(found) > MAX_TRAPS:
        raise SnapshotRefused(f"more than {MAX_TRAPS} paths in it cannot be taken")
    return found


def _shrink(workspace: Workspace, limits: Limits, walk: _Walk) -> str:
    """Remove what is too much, in the order that the module says."""
    ignored = worktree.ignored(workspace)
    _remove(workspace.root, ignored)
    walk = _Walk(LOOKS * limits.files)
    for _ in _walked(workspace, walk):
        raise SnapshotRefused("what is refused could not be removed from it")
    if walk.is_within(limits):
        return "What git ignores was left out, and nothing else."
    kept, needed = _chosen(workspace, limits, walk)
    dropped = sorted(((s, path) for s, path in walk.files if path not in kept), reverse=True)
    gone = [path for _, path in dropped if _above(path) in needed]
    gone += [path for path in walk.folders if path not in needed and _above(path) in needed]
    _remove(workspace.root, gone)
    told = [f"{display_path(path)} ({size} bytes)" for size, path in dropped[:MOST_NAMED]]
    return _named(told, len(dropped), "file") + (
        " Files that the work began with were kept first, then new ones from the top folder "
        "downwards, small before large."
    )


def _chosen(workspace: Workspace, limits: Limits, walk: _Walk) -> tuple[set[bytes], set[bytes]]:
    """Files that are kept, and the folders above them, the root ("") with them."""
    mirror = Mirror(workspace.git_dir)
    before = {entry.path for entry in mirror.list_tree(workspace.start_tree)}
    own = b".git"  # ours, counted and kept like any other

    def place(file: tuple[int, bytes]) -> tuple[bool, bool, int, int, bytes]:
        size, path = file
        return path != own, path not in before, path.count(b"/"), size, path

    kept: set[bytes] = set()
    needed = {b""}
    count = size = 0
    for bytes_, path in sorted(walk.files, key=place):
        above = _folders_above(path) - needed
        if count + len(above) + 1 <= limits.files and size + bytes_ <= limits.disk_bytes:
            kept.add(path)
            needed |= above
            count, size = count + len(above) + 1, size + bytes_
    return kept, needed


def _above(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _folders_above(path: bytes) -> set[bytes]:
    steps = path.split(b"/")[:-1]
    return {b"/".join(steps[: number + 1]) for number in range(len(steps))}


def _named(told: Sequence[str], count: int, noun: str) -> str:
    """The first few, and how many there are."""
    named = "; ".join(cut(each, 300) for each in told[:MOST_NAMED])
    more = count - min(len(told), MOST_NAMED)
    nouns, were = (noun, "was") if count == 1 else (f"{noun}s", "were")
    rest = f"; and {more} more" if more else ""
    return f"{count} {nouns} {were} left out: {named}{rest}."


def _remove(root: Path, entries: Iterable[bytes]) -> None:
    """Remove files and whole folders below the root, whatever modes they have.

    A path that is too long for a program goes with the last folder above it that is not.
    """
    top = os.fsencode(root)
    paths = [os.fsdecode(top + b"/" + _short(top, entry)) for entry in entries]
    for some in batched(paths, 200):
        if _tool("rm", "-rf", "--one-file-system", "--", *some):
            continue
        for path in some:
            with suppress(OSError):
                os.chmod(os.path.dirname(path), 0o700)  # the agent ran as our user
            worktree.discard(Path(path))


def _short(top: bytes, entry: bytes) -> bytes:
    while len(top) + 1 + len(entry) > _LONGEST:
        entry = _above(entry)
    return entry


def _tool(*argv: str) -> bool:
    try:
        return process.run(argv, env={"PATH": search_path()}, timeout_s=_REMOVE_S).code == 0
    except AgentsError:
        return False
