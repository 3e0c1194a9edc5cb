"""Hunks between two contents, held against what git writes and takes."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.diffs.between import cut, hunks_between, split_lines
from reviews.diffs.model import Hunk, Row
from reviews.diffs.text import encode
from tests.diffs.trees import contents, edits

STARTS = [
    b"def f():",
    b"    a = ",
    b"",
    b"class C:",
    b"    return ",
    b"$x",
    b"\tend",
    b"_y",
    b"x" * 90,
]


@st.composite
def versions(draw: st.DrawFn) -> tuple[bytes, bytes]:
    old = draw(contents())
    new = old
    for _ in range(draw(st.integers(0, 3))):
        new = draw(edits(new))
    return old, new


def between(old: bytes, new: bytes) -> list[Hunk]:
    return hunks_between(split_lines(old), split_lines(new))


def written(hunks: list[Hunk]) -> bytes:
    """The hunks as a patch's text."""
    lines = []
    for hunk in hunks:
        head = f"@@ -{hunk.old_start},{hunk.old_length} +{hunk.new_start},{hunk.new_length} @@"
        lines.append(encode(f"{head} {hunk.section}".rstrip(" ")))
        lines += [encode(row.sign + row.text) for row in hunk.rows]
    return b"".join(line + b"\n" for line in lines)


def rows(hunks: list[Hunk]) -> list[Row]:
    return [row for hunk in hunks for row in hunk.rows]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("between")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(versions())
def test_git_applies_the_hunks_to_exactly_the_new_content(
    folder: Path, both: tuple[bytes, bytes]
) -> None:
    old, new = both
    hunks = between(old, new)
    if old == new:
        assert hunks == []
        return
    (folder / "f").write_bytes(old)
    names = b"--- a/f\n+++ b/f\n"
    subprocess.run(
        ["git", "apply", "--unidiff-zero", "--whitespace=nowarn"], cwd=folder,
        input=names + written(hunks), check=True, capture_output=True,
        env={"GIT_CEILING_DIRECTORIES": str(folder.parent), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    left = (folder / "f").read_bytes() if (folder / "f").exists() else b""
    assert left == new


@settings(max_examples=200, deadline=None)
@given(versions())
def test_every_change_stands_between_three_lines_of_context(both: tuple[bytes, bytes]) -> None:
    old, new = both
    count = len(split_lines(old))
    for hunk in between(old, new):
        signs = [row.sign for row in hunk.rows if row.sign != "\\"]
        lead = len(signs) - len("".join(signs).lstrip(" "))
        tail = len(signs) - len("".join(signs).rstrip(" "))
        above = hunk.old_start - 1 if hunk.old_length else 0
        assert lead == min(3, above + lead)
        assert tail == min(3, count - above - hunk.old_length + tail)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STARTS), min_size=1, max_size=30), st.data())
def test_a_line_put_in_gives_the_very_bytes_that_git_writes(
    folder: Path, starts: list[bytes], data: st.DataObject
) -> None:
    lines = [start + b"%d" % n for n, start in enumerate(starts)]
    places = data.draw(st.sets(st.integers(0, len(lines)), min_size=1, max_size=3))
    changed = list(lines)
    for number, place in enumerate(sorted(places, reverse=True)):
        changed.insert(place, b"unique%d" % number)
    end = data.draw(st.sampled_from([b"", b"\n"]))
    old, new = b"\n".join(lines) + end, b"\n".join(changed) + end
    (folder / "old").write_bytes(old)
    (folder / "new").write_bytes(new)
    said = subprocess.run(
        ["git", "-c", "diff.indentHeuristic=false", "-c", "core.autocrlf=false", "diff",
         "--no-index", "--patience", "old", "new"],
        cwd=folder, capture_output=True, check=False,
    ).stdout  # fmt: skip
    mine, gits = written(between(old, new)), said[said.find(b"@@") :]
    assert _long(mine) == _long(gits)


def _long(patch: bytes) -> bytes:
    """With a length written even where it is one, which git leaves out."""
    lines = []
    for line in patch.split(b"\n"):
        if line.startswith(b"@@ "):
            parts = line.split(b" ", 4)
            parts[1:3] = [part if b"," in part else part + b",1" for part in parts[1:3]]
            lines.append(b" ".join(parts))
        else:
            lines.append(line)
    return b"\n".join(lines)


def test_a_missing_newline_at_the_end_is_told_on_the_side_that_lacks_it() -> None:
    assert [r.sign + r.text for r in rows(between(b"a\nb", b"a\nb\n"))] == [
        " a", "-b", "\\ No newline at end of file", "+b",
    ]  # fmt: skip
    assert [r.sign for r in rows(between(b"a\nb", b"x\nb"))] == ["-", "+", " ", "\\"]


def test_a_new_file_begins_at_line_nothing_of_the_old() -> None:
    (hunk,) = between(b"", b"a\n")
    assert (hunk.old_start, hunk.old_length, hunk.new_start, hunk.new_length) == (0, 0, 1, 1)


def test_seven_lines_between_two_changes_part_the_hunks_and_six_do_not() -> None:
    def apart(count: int) -> int:
        middle = b"".join(b"%d\n" % n for n in range(count))
        return len(between(b"a\n" + middle + b"b\n", b"A\n" + middle + b"B\n"))

    assert (apart(6), apart(7)) == (1, 2)


def test_a_carriage_return_ends_no_line() -> None:
    (row,) = [r for r in rows(between(b"a\rb\r\n", b"a\rc\r\n")) if r.sign == "+"]
    assert row.text == "a\rc\r"


def test_a_hundred_thousand_changed_lines_take_no_time() -> None:
    old = b"".join(b"%d\n" % (n % 700) for n in range(100_000))
    new = b"".join(b"x%d\n" % (n % 600) for n in range(100_000))
    started = time.perf_counter()
    assert between(old, new)
    assert time.perf_counter() - started < 8


@settings(max_examples=100, deadline=None)
@given(versions(), st.integers(1, 5))
def test_windows_one_after_the_other_hold_every_row_once(
    both: tuple[bytes, bytes], size: int
) -> None:
    whole = between(*both)
    found: list[Row] = []
    first: int | None = 0
    while first is not None:
        part, first = cut(whole, first, size)
        for hunk in part:
            olds = [row.old_line for row in hunk.rows if row.old_line is not None]
            assert (len(olds), olds[:1] or [hunk.old_start]) == (
                hunk.old_length, [hunk.old_start],
            )  # fmt: skip
        found += rows(part)
    assert found == rows(whole)
