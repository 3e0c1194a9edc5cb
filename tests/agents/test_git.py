"""The mirror against real repositories, its reading and its writing."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from agents.errors import RepositoryUnreachable, UserFault
from agents.git import EMPTY_TREE, Mirror
from tests.agents.gits import AT, commit, committed, git, mirror, origin, write


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return origin(tmp_path / "origin")


@pytest.fixture
def store(tmp_path: Path) -> Mirror:
    return mirror(tmp_path / "mirrors" / "1.git")


def test_fetch_gives_the_branch_s_commit_and_follows_it(source: Path, store: Mirror) -> None:
    first = store.fetch(str(source), "main")
    assert first == git(source, "rev-parse", "main")
    second = commit(source, {"b.txt": "b"})
    assert store.fetch(str(source), "main") == second
    assert store.is_ancestor(first, second)
    assert not store.is_ancestor(second, first)


def test_fetch_follows_a_branch_that_was_rewritten(source: Path, store: Mirror) -> None:
    store.fetch(str(source), "main")
    git(source, "commit", "-q", "--amend", "-m", "Other")
    assert store.fetch(str(source), "main") == git(source, "rev-parse", "main")


def test_fetch_of_a_branch_whose_name_was_a_folder_of_branches(source: Path, store: Mirror) -> None:
    git(source, "branch", "topic/one")
    store.fetch(str(source), "topic/one")
    git(source, "branch", "-m", "topic/one", "moved")
    git(source, "branch", "-m", "moved", "topic")
    assert store.fetch(str(source), "topic")


def test_a_tag_and_a_commit_can_be_fetched(source: Path, store: Mirror) -> None:
    first = git(source, "rev-parse", "HEAD")
    git(source, "tag", "-a", "v1", "-m", "One")
    commit(source, {"b.txt": "b"})
    git(source, "checkout", "-q", "--detach", first)
    loose = commit(source, {"c.txt": "c"})
    git(source, "checkout", "-q", "main")
    assert store.fetch(str(source), "v1") == first
    assert store.fetch(str(source), loose) == loose


def test_a_branch_that_is_not_there_is_the_user_s_fault(source: Path, store: Mirror) -> None:
    with pytest.raises(UserFault, match="no branch named nothing"):
        store.fetch(str(source), "nothing")


def test_a_place_without_repository_is_told_without_its_path(tmp_path: Path, store: Mirror) -> None:
    with pytest.raises(RepositoryUnreachable, match="no git repository") as raised:
        store.fetch(str(tmp_path), "main")
    assert str(tmp_path) not in str(raised.value)


def test_a_shallow_origin_can_be_fetched(source: Path, tmp_path: Path, store: Mirror) -> None:
    commit(source, {"b.txt": "b"})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{source}", "shallow")
    tip = store.fetch(str(tmp_path / "shallow"), "main")
    assert store.has(tip)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else's")
def test_an_origin_of_another_user_can_be_fetched(source: Path, store: Mirror) -> None:
    _give_away(source)
    assert store.fetch(str(source), "main")


def _give_away(folder: Path) -> None:
    for each in [folder, *folder.rglob("*")]:
        os.lchown(each, 65534, 65534)
    for each in folder.parents:
        if str(each).startswith("/tmp/pytest"):
            each.chmod(0o755)


def test_default_branch_and_tip_are_asked(source: Path, store: Mirror) -> None:
    assert store.default_branch(str(source)) == "main"
    assert store.remote_tip(str(source), "main") == git(source, "rev-parse", "main")
    assert store.remote_tip(str(source), "other") == ""


def test_files_are_read_from_objects_and_links_are_not_followed(
    source: Path, store: Mirror
) -> None:
    (source / "link").symlink_to("/etc/passwd")
    tip = commit(source, {"d/é.txt": "x", ":(top)odd": "y", "big": "z" * 2000})
    store.fetch(str(source), "main")
    assert store.read_file(tip, "d/é.txt") == b"x"
    assert store.read_file(tip, ":(top)odd") == b"y"
    assert store.read_file(tip, "link") is None
    assert store.read_file(tip, "d") is None
    assert store.read_file(tip, "../a.txt") is None
    with pytest.raises(UserFault, match="1000 bytes"):
        store.read_file(tip, "big", limit=1000)


def test_top_level_gives_names_and_only_telling_contents(source: Path, store: Mirror) -> None:
    tip = commit(source, {"pyproject.toml": "[x]", "src/a.py": "1", "tests/test_a.py": "def test"})
    store.fetch(str(source), "main")
    assert store.top_level(tip) == {
        "a.txt": b"one\ntwo\nthree\n", "pyproject.toml": b"[x]", "src/a.py": b"",
        "tests/test_a.py": b"def test",
    }  # fmt: skip


def test_a_tree_with_too_many_entries_is_refused(source: Path, store: Mirror) -> None:
    """A pack of a few hundred bytes can name ten thousand million paths."""
    blob = git(source, "hash-object", "-w", "--stdin", stdin=b"x")
    tree = git(
        source, "mktree", stdin="".join(f"100644 blob {blob}\t{i}\n" for i in range(10)).encode()
    )
    for _ in range(9):
        rows = "".join(f"040000 tree {tree}\t{i}\n" for i in range(10))
        tree = git(source, "mktree", stdin=rows.encode())
    bomb = git(source, "commit-tree", tree, "-m", "bomb")
    git(source, "update-ref", "refs/heads/bomb", bomb)
    store.fetch(str(source), "bomb")
    began = time.monotonic()
    with pytest.raises(UserFault, match="more than 50000 files"):
        list(store.list_tree(bomb, limit=50_000))
    assert len(store.top_level(bomb)) == 20_000
    assert time.monotonic() - began < 10


def test_blobs_are_read_with_a_size_limit(source: Path, store: Mirror) -> None:
    commit(source, {"small": "s", "large": "l" * 100, "empty": ""})
    tip = store.fetch(str(source), "main")
    oids = {e.path: e.oid for e in store.list_tree(tip)}
    unknown = "1" * 40
    found = {o: (data, size) for o, data, size in store.read_blobs([*oids.values(), unknown], 50)}
    assert found[oids[b"small"]] == (b"s", 1)
    assert found[oids[b"large"]] == (None, 100)
    assert found[oids[b"empty"]] == (b"", 0)
    assert unknown not in found
    assert list(store.read_blobs([], 50)) == []


def test_hostile_names_come_through_as_bytes(source: Path, store: Mirror) -> None:
    base = store.fetch(str(source), "main")
    names: list[str | bytes] = ["new\nline", b"caf\xe9", "tab\there", "-rf", "a b/x.txt", 'q"uote']
    head = commit(source, dict.fromkeys(names, "x"))
    store.fetch(str(source), "main")
    raw = store.diff_raw(base, head)
    for name in names:
        assert b"\0" + os.fsencode(name) + b"\0" in raw


def test_a_change_cannot_hide_itself_from_the_diff(
    source: Path, store: Mirror, tmp_path: Path
) -> None:
    base = store.fetch(str(source), "main")
    canary = tmp_path / "canary"
    write(source, {
        ".gitattributes": "* -diff\n* diff=x filter=x merge=x\n",
        ".gitmodules": '[submodule "s"]\n path=s\n url=./s\n ignore=all\n',
        "a.txt": "one\nTWO\nthree\n",
    })  # fmt: skip
    git(source, "config", "diff.x.textconv", f"touch {canary}; cat")
    git(source, "update-index", "--add", "--cacheinfo", f"160000,{base},s")
    git(source, "-c", "filter.x.clean=cat", "add", "a.txt", ".gitattributes", ".gitmodules")
    git(source, "commit", "-q", "-m", "hides")
    head = store.fetch(str(source), "main")
    patch = store.diff_patch(base, head)
    assert b"+TWO" in patch
    assert f"+Subproject commit {base}".encode() in patch
    assert not canary.exists()


def test_a_diff_beyond_the_limit_is_told(source: Path, store: Mirror) -> None:
    base = store.fetch(str(source), "main")
    commit(source, {"big": "line\n" * 10_000})
    head = store.fetch(str(source), "main")
    with pytest.raises(UserFault, match="nobody could review"):
        store.diff_patch(base, head, max_bytes=1000)


def test_merge_uses_exactly_the_base_it_is_given(source: Path, store: Mirror) -> None:
    base = store.fetch(str(source), "main")
    ours = committed(store, base, {"b.txt": "ours"})
    theirs = committed(store, base, {"a.txt": "one\nTWO\nthree\n"}, parents=[])
    merged = store.merge_tree(base, ours, theirs)
    assert merged.conflicts == ()
    assert {e.path for e in store.list_tree(merged.tree)} == {b"a.txt", b"b.txt"}


def test_a_conflict_names_its_files_and_leaves_markers(source: Path, store: Mirror) -> None:
    base = store.fetch(str(source), "main")
    ours = committed(store, base, {"a.txt": "one\nours\nthree\n"})
    theirs = committed(store, base, {"a.txt": "one\ntheirs\nthree\n", "c.txt": "c"})
    merged = store.merge_tree(base, ours, theirs)
    assert merged.conflicts == ("a.txt",)
    assert b"<<<<<<<" in (store.read_file(merged.tree, "a.txt") or b"")
    assert store.merge_heads(ours, theirs).conflicts == ("a.txt",)


def test_unrelated_histories_do_not_merge(source: Path, store: Mirror) -> None:
    base = store.fetch(str(source), "main")
    loner = committed(store, base, {}, parents=[])
    with pytest.raises(UserFault, match="no commit in common"):
        store.merge_heads(base, loner)


def test_a_commit_bears_its_author_whatever_the_name(source: Path, store: Mirror) -> None:
    base = store.fetch(str(source), "main")
    made = store.commit_tree(
        store.tree_id(base), [base], "Title\n\nBody \0 \ud800", author_name="Ann <x>\nBo",
        author_email="<>", at=AT,
    )  # fmt: skip
    shown = store.line("log", "-1", "--format=%an|%ae|%at|%cn|%B", made)
    assert shown.startswith("Ann  x Bo|unknown@honkweb.invalid|1767323045|Honkweb|Title")


def test_a_round_travels_as_a_thin_pack(source: Path, store: Mirror, tmp_path: Path) -> None:
    base = store.fetch(str(source), "main")
    head = committed(store, base, {"a.txt": "one\ntwo\nthree\nfour\n"})
    other = mirror(tmp_path / "other.git")
    other.fetch(str(source), "main")
    other.import_pack(store.pack(base, head))
    other.keep("rounds/7", head)
    other.collect()
    assert other.has(head)
    assert other.resolve("refs/honk/rounds/7") == head
    assert other.tree_id(head) == store.tree_id(head)


def test_a_damaged_or_too_large_pack_is_refused(
    source: Path, store: Mirror, tmp_path: Path
) -> None:
    base = store.fetch(str(source), "main")
    pack = store.pack(base, committed(store, base, {"n": os.urandom(2000).hex()}))
    other = mirror(tmp_path / "other.git")
    for data, limit in ((pack[:-30], 10**6), (pack, 100), (b"nonsense", 10**6)):
        with pytest.raises(UserFault, match="cannot be read"):
            other.import_pack(data, limit)


def test_an_empty_round_has_a_pack_too(source: Path, store: Mirror) -> None:
    base = store.fetch(str(source), "main")
    store.import_pack(store.pack(base, base))


def test_a_patch_is_applied_without_a_work_tree(source: Path, store: Mirror) -> None:
    base = store.fetch(str(source), "main")
    head = commit(source, {"a.txt": "one\nTWO\nthree\n", "new.bin": b"\0\1\2"})
    patch = git(source, "diff", "--binary", base, head) + "\n\n"
    assert store.apply_patch(base, patch.encode()) == git(source, "rev-parse", f"{head}^{{tree}}")


@pytest.mark.parametrize("name", ["../../x", ".git/hooks/post-commit", "/etc/x"])
def test_a_patch_that_leads_out_is_refused(source: Path, store: Mirror, name: str) -> None:
    base = store.fetch(str(source), "main")
    patch = (
        f"diff --git a/{name} b/{name}\nnew file mode 100755\n"
        f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+x\n"
    )
    with pytest.raises(UserFault, match="does not apply"):
        store.apply_patch(base, patch.encode())


def test_stale_locks_are_cleared_and_fresh_ones_left(source: Path, store: Mirror) -> None:
    old, fresh = store.path / "packed-refs.lock", store.path / "shallow.lock"
    for lock in (old, fresh):
        lock.touch()
    os.utime(old, (time.time() - 7200,) * 2)
    store.ensure()
    assert not old.exists()
    assert fresh.exists()
    fresh.unlink()
    assert store.fetch(str(source), "main")


def test_nothing_is_known_of_an_unknown_commit(store: Mirror) -> None:
    assert not store.has("2" * 40)
    assert store.resolve("refs/heads/none") == ""
    assert store.diff_raw(EMPTY_TREE, EMPTY_TREE) == b""
