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


def test_white_space_beside_changed_words_is_not_marked_but_alone_it_is() -> None:
    assert marked("run(a,b) and more", "run(a, c) and more") == (["b"], ["c"])
    assert marked('text = "a b"', 'text = "a  b"') == ([], [" "])


def test_lines_that_were_shifted_by_one_are_paired_with_themselves() -> None:
    old = ["alpha = first(1)", "beta = second(22)", "gamma = third(333)"]
    new = ["added = entirely.other", "alpha = first(2)", "beta = second(23)"]
    rows = [Row("-", n + 1, None, text) for n, text in enumerate(old)]
    rows += [Row("+", None, n + 1, text) for n, text in enumerate(new)]
    assert set(mark_words(rows)) == {0, 1, 4, 5}


def test_the_first_removed_line_does_not_take_the_best_match_of_a_later_one() -> None:
    rows = [
        Row("-", 1, None, "log(name, size)"),
        Row("-", 2, None, "log(name, size, total)"),
        Row("+", None, 1, "log(name, size);"),
        Row("+", None, 2, "log(name, size, total, 1)"),
        Row("+", None, 3, "something_else()"),
    ]
    marks = mark_words(rows)
    assert marks[2] == [(15, 16)]
    assert marks[3] == [(21, 24)]


any_line = st.text() | st.text("ab .(-=>1\udc80\u0301é", max_size=40)


@given(any_line, any_line, st.sampled_from(["", "cpp", "css", "scheme"]))
def test_ranges_rise_and_stay_inside_for_any_text(old: str, new: str, language: str) -> None:
    for line, ranges in zip((old, new), changed_words(old, new, language) or ([], []), strict=True):
        edges = [edge for pair in ranges for edge in pair]
        assert edges == sorted(set(edges))
        assert all(0 <= edge <= len(line) for edge in edges)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("-1." * 1_600, "1.-" * 1_600),
        ("0x" * 2_400, "x0" * 2_400),
        ("(" * 300, ")" * 299 + "("),
        ("e\u0301" * 2_400, "\u0301e" * 2_400),
        (" ".join(f"w{n}" for n in range(140)), " ".join(f"w{n * 7 % 140}" for n in range(140))),
    ],
)
@pytest.mark.parametrize("language", ["", "cpp", "css", "scheme", "elixir"])
def test_no_pair_of_lines_takes_more_than_five_milliseconds(
    old: str, new: str, language: str
) -> None:
    def seconds() -> float:
        started = time.perf_counter()
        changed_words(old, new, language)
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.005
