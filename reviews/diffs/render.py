"""Rows as HTML by joining strings: five elements a line, names never in ids or attributes.

The same for every reader, so that it can be kept by content. A row's number is the link to itself
and the handle to comment on it: its row's class says the side (`d` is the old one), its text the
line. One handler at the top of the page serves all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import islice

from reviews.diffs import text
from reviews.diffs.describe import describe, size_words
from reviews.diffs.intraline import Range, mark_words
from reviews.diffs.model import Hunk, ParsedFile, Row
from reviews.diffs.notes import has_crlf_throughout

BLOCK = 100  # rows of a table; a block off screen costs the browser nothing
LONG = 20_000  # characters from which a line is folded
HEAD = 2_000  # characters of a folded line that show
DEEPEST = 16  # characters of indent that a wrapped line hangs under
_CLASSES = {"+": "a", "-": "d", " ": "", "\\": "m"}

# (row, changed ranges, encoding) -> HTML of the line; a highlighter takes this place
Paint = Callable[[Row, Sequence[Range], str], str]


def paint_plain(row: Row, ranges: Sequence[Range], encoding: str) -> str:
    """The line without syntax colours, changed words in <b>."""
    if not ranges:
        return text.to_html(row.text, encoding)
    parts, at = [], 0
    for start, end in ranges:
        parts.append(text.to_html(row.text[at:start], encoding))
        parts.append(f"<b>{text.to_html(row.text[start:end], encoding)}</b>")
        at = end
    parts.append(text.to_html(row.text[at:], encoding))
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Options:
    """How to render.

    inserts: HTML to put in a row of its own under a line, by ("old" or "new", line).
    rest_url: where the next window is, for a file that was cut. is_compact: leave out the end tags
    and quotes that HTML does not need. is_folded: fold long lines. paint: the line's HTML.
    """

    inserts: Mapping[tuple[str, int], str] = field(default_factory=dict)
    rest_url: str | None = None
    is_compact: bool = True
    is_folded: bool = True
    paint: Paint = paint_plain


def render_file(
    parsed: ParsedFile,
    *,
    anchor: str,
    options: Options | None = None,
    old_size: int | None = None,
    new_size: int | None = None,
) -> str:
    """A file's body: notes, sentences, then its rows in blocks.

    anchor: begins the rows' ids ("f3": rows "f3n12", removed ones "f3o12"); ASCII letters, digits.
    """
    if not (anchor.isalnum() and anchor.isascii()):
        raise ValueError("An anchor is made of letters and digits.")
    options = options or Options()
    rows = [row for hunk in parsed.hunks for row in hunk.rows]
    css = "diff crlf" if has_crlf_throughout(rows) else "diff"
    return "".join([
        f'<div class="{css}">',
        *(f'<p class="note">{text.to_html(note)}</p>' for note in parsed.notes),
        *_said(describe(parsed, old_size=old_size, new_size=new_size)),
        *_raw(parsed),
        *_blocks(parsed, _Rows(anchor, parsed.encoding, options)),
        *_rest(parsed, options),
        "</div>",
    ])  # fmt: skip


def shown_lines(parsed: ParsedFile) -> set[tuple[str, int]]:
    """("old" or "new", line) of every row: an insert for another line has no place in the rows."""
    shown: set[tuple[str, int]] = set()
    for hunk in parsed.hunks:
        shown.update(("old", row.old_line) for row in hunk.rows if row.old_line is not None)
        shown.update(("new", row.new_line) for row in hunk.rows if row.new_line is not None)
    return shown


def _said(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        yield f'<p class="said">{text.to_html(sentence)}</p>'


def _raw(parsed: ParsedFile) -> Iterator[str]:
    if parsed.error is None:
        return
    yield f'<p class="error">{text.to_html(parsed.error)}</p>'
    if parsed.raw:
        lines = "\n".join(text.to_html(line[:LONG]) for line in parsed.raw)
        yield f'<pre class="raw" tabindex="0">{lines}</pre>'


def _rest(parsed: ParsedFile, options: Options) -> Iterator[str]:
    if not parsed.is_truncated:
        return
    if options.rest_url is None:
        yield f'<p class="rest">More lines follow after row {parsed.next_row}.</p>'
    else:
        yield f'<p class="rest"><a href="{escape(options.rest_url)}">Show the next lines</a></p>'


def _blocks(parsed: ParsedFile, rows: _Rows) -> Iterator[str]:
    """Divs of BLOCK rows, each with tables of its own: content-visibility ignores row groups."""
    block: list[str] = []
    count = 0
    for hunk in parsed.hunks:
        waiting, head = rows.of(hunk), _head(hunk, parsed.encoding)
        while taken := list(islice(waiting, BLOCK - count)):
            block.append(f"<table>{head}{''.join(taken)}</table>")
            count, head = count + len(taken), ""
            if count == BLOCK:
                yield f'<div class="block full">{"".join(block)}</div>'
                block, count = [], 0
    if block:
        yield f'<div class="block">{"".join(block)}</div>'


@dataclass(frozen=True, slots=True)
class _Rows:
    anchor: str
    encoding: str
    options: Options

    def of(self, hunk: Hunk) -> Iterator[str]:
        """The hunk's rows, each with what is inserted under it."""
        marks = mark_words(hunk.rows)
        row_html = self._compact if self.options.is_compact else self._closed
        for position, row in enumerate(hunk.rows):
            html = row_html(row, self._line(row, marks.get(position, ())))
            yield html + self._inserted(row) if self.options.inserts else html

    def _line(self, row: Row, ranges: Sequence[Range]) -> str:
        if len(row.text) <= LONG or not self.options.is_folded:
            return self.options.paint(row, ranges, self.encoding)
        head = text.to_html(row.text[:HEAD], self.encoding)
        rest = text.to_html(row.text[HEAD:], self.encoding)
        size = size_words(len(row.text) - HEAD)
        # The words are drawn by the stylesheet, so that the cell's text stays the line itself.
        return (
            f'{head}<details><summary aria-label="Show the rest, {size}" data-rest="{size}">'
            f"</summary>{rest}</details>"
        )

    def _compact(self, row: Row, line: str) -> str:
        css = _CLASSES[row.sign]
        depth = _depth(row.text)
        name = f" class={css}" if css else ""
        cell = f"<td class=i{depth}>" if depth else "<td>"
        number = self._number(row)
        if number is None:
            return f"<tr{name}><td><td>{row.sign}{cell}{line}"
        place, shown = number
        return f"<tr{name} id={place}><td><a href=#{place}>{shown}</a><td>{row.sign}{cell}{line}"

    def _closed(self, row: Row, line: str) -> str:
        number = self._number(row)
        place, shown = number or ("", "")
        row_id = f' id="{place}"' if number else ""
        link = f'<a href="#{place}">{shown}</a>' if number else ""
        return (
            f'<tr class="{_CLASSES[row.sign]}"{row_id}><td>{link}</td><td>{row.sign}</td>'
            f'<td class="i{_depth(row.text)}">{line}</td></tr>\n'
        )

    def _number(self, row: Row) -> tuple[str, int] | None:
        """The row's id and the number it shows: the old line of a removed row, else the new."""
        if row.new_line is not None:
            return f"{self.anchor}n{row.new_line}", row.new_line
        if row.old_line is not None:
            return f"{self.anchor}o{row.old_line}", row.old_line
        return None

    def _inserted(self, row: Row) -> str:
        found = [
            self.options.inserts.get((side, line), "")
            for side, line in (("old", row.old_line), ("new", row.new_line))
            if line is not None
        ]
        html = "".join(found)
        return f'<tr class="insert"><td colspan="3">{html}</td></tr>' if html else ""


def _head(hunk: Hunk, encoding: str) -> str:
    """What git found above the hunk, else which lines it is; a caption, since no line is."""
    words = hunk.section or _extent(hunk)
    numbers = f"-{hunk.old_start},{hunk.old_length} +{hunk.new_start},{hunk.new_length}"
    return f'<caption data-range="{numbers}">{text.to_html(words, encoding)}</caption>'


def _extent(hunk: Hunk) -> str:
    start, length = hunk.new_start, hunk.new_length
    if not length:
        start, length = hunk.old_start, hunk.old_length
    return f"Lines {start} to {start + length - 1}" if length > 1 else f"Line {start}"


def _depth(line: str) -> int:
    """Characters of indent, tabs as four, as far as a class exists."""
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return min(len(indent) + 3 * indent.count("\t"), DEEPEST)
