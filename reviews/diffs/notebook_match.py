"""Which cell of the new notebook is which of the old: by id, by source, by likeness."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from reviews.diffs.notebook_cells import Cell
from reviews.diffs.replaced import common_order

_HEAD = 600  # characters by which two cells are compared
_LOOK_AHEAD = 10  # new cells that are tried for one old cell
_ALIKE = 50.0  # rapidfuzz ratio of a cell that was edited
_SAME = 90.0  # of one whose kind changed as well


class Entry(NamedTuple):
    """A cell of the new notebook and what it was, or one that is gone (new is None)."""

    old: Cell | None
    new: Cell | None
    is_moved: bool = False


def entries_of(old: Sequence[Cell], new: Sequence[Cell]) -> list[Entry]:
    """Every cell of both sides once: in the new order, those that are gone where they were."""
    matches = match_cells(old, new)
    stay = _staying(matches)
    before = {place: line for line, place in matches.items()}
    gone: dict[int, list[Entry]] = defaultdict(list)
    place = -1
    for line, cell in enumerate(old):
        if line in stay:
            place = matches[line]
        elif line not in matches:
            gone[place].append(Entry(cell, None))
    entries = gone[-1]
    for at, cell in enumerate(new):
        was = before.get(at)
        is_moved = was is not None and was not in stay
        entries.append(Entry(None if was is None else old[was], cell, is_moved))
        entries += gone[at]
    return entries


def match_cells(old: Sequence[Cell], new: Sequence[Cell]) -> dict[int, int]:
    """0-based cell of `old` -> the cell of `new` that it became."""
    matches = dict(_by_id(old, new))
    left, right = _rest(len(old), matches), _rest(len(new), matches.values())
    keys = [[f"{cell.kind}\0{cell.source}" for cell in side] for side in (old, new)]
    same = common_order([keys[0][at] for at in left], [keys[1][at] for at in right])
    matches.update({left[a]: right[b] for a, b in same})
    matches.update(_moved(old, new, matches))
    matches.update(_alike(old, new, matches))
    return matches


def _staying(matches: dict[int, int]) -> set[int]:
    """Old cells that are in the same order still."""
    in_new_order = sorted(matches, key=matches.__getitem__)
    in_old_order = sorted(matches)
    names = [str(at) for at in in_old_order]
    return {in_old_order[a] for a, _ in common_order(names, [str(at) for at in in_new_order])}


def _by_id(old: Sequence[Cell], new: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Ids that stand once on each side; one that stands twice says nothing."""
    counts, others = Counter(c.id for c in old), Counter(c.id for c in new)
    places = {cell.id: at for at, cell in enumerate(new)}
    for at, cell in enumerate(old):
        if cell.id and counts[cell.id] == others[cell.id] == 1:
            yield at, places[cell.id]


def _moved(
    old: Sequence[Cell], new: Sequence[Cell], matches: dict[int, int]
) -> Iterator[tuple[int, int]]:
    """The same source in another order; empty cells are nothing that moves."""
    waiting: dict[tuple[str, str], deque[int]] = defaultdict(deque)
    for at in _rest(len(new), matches.values()):
        waiting[new[at].kind, new[at].source].append(at)
    for at in _rest(len(old), matches):
        found = waiting[old[at].kind, old[at].source] if old[at].source.strip() else None
        if found:
            yield at, found.popleft()


def _alike(
    old: Sequence[Cell], new: Sequence[Cell], matches: dict[int, int]
) -> Iterator[tuple[int, int]]:
    """Edited cells: among those between the same two neighbours, in order, the most alike."""
    gaps: dict[int, list[int]] = defaultdict(list)
    known = sorted(matches)
    for at in _rest(len(old), matches):
        nearest = bisect_left(known, at) - 1
        gaps[matches[known[nearest]] if nearest >= 0 else -1].append(at)
    others: dict[int, list[int]] = defaultdict(list)
    places = sorted(matches.values())
    for at in _rest(len(new), matches.values()):
        nearest = bisect_left(places, at) - 1
        others[places[nearest] if nearest >= 0 else -1].append(at)
    for gap, lines in gaps.items():
        yield from _pairs(old, new, lines, others[gap])


def _pairs(
    old: Sequence[Cell], new: Sequence[Cell], left: Sequence[int], right: Sequence[int]
) -> Iterator[tuple[int, int]]:
    start = 0
    for line in left:
        best, at = 0.0, -1
        for offset, place in enumerate(right[start : start + _LOOK_AHEAD], start):
            score = _likeness(old[line], new[place])
            if score > best:
                best, at = score, offset
        if at >= 0:
            yield line, right[at]
            start = at + 1


def _likeness(old: Cell, new: Cell) -> float:
    cutoff = _ALIKE if old.kind == new.kind else _SAME
    return fuzz.ratio(old.source[:_HEAD], new.source[:_HEAD], score_cutoff=cutoff)


def _rest(count: int, taken: Collection[int]) -> list[int]:
    known = set(taken)
    return [at for at in range(count) if at not in known]
