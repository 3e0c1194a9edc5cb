"""Worktrees for agents and verifiers, and the snapshots that become frozen rounds.

git here always gets its directory and the work tree told; it never looks for one. The index that
an agent sees is only read: the server adds to a copy in a folder of its own.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agents import process
from agents.errors import SnapshotRefused
from agents.git import GitFailed, Mirror, display_path
from agents.inspect_tree import inspect_tree
from agents.job import Limits, Workspace
from agents.repo.base import Repo, search_path

logger = logging.getLogger(__name__)

# What tools leave everywhere and nobody reviews; a repository's own .gitignore may say otherwise.
DEBRIS = ("__pycache__/", "*.py[co]", ".pytest_cache/", ".DS_Store")
_ADD_S = 600
_WIDE = Limits(files=10**7, disk_bytes=10**15)  # what a verifier builds is thrown away
_REMOVE_S = 900
_NO_SPACE = "No space left on device"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a worktree held: a commit whose only parent is the base, as a thin pack base..commit."""

    commit: str
    tree: str
    pack: bytes
    is_empty: bool


def open_worktree(
    mirror: Mirror, folder: Path, base: str, start_tree: str | None = None
) -> Workspace:
    """A fresh worktree at `folder` (made; what was there goes), HEAD detached at commit `base`.

    start_tree: what files and index hold, when work goes on from an earlier round.
    """
    folder = Path(folder).absolute()
    tree = start_tree or mirror.tree_id(base)
    for _ in mirror.list_tree(tree):
        pass  # UserFault for a small pack that names 10^10 files, before git lays them on the disk
    remove_folder(mirror, folder)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with mirror.locked():  # a fetch beside it would meet a HEAD half written, and fail
        mirror.call("worktree", "add", "--quiet", "--detach", "--no-checkout", str(folder), base)
    admin = Path((folder / ".git").read_text().removeprefix("gitdir: ").rstrip("\n"))
    Repo(admin).call(
        "read-tree", "--reset", "-u", tree,
        env={"GIT_WORK_TREE": str(folder)}, pins=("checkout.workers=0",), timeout_s=_ADD_S,
    )  # fmt: skip
    return Workspace(folder, mirror.path, admin, base, tree)


def checkout(mirror: Mirror, folder: Path, commit: str) -> Workspace:
    """A clean checkout of exactly `commit`, for verifiers."""
    return open_worktree(mirror, folder, commit)


def commit_snapshot(
    mirror: Mirror,
    tree: str,
    base: str,
    *,
    message: str,
    author_name: str,
    author_email: str,
    at: datetime | None = None,
) -> Snapshot:
    """A tree that the mirror holds, as a snapshot on `base`."""
    commit = mirror.commit_tree(
        tree, [base], message,
        author_name=author_name, author_email=author_email, at=at or datetime.now(UTC),
    )  # fmt: skip
    pack = mirror.pack(base, commit)
    return Snapshot(commit, tree, pack, is_empty=tree == mirror.tree_id(base))


def tree_of(
    workspace: Workspace, limits: Limits | None = None, *, tracked_only: bool = False
) -> str:
    """Id of the tree that the worktree holds now; ignored files and overlays do not count.

    Raises SnapshotRefused, naming the path, for a trap. Call only when every process that could
    write to the worktree is dead.
    """
    repo = Mirror(workspace.git_dir)
    inspect_tree(workspace.root, git_file(workspace), limits or Limits(), tracked_by(workspace))
    skipped = [f":(top,exclude,literal){name}" for _, name in workspace.overlays]
    what = "-u" if tracked_only else "-A"
    with private_index(workspace) as (env, pins):
        try:
            repo.call("add", what, "--", ":(top)", *skipped, env=env, pins=pins, timeout_s=_ADD_S)
            return repo.line("write-tree", env=env)
        except GitFailed as error:
            if _NO_SPACE in error.stderr:  # ours, and perhaps over soon
                raise
            raise SnapshotRefused(f"git cannot take the agent's tree: {_why(error)}.") from error


def tree_without_errors(workspace: Workspace) -> tuple[str, str]:
    """As `tree_of`, of a tree that was inspected, without what git does not take; and its words."""
    repo = Mirror(workspace.git_dir)
    said = ""
    skipped = [f":(top,exclude,literal){name}" for _, name in workspace.overlays]
    with private_index(workspace) as (env, pins):
        try:
            repo.call("add", "-A", "--ignore-errors", "--", ":(top)", *skipped, env=env, pins=pins,
                      timeout_s=_ADD_S)  # fmt: skip
        except GitFailed as error:
            if _NO_SPACE in error.stderr:
                raise
            said = _why(error)
        return repo.line("write-tree", env=env), said


def ignored(workspace: Workspace) -> list[bytes]:
    """Topmost paths that a snapshot leaves out because git ignores them."""
    with private_index(workspace) as (env, pins):
        listed = Mirror(workspace.git_dir).call(
            "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory",
            env=env, pins=pins, timeout_s=_ADD_S,
        )  # fmt: skip
    return [name.rstrip(b"/") for name in listed.split(b"\0") if name]


def git_file(workspace: Workspace) -> bytes:
    """What the root's own `.git` must hold."""
    return b"gitdir: %s\n" % str(workspace.admin_dir).encode()


def tracked_by(workspace: Workspace) -> Callable[[str], bool]:
    """Whether the base of the work holds a path."""
    repo = Mirror(workspace.git_dir)
    return lambda path: repo.find(workspace.base, path) is not None


def _why(error: GitFailed) -> str:
    """The first thing that git said, without its own word for it."""
    return display_path(error.stderr.partition("\n")[0].partition(": ")[2].encode())


@contextmanager
def private_index(workspace: Workspace) -> Iterator[tuple[dict[str, str], Sequence[str]]]:
    """Environment and settings for git calls on a copy of the worktree's index."""
    with tempfile.TemporaryDirectory(prefix="honk-index-") as folder:
        index, debris = Path(folder) / "index", Path(folder) / "debris"
        # With its times: git trusts an entry as old as the index only after a look at the content.
        shutil.copy2(workspace.admin_dir / "index", index)
        debris.write_text("\n".join(DEBRIS) + "\n")
        env = {"GIT_WORK_TREE": str(workspace.root), "GIT_INDEX_FILE": str(index)}
        yield env, (f"core.excludesFile={debris}",)


def touched(workspace: Workspace) -> list[str]:
    """Tracked files that are not as they were checked out, for display; traps count as touched."""
    try:
        tree = tree_of(workspace, _WIDE, tracked_only=True)
    except SnapshotRefused as refusal:
        return [str(refusal)]
    if tree == workspace.start_tree:
        return []
    changed = Mirror(workspace.git_dir).call(
        "diff-tree", "-r", "-z", "--name-only", "--no-renames", workspace.start_tree, tree
    )
    return [display_path(name) for name in changed.split(b"\0") if name]


def untracked(workspace: Workspace) -> list[str]:
    """Topmost paths that are in the folder but not in the commit, ignored ones as well.

    Names may hold surrogate escapes; what tools leave everywhere (DEBRIS) is not listed.
    """
    skipped = [word for name in DEBRIS for word in ("-x", name)]
    with private_index(workspace) as (env, _):
        listed = Mirror(workspace.git_dir).call(
            "ls-files", "-z", "--others", "--directory", env=env
        )
        debris = Mirror(workspace.git_dir).call(
            "ls-files", "-z", "--others", "--directory", "--ignored", *skipped, env=env
        )
    names = set(listed.split(b"\0")) - set(debris.split(b"\0")) - {b"", b".git"}
    return sorted(name.rstrip(b"/").decode("utf-8", "surrogateescape") for name in names)


def remove(mirror: Mirror, workspace: Workspace) -> None:
    """Remove the worktree and what git kept about it."""
    remove_folder(mirror, workspace.root)


def remove_folder(mirror: Mirror, folder: Path) -> None:
    """As `remove`, for a worktree of which only the place is known; harmless when there is none."""
    if discard(folder):
        with mirror.locked():
            mirror.call("worktree", "prune", "--expire=now")


def prune_leftovers(folder: Path, live_names: Callable[[], Collection[str]]) -> list[str]:
    """Remove every entry of `folder` that is not named; returns what was removed.

    The folder is listed before the names are asked for, so that one made meanwhile is safe.

    git's notes about them go with the next collection of their mirror.
    """
    if not folder.is_dir():
        return []
    entries = list(folder.iterdir())
    live = live_names()
    return [entry.name for entry in entries if entry.name not in live and discard(entry)]


def discard(path: Path) -> bool:
    """Remove a file or a whole tree, whatever modes and depths an agent gave it."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return True
    if not path.exists():
        return False
    removal = ("rm", "-rf", "--one-file-system", "--", str(path))
    openers = (("chmod", "-R", "u+rwX", "--", str(path)), ("chattr", "-R", "-i", "--", str(path)))
    for opener in ((), *openers):
        if opener and shutil.which(opener[0]):
            _tool(*opener)
        if _tool(*removal).code == 0:
            return True
    logger.error("a worktree could not be removed: %s", path.name)
    return False


def _tool(*argv: str) -> process.Completed:
    return process.run(argv, env={"PATH": search_path()}, timeout_s=_REMOVE_S)
