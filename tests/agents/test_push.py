"""Pushing to real origins: what lands, what is refused, and that nothing is ever lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents.errors import PushRefused, RepositoryUnreachable, UserFault
from agents.git import Mirror, check_branch, check_origin
from tests.agents.gits import commit, committed, git, mirror, origin


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return origin(tmp_path / "origin")


@pytest.fixture
def store(tmp_path: Path) -> Mirror:
    return mirror(tmp_path / "mirrors" / "1.git")


def prepared(source: Path, store: Mirror) -> tuple[str, str]:
    """(old, new) for a merge that changes a.txt."""
    old = store.fetch(str(source), "main")
    return old, committed(store, old, {"a.txt": "one\nTWO\nthree\n", "new.txt": "n"})


def test_a_clean_work_tree_follows_the_branch(source: Path, store: Mirror) -> None:
    old, new = prepared(source, store)
    store.push(str(source), "main", new=new, old=old)
    assert git(source, "rev-parse", "main") == new
    assert (source / "a.txt").read_text() == "one\nTWO\nthree\n"
    assert git(source, "status", "--porcelain") == ""


def test_pushing_twice_is_success(source: Path, store: Mirror) -> None:
    old, new = prepared(source, store)
    store.push(str(source), "main", new=new, old=old)
    store.push(str(source), "main", new=new, old=old)
    assert git(source, "rev-parse", "main") == new


@pytest.mark.parametrize("is_staged", [False, True])
def test_a_dirty_work_tree_refuses_and_loses_nothing(
    source: Path, store: Mirror, *, is_staged: bool
) -> None:
    old, new = prepared(source, store)
    (source / "a.txt").write_text("mine\n")
    if is_staged:
        git(source, "add", "a.txt")
    with pytest.raises(PushRefused, match="not committed") as raised:
        store.push(str(source), "main", new=new, old=old)
    assert raised.value.kind == "dirty"
    assert git(source, "rev-parse", "main") == old
    assert (source / "a.txt").read_text() == "mine\n"


def test_an_untracked_file_in_the_way_refuses_and_stays(source: Path, store: Mirror) -> None:
    old, new = prepared(source, store)
    (source / "new.txt").write_text("mine\n")
    with pytest.raises(PushRefused) as raised:
        store.push(str(source), "main", new=new, old=old)
    assert raised.value.kind == "dirty"
    assert (source / "new.txt").read_text() == "mine\n"
    assert git(source, "rev-parse", "main") == old


def test_a_branch_that_moved_is_stale(source: Path, store: Mirror) -> None:
    old, new = prepared(source, store)
    tip = commit(source, {"other.txt": "o"})
    with pytest.raises(PushRefused) as raised:
        store.push(str(source), "main", new=new, old=old)
    assert raised.value.kind == "stale"
    assert git(source, "rev-parse", "main") == tip


def test_a_bare_origin_takes_the_commit(source: Path, store: Mirror, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(source), "bare.git")
    old, new = prepared(tmp_path / "bare.git", store)
    store.push(str(tmp_path / "bare.git"), "main", new=new, old=old)
    assert git(tmp_path / "bare.git", "rev-parse", "main") == new


def test_a_hook_of_the_origin_may_refuse_in_its_own_words(source: Path, store: Mirror) -> None:
    old, new = prepared(source, store)
    _hook(source, "pre-receive", "echo 'No merges on Fridays' >&2; exit 1")
    with pytest.raises(PushRefused, match="No merges on Fridays") as raised:
        store.push(str(source), "main", new=new, old=old)
    assert raised.value.kind == "refused"
    assert git(source, "rev-parse", "main") == old


def _hook(source: Path, name: str, body: str) -> None:
    hook = source / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{body}\n")
    hook.chmod(0o755)


def test_a_shallow_origin_takes_the_commit(source: Path, store: Mirror, tmp_path: Path) -> None:
    commit(source, {"b.txt": "b"})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{source}", "shallow")
    old, new = prepared(tmp_path / "shallow", store)
    store.push(str(tmp_path / "shallow"), "main", new=new, old=old)
    assert git(tmp_path / "shallow", "rev-parse", "main") == new


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else's")
def test_what_lands_belongs_to_the_origin_s_owner(
    source: Path, store: Mirror, tmp_path: Path
) -> None:
    old, new = prepared(source, store)
    told = source / "who"
    _hook(source, "post-receive", f"id -u > {told}")
    for each in [source, *source.rglob("*")]:
        os.lchown(each, 65534, 65534)
    for each in (tmp_path, *tmp_path.parents):
        if "pytest" in str(each):
            each.chmod(0o755)
    store.push(str(source), "main", new=new, old=old)
    assert {each.lstat().st_uid for each in source.rglob("*")} == {65534}
    assert told.read_text().strip() == "65534"
    assert (source / "new.txt").read_text() == "n"


def test_a_vanished_origin_is_unreachable(store: Mirror, source: Path, tmp_path: Path) -> None:
    old, new = prepared(source, store)
    with pytest.raises(RepositoryUnreachable):
        store.push(str(tmp_path / "gone"), "main", new=new, old=old)


@pytest.mark.parametrize("name", ["main", "feature/x", "v1.2", "käse", "release-2026_01"])
def test_ordinary_branch_names_are_taken(name: str) -> None:
    assert check_branch(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "-f", "--upload-pack=x", "a b", "a..b", "a~1", "$(id)", "`id`", "a;b", "x\ny", "a.lock",
     "refs/heads/main", "HEAD", "@", "a" * 40, "/a", "a/", ".a", "a/.b", "a\\b", "a*", "\u202ea",
     "x" * 201, "a:b", "a//b"],
)  # fmt: skip
def test_odd_branch_names_are_refused(name: str, store: Mirror) -> None:
    with pytest.raises(UserFault):
        check_branch(name)


@pytest.mark.parametrize(
    "given",
    ["https://example.org/a/b.git", "ssh://git@example.org:22/a", "git@example.org:a/b.git",
     "ssh://example.org/~/a"],
)  # fmt: skip
def test_urls_of_the_three_schemes_are_taken(given: str) -> None:
    assert check_origin(given, [], given_by_operator=False) == given


@pytest.mark.parametrize(
    "given",
    ["ext::sh -c id", "-u./payload", "--upload-pack=x", "http://example.org/a", "git://example.org/a",
     "ftp://example.org/a", "https://user:secret@example.org/a", "https://token@example.org/a",
     "ssh://-oProxyCommand=id/x", "-oProxyCommand=id@x:y", "git@-oProxyCommand=id:y", "a\nb",
     "https://", "https://example.org", "ssh://a:b@example.org/x", "fd::17", "a/b", "~/x",
     "https://exa mple.org/a", "git@example.org:-x", "/nowhere/\0", "https://[::1/x"],
)  # fmt: skip
def test_other_origins_are_refused(given: str) -> None:
    for by_operator in (False, True):
        with pytest.raises(UserFault):
            check_origin(given, [Path("/")], given_by_operator=by_operator)


def test_paths_must_lie_below_an_allowed_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "repos" / "a", tmp_path / "b"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
    (inside.parent / "link").symlink_to(outside)
    allowed = [tmp_path / "repos"]
    assert check_origin(str(inside), allowed, given_by_operator=False) == str(inside)
    assert check_origin(f"file://{inside}", allowed, given_by_operator=False) == str(inside)
    assert check_origin(str(outside), [], given_by_operator=True) == str(outside)
    for given in (outside, inside.parent / "link", inside / ".." / ".." / "b"):
        with pytest.raises(UserFault, match="HONK_REPOSITORIES"):
            check_origin(str(given), allowed, given_by_operator=False)
    with pytest.raises(UserFault, match="no such folder"):
        check_origin(str(tmp_path / "repos" / "none"), allowed, given_by_operator=False)
