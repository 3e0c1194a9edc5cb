"""Word marks: only where they help, and never at a price."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.diffs import Row
from reviews.diffs.intraline import changed_words, mark_words


def marked(old: str, new: str) -> tuple[list[str], list[str]] | None:
    found = changed_words(old, new)
    if found is None:
        return None
    return [old[a:b] for a, b in found[0]], [new[a:b] for a, b in found[1]]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return order.first()", "return order.firstOrNull()", (["first"], ["firstOrNull"])),
        ("fun start(): TrackId {", "fun start(): TrackId? {", ([], ["?"])),
        ("call(a, b)", "call(a, b, c)", ([], [", c"])),
        ("a = 1", "entirely different words here", None),
        ("same", "same", None),
    ],
)
def test_words_that_differ_are_marked(
    old: str, new: str, expected: tuple[list[str], list[str]] | None
) -> None:
    assert marked(old, new) == expected


@given(st.text("ab .(", max_size=30), st.text("ab .(", max_size=30))
def test_what_is_not_marked_is_the_same_on_both_sides(old: str, new: str) -> None:
    found = changed_words(old, new)
    if found is not None:
        kept = [_without(line, ranges) for line, ranges in zip((old, new), found, strict=True)]
        assert "".join(kept[0].split()) == "".join(kept[1].split())


def _without(line: str, ranges: list[tuple[int, int]]) -> str:
    for start, end in reversed(ranges):
        line = line[:start] + line[end:]
    return line


def test_lines_are_paired_by_likeness_where_the_counts_differ() -> None:
    rows = [
        Row("-", 1, None, "return order[index % size]"),
        Row("+", None, 1, "if (order.isEmpty()) return null"),
        Row("+", None, 2, "return order[index % order.size]"),
    ]
    assert set(mark_words(rows)) == {0, 2}


def test_a_pair_of_long_lines_takes_no_time() -> None:
    old = " ".join(f"a{n}" for n in range(900))
    started = time.perf_counter()
    changed_words(old, old.replace("a", "b"))
    changed_words(old[:4_900:2], old[1:4_900:2])
    assert time.perf_counter() - started < 0.25
