"""What one line's cells hold in either view: number, sign and text, in as few bytes as can be.

The same for every reader, so that it can be kept by content. A line's number is the link to itself
and the handle to comment on it: "f3n12" is line 12 of the new side of file 3, "f3o12" of the old.
One handler at the top of the page serves all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from reviews.diffs import text
from reviews.diffs.describe import size_words
from reviews.diffs.intraline import Range
from reviews.diffs.model import Row
from reviews.diffs.paint import paint_line

LONG = 20_000  # characters from which a line is folded
HEAD = 2_000  # characters of a folded line that show
PART = 256_000  # characters of a folded line that one opening shows
DEEPEST = 16  # characters of indent that a wrapped line hangs under

# (row, changed ranges, encoding) -> HTML of the line; a highlighter takes this place
Paint = Callable[[Row, Sequence[Range], str], str]


class Told(NamedTuple):
    """What is known of a row besides its text."""

    ranges: Sequence[Range] = ()
    is_white: bool = False
    is_moved: bool = False


def paint_plain(row: Row, ranges: Sequence[Range], encoding: str) -> str:
    """The line without syntax colours, changed words in <b>."""
    return paint_line(row.text, (), ranges, encoding)


def line_html(
    row: Row, ranges: Sequence[Range], encoding: str, paint: Paint, *, is_folded: bool
) -> str:
    """The text of a row; a very long one folded, so that it does not hold up the page."""
    if len(row.text) <= LONG or not is_folded:
        return paint(row, ranges, encoding)
    line = row.text if encoding == "utf-8" else text.readable(row.text, encoding)
    return text.to_html(line[:HEAD]) + _folded(line[HEAD:])


def _folded(rest: str) -> str:
    """The rest in parts, one inside the other, each shown by one press.

    The words are drawn by the stylesheet, so that the cell's text stays the line itself.
    """
    html, ends = "", 0
    starts = range(0, len(rest), PART)
    parts = []
    for start in starts:
        size = size_words(len(rest) - start)
        shown = text.to_html(rest[start : start + PART])
        parts.append(
            f'<details><summary aria-label="Show the rest, {size}" data-rest="{size}">'
            f"</summary>{shown}"
        )
        ends += 1
    html = "".join(parts)
    return html + "</details>" * ends


def depth_of(line: str) -> int:
    """Characters of indent, tabs as four, as far as a class exists."""
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return min(len(indent) + 3 * indent.count("\t"), DEEPEST)


def code_cell(row: Row, html: str) -> str:
    """The cell of the text; its class is the indent under which a wrapped line hangs."""
    depth = depth_of(row.text)
    return f"<td class=i{depth}>{html}" if depth else f"<td>{html}"


def place_of(anchor: str, side: str, line: int) -> str:
    """The id of a line."""
    return f"{anchor}{side[0]}{line}"
