"""A hunk's rows in stretches, each a table of its own: what was moved stands under its own head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reviews.diffs.model import Row
from reviews.diffs.moved import Move

Moves = Mapping[tuple[str, int], Move]  # ("old" or "new", line) of every moved line


class Stretch(NamedTuple):
    """Positions start to end (not included) of a hunk's rows; move: the block they are, if any."""

    start: int
    end: int
    move: Move | None


def by_line(moves: Iterable[Move]) -> Moves:
    """Each moved line with its move."""
    return {(move.side, line): move for move in moves for line in range(move.start, move.end + 1)}


def stretches(rows: Sequence[Row], moves: Moves) -> Iterator[Stretch]:
    """The hunk from its first row to its last; one stretch when nothing of it was moved."""
    if not moves:
        yield Stretch(0, len(rows), None)
        return
    start, move = 0, _move_of(rows[0], moves) if rows else None
    for position, row in enumerate(rows):
        if row.sign == "\\":  # stays with the line above
            continue
        found = _move_of(row, moves)
        if found is not move:
            yield Stretch(start, position, move)
            start, move = position, found
    yield Stretch(start, len(rows), move)


def _move_of(row: Row, moves: Moves) -> Move | None:
    if row.sign == "-" and row.old_line is not None:
        return moves.get(("old", row.old_line))
    if row.sign == "+" and row.new_line is not None:
        return moves.get(("new", row.new_line))
    return None
