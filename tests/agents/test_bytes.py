"""Bytes stay as they are on every way through git, whatever .gitattributes say of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from agents import engine, worktree
from agents.git import Mirror
from agents.job import Workspace
from agents.runners.suggestion import Edit, SuggestionRunner
from tests.agents.boxes import shell
from tests.agents.factories import job, mailbox, outcome
from tests.agents.gits import git, snapshot, write
from tests.doubles.plain_sandbox import PlainSandbox

ATTRIBUTES = (
    "* text", "* text=auto", "* eol=crlf", "* text eol=lf", "* crlf", "* text=auto eol=crlf",
    "* ident", "* working-tree-encoding=UTF-16", "* filter=x", "* text=auto ident filter=x",
    "[attr]own text eol=crlf ident filter=x\n* own",
)  # fmt: skip
FOLDERS = ("", "sub/")
CONTENTS = {
    "lf": b"a\nb\nc\n",
    "crlf": b"a\r\nb\r\nc\r\n",
    "mixed": b"a\r\nb\nc\r\n",
    "cr": b"a\rb\nc\nd",
    "id": b"$Id$\nb\n",
    "filled": b"$Id: 0123 $\r\nb\r\n",
    "wide": "a\r\nb\n".encode("utf-16"),
    "binary": b"\0\r\n\n\xff",
    "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
}
FILES = {f"{folder}{name}": data for folder in FOLDERS for name, data in CONTENTS.items()}
# What a machine's owner, or an agent, may have told git; none of it is to count.
OWN_SETTINGS = (
    "-c", "core.autocrlf=true", "-c", "core.eol=crlf",
    "-c", "filter.x.clean=tr a z", "-c", "filter.x.smudge=tr a z",
)  # fmt: skip

attributed = pytest.mark.parametrize("attributes", ATTRIBUTES)
anywhere = pytest.mark.parametrize("folder", FOLDERS)


def raw_commit(folder: Path, files: Mapping[str, bytes]) -> str:
    """A commit on main of exactly these bytes: no file of a work tree has a part in it."""
    for name, data in files.items():
        oid = git(folder, "hash-object", "-w", "--stdin", stdin=data)
        git(folder, "update-index", "--add", "--cacheinfo", f"100644,{oid},{name}")
    git(folder, "commit", "-q", "-m", "Raw")
    return git(folder, "rev-parse", "HEAD")


def opened(store: Mirror, source: Path, files: Mapping[str, bytes]) -> Workspace:
    base = raw_commit(source, files)
    store.fetch(str(source), "main")
    return worktree.open_worktree(store, store.path.parent / "run-1", base)


def on_disk(space: Workspace) -> dict[str, bytes]:
    return {name: (space.root / name).read_bytes() for name in FILES}


def look_anew(space: Workspace) -> None:
    """Give each file another time, so that git compares contents."""
    for name in FILES:
        os.utime(space.root / name, (1, 1))


def changed(store: Mirror, old: str, new: str) -> dict[str, bytes | None]:
    """What a round holds: the new content of each file that differs, None of one removed."""
    listed = store.call("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
    names = [name.decode() for name in listed.split(b"\0") if name]
    return {name: store.read_file(new, name) for name in names}


@attributed
@anywhere
def test_files_that_nobody_touched_are_in_no_round(
    store: Mirror, source: Path, attributes: str, folder: str
) -> None:
    told = {f"{folder}.gitattributes": attributes.encode() + b"\n"}
    space = opened(store, source, FILES | told)
    assert on_disk(space) == FILES
    assert worktree.touched(space) == []
    look_anew(space)
    assert git(space.root, *OWN_SETTINGS, "status", "--porcelain") == ""
    assert git(space.root, *OWN_SETTINGS, "diff", "--stat") == ""
    assert worktree.touched(space) == []
    write(space.root, {"made.md": "hi\r\n"})
    made = snapshot(store, space)
    assert changed(store, space.base, made.commit) == {"made.md": b"hi\r\n"}


@attributed
@anywhere
def test_a_round_holds_the_bytes_that_were_written(
    store: Mirror, source: Path, attributes: str, folder: str
) -> None:
    space = opened(store, source, FILES)
    told = {f"{folder}.gitattributes": attributes.encode() + b"\r\n"}
    written = {f"{folder}{name}.new": data for name, data in CONTENTS.items()}
    edited = {f"{folder}lf": b"A\r\nb\r\n", f"{folder}crlf": b"A\nb\r\n$Id: x $\n"}
    write(space.root, told | written | edited)
    look_anew(space)
    made = snapshot(store, space)
    assert changed(store, space.base, made.commit) == told | written | edited
    again = worktree.open_worktree(store, space.root, space.base, made.tree)
    assert on_disk(again) == FILES | edited
    look_anew(again)
    assert snapshot(store, again).tree == made.tree
    assert worktree.tree_without_errors(again) == (made.tree, "")


@attributed
def test_a_suggestion_changes_its_lines_and_no_other_byte(
    store: Mirror, source: Path, attributes: str
) -> None:
    space = opened(store, source, FILES | {".gitattributes": attributes.encode() + b"\n"})
    edits = [
        Edit(name, 1, 1, "X", "Ana", hashlib.sha256(data).hexdigest())
        for name, data in FILES.items()
    ]
    asked = job(space.root, options={"edits": [edit.as_json() for edit in edits]})
    ended = outcome(list(engine.run(asked, SuggestionRunner(), PlainSandbox(), mailbox())))
    assert ended.status == "passed", ended.reason

    def edited(data: bytes) -> bytes:
        first, _, rest = data.partition(b"\n")
        return (b"X\r\n" if first.endswith(b"\r") else b"X\n") + rest

    wanted = {name: edited(data) for name, data in FILES.items()}
    assert changed(store, space.base, snapshot(store, space).commit) == wanted


def test_merges_and_patches_keep_line_ends(store: Mirror, source: Path) -> None:
    told = {".gitattributes": b"* text=auto eol=crlf ident filter=x\n"}
    lines = {"f": b"a\r\nb\nc\r\nd\r\n$Id: 1 $\n"}
    base = raw_commit(source, lines | told)
    ours = raw_commit(source, {"f": lines["f"].replace(b"a\r\n", b"A\r\n")})
    git(source, "reset", "-q", "--soft", base)
    theirs = raw_commit(source, {"f": lines["f"].replace(b"$Id: 1 $", b"$Id: 2 $")})
    git(source, "tag", "ours", ours)
    store.fetch(str(source), "main")
    store.fetch(str(source), "ours")
    merged = store.merge_tree(base, ours, theirs)
    assert merged.conflicts == ()
    wanted = {"f": b"A\r\nb\nc\r\nd\r\n$Id: 2 $\n"}
    assert changed(store, base, merged.tree) == wanted
    patched = store.apply_patch(theirs, store.diff_patch(base, ours))
    assert changed(store, base, patched) == wanted


def test_git_in_the_sandbox_shows_what_the_agent_did_and_nothing_else(
    store: Mirror, source: Path
) -> None:
    told = {".gitattributes": b"* text=auto eol=crlf ident working-tree-encoding=UTF-16\n"}
    space = opened(store, source, FILES | told)
    look_anew(space)
    write(space.root, {"made.md": "hi"})
    configured = "git config --global core.autocrlf true; git config --global core.eol crlf; "
    code, said = shell(space, configured + "git status --short && git diff")
    assert (code, said) == (0, "?? made.md\n")


def test_a_mirror_of_an_earlier_version_converts_nothing_either(
    store: Mirror, source: Path
) -> None:
    place = store.path / "info" / "attributes"
    place.write_text("* text\n")
    store.ensure()
    space = opened(store, source, FILES | {".gitattributes": b"* text eol=crlf\n"})
    assert on_disk(space) == FILES
    place.unlink()
    place.parent.rmdir()
    store.ensure()
    look_anew(space)
    assert worktree.touched(space) == []
