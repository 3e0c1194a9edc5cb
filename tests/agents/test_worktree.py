"""Worktrees and snapshots of real trees, hostile ones among them."""

from __future__ import annotations

import time
from pathlib import Path

from agents import worktree
from agents.git import Mirror
from agents.job import Workspace
from tests.agents.gits import commit, git, mirror, snapshot, write


def paths(store: Mirror, tree: str) -> set[bytes]:
    return {entry.path for entry in store.list_tree(tree)}


def test_a_worktree_holds_the_base_and_git_works_in_it(space: Workspace) -> None:
    assert (space.root / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert git(space.root, "status", "--porcelain") == ""
    assert git(space.root, "rev-parse", "HEAD") == space.base


def test_a_snapshot_is_one_commit_on_the_base(store: Mirror, space: Workspace) -> None:
    (space.root / "a.txt").write_text("changed\n")
    write(space.root, {"new/file": "n", "run.sh": "x", "new\nline": "y", b"caf\xe9": "z"})
    (space.root / "run.sh").chmod(0o755)
    (space.root / "link").symlink_to("/etc/passwd")
    made = snapshot(store, space)
    assert store.line("rev-parse", f"{made.commit}^@") == space.base
    assert paths(store, made.tree) == {
        b"a.txt", b"new/file", b"run.sh", b"new\nline", b"caf\xe9", b"link",
    }  # fmt: skip
    modes = {entry.path: entry.mode for entry in store.list_tree(made.tree)}
    assert (modes[b"run.sh"], modes[b"link"]) == ("100755", "120000")
    assert not made.is_empty


def test_the_pack_of_a_snapshot_rebuilds_it_elsewhere(
    store: Mirror, space: Workspace, source: Path, tmp_path: Path
) -> None:
    (space.root / "a.txt").write_text("changed\n")
    made = snapshot(store, space)
    other = mirror(tmp_path / "other.git")
    other.fetch(str(source), "main")
    other.import_pack(made.pack)
    assert other.tree_id(made.commit) == made.tree


def test_an_untouched_tree_is_empty(store: Mirror, space: Workspace) -> None:
    assert snapshot(store, space).is_empty


def test_a_second_round_starts_from_the_first_one_s_tree(
    store: Mirror, space: Workspace, tmp_path: Path
) -> None:
    write(space.root, {"a.txt": None, "b.txt": "b"})
    first = snapshot(store, space)
    again = worktree.open_worktree(store, tmp_path / "work" / "run-2", space.base, first.tree)
    assert not (again.root / "a.txt").exists()
    assert (again.root / "b.txt").read_text() == "b"
    assert git(again.root, "rev-parse", "HEAD") == space.base
    (again.root / "c.txt").write_text("c")
    second = snapshot(store, again)
    assert paths(store, second.tree) == {b"b.txt", b"c.txt"}
    assert store.line("rev-parse", f"{second.commit}^@") == space.base


def test_the_index_that_an_agent_sees_is_not_written(store: Mirror, space: Workspace) -> None:
    index = space.admin_dir / "index"
    before = (index.read_bytes(), index.stat().st_mtime_ns)
    (space.root / "b.txt").write_text("b")
    snapshot(store, space)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


def test_ignored_files_debris_and_overlays_are_left_out(
    store: Mirror, source: Path, tmp_path: Path
) -> None:
    base = commit(source, {".gitignore": "build/\n"})
    store.fetch(str(source), "main")
    space = worktree.open_worktree(store, tmp_path / "work" / "run-1", base)
    space = Workspace(
        space.root, space.git_dir, space.admin_dir, base, space.start_tree,
        overlays=((tmp_path, "node_modules"), (tmp_path, "odd*[name]")),
    )  # fmt: skip
    write(space.root, dict.fromkeys(
        ["build/x", "__pycache__/a.pyc", "p/b.pyc", "node_modules/m/i.js", "odd*[name]/x", "kept",
         "oddly[name]/y"], "x"))  # fmt: skip
    assert paths(store, snapshot(store, space).tree) == {
        b".gitignore", b"a.txt", b"kept", b"oddly[name]/y",
    }  # fmt: skip


def test_attributes_of_a_change_run_nothing(
    store: Mirror, source: Path, tmp_path: Path, space: Workspace
) -> None:
    canary = tmp_path / "canary"
    write(space.root, {
        ".gitattributes": "* filter=x diff=x merge=x text eol=crlf\n",
        ".gitconfig": f'[filter "x"]\n clean = touch {canary}\n smudge = touch {canary}\n',
    })  # fmt: skip
    first = snapshot(store, space)
    again = worktree.open_worktree(store, tmp_path / "work" / "run-2", space.base, first.tree)
    snapshot(store, again)
    store.diff_patch(space.base, first.commit)
    assert not canary.exists()


def test_files_locked_by_their_modes_are_taken_and_removed(store: Mirror, space: Workspace) -> None:
    write(space.root, {"d/secret": "s", "d/e/f": "f"})
    (space.root / "d" / "secret").chmod(0)
    (space.root / "d" / "e").chmod(0o500)
    (space.root / "d").chmod(0)
    assert b"d/secret" in paths(store, snapshot(store, space).tree)
    worktree.remove(store, space)
    assert not space.root.exists()
    assert not space.admin_dir.exists()


def test_touched_names_tracked_files_only(store: Mirror, source: Path, tmp_path: Path) -> None:
    tip = commit(source, {"b.txt": "b", "c.txt": "c"})
    store.fetch(str(source), "main")
    space = worktree.checkout(store, tmp_path / "work" / "v", tip)
    assert worktree.touched(space) == []
    write(space.root, {"report.xml": "new"})
    (space.root / "a.txt").touch()
    assert worktree.touched(space) == []
    before = worktree.tree_of(space, tracked_only=True)
    write(space.root, {"b.txt": "other", "c.txt": None})
    assert worktree.touched(space) == ["b.txt", "c.txt"]
    assert worktree.tree_of(space) != before
    write(space.root, {"trap/.git": "gitdir: /tmp/evil"})
    assert "repository" in worktree.touched(space)[0]


def test_untracked_gives_topmost_paths_with_ignored_ones(
    store: Mirror, source: Path, tmp_path: Path
) -> None:
    tip = commit(source, {".gitignore": "node_modules/\n", "web/app.js": "a"})
    store.fetch(str(source), "main")
    space = worktree.checkout(store, tmp_path / "work" / "s", tip)
    write(space.root, dict.fromkeys(
        ["node_modules/m/i.js", "web/dist/a.js", "__pycache__/x.pyc", "web/b.pyc", "é.txt"], "x"
    ))  # fmt: skip
    assert worktree.untracked(space) == ["node_modules", "web/dist", "é.txt"]


def test_what_stood_in_the_folder_makes_room(store: Mirror, space: Workspace) -> None:
    (space.root / "left").write_text("over")
    again = worktree.open_worktree(store, space.root, space.base)
    assert not (again.root / "left").exists()


def test_leftovers_are_pruned_and_the_living_stay(
    store: Mirror, space: Workspace, tmp_path: Path
) -> None:
    other = worktree.open_worktree(store, tmp_path / "work" / "run-2", space.base)
    (tmp_path / "work" / "stray").symlink_to(tmp_path / "origin")
    gone = worktree.prune_leftovers(tmp_path / "work", lambda: {"run-2"})
    assert sorted(gone) == ["run-1", "stray"]
    assert other.root.exists()
    assert (tmp_path / "origin" / "a.txt").exists()
    assert worktree.prune_leftovers(tmp_path / "none", set) == []


def test_five_thousand_files_are_quick(store: Mirror, source: Path, tmp_path: Path) -> None:
    base = commit(source, {f"d{i % 50}/f{i}": f"line {i}\n" for i in range(5000)})
    store.fetch(str(source), "main")
    began = time.monotonic()
    space = worktree.open_worktree(store, tmp_path / "work" / "run-1", base)
    (space.root / "d1" / "f1").write_text("changed")
    assert not snapshot(store, space).is_empty
    worktree.remove(store, space)
    assert time.monotonic() - began < 40
