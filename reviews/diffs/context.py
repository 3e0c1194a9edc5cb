"""Unchanged lines between hunks: what a reader opens around a change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reviews.diffs.model import Hunk, Row
from reviews.diffs.text import decode

_HEADER = re.compile(rb"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@", re.MULTILINE)


class Extent(NamedTuple):
    """Where a hunk is: its first line and how many, on the old and on the new side (1-based)."""

    old: int
    old_lines: int
    new: int
    new_lines: int


def extents_in(patch: bytes) -> list[Extent]:
    """Of the hunks of one file's slice; no line of theirs is read."""
    return [
        extent(int(a), int(b or 1), int(c), int(d or 1)) for a, b, c, d in _HEADER.findall(patch)
    ]


def extents_of(hunks: Iterable[Hunk]) -> list[Extent]:
    """The same of hunks that were read."""
    return [extent(h.old_start, h.old_length, h.new_start, h.new_length) for h in hunks]


def extent(old: int, old_lines: int, new: int, new_lines: int) -> Extent:
    """From the numbers of a header, which name the line before a side that is empty."""
    return Extent(old + (not old_lines), old_lines, new + (not new_lines), new_lines)


def context_rows(
    lines: Sequence[bytes], extents: Sequence[Extent], first: int, last: int
) -> list[Row]:
    """Lines first to last (inclusive) of the new side as unchanged rows, without those of hunks."""
    return list(_rows(lines, extents, max(1, first), min(last, len(lines))))


def _rows(
    lines: Sequence[bytes], extents: Sequence[Extent], first: int, last: int
) -> Iterator[Row]:
    waiting = iter([*extents, None])
    following, shift = next(waiting), 0  # old = new - shift
    number = first
    while number <= last:
        while following and number >= following.new + following.new_lines:
            shift = following.new + following.new_lines - following.old - following.old_lines
            following = next(waiting)
        if following and number >= following.new:
            number = following.new + following.new_lines
            continue
        yield Row(" ", number - shift, number, decode(lines[number - 1]))
        number += 1
