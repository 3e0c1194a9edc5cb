"""Blocks that were moved, within a file or across the files of a change.

In the spirit of git's --color-moved=blocks: a block has at least 3 lines and 20 letters or digits,
white space is ignored, longest blocks first, no line in two blocks. A few words on single lines of
a block may differ; a sentence says which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from reviews.diffs.model import Hunk
from reviews.diffs.moved_words import are_alike, difference
from reviews.diffs.replaced import common_order, replaced_blocks
from reviews.diffs.whitespace import without_white

_MOST_LINES = 60_000  # changed lines that are looked at, in the order of the change
_MOST_STEPS = 250_000  # pairs of lines that are compared, about a second
_MOST_ALIKE = 10_000  # lines that are compared by likeness, about 20 us each
_MOST_PLACES = 12  # a line that stands more often begins no block
_FEWEST_LINES, _FEWEST_CHARS = 3, 20
_LONG = 5_000  # characters from which a line's white space counts
_SEED_CHARS = 4  # letters or digits of a line that may begin the search for a block


class Move(NamedTuple):
    """One end of a moved block: lines of `side`, 1-based, inclusive, and where the other end is.

    side: "old" for the removed block, "new" for the added one. other_index: the file of the other
    end, whose lines are of the other side. note: one sentence on what differs, "" when nothing.
    """

    side: str
    start: int
    end: int
    other_index: int
    other_start: int
    other_end: int
    note: str


class _Line(NamedTuple):
    file: int
    number: int
    text: str
    key: str
    chars: int  # letters and digits


class _Match(NamedTuple):
    """Lines old..old+length-1 that stand again at new.., by position in the two lists."""

    old: int
    new: int
    length: int


def find_moves(files: Sequence[tuple[int, Sequence[Hunk]]]) -> dict[int, list[Move]]:
    """Moves by file index, each list by side and line; both ends of a block have an entry.

    files: (index, hunks) of a change, each index once. The answer depends on the input alone; work
    is bounded by counting it, so a very large change gets the moves found until then.
    """
    search = _Search()
    for index, hunks in files:
        for hunk in hunks:
            search.add(index, hunk)
    moves: dict[int, list[Move]] = {}
    for match in search.moved():
        for index, move in search.ends(match):
            moves.setdefault(index, []).append(move)
    return {index: sorted(found, key=_by_place) for index, found in sorted(moves.items())}


def _by_place(move: Move) -> tuple[bool, int]:
    return move.side == "new", move.start


@dataclass(slots=True)
class _Search:
    """The removed and the added lines of a change, and the work that is left."""

    old: list[_Line] = field(default_factory=list)
    new: list[_Line] = field(default_factory=list)
    # Pairs of a removed and an added line that stand where they stood, with another indent
    in_place: set[tuple[int, int]] = field(default_factory=set)
    # Per line and one beyond: whether it directly follows the line before it in the list
    follows: tuple[bytearray, bytearray] = field(
        default_factory=lambda: (bytearray(1), bytearray(1))
    )
    still: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))
    steps: int = _MOST_STEPS
    alike: dict[tuple[str, str], bool] = field(default_factory=dict)

    def add(self, index: int, hunk: Hunk) -> None:
        """Take a hunk's changed lines in; a line that only changed its indent has not moved."""
        for removed, added in replaced_blocks(hunk.rows):
            if len(self.old) + len(self.new) + len(removed) + len(added) > _MOST_LINES:
                return
            first, other = len(self.old), len(self.new)
            self.old += (_line(index, hunk.rows[at].old_line, hunk.rows[at].text) for at in removed)
            self.new += (_line(index, hunk.rows[at].new_line, hunk.rows[at].text) for at in added)
            _join(self.old, self.follows[0])
            _join(self.new, self.follows[1])
            if removed and added:
                pairs = common_order(
                    [line.key for line in self.old[first:]], [line.key for line in self.new[other:]]
                )
                self._keep_in_place((first + left, other + right) for left, right in pairs)

    def _keep_in_place(self, pairs: Iterable[tuple[int, int]]) -> None:
        for at, other in pairs:
            self.in_place.add((at, other))
            # A brace or a blank line may belong to a block that moved past it.
            if self.old[at].chars >= _SEED_CHARS:
                self.still[0].add(at)
                self.still[1].add(other)

    def moved(self) -> Iterator[_Match]:
        """The longest blocks first, each line at most once; what a taken block leaves is kept."""
        waiting = [(self._rank(match), match) for match in self._matches()]
        heapify(waiting)
        taken_old, taken_new = bytearray(len(self.old)), bytearray(len(self.new))
        while waiting:
            _, match = heappop(waiting)
            parts = list(self._free(match, taken_old, taken_new))
            if parts == [match]:
                taken_old[match.old : match.old + match.length] = b"\1" * match.length
                taken_new[match.new : match.new + match.length] = b"\1" * match.length
                yield match
            else:
                for part in filter(self._is_enough, map(self._trimmed, parts)):
                    heappush(waiting, (self._rank(part), part))

    def ends(self, match: _Match) -> Iterator[tuple[int, Move]]:
        """The two entries of a block, with the index of the file each belongs to."""
        olds = self.old[match.old : match.old + match.length]
        news = self.new[match.new : match.new + match.length]
        note = difference([line.text for line in olds], [line.text for line in news])
        a = (olds[0].number, olds[-1].number)
        b = (news[0].number, news[-1].number)
        yield olds[0].file, Move("old", *a, news[0].file, *b, note)
        yield news[0].file, Move("new", *b, olds[0].file, *a, note)

    def _rank(self, match: _Match) -> tuple[int, bool, int, int, int]:
        old, new = self.old[match.old], self.new[match.new]
        distance = abs(old.number - new.number) if old.file == new.file else 0
        return -match.length, old.file != new.file, distance, match.old, match.new

    def _matches(self) -> Iterator[_Match]:
        """Blocks around lines that stand seldom; no pair of lines is in two."""
        walked: set[tuple[int, int]] = set()
        for at, other in self._seeds():
            if (at, other) in walked or not self._are_same(at, other):
                continue
            if self.steps <= 0:
                return
            match = self._around(at, other)
            shift = other - at
            walked.update(
                (line, line + shift) for line in range(match.old, match.old + match.length)
            )
            match = self._trimmed(match)
            if self._is_enough(match):
                yield match

    def _seeds(self) -> Iterator[tuple[int, int]]:
        """Pairs of equal lines that say something: first those that stand once, then the others."""
        counts = Counter(line.key for line in self.old)
        places: dict[str, list[int]] = {}
        for position, line in enumerate(self.new):
            if line.chars >= _SEED_CHARS and 0 < counts[line.key] <= _MOST_PLACES:
                places.setdefault(line.key, []).append(position)
        for are_unique in (True, False):
            for at, line in enumerate(self.old):
                others = places.get(line.key, ())
                is_unique = len(others) == counts[line.key] == 1
                if len(others) <= _MOST_PLACES and is_unique == are_unique:
                    yield from ((at, other) for other in others)

    def _around(self, at: int, other: int) -> _Match:
        """The block through one pair of lines, as far as it goes both ways."""
        start, end, shift = at, at + 1, other - at
        while self._goes_on(start - 1, start - 1 + shift, -1):
            start -= 1
        while self._goes_on(end, end + shift, 1):
            end += 1
        return _Match(start, start + shift, end - start)

    def _goes_on(self, at: int, other: int, way: int) -> bool:
        """Whether the pair goes on with the block that the pair before it belongs to."""
        self.steps -= 1
        later, later_other = (at, other) if way > 0 else (at + 1, other + 1)
        # Both lines directly follow, or precede, the lines of the pair before.
        if not (self.follows[0][later] and self.follows[1][later_other]) or self.steps <= 0:
            return False
        if self._are_same(at, other):
            return True
        # Of two different lines in a row neither is taken: single lines only.
        return self._are_same(at - way, other - way) and self._are_alike(at, other)

    def _are_same(self, at: int, other: int) -> bool:
        return self.old[at].key == self.new[other].key and self._may_move(at, other)

    def _may_move(self, at: int, other: int) -> bool:
        is_still = at in self.still[0] or other in self.still[1]
        return not is_still and (at, other) not in self.in_place

    def _are_alike(self, at: int, other: int) -> bool:
        pair = (self.old[at].text, self.new[other].text)
        if not self._may_move(at, other) or (
            pair not in self.alike and len(self.alike) >= _MOST_ALIKE
        ):
            return False
        if pair not in self.alike:
            self.alike[pair] = are_alike(*pair)
        return self.alike[pair]

    def _trimmed(self, match: _Match) -> _Match:
        """The block without blank lines at its ends: those belong to no block."""
        start, end = match.old, match.old + match.length
        while start < end and not self.old[start].key:
            start += 1
        while start < end and not self.old[end - 1].key:
            end -= 1
        return _Match(start, match.new + start - match.old, end - start)

    def _is_enough(self, match: _Match) -> bool:
        """Whether the lines that are the same are enough to call it a block."""
        shift = match.new - match.old
        lines = chars = 0
        for at in range(match.old, match.old + match.length):
            line = self.old[at]
            if line.key and self._are_same(at, at + shift):
                lines, chars = lines + 1, chars + line.chars
                if lines >= _FEWEST_LINES and chars >= _FEWEST_CHARS:
                    return True
        return False

    def _free(self, match: _Match, olds: bytearray, news: bytearray) -> Iterator[_Match]:
        """The runs of a block that no other block has taken."""
        shift, start = match.new - match.old, match.old
        end = match.old + match.length
        if not any(olds[start:end]) and not any(news[match.new : match.new + match.length]):
            yield match
            return
        for at in range(match.old, end + 1):
            if at == end or olds[at] or news[at + shift]:
                if at > start:
                    yield _Match(start, start + shift, at - start)
                start = at + 1


def _line(index: int, number: int | None, text: str) -> _Line:
    key = text if len(text) > _LONG else without_white(text)
    return _Line(index, number or 0, text, key, sum(map(str.isalnum, key[:_LONG])))


def _join(lines: Sequence[_Line], follows: bytearray) -> None:
    """Say of the lines that came last whether each follows the one before it."""
    for at in range(len(follows) - 1, len(lines)):
        here = lines[at]
        before = lines[at - 1] if at else None
        is_next = before is not None and (before.file, before.number + 1) == (
            here.file,
            here.number,
        )
        follows[at] = is_next
        follows.append(0)
