"""Rows one under the other: five elements a line, names never in ids or attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviews.diffs.cells import Paint, Told, code_cell, depth_of, line_html, paint_plain, place_of
from reviews.diffs.model import UTF8, Encodings, Row

_CLASSES = {"+": "a", "-": "d", " ": "", "\\": "m"}
NOTHING = Told()


@dataclass(frozen=True, slots=True)
class Unified:
    """anchor: begins the ids. is_compact: without the end tags and quotes HTML does not need.

    has_handles: a line's number is the handle to comment on it; not so where it is no file's line.
    """

    anchor: str
    encodings: Encodings = UTF8
    paint: Paint = paint_plain
    is_compact: bool = True
    is_folded: bool = True
    columns: int = 3
    has_handles: bool = True

    def rows(self, rows: Sequence[Row], told: Mapping[int, Told], first: int = 0) -> Iterator[str]:
        """The HTML of each row; `first` is the position of rows[0] among the keys of `told`."""
        row_html = self._compact if self.is_compact else self._closed
        for position, row in enumerate(rows, first):
            known = told.get(position, NOTHING)
            encoding, folds = self.encodings.of(row.sign), self.is_folded
            line = line_html(row, known.ranges, encoding, self.paint, is_folded=folds)
            yield row_html(row, line, known)

    def _compact(self, row: Row, line: str, told: Told) -> str:
        css = _css(row, told)
        name = f' class="{css}"' if " " in css else f" class={css}" if css else ""
        code = code_cell(row, line)
        if row.new_line is not None:
            place, shown = place_of(self.anchor, "new", row.new_line), row.new_line
        elif row.old_line is not None:
            place, shown = place_of(self.anchor, "old", row.old_line), row.old_line
        else:
            return f"<tr{name}><td><td>{row.sign}{code}"
        number = f"<a href=#{place}>{shown}</a>" if self.has_handles else shown
        return f"<tr{name} id={place}><td>{number}<td>{row.sign}{code}"

    def _closed(self, row: Row, line: str, told: Told) -> str:
        side, shown = ("new", row.new_line) if row.new_line is not None else ("old", row.old_line)
        place = place_of(self.anchor, side, shown) if shown is not None else ""
        row_id = f' id="{place}"' if place else ""
        link = f'<a href="#{place}">{shown}</a>' if place else ""
        return (
            f'<tr class="{_css(row, told)}"{row_id}><td>{link}</td><td>{row.sign}</td>'
            f'<td class="i{depth_of(row.text)}">{line}</td></tr>\n'
        )


def _css(row: Row, told: Told) -> str:
    css = _CLASSES[row.sign]
    if told.is_white:
        css += " w"
    return f"{css} v" if told.is_moved else css
