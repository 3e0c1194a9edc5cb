"""Trees that a snapshot refuses, and what of them is kept all the same."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agents import worktree
from agents.errors import SnapshotRefused
from agents.git import Mirror
from agents.job import Limits, Workspace
from agents.salvage import rest_of
from tests.agents.gits import commit, dig, git, snapshot, write
from tests.agents.test_worktree import paths


def _fifo(root: Path) -> None:
    os.mkfifo(root / "trap")


def _socket(root: Path) -> None:
    here = Path.cwd()
    os.chdir(root)  # a socket's name has at most 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("trap")
    finally:
        os.chdir(here)


def _nested(root: Path) -> None:
    (root / "trap").mkdir()
    git(root / "trap", "init", "-q")


def _pointer(root: Path) -> None:
    write(root, {"trap/.git": "gitdir: /tmp/evil"})


def _upper(root: Path) -> None:
    write(root, {"trap/.GIT/config": "x"})


def _bare(root: Path) -> None:
    (root / "trap").mkdir()
    git(root / "trap", "init", "-q", "--bare")


def _linked(root: Path) -> None:
    (root / "trap").mkdir()
    (root / "trap" / ".git").symlink_to("/tmp")


Trap = Callable[[Path], None]
TRAPS = [_fifo, _socket, _nested, _pointer, _upper, _bare, _linked]


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_are_refused_in_the_first_round(store: Mirror, space: Workspace, trap: Trap) -> None:
    trap(space.root)
    with pytest.raises(SnapshotRefused, match="trap"):
        snapshot(store, space)


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_are_refused_in_the_second_round(
    store: Mirror, space: Workspace, tmp_path: Path, trap: Trap
) -> None:
    (space.root / "b.txt").write_text("b")
    first = snapshot(store, space)
    again = worktree.open_worktree(store, tmp_path / "work" / "run-2", space.base, first.tree)
    trap(again.root)
    with pytest.raises(SnapshotRefused, match="trap"):
        snapshot(store, again)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_refused(store: Mirror, space: Workspace) -> None:
    os.mknod(space.root / "trap", 0o600 | 0o020000, os.makedev(1, 3))
    with pytest.raises(SnapshotRefused, match="trap is a device"):
        snapshot(store, space)


def test_the_root_s_own_git_file_cannot_be_another(store: Mirror, space: Workspace) -> None:
    (space.root / ".git").write_text("gitdir: /tmp/evil")
    with pytest.raises(SnapshotRefused, match=r"\.git is a repository"):
        snapshot(store, space)


def test_a_bare_repository_among_test_data_was_there_before(
    store: Mirror, source: Path, tmp_path: Path
) -> None:
    base = commit(source, {f"data/{n}": "x" for n in ("HEAD", "objects/a", "refs/b")})
    store.fetch(str(source), "main")
    space = worktree.open_worktree(store, tmp_path / "work" / "run-1", base)
    (space.root / "a.txt").write_text("changed")
    assert not snapshot(store, space).is_empty


@pytest.mark.parametrize("name", ["gitter", ".github", "a.git", ".gitkeep", "git", "a:b", ".git~a"])
def test_names_that_only_begin_like_git_s_are_taken(
    store: Mirror, space: Workspace, name: str
) -> None:
    write(space.root, {f"x/{name}": "x"})
    assert f"x/{name}".encode() in paths(store, snapshot(store, space).tree)


def test_a_refusal_names_an_odd_path_safely(store: Mirror, space: Workspace) -> None:
    os.mkfifo(os.fsencode(space.root) + b"/\x1b[31m\nred\xff")
    with pytest.raises(SnapshotRefused) as raised:
        snapshot(store, space)
    assert str(raised.value).isprintable()


def test_overruns_are_refused(store: Mirror, space: Workspace) -> None:
    for number in range(30):
        (space.root / f"f{number}").write_text("x")
    with pytest.raises(SnapshotRefused, match="more than 20 files"):
        snapshot(store, space, Limits(files=20))
    with pytest.raises(SnapshotRefused, match="more than 30 bytes"):
        snapshot(store, space, Limits(disk_bytes=30))


def test_a_file_full_of_holes_counts_with_its_holes(store: Mirror, space: Workspace) -> None:
    with (space.root / "sparse").open("wb") as file:
        file.truncate(10**13)
    began = time.monotonic()
    with pytest.raises(SnapshotRefused, match="bytes"):
        snapshot(store, space)
    assert time.monotonic() - began < 20


def test_a_bottomless_folder_is_refused_and_can_be_removed(store: Mirror, space: Workspace) -> None:
    dig(space.root, 1500)
    with pytest.raises(SnapshotRefused, match="cannot be read"):
        snapshot(store, space)
    worktree.remove(store, space)
    assert not space.root.exists()


def kept(store: Mirror, space: Workspace, limits: Limits | None = None) -> tuple[set[bytes], str]:
    """Paths of what is kept of a tree that is refused, and what people are told."""
    with pytest.raises(SnapshotRefused) as refused:
        snapshot(store, space, limits)
    tree, told = rest_of(space, limits or Limits(), refused.value).taken()
    assert str(refused.value) in told
    return (paths(store, tree) if tree else set()), told


@pytest.mark.parametrize("trap", TRAPS)
def test_the_work_beside_a_trap_is_kept_without_it(
    store: Mirror, space: Workspace, trap: Trap
) -> None:
    write(space.root, {"new.py": "x", "a/b.py": "y"})
    trap(space.root)
    found, told = kept(store, space)
    assert found == {b"a.txt", b"new.py", b"a/b.py"}
    assert "1 path was left out: trap" in told
    assert "a re-prompt goes on from it" in told


def test_what_stands_in_a_repository_inside_stays_without_its_git(
    store: Mirror, space: Workspace
) -> None:
    _nested(space.root)
    write(space.root, {"trap/code.py": "x"})
    assert kept(store, space)[0] == {b"a.txt", b"trap/code.py"}


def test_of_many_traps_the_first_few_are_named_and_all_are_counted(
    store: Mirror, space: Workspace
) -> None:
    for number in range(20):
        os.mkfifo(space.root / f"pipe{number}")
    (space.root / "locked").mkdir(mode=0o500)
    (space.root / "new.py").write_text("x")
    found, told = kept(store, space)
    assert found == {b"a.txt", b"new.py"}
    assert "20 paths were left out: " in told
    assert "; and 15 more." in told


def test_marks_of_a_repository_at_the_top_are_left_out(store: Mirror, space: Workspace) -> None:
    write(space.root, {"HEAD": "x", "objects/a": "x", "refs/b": "x", "new.py": "x"})
    found, told = kept(store, space)
    assert found == {b"a.txt", b"new.py"}
    assert ". is a bare repository" in told


def test_what_git_itself_does_not_take_is_left_out(store: Mirror, space: Workspace) -> None:
    (space.root / ".gitmodules").symlink_to("/etc/passwd")
    write(space.root, {"a.txt": "changed", "z.py": "x"})
    found, told = kept(store, space)
    assert found == {b"a.txt", b"z.py"}
    assert "git did not take: invalid path '.gitmodules'" in told


def test_of_too_much_what_was_there_stays_first_then_what_is_near_the_top_and_small(
    store: Mirror, space: Workspace
) -> None:
    write(space.root, {"a.txt": "a" * 300, "big": "b" * 900, "small": "s", "d/e/deep": "d" * 40})
    found, told = kept(store, space, Limits(disk_bytes=600))
    assert found == {b"a.txt", b"small", b"d/e/deep"}
    assert "1 file was left out: big (900 bytes)." in told
    assert "small before large" in told
    again, _ = kept_of_files(store, space)
    assert again == {b"a.txt", b"small"}


def kept_of_files(store: Mirror, space: Workspace) -> tuple[set[bytes], str]:
    """With room for three entries: our .git, a.txt, and one more; folders count."""
    return kept(store, space, Limits(files=3))


def test_what_git_ignores_goes_first(store: Mirror, space: Workspace) -> None:
    ignored = {f"node_modules/m{n}/i.js": "x" for n in range(20)}
    write(space.root, {".gitignore": "node_modules/\n", "new.py": "x", **ignored})
    found, told = kept(store, space, Limits(files=12))
    assert found == {b"a.txt", b".gitignore", b"new.py"}
    assert "What git ignores was left out, and nothing else." in told


@pytest.mark.parametrize("what", ["files", "traps"])
def test_of_a_tree_beyond_all_bounds_nothing_is_kept_and_that_is_said(
    store: Mirror, space: Workspace, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.salvage.MAX_TRAPS", 5)
    for number in range(12):
        place = space.root / f"n{number}"
        place.write_text("x") if what == "files" else os.mkfifo(place)
    found, told = kept(store, space, Limits(files=2) if what == "files" else None)
    assert found == set()
    assert "Nothing of its work could be kept: " in told


def test_a_bottomless_folder_is_left_out_and_the_rest_kept(store: Mirror, space: Workspace) -> None:
    dig(space.root, 1500)
    (space.root / "new.py").write_text("x")
    assert kept(store, space)[0] == {b"a.txt", b"new.py"}


def test_a_cleared_tree_is_inspected_again_before_git_sees_it(
    store: Mirror, space: Workspace
) -> None:
    _fifo(space.root)
    with pytest.raises(SnapshotRefused) as refused:
        snapshot(store, space)
    rest = rest_of(space, Limits(), refused.value)
    _nested(space.root)
    tree, told = rest.taken()
    assert tree == ""
    assert "Nothing of its work could be kept" in told
