"""Lines that changed in white space only, against git's own -w."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.diffs import Row, read_patch
from reviews.diffs.whitespace import white_only, without_white

Lines = list[tuple[str, str]]  # sign, text


def diff(old: str, new: str, *options: str) -> list[list[Row]]:
    """The rows of each hunk of git's diff of two texts."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("old", old), ("new", new)):
            (Path(folder) / name).write_bytes(text.encode())
        done = subprocess.run(
            ["git", "-c", "core.autocrlf=false", "diff", "--no-index", *options, "old", "new"],
            cwd=folder, capture_output=True, check=False,
            env={"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    files = read_patch(done.stdout).files
    return [hunk.rows for file in files for hunk in file.hunks]


def changed(hunks: list[list[Row]]) -> Lines:
    return [(row.sign, row.text) for rows in hunks for row in rows if row.sign in "+-"]


def left(hunks: list[list[Row]]) -> Lines:
    """The changed rows that are not marked."""
    return [
        (row.sign, row.text)
        for rows in hunks
        for white in [white_only(rows)]
        for at, row in enumerate(rows)
        if row.sign in "+-" and at not in white
    ]


WHITE = st.sampled_from(["", "", " ", "  ", "\t"])


@st.composite
def reindented(draw: st.DrawFn) -> tuple[str, str]:
    """A text of lines that stand once, and the same with edits of words and of white space."""
    old, new = [], []
    for number in range(draw(st.integers(1, 12))):
        line = f"name{number} = value{number}"
        fate = draw(
            st.sampled_from(["keep", "white", "white", "inside", "end", "edit", "drop", "add"])
        )
        old.append(line)
        if fate == "add":
            new += [line, f"added{number}"]
        elif fate != "drop":
            new.append({
                "keep": line, "white": f"{draw(WHITE)}\t {line}", "inside": line.replace(" ", ""),
                "end": line + draw(st.sampled_from(["\r", " ", "\t"])), "edit": f"{line} + 1",
            }[fate])  # fmt: skip
    ends = st.sampled_from(["\n", ""])
    return "\n".join(old) + draw(ends), "\n".join(new) + draw(ends)


@settings(max_examples=60, deadline=None)
@given(reindented())
def test_what_is_not_marked_is_what_git_shows_without_white_space(texts: tuple[str, str]) -> None:
    """But for the order: git puts lines that it no longer shows between the others."""
    assert sorted(left(diff(*texts))) == sorted(changed(diff(*texts, "-w")))


LINES = st.lists(
    st.sampled_from(["", " ", "a", " a", "a ", "b", "\tb", "a b", "}", " }", "c\r", "c"]),
    max_size=14,
).map("\n".join)


@settings(max_examples=60, deadline=None)
@given(LINES, LINES)
def test_the_unmarked_rows_still_turn_one_text_into_the_other(old: str, new: str) -> None:
    """Sound for any text: marked lines are the same lines in the same order, but for white space."""
    for rows in diff(old, new):
        white = white_only(rows)
        sides = [
            [
                without_white(row.text)
                for at, row in enumerate(rows)
                if at in white and row.sign == s
            ]
            for s in "-+"
        ]
        assert sides[0] == sides[1]
    fewest = len(changed(diff(old, new, "-w", "--minimal")))
    assert len(left(diff(old, new))) >= fewest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if x:\nrun()\n", "if x:\n    run()\n"),
        ("a\nb\n", "a\r\nb\r\n"),
        ("a\nb", "a\nb\n"),
        ("a\nb\n", "a\nb"),
        ("a  \nb\t\n", "a\nb\n"),
        ("f( a,b )\n", "f(a, b)\n"),
        ("a\n   \nb\n", "a\n\nb\n"),
    ],
)
def test_white_space_alone_leaves_nothing(old: str, new: str) -> None:
    hunks = diff(old, new)
    assert changed(diff(old, new, "-w")) == []
    assert changed(hunks)
    assert left(hunks) == []
    rows = hunks[0]
    assert {at for at, row in enumerate(rows) if row.sign == "\\"} <= white_only(rows)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\n", "a\n\nb\n"),  # a blank line more is a change, as it is to git
        ("a\n\nb\n", "a\nb\n"),
        ("a\u00a0b\n", "a b\n"),
        ("a\x0cb\n", "ab\n"),
        ("ab\n", "a\u200bb\n"),
        ("a\nb", "a\nc\n"),
    ],
)
def test_what_git_shows_without_white_space_is_not_marked(old: str, new: str) -> None:
    assert left(diff(old, new)) == changed(diff(old, new, "-w")) != []


def test_lines_in_another_order_are_no_change_of_white_space() -> None:
    rows = [Row("-", 1, None, "a"), Row("-", 2, None, "b")]
    rows += [Row("+", None, 1, " b"), Row("+", None, 2, " a")]
    assert len(white_only(rows)) == 2


@pytest.mark.parametrize("shape", ["{}", "same", " "])
def test_a_very_large_block_costs_no_time(shape: str) -> None:
    rows = [Row("-", n + 1, None, shape.format(n)) for n in range(40_000)]
    rows += [Row("+", None, n + 1, "\t" + shape.format(n)) for n in range(40_000)]
    started = time.perf_counter()
    found = white_only(rows)
    assert time.perf_counter() - started < 3
    assert len(found) in {0, 80_000}


def test_a_line_is_compared_as_git_does() -> None:
    assert without_white(" a\tb \r") == "ab"
    assert re.fullmatch("a\x0cb\u2003", without_white("a\x0cb\u2003"))
