"""Rows side by side: the old line left, the new one right, what replaces what in one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from reviews.diffs.cells import Paint, Told, code_cell, line_html, paint_plain, place_of
from reviews.diffs.model import UTF8, Encodings, Row
from reviews.diffs.unified import NOTHING

_EMPTY = "<td><td><td>"
_Placed = tuple[int, Row]  # position in the hunk, row


@dataclass(frozen=True, slots=True)
class Split:
    """Three cells a side: number, sign, text. anchor: begins the ids, which the number cells have.

    A row's class is p (both sides changed), d (only the old), a (only the new), m (markers of
    missing newlines) or none; w and v as in the unified view, has_handles as there.
    """

    anchor: str
    encodings: Encodings = UTF8
    paint: Paint = paint_plain
    columns: int = 6
    has_handles: bool = True

    def rows(self, rows: Sequence[Row], told: Mapping[int, Told], first: int = 0) -> Iterator[str]:
        """The HTML of each row; `first` is the position of rows[0] among the keys of `told`."""
        for left, right in _sides(rows, first):
            css = _css(left, right, told)
            name = f' class="{css}"' if " " in css else f" class={css}" if css else ""
            old = self._cells(left, "old", told)
            yield f"<tr{name}>{old}{self._cells(right, 'new', told)}"

    def _cells(self, placed: _Placed | None, side: str, told: Mapping[int, Told]) -> str:
        if placed is None:
            return _EMPTY
        position, row = placed
        ranges = told.get(position, NOTHING).ranges
        encoding = self.encodings.of(row.sign)
        code = code_cell(row, line_html(row, ranges, encoding, self.paint, is_folded=True))
        line = row.old_line if side == "old" else row.new_line
        if line is None:
            return f"<td><td>{row.sign}{code}"
        place = place_of(self.anchor, side, line)
        number = f"<a href=#{place}>{line}</a>" if self.has_handles else line
        return f"<td id={place}>{number}<td>{row.sign}{code}"


def _sides(rows: Sequence[Row], first: int) -> Iterator[tuple[_Placed | None, _Placed | None]]:
    """What stands left and right, row by row."""
    olds: list[_Placed] = []
    news: list[_Placed] = []
    last = " "
    for position, row in enumerate(rows, first):
        sign = last if row.sign == "\\" else row.sign  # a marker is of the line above
        if sign == "-":
            if news:  # a new block begins
                yield from zip_longest(olds, news)
                olds, news = [], []
            olds.append((position, row))
        elif sign == "+":
            news.append((position, row))
        else:
            yield from zip_longest(olds, news)
            olds, news = [], []
            yield (position, row), (position, row)
        last = sign
    yield from zip_longest(olds, news)


def _css(left: _Placed | None, right: _Placed | None, told: Mapping[int, Told]) -> str:
    signs = (left[1].sign if left else "", right[1].sign if right else "")
    css = _CLASSES.get(signs, "m" if "\\" in signs else "")
    known = [told.get(placed[0], NOTHING) for placed in (left, right) if placed]
    if all(one.is_white for one in known):
        css += " w"
    return f"{css} v" if any(one.is_moved for one in known) else css


_CLASSES = {
    ("-", "+"): "p", ("-", ""): "d", ("", "+"): "a", ("-", "\\"): "d", ("\\", "+"): "a",
    (" ", " "): "",
}  # fmt: skip
