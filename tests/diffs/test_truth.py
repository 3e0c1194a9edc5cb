"""For any two trees the rows are git's lines, and give the new blob."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from reviews.diffs import (
    WHOLE,
    FileEntry,
    ParsedFile,
    Window,
    index_patch,
    parse_file,
    read_patch,
)
from reviews.diffs.text import encode
from tests.diffs.trees import Compared, Tree, compare, pairs

EXAMPLES = settings(
    max_examples=70, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("git") / "r.git"


@EXAMPLES
@given(pair=pairs())
def test_rows_are_exactly_gits_lines_and_turn_the_old_blob_into_the_new(
    repository: Path, pair: tuple[Tree, Tree]
) -> None:
    compared = compare(repository, *pair)
    for entry, parsed in opened(compared):
        assert parsed.error is None
        assert written(parsed) == list(lines_of(compared.patch[entry.start : entry.end]))
        if not entry.is_binary:
            check_blobs(compared, entry, parsed)


@EXAMPLES
@given(pair=pairs())
def test_the_list_says_what_git_says_about_each_file(
    repository: Path, pair: tuple[Tree, Tree]
) -> None:
    compared = compare(repository, *pair)
    entries = index_patch(compared.patch, compared.raw)
    assert b"".join(compared.patch[e.start : e.end] for e in entries) == compared.patch
    for entry in entries:
        old, new = entry.old_path or entry.path, entry.path
        assert entry.old_mode == (compared.old[old][0] if entry.status != "added" else "")
        assert entry.new_mode == (compared.new[new][0] if entry.status != "deleted" else "")


@EXAMPLES
@given(pair=pairs())
def test_the_patch_alone_read_as_a_strangers_gives_the_same_files(
    repository: Path, pair: tuple[Tree, Tree]
) -> None:
    compared = compare(repository, *pair)
    foreign = read_patch(compared.patch).files
    for (entry, parsed), file in zip(opened(compared), foreign, strict=True):
        assert file.hunks == parsed.hunks
        for name in ("path", "old_path", "status", "start", "end"):
            assert getattr(file.entry, name) == getattr(entry, name), name
        if entry.status != "type_changed":
            assert (file.entry.added, file.entry.removed) == (entry.added, entry.removed)
        # git says neither mode nor kind of a content that only moved
        assert file.entry.new_mode in {entry.new_mode, ""}
        assert file.entry.is_binary in {entry.is_binary, False}


@EXAMPLES
@given(pair=pairs())
def test_windows_one_after_the_other_hold_every_row_once(
    repository: Path, pair: tuple[Tree, Tree]
) -> None:
    compared = compare(repository, *pair)
    for entry, whole in opened(compared):
        data, rows, first = compared.patch[entry.start : entry.end], [], 0
        while first is not None:
            part = parse_file(data, entry, Window(first=first, rows=3, size=200))
            assert part.error is None
            rows += [row for hunk in part.hunks for row in hunk.rows]
            first = part.next_row
        assert rows == [row for hunk in whole.hunks for row in hunk.rows]


def opened(compared: Compared) -> Iterator[tuple[FileEntry, ParsedFile]]:
    for entry in index_patch(compared.patch, compared.raw):
        yield entry, parse_file(compared.patch[entry.start : entry.end], entry, WHOLE)


def lines_of(slice_: bytes) -> Iterator[bytes]:
    """The hunk lines of a slice, found without the code under test."""
    for section in re.split(rb"^(?=diff --git )", slice_, flags=re.MULTILINE):
        _, at, body = section.partition(b"\n@@ ")
        lines = (b"@@ " + body).split(b"\n")[:-1] if at else []
        yield from (line for line in lines if not line.startswith(b"@@ "))


def written(parsed: ParsedFile) -> list[bytes]:
    return [encode(row.sign + row.text) for hunk in parsed.hunks for row in hunk.rows]


def signs(parsed: ParsedFile) -> tuple[int, int]:
    rows = [row.sign for hunk in parsed.hunks for row in hunk.rows]
    return rows.count("+"), rows.count("-")


def check_blobs(compared: Compared, entry: FileEntry, parsed: ParsedFile) -> None:
    old = blob(compared.old, entry.old_path or entry.path) if entry.old_mode else b""
    new = blob(compared.new, entry.path) if entry.new_mode else b""
    if entry.status == "type_changed":  # written as all of the one, then all of the other
        assert side(parsed, "-") == old
        assert side(parsed, "+") == new
    else:
        assert applied(old, parsed) == new
        # numstat compares a type change's two contents, the patch deletes one and creates the other
        assert signs(parsed) == (entry.added, entry.removed)


def blob(tree: Tree, path: bytes) -> bytes:
    mode, content = tree[path]
    return b"Subproject commit " + content + b"\n" if mode == "160000" else content


def side(parsed: ParsedFile, sign: str) -> bytes:
    """The lines of one sign; a line without its line feed where the marker says so."""
    out = b""
    last = ""
    for row in (row for hunk in parsed.hunks for row in hunk.rows):
        if row.sign == sign:
            out += encode(row.text) + b"\n"
        elif row.sign == "\\" and last == sign:
            out = out[:-1]
        last = row.sign
    return out


def applied(old: bytes, parsed: ParsedFile) -> bytes:
    """`patch`, in a few lines: by the rows' own numbers."""
    source = list(_split(old))
    out: list[bytes] = []
    at = 0
    for hunk in parsed.hunks:
        start = hunk.old_start - (1 if hunk.old_length else 0)
        out += source[at:start]
        at = start
        last = ""
        for row in hunk.rows:
            if row.sign in " -":
                assert source[at].removesuffix(b"\n") == encode(row.text)
                assert row.old_line == at + 1
                at += 1
            if row.sign in " +":
                out.append(encode(row.text) + b"\n")
                assert row.new_line == len(out)
            if row.sign == "\\" and last != "-":
                out[-1] = out[-1][:-1]
            last = row.sign
    return b"".join(out + source[at:])


def _split(data: bytes) -> Sequence[bytes]:
    """Lines end at line feeds only."""
    return re.findall(rb"[^\n]*\n|[^\n]+", data)
