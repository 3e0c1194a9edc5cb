"""The rows of a cell's source, and its outputs in words with their text folded."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from itertools import islice, zip_longest

from reviews.diffs import text
from reviews.diffs.between import hunks_between
from reviews.diffs.cells import Told
from reviews.diffs.describe import size_words
from reviews.diffs.heads import Heads
from reviews.diffs.images import MOST_PIXELS, media_type, pixels
from reviews.diffs.intraline import mark_words
from reviews.diffs.model import Hunk
from reviews.diffs.notebook_cells import Cell, Part
from reviews.diffs.split import Split
from reviews.diffs.unified import Unified
from reviews.diffs.whitespace import white_only

_ROWS = 2_000  # of one source or output
_MOST_LINES = 20_000  # of one source or output that are compared
_MOST_ROWS = 10_000  # of a notebook
_MOST_CHARACTERS = 3_000_000  # of the HTML of a notebook's rows
_LONG = 100_000  # characters of a line that is not shown at all
_MOST_PICTURES = 1_000_000  # bytes of all pictures that come with the page
_MOST_PARTS = 50  # outputs of one cell
_LABEL = 60  # characters of the name that a file gives to an output


class Writer:
    """HTML of one notebook's sources and outputs; it writes no more than the limits above."""

    def __init__(self, anchor: str, view: str) -> None:
        self.anchor = anchor
        self.is_split = view == "split"
        self.rows, self.characters, self.pictures = _MOST_ROWS, _MOST_CHARACTERS, _MOST_PICTURES

    def source(self, anchor: str, old: str | None, new: str | None) -> str:
        """What changed of the lines; nothing when none did. None: there is no such side."""
        return self._table(anchor, old, new) if old != new else ""

    def outputs(self, anchor: str, old: Cell | None, new: Cell | None) -> Iterator[str]:
        """Each output that differs: said, and its text or picture."""
        before, after = old.parts if old else (), new.parts if new else ()
        is_alone = len(before) <= 1 and len(after) <= 1
        changed = [
            (number, left, right)
            for number, (left, right) in enumerate(zip_longest(before, after), 1)
            if left != right
        ]
        verbs = bool(old and new)
        for number, left, right in changed[:_MOST_PARTS]:
            head = "Output" if is_alone else f"Output {number}"
            yield from self._output(f"{anchor}x{number}", head, left, right, has_verbs=verbs)
        more = len(changed) - _MOST_PARTS
        if more > 0:
            yield f'<p class="quiet">{more} more outputs differ.</p>'

    def _output(
        self, anchor: str, head: str, old: Part | None, new: Part | None, *, has_verbs: bool
    ) -> Iterator[str]:
        if old and new and (old.label, bool(old.picture)) != (new.label, bool(new.picture)):
            yield from self._output(f"{anchor}r", head, old, None, has_verbs=has_verbs)
            yield from self._output(f"{anchor}a", head, None, new, has_verbs=has_verbs)
            return
        part = new or old
        if part is None:
            return
        verb = "changed" if old and new else "added" if new else "removed"
        words = f"{head}: {_words(part)}{f', {verb}' if has_verbs else ''}"
        if part.picture:
            yield f'<p class="said">{words}.</p>{self._pictures(old, new)}'
            return
        rows = self._table(anchor, old.text if old else None, new.text if new else None)
        yield f'<details class="output"><summary>{words}</summary>{rows}</details>'

    def _pictures(self, old: Part | None, new: Part | None) -> str:
        figures = []
        for side, when, part in (("old", "Before", old), ("new", "After", new)):
            if part:
                figures.append(
                    f"<figure data-{side}><figcaption>{when}: {_size(part.picture)}</figcaption>"
                    f"{self._picture(when, part.picture)}</figure>"
                )
        return f'<div class="images" data-images>{"".join(figures)}</div>'

    def _picture(self, when: str, data: bytes) -> str:
        """In the page itself, for it has no address; only what is what it says and is not large."""
        extent = pixels(data)
        if extent is None or extent[0] * extent[1] > MOST_PIXELS or len(data) > self.pictures:
            return '<p class="quiet">Too large to be shown here.</p>'
        self.pictures -= len(data)
        source = f"data:{media_type(data)};base64,{b64encode(data).decode()}"
        width, height = extent
        alt = f"Output {when.lower()} this change"
        return f'<img src="{source}" alt="{alt}" width="{width}" height="{height}">'

    def _table(self, anchor: str, old: str | None, new: str | None) -> str:
        """Rows of what differs, as far as there is room."""
        (before, rest), (after, others) = _lines(old), _lines(new)
        hunks = hunks_between(before, after)
        heads = Heads(anchor, "utf-8")
        tables, left = [], min(_ROWS, self.rows)
        total = sum(len(hunk.rows) for hunk in hunks) + max(rest, others)
        for hunk in hunks:
            rows, used = self._some(hunk, anchor, left)
            head = heads.of_hunk(hunk, None, "", None) if len(hunks) > 1 else ""
            if rows:
                tables.append(f"<table>{head}{rows}</table>")
            left, total, self.rows = left - used, total - used, self.rows - used
            if used < len(hunk.rows):
                break
        if total:
            tables.append(f'<p class="quiet">{total:,} more lines, not shown here.</p>')
        return "".join(tables)

    def _some(self, hunk: Hunk, anchor: str, most: int) -> tuple[str, int]:
        """The hunk's first rows and how many these are."""
        rows = hunk.rows[:most]
        for number, row in enumerate(rows):
            is_long = len(row.text) > _LONG
            self.characters -= 0 if is_long else len(text.to_html(row.text))
            if is_long or self.characters < 0:
                rows = rows[:number]
                break
        marks, white = mark_words(rows), white_only(rows)
        told = {at: Told(marks.get(at, ()), at in white) for at in {*marks, *white}}
        view: Unified | Split = (
            Split(anchor, has_handles=False)
            if self.is_split
            else Unified(anchor, has_handles=False)
        )
        return "".join(islice(view.rows(rows, told), most)), len(rows)


def _lines(source: str | None) -> tuple[list[bytes], int]:
    """The first lines and how many follow.

    Each is ended: a source mostly has no newline at its end, and that says nothing.
    """
    if not source:
        return [], 0
    lines = source.encode("utf-8", "replace").split(b"\n", _MOST_LINES)
    rest = lines[_MOST_LINES:]
    return [line + b"\n" for line in lines[:_MOST_LINES]], sum(r.count(b"\n") + 1 for r in rest)


def _words(part: Part) -> str:
    label = f"<bdi>{text.to_html(part.label[:_LABEL])}</bdi>"
    if part.picture:
        return f"{label} {_size(part.picture)}"
    lines = part.text.count("\n") + bool(part.text and not part.text.endswith("\n"))
    return f"{label}, {lines:,} line{'' if lines == 1 else 's'}"


def _size(picture: bytes) -> str:
    extent = pixels(picture)
    shown = f", {extent[0]:,} × {extent[1]:,}" if extent else ""
    return f"{size_words(len(picture))}{shown}"
