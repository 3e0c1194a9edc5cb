"""A file's body as HTML by joining strings: what is said of it, then its rows in blocks.

The same for every reader, so that it can be kept by content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import chain, islice

from reviews.diffs import text
from reviews.diffs.cells import LONG, Paint, Told, paint_plain
from reviews.diffs.describe import describe
from reviews.diffs.heads import Define, Gap, Heads, bounds
from reviews.diffs.intraline import mark_words
from reviews.diffs.languages import language_of
from reviews.diffs.model import Hunk, ParsedFile
from reviews.diffs.moved import Move
from reviews.diffs.notes import has_crlf_throughout
from reviews.diffs.split import Split
from reviews.diffs.stretches import Moves, by_line, stretches
from reviews.diffs.unified import Unified
from reviews.diffs.whitespace import white_only

BLOCK = 100  # rows of a block; one off screen costs the browser nothing
UNIFIED, SPLIT = "unified", "split"
VIEWS = (UNIFIED, SPLIT)


@dataclass(frozen=True, slots=True)
class Options:
    """How to render.

    rest_url: where the next window is, for a file that was cut. is_compact: leave out the end tags
    and quotes that HTML does not need. is_folded: fold long lines. paint: the line's HTML.
    is_plain: colours are still to come. digests: a name for each hunk. moves: of this file; names:
    of the files these point to, by index. new_lines: lines of the new content, where it is kept,
    so that what hunks hide can be opened. after: the last new line of the window before this one.
    define: finds what encloses a line. extra: HTML of another way to see the file, put before the
    rows; is_aside: the rows are then folded, for that way is the better one.
    """

    view: str = UNIFIED
    rest_url: str | None = None
    is_compact: bool = True
    is_folded: bool = True
    paint: Paint = paint_plain
    is_plain: bool = False
    digests: Sequence[str] = ()
    moves: Sequence[Move] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    new_lines: int | None = None
    after: int = 0
    define: Define | None = None
    extra: str = ""
    is_aside: bool = False


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
    options = options or Options()
    inner = [
        *(f'<p class="note">{text.to_html(note)}</p>' for note in parsed.notes),
        *_said(describe(parsed, old_size=old_size, new_size=new_size, is_seen=bool(options.extra))),
        *_raw(parsed),
        options.extra,
        *_aside(
            chain(_File(parsed, _checked(anchor), options).blocks(), _rest(parsed, options)),
            options,
        ),
    ]
    return f"{_open(parsed, options)}{''.join(inner)}</div>"


def render_rows(parsed: ParsedFile, *, anchor: str, options: Options) -> str:
    """Rows alone, as one table: lines that a reader opens between hunks."""
    file = _File(parsed, _checked(anchor), options)
    rows = "".join(row for hunk in parsed.hunks for _, found in file.pieces(hunk) for row in found)
    return f'<table class="expanded">{rows}</table>'


def _checked(anchor: str) -> str:
    if not (anchor.isalnum() and anchor.isascii()):
        raise ValueError("An anchor is made of letters and digits.")
    return anchor


def _open(parsed: ParsedFile, options: Options) -> str:
    rows = [row for hunk in parsed.hunks for row in hunk.rows]
    css = "diff crlf" if has_crlf_throughout(rows) else "diff"
    view = f' data-view="{options.view}"' if options.is_compact else ""
    return f'<div class="{css}"{view}{" data-plain" if options.is_plain else ""}>'


def _said(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield f'<p class="said">{text.to_html(sentence)}</p>'


def _raw(parsed: ParsedFile) -> Iterator[str]:
    if parsed.error is None:
        return
    yield f'<p class="error">{text.to_html(parsed.error)}</p>'
    if parsed.raw:
        lines = "\n".join(text.to_html(line[:LONG]) for line in parsed.raw)
        yield f'<pre class="raw" tabindex="0">{lines}</pre>'


def _aside(blocks: Iterator[str], options: Options) -> Iterator[str]:
    """The rows, in a fold where something else shows the file better."""
    if not options.is_aside:
        yield from blocks
        return
    yield '<details class="raw-lines"><summary>The file\'s own lines</summary>'
    yield from blocks
    yield "</details>"


def _rest(parsed: ParsedFile, options: Options) -> Iterator[str]:
    if not parsed.is_truncated:
        return
    if options.rest_url is None:
        yield f'<p class="rest">More lines follow after row {parsed.next_row}.</p>'
    else:
        yield f'<p class="rest"><a href="{escape(options.rest_url)}">Show the next lines</a></p>'


class _File:
    """The rows of one file in one view."""

    def __init__(self, parsed: ParsedFile, anchor: str, options: Options) -> None:
        self.parsed = parsed
        self.options = options
        self.moves: Moves = by_line(options.moves)
        self.heads = Heads(anchor, parsed.encodings.new.name, options.names, options.define)
        self.view: Unified | Split
        if options.view == SPLIT:
            self.view = Split(anchor, parsed.encodings, options.paint)
        else:
            self.view = Unified(
                anchor, parsed.encodings, options.paint, options.is_compact, options.is_folded
            )

    def blocks(self) -> Iterator[str]:
        """Divs of BLOCK rows, with tables of their own: content-visibility ignores row groups."""
        block: list[str] = []
        count = 0
        for head, waiting in self._headed():
            caption: str = head
            while taken := list(islice(waiting, BLOCK - count)):
                block.append(f"<table>{caption}{''.join(taken)}</table>")
                count, caption = count + len(taken), ""
                if count == BLOCK:
                    yield f'<div class="block full">{"".join(block)}</div>'
                    block, count = [], 0
        if block:
            yield f'<div class="block">{"".join(block)}</div>'
        if gap := self._tail():
            yield self.heads.tail(gap)

    def pieces(self, hunk: Hunk) -> Iterator[tuple[Move | None, Iterator[str]]]:
        """The hunk's stretches: what was moved and where, and the HTML of the rows."""
        told = self._told(hunk)
        for start, end, move in stretches(hunk.rows, self.moves):
            yield move, self.view.rows(hunk.rows[start:end], told, start)

    def _headed(self) -> Iterator[tuple[str, Iterator[str]]]:
        """A caption, or nothing, and the rows under it."""
        digests = dict(enumerate(self.options.digests))
        for number, hunk in enumerate(self.parsed.hunks):
            is_first = True
            for move, rows in self.pieces(hunk):
                if is_first:
                    head = self.heads.of_hunk(
                        hunk, self._gap(number), digests.get(number, ""), move
                    )
                else:
                    head = self.heads.of_move(move) if move else ""
                is_first = False
                yield head, rows

    def _told(self, hunk: Hunk) -> dict[int, Told]:
        marks = mark_words(hunk.rows, language_of(self.parsed.entry.path))
        white = white_only(hunk.rows)
        moved = {
            position
            for start, end, move in stretches(hunk.rows, self.moves)
            if move
            for position in range(start, end)
        }
        return {
            position: Told(marks.get(position, ()), position in white, position in moved)
            for position in {*marks, *white, *moved}
        }

    def _gap(self, number: int) -> Gap | None:
        """The lines hidden above a hunk, where they can be opened."""
        if self.options.new_lines is None:
            return None
        hunks = self.parsed.hunks
        before = _end(hunks[number - 1]) if number else self.options.after
        old, new = bounds(hunks[number])
        return Gap(before + 1, new - 1, new - old) if before < new - 1 else None

    def _tail(self) -> Gap | None:
        """The lines after the last hunk."""
        hunks, lines = self.parsed.hunks, self.options.new_lines
        if lines is None or not hunks or self.parsed.is_truncated:
            return None
        last = hunks[-1]
        old, new = bounds(last)
        shift = new + last.new_length - (old + last.old_length)
        return Gap(_end(last) + 1, lines, shift) if _end(last) < lines else None


def _end(hunk: Hunk) -> int:
    """The last new line that is at or before the hunk's end."""
    return bounds(hunk)[1] + hunk.new_length - 1
