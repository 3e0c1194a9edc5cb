"""A line's HTML with its syntax colours and its changed words, in as few bytes as they need.

The marks of invisible and confusable characters are made by `text.to_html` on the whole line, since
they depend on what stands around a character; the tags go between what it gave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from reviews.diffs import text
from reviews.diffs.highlight import Run, Runs
from reviews.diffs.intraline import Range
from reviews.diffs.model import Row

_ATOM = re.compile(r"<span[^>]*>((?:&#?\w+;|[^<&])*)</span>|&#?\w+;|[^<]", re.DOTALL)
_CHARACTER = re.compile(r"&#?\w+;|.", re.DOTALL)
Slice = Callable[[int, int], str]


def painter(old: Runs | None, new: Runs | None) -> Callable[[Row, Sequence[Range], str], str]:
    """What draws the rows of a file with these colours of its two sides.

    A removed row has the colours of the old side, any other one those of the new.
    """

    def paint(row: Row, ranges: Sequence[Range], encoding: str) -> str:
        runs, line = (old, row.old_line) if row.sign == "-" else (new, row.new_line)
        found = runs.line(line) if runs is not None and line is not None else ()
        return paint_line(row.text, found, ranges, encoding)

    return paint


def paint_line(
    line: str, runs: Sequence[Run], ranges: Sequence[Range], encoding: str = "utf-8"
) -> str:
    """The line with <i class=k> for its runs and <b> for its changed words, <b> outside.

    Both in order and without overlap of their own; what lies beyond the line is cut.
    """
    html = text.to_html(line, encoding)
    if not runs and not ranges:
        return html
    if not ranges and html is line:  # most lines: nothing to escape, nothing to split
        return _quickly(line, runs)
    cut = _slices(line, html, encoding)
    return html if cut is None else _in_words(cut, runs, ranges, len(line))


def _in_words(cut: Slice, runs: Sequence[Run], ranges: Sequence[Range], length: int) -> str:
    parts, at = [], 0
    for start, end in ranges:
        if at < start:
            parts.append(_coloured(cut, runs, at, start))
        if start < end:
            parts.append(f"<b>{_coloured(cut, runs, start, end)}</b>")
        at = max(at, end)
    parts.append(_coloured(cut, runs, at, length))
    return "".join(parts)


def _quickly(line: str, runs: Sequence[Run]) -> str:
    html, at = "", 0
    for first, last, name in runs:
        html += f"{line[at:first]}<i class={name}>{line[first:last]}</i>"
        at = last
    return html + line[at:]


def _coloured(cut: Slice, runs: Sequence[Run], start: int, end: int) -> str:
    """One stretch of the line, each run's part of it in an element of its own."""
    parts, at = [], start
    for first, last, name in runs:
        if last <= at:
            continue
        if first >= end:
            break
        if first > at:
            parts.append(cut(at, first))
            at = first
        stop = min(last, end)
        parts.append(f"<i class={name}>{cut(at, stop)}</i>")
        at = stop
    if at < end:
        parts.append(cut(at, end))
    return "".join(parts)


def _slices(line: str, html: str, encoding: str) -> Slice | None:
    """How to get the HTML of a part of the line; None when its parts cannot be told apart."""
    if html is line:
        return lambda start, end: line[start:end]
    if "<" not in html:
        shown = line if encoding == "utf-8" else text.readable(line, encoding)
        if len(shown) != len(line):  # bytes of several make one letter
            return None
        return lambda start, end: _escape(shown[start:end])
    atoms = _atoms(html)
    if len(atoms) != len(line):
        return None
    return lambda start, end: "".join(atoms[start:end])


def _escape(part: str) -> str:
    return part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _atoms(html: str) -> list[str]:
    """The HTML of each character: a letter, an entity, a mark; empty when we cannot tell.

    A mark of several characters stands with its first one, and no tag parts it.
    """
    atoms: list[str] = []
    end = 0
    for found in _ATOM.finditer(html):
        if found.start() != end:
            return []
        end = found.end()
        atoms.append(found[0])
        if found[1] is not None:
            atoms += [""] * (len(_CHARACTER.findall(found[1])) - 1)
    return atoms if end == len(html) else []
