"""A file's body: the HTML of its rows, the same for every reader, kept by what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from functools import partial

from django.db.models import QuerySet

from reviews.diffs import (
    SPLIT,
    UNIFIED,
    Hunk,
    Options,
    ParsedFile,
    Window,
    parse_file,
    render_file,
    render_rows,
)
from reviews.diffs.context import context_rows, extents_in
from reviews.diffs.definitions import enclosing
from reviews.diffs.model import Encodings
from reviews.diffs.moved import Move
from reviews.diffs.paint import painter
from reviews.models import Blob, DiffFile, Person, Round
from reviews.queries.extras import Extra, extra_of
from reviews.services import blobs, colours, kept
from reviews.services.colours import Shades
from reviews.services.permissions import visible_changes
from reviews.services.reading import encodings_in, entry_of

_FIELDS = (
    "index", "path", "old_path", "display", "status", "added", "removed", "old_mode", "new_mode",
    "old_oid", "new_oid", "old_size", "new_size", "is_binary", "kind", "facts", "round", "patch",
    "old", "new",
)  # fmt: skip
ROWS = 5000  # rows of a window
MOST_LINES = 20_000  # lines that are opened at once


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a body: the view, its first row, and the last new line of the part before (0
    for the first part, which has none)."""

    view: str = UNIFIED
    first: int = 0
    after: int = 0

    @classmethod
    def of(cls, view: str, first: int = 0, after: int = 0) -> Wanted:
        """From what a reader asked for; unknown views are the unified one."""
        return cls(SPLIT if view == SPLIT else UNIFIED, first, after if first else 0)

    def within(self, rows: int, last: int) -> Wanted:
        """No further than a file of so many rows, whose last hunk ends at a new line, goes.

        What lies beyond is the same empty part for all, and kept once.
        """
        after = min(self.after, last) if self.first < rows else last
        return replace(self, first=min(self.first, rows), after=after)


@dataclass(frozen=True, slots=True)
class Body:
    """HTML by the name of all that it is made of; rendered only when it is not kept yet.

    names: display names of the files that moved blocks point to, by index.
    """

    file: DiffFile
    wanted: Wanted
    shades: Shades
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What changes when the HTML would; no content is read for it."""
        file = self.file
        return kept.name_of(
            *astuple(entry_of(file)), file.old_size, file.new_size, *map(_sha, _blobs(file)),
            self._part, self.shades.key, file.facts.get("moved"), file.facts.get("hunks"),
            sorted(self.names.items()),
        )  # fmt: skip

    def html(self) -> str:
        return kept.html(self.name, self._render)

    def gzipped(self) -> bytes:
        return kept.gzipped(self.name, self._render)

    @property
    def _part(self) -> Wanted:
        """What is wanted, as far as the file goes; its patch is read for that once and for all."""
        patch = self.file.patch
        if not self.wanted.first:
            return self.wanted
        rows = kept.number(kept.name_of("rows", _sha(patch)), lambda: rows_in(blobs.get(patch)))
        last = kept.number(kept.name_of("last", _sha(patch)), lambda: _last_in(blobs.get(patch)))
        return self.wanted.within(rows, last)

    def _render(self) -> str:
        wanted, file = self._part, self.file
        parsed = open_file(file, wanted.first)
        is_whole = not parsed.is_truncated and not wanted.first
        new = blobs.get(file.new) if file.new_id else None
        extra = Extra() if wanted.first else extra_of(file, wanted.view)
        options = Options(
            view=wanted.view, rest_url=rest_url(parsed, wanted),
            paint=painter(*colours.load(self.shades)), is_plain=not self.shades.is_complete,
            digests=file.facts.get("hunks", ()) if is_whole else (),
            moves=moves_of(file), names=self.names, after=wanted.after,
            new_lines=None if new is None or not file.old_oid else lines_in(new),
            define=None if new is None else definer(new, bytes(file.path)),
            extra=extra.html, is_aside=extra.is_aside,
        )  # fmt: skip
        return render_file(
            parsed, anchor=f"f{file.index}", options=options, old_size=file.old_size,
            new_size=file.new_size,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lines:
    """Unchanged lines between hunks as rows: lines first to last of the new side."""

    file: DiffFile
    view: str
    first: int
    last: int
    shades: Shades

    @property
    def name(self) -> str:
        shas = (_sha(self.file.patch), _sha(self.file.new))
        where = (self.view, *self._range, self.file.index)
        return kept.name_of("lines", *shas, *where, self.shades.key, encodings_in(self.file))

    def gzipped(self) -> bytes:
        return kept.gzipped(self.name, self._render)

    def _render(self) -> str:
        new = blobs.get(self.file.new)
        lines = new.removesuffix(b"\n").split(b"\n") if new else []
        rows = context_rows(lines, extents_in(blobs.get(self.file.patch)), *self._range)
        entry, hunk = entry_of(self.file), Hunk(0, len(rows), 0, len(rows), "", rows)
        parsed = ParsedFile(entry, [hunk], encodings=entry.encodings or Encodings())
        options = Options(view=self.view, paint=painter(*colours.load(self.shades)))
        return render_rows(parsed, anchor=f"f{self.file.index}", options=options)

    @property
    def _range(self) -> tuple[int, int]:
        new = self.file.new
        return range_in(_sha(new), lambda: blobs.get(new), self.first, self.last)


def range_in(key: str, content: Callable[[], bytes], first: int, last: int) -> tuple[int, int]:
    """First and last line (inclusive) that are opened at once of those asked for; (1, 0): none.

    key: names the content, of which only the number of lines is needed, and kept.
    """
    lines = kept.number(kept.name_of("lines in", key), lambda: lines_in(content()))
    first = max(1, first)
    last = min(last, lines, first + MOST_LINES)
    return (first, last) if first <= last else (1, 0)


def bodies_of(files: Sequence[DiffFile], view: str) -> dict[int, Body]:
    """Bodies from their first row on, by index; a constant number of queries."""
    shades = colours.keys(files)
    names = names_of(files)
    wanted = Wanted.of(view)
    return {file.index: Body(file, wanted, shades[file.pk], names[file.index]) for file in files}


def files_to_open(round_: Round, indexes: Iterable[int]) -> list[DiffFile]:
    """Files of a round with what names their bodies, without any content."""
    return list(_without_contents(round_.files.filter(index__in=list(indexes)).all()))


def file_to_open(asker: Person, number: int, round_number: int, index: int) -> DiffFile | None:
    """One of a change that the asker may see, with its round's key alone: a single query."""
    seen = visible_changes(asker).filter(pk=number).values("pk")
    found = DiffFile.objects.filter(round__change__in=seen, round__number=round_number, index=index)
    return _without_contents(found).first()


def _without_contents(files: QuerySet[DiffFile]) -> QuerySet[DiffFile]:
    """With the names of both sides and of the patch, none of which is read."""
    names = [f"{side}__{name}" for side in ("patch", "old", "new") for name in ("sha256", "size")]
    return files.select_related("round", "patch", "old", "new").only(*_FIELDS, *names, "round__id")


def names_of(files: Sequence[DiffFile]) -> dict[int, dict[int, str]]:
    """For each file (all of one round) the display names of those its moved blocks point to."""
    wanted = {f.index: {move.other_index for move in moves_of(f)} - {f.index} for f in files}
    every = set().union(*wanted.values()) if wanted else set()
    if not every:
        return {file.index: {} for file in files}
    found = DiffFile.objects.filter(round_id=files[0].round_id, index__in=every)
    names = dict(found.values_list("index", "display"))
    return {
        index: {other: names[other] for other in others if other in names}
        for index, others in wanted.items()
    }


def moves_of(file: DiffFile) -> list[Move]:
    """The file's moved blocks, as they were found when the round was frozen."""
    return [Move(*found) for found in file.facts.get("moved", ())]


def open_file(file: DiffFile, first: int = 0) -> ParsedFile:
    """One window of a file's rows, parsed from its slice of git's patch."""
    return parse_file(blobs.get(file.patch), entry_of(file), Window(first=first, rows=ROWS))


def rest_url(parsed: ParsedFile, wanted: Wanted) -> str | None:
    """Where the next window is, relative to the page that shows this one."""
    if parsed.next_row is None:
        return None
    last = max((r.new_line or 0 for hunk in parsed.hunks for r in hunk.rows), default=wanted.after)
    where = f"files/{parsed.entry.index}/?view={wanted.view}&first={parsed.next_row}"
    return f"{where}&after={max(last, wanted.after)}"


def lines_in(data: bytes) -> int:
    """Number of lines: a last one without newline counts."""
    return data.count(b"\n") + (not data.endswith(b"\n") if data else 0)


def rows_in(patch: bytes) -> int:
    """Number of rows of all hunks of a file's slice as windows count them, and a second header."""
    hunks = patch[patch.find(b"\n@@") + 1 :] if b"\n@@" in patch else b""
    return lines_in(hunks) - hunks.startswith(b"@@") - hunks.count(b"\n@@")


def _last_in(patch: bytes) -> int:
    """The new line at which the last hunk ends."""
    return max((e.new + e.new_lines - 1 for e in extents_in(patch)), default=0)


def definer(data: bytes, path: bytes) -> partial[tuple[int, str] | None]:
    """What encloses a line of this content."""
    return partial(enclosing, data.split(b"\n"), language_hint=path)


def _blobs(file: DiffFile) -> tuple[Blob | None, ...]:
    return file.patch, file.old, file.new


def _sha(blob: Blob | None) -> str:
    return blob.sha256 if blob else ""
