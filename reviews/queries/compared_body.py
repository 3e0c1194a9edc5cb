"""The body of a file of two rounds: HTML that is the same for every reader, kept by content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviews.diffs import Hunk, Options, ParsedFile, render_file, render_rows
from reviews.diffs.between import cut, split_lines
from reviews.diffs.cells import Paint, paint_plain
from reviews.diffs.context import context_rows, extents_of
from reviews.diffs.highlight import Run, Runs
from reviews.diffs.intraline import Range
from reviews.diffs.model import Row
from reviews.diffs.paint import paint_line
from reviews.models import Blob
from reviews.queries.body import ROWS, Wanted, lines_in, range_in, rest_url
from reviews.queries.compare import Compared, compare_all
from reviews.queries.extras import Extra, extra_between, places_of
from reviews.queries.pairs import Pair, State
from reviews.services import blobs, colours, kept
from reviews.services.colours import Content, Shades

_OLD_HANDLE = re.compile(r"<a href=#f\d+o\d+>(\d+)</a>")
_HANDLE = re.compile(r"<a href=#f\d+[on]\d+>(\d+)</a>")
_Numbered = tuple[str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class ComparedBody:
    """HTML by the name of all that it is made of; compared and rendered when it is not kept yet."""

    pair: Pair
    wanted: Wanted
    shades: Shades
    with_noise: bool = False
    compared: Compared | None = None

    @property
    def name(self) -> str:
        return kept.name_of(
            "compare", *self.pair.name, *places_of(self.pair), self._part, self.with_noise,
            self.shades.key,
        )  # fmt: skip

    def html(self) -> str:
        return kept.html(self.name, self._render)

    def gzipped(self) -> bytes:
        return kept.gzipped(self.name, self._render)

    def _render(self) -> str:
        found = self.compared or compared_of(self.pair, with_noise=self.with_noise)
        wanted = self._part
        hunks, next_row = cut(found.parsed.hunks, wanted.first, ROWS)
        parsed = replace(found.parsed, hunks=hunks, next_row=next_row)
        if found.note:
            parsed = replace(parsed, notes=(found.note, *parsed.notes))
        extra = Extra() if wanted.first else _extra(self.pair, wanted.view)
        options = Options(
            extra=extra.html, is_aside=extra.is_aside,
            view=wanted.view, rest_url=self._rest_url(parsed, wanted), after=wanted.after,
            new_lines=_new_lines(self.pair), is_plain=not self.shades.is_complete,
            paint=_painter(found, *colours.load(self.shades)),
        )  # fmt: skip
        old, new = self.pair.old_new, self.pair.new_new
        html = render_file(
            parsed, anchor=f"f{self.pair.index}", options=options,
            old_size=old.size if old else None, new_size=new.size if new else None,
        )  # fmt: skip
        return _without_handles(html, self.pair)

    @property
    def _part(self) -> Wanted:
        """What is wanted, as far as the rows go; the pair is compared for that once and for all."""
        if not self.wanted.first:
            return self.wanted
        of = (*self.pair.name, self.with_noise)
        rows = kept.number(kept.name_of("compared rows", *of), lambda: _rows_in(self._hunks()))
        last = kept.number(kept.name_of("compared last", *of), lambda: _last_in(self._hunks()))
        return self.wanted.within(rows, last)

    def _hunks(self) -> Sequence[Hunk]:
        found = self.compared or compared_of(self.pair, with_noise=self.with_noise)
        return found.parsed.hunks

    def _rest_url(self, parsed: ParsedFile, wanted: Wanted) -> str | None:
        url = rest_url(parsed, wanted)
        return f"{url}&noise=1" if url and self.with_noise else url


@dataclass(frozen=True, slots=True)
class ComparedLines:
    """Lines that no hunk shows, as rows: lines first to last of the later round's content."""

    pair: Pair
    view: str
    first: int
    last: int
    shades: Shades
    with_noise: bool = False

    @property
    def name(self) -> str:
        where = (self.view, *self._range, self.with_noise, self.shades.key)
        return kept.name_of("compared lines", *self.pair.name, *where)

    def gzipped(self) -> bytes:
        return kept.gzipped(self.name, self._render)

    def _render(self) -> str:
        found = compared_of(self.pair, with_noise=self.with_noise)
        lines = [line.removesuffix(b"\n") for line in split_lines(_new_content(self.pair))]
        rows = context_rows(lines, extents_of(found.parsed.hunks), *self._range)
        whole = Hunk(0, len(rows), 0, len(rows), "", rows)
        parsed = ParsedFile(found.parsed.entry, [whole], encodings=found.parsed.encodings)
        paint = _painter(found, *colours.load(self.shades))
        options = Options(view=self.view, paint=paint)
        html = render_rows(parsed, anchor=f"f{self.pair.index}", options=options)
        return _without_handles(html, self.pair)

    @property
    def _range(self) -> tuple[int, int]:
        new = self.pair.new_new
        key = new.key if new and new.blob_id is not None else ""
        return range_in(key, lambda: _new_content(self.pair), self.first, self.last)


def shades_of(pairs: Sequence[Pair]) -> dict[int, Shades]:
    """The colours of pairs by index, without loading any; one query."""
    found = colours.of_contents([_contents(pair) for pair in pairs])
    return dict(zip((pair.index for pair in pairs), found, strict=True))


def _contents(pair: Pair) -> tuple[Content | None, Content | None]:
    """Both sides, as far as a worker colours them: what a round began from only where it removed
    something."""
    if pair.file.is_binary:
        return None, None
    old, new = (
        colours.content_of(state.blob_id, path, state.mode, state.size) if state else None
        for state, path in ((pair.old_new, pair.old_path), (pair.new_new, pair.path))
    )
    has_base = pair.file.removed > 0
    return (
        old if pair.before is not None or has_base else None,
        new if pair.after is not None or has_base else None,
    )


def compared_of(pair: Pair, *, with_noise: bool = False) -> Compared:
    """One pair, compared; one query."""
    return next(compare_all([pair], with_noise=with_noise))


def _without_handles(html: str, pair: Pair) -> str:
    """Without links on numbers that are lines of no side of the later round: these are what one
    comments by. No text of a file can look like one, since its < is written otherwise."""
    handles = _OLD_HANDLE if pair.after is not None else _HANDLE
    return handles.sub(r"<span>\1</span>", html)


def _rows_in(hunks: Sequence[Hunk]) -> int:
    return sum(len(hunk.rows) for hunk in hunks)


def _last_in(hunks: Sequence[Hunk]) -> int:
    """The new line at which the last hunk ends."""
    return max((e.new + e.new_lines - 1 for e in extents_of(hunks)), default=0)


def _new_lines(pair: Pair) -> int | None:
    """How many lines the later content has, where there is an earlier one to hide any of them."""
    is_text = pair.old_new is not None and not pair.entry(pair.old_new).is_binary
    return lines_in(_new_content(pair)) if is_text else None


def _new_content(pair: Pair) -> bytes:
    return _content(pair.new_new) or b""


def _extra(pair: Pair, view: str) -> Extra:
    return extra_between(pair, _content(pair.old_new), _content(pair.new_new), view)


def _content(state: State | None) -> bytes | None:
    """What a tree has there; None for nothing, or what is not kept."""
    if state is None or state.blob_id is None:
        return None
    return blobs.get(Blob.objects.get(pk=state.blob_id))


def _painter(found: Compared, old: Runs | None, new: Runs | None) -> Paint:
    """Rows in the colours of their side; those that came with the base stand back."""
    noisy = _numbered(found.parsed.hunks, found.noise)
    origins = found.origins

    def runs_of(row: Row) -> Sequence[Run]:
        if row.sign != "-":
            return new.line(row.new_line) if new and row.new_line else ()
        if old is None or row.old_line is None:
            return ()
        line = row.old_line - 1 if origins is None else origins[row.old_line - 1]
        return () if line is None else old.line(line + 1)

    def paint(row: Row, ranges: Sequence[Range], encoding: str) -> str:
        if (row.sign, row.old_line, row.new_line) in noisy:
            return f'<span class="noise">{paint_plain(row, (), encoding)}</span>'
        return paint_line(row.text, runs_of(row), ranges, encoding)

    return paint


def _numbered(hunks: Sequence[Hunk], noise: Sequence[frozenset[int]]) -> set[_Numbered]:
    return {
        (hunk.rows[n].sign, hunk.rows[n].old_line, hunk.rows[n].new_line)
        for hunk, positions in zip(hunks, noise, strict=False)
        for n in positions
    }
