"""Where a comment's lines are in a later version of its file: better misplaced than dropped."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

_GAP = 4_000  # lines of one side that are compared line by line; above that they count as replaced


@dataclass(frozen=True, slots=True)
class Ported:
    """New place of a range, 1-based and inclusive; None only where no line is left at all.

    is_outdated: a line of the range changed or went; the place is then the nearest one.
    """

    line: int | None
    end_line: int | None
    is_outdated: bool


def port(old: Sequence[bytes], new: Sequence[bytes], start: int, end: int) -> Ported:
    """Carry lines start..end (1-based, inclusive) of `old` over to `new`.

    Line numbers outside `old` are taken as its nearest line. Bounded work for any input.
    """
    return Porter(old, new).port(start, end)


class Porter:
    """Two versions of a file, compared once for all the places that are carried."""

    def __init__(self, old: Sequence[bytes], new: Sequence[bytes]) -> None:
        self._old, self._new = len(old), len(new)
        self._matches = same_lines(old, new) if old and new else {}
        self._known = sorted(self._matches)

    def port(self, start: int, end: int) -> Ported:
        """Carry lines start..end (1-based, inclusive) of the old version over to the new one."""
        if not self._old or not self._new:
            line = 1 if self._new else None
            return Ported(line, line, is_outdated=True)
        start = min(max(start, 1), self._old)
        end = min(max(end, start), self._old)
        kept = [self._matches[n] for n in range(start - 1, end) if n in self._matches]
        if kept:
            is_whole = len(kept) == end - start + 1 and kept[-1] - kept[0] == end - start
            return Ported(kept[0] + 1, kept[-1] + 1, is_outdated=not is_whole)
        place = self._nearest(start - 1) + 1
        return Ported(place, place, is_outdated=True)

    def _nearest(self, line: int) -> int:
        """0-based: just after the closest line above that is left, else just before one below."""
        at = bisect_left(self._known, line)
        if at:
            return min(self._matches[self._known[at - 1]] + 1, self._new - 1)
        if self._known:
            return max(self._matches[self._known[0]] - 1, 0)
        return min(line, self._new - 1)


def same_lines(old: Sequence[bytes], new: Sequence[bytes]) -> dict[int, int]:
    """0-based line of `old` -> line of `new` that is the same line, both rising."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    matches = {line: line for line in range(head)}
    for begin, until, other, other_until in _gaps(
        old, new, (head, len(old) - tail), (head, len(new) - tail), matches
    ):
        _match(old[begin:until], new[other:other_until], begin, other, matches)
    shift = len(new) - len(old)
    matches.update({line: line + shift for line in range(len(old) - tail, len(old))})
    return matches


def _gaps(
    old: Sequence[bytes],
    new: Sequence[bytes],
    olds: tuple[int, int],
    news: tuple[int, int],
    matches: dict[int, int],
) -> list[tuple[int, int, int, int]]:
    """Ranges between the lines that stand once on each side, in the longest rising order."""
    anchors = _rising(_unique_pairs(old, new, olds, news))
    matches.update(anchors)
    gaps, at, other = [], olds[0], news[0]
    for line, place in [*anchors, (olds[1], news[1])]:
        if line > at and place > other:
            gaps.append((at, line, other, place))
        at, other = line + 1, place + 1
    return gaps


def _unique_pairs(
    old: Sequence[bytes], new: Sequence[bytes], olds: tuple[int, int], news: tuple[int, int]
) -> list[tuple[int, int]]:
    counts = Counter(old[slice(*olds)])
    others = Counter(new[slice(*news)])
    places = {new[line]: line for line in range(*news)}
    return [
        (line, places[old[line]])
        for line in range(*olds)
        if counts[old[line]] == 1 and others[old[line]] == 1
    ]


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of `pairs` whose second numbers rise too (patience sorting)."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, (_, place) in enumerate(pairs):
        pile = bisect_left(ends, place)
        before.append(at[pile - 1] if pile else -1)
        ends[pile : pile + 1] = [place]
        at[pile : pile + 1] = [position]
    chain, position = [], at[-1] if at else -1
    while position >= 0:
        chain.append(pairs[position])
        position = before[position]
    return chain[::-1]


def _match(
    a: Sequence[bytes], b: Sequence[bytes], begin: int, other: int, matches: dict[int, int]
) -> None:
    if max(len(a), len(b)) > _GAP:
        return
    for code in LCSseq.opcodes(a, b):
        if code.tag == "equal":
            for offset in range(code.src_end - code.src_start):
                matches[begin + code.src_start + offset] = other + code.dest_start + offset
