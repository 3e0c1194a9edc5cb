"""Comments carried to a later version of their file."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.diffs import Ported, port

LINES = st.lists(st.sampled_from([b"a", b"b", b"c", b"d", b"}", b""]), max_size=12)


def lines(text: str) -> list[bytes]:
    return text.encode().split()


def test_lines_move_with_what_is_put_before_them() -> None:
    assert port(lines("a b c d"), lines("x y a b c d"), 2, 3) == Ported(4, 5, is_outdated=False)


def test_a_change_elsewhere_leaves_the_place() -> None:
    assert port(lines("a b c d"), lines("a b c x y"), 2, 2) == Ported(2, 2, is_outdated=False)


def test_a_changed_line_is_outdated_and_shown_at_its_place() -> None:
    assert port(lines("a b c"), lines("a x c"), 2, 2) == Ported(2, 2, is_outdated=True)


def test_a_line_that_went_is_shown_at_the_nearest_one() -> None:
    assert port(lines("a b c"), lines("a c"), 2, 2) == Ported(2, 2, is_outdated=True)
    assert port(lines("a b"), lines("a"), 2, 2) == Ported(1, 1, is_outdated=True)


def test_a_range_that_lost_a_line_keeps_the_others() -> None:
    assert port(lines("a b c d"), lines("x a b d"), 2, 4) == Ported(3, 4, is_outdated=True)


def test_nothing_left_has_no_line() -> None:
    assert port(lines("a b"), [], 1, 1) == Ported(None, None, is_outdated=True)


@settings(max_examples=200, deadline=None)
@given(LINES, LINES, st.integers(-2, 15), st.integers(-2, 15))
def test_a_carried_range_is_a_place_in_the_new_file_or_the_very_same_lines(
    old: list[bytes], new: list[bytes], start: int, end: int
) -> None:
    ported = port(old, new, start, end)
    if ported.line is None or ported.end_line is None:
        assert not new
        return
    assert 1 <= ported.line <= ported.end_line <= len(new)
    if not ported.is_outdated:
        first = min(max(start, 1), len(old))
        last = min(max(end, first), len(old))
        assert new[ported.line - 1 : ported.end_line] == old[first - 1 : last]


@given(LINES.filter(bool), st.integers(1, 12))
def test_an_unchanged_file_keeps_every_place(same: list[bytes], line: int) -> None:
    line = min(line, len(same))
    assert port(same, same, line, line) == Ported(line, line, is_outdated=False)


def test_two_large_files_without_a_line_in_common_take_no_time() -> None:
    old = [b"%d" % (n % 700) for n in range(100_000)]
    new = [b"x%d" % (n % 600) for n in range(100_000)]
    started = time.perf_counter()
    assert port(old, new, 500, 510).is_outdated
    assert time.perf_counter() - started < 8
