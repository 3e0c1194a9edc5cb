"""The diff page: a round's files, and one file opened with what was said about its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviews.diffs import FileEntry, ParsedFile, Window, parse_file
from reviews.models import Change, DiffFile, Person, Round
from reviews.queries.bar import Bar, bar_of
from reviews.queries.change import ThreadView, drafts_of, threads_of
from reviews.queries.facts import facts_of
from reviews.queries.turn import Turn, turn_of
from reviews.services import blobs

INLINE_LINES = 3000  # changed lines that come with the page; other files follow on approach
FILE_LINES = 1500  # a file with more changed lines is always fetched apart
PER_PAGE = 500
_LETTERS = {
    "added": "new", "deleted": "deleted", "renamed": "renamed", "copied": "copied",
    "type_changed": "type changed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in the list. folder ends with a slash or is empty; is_inline: comes with the page."""

    index: int
    display: str
    folder: str
    name: str
    added: int
    removed: int
    what: str
    comments: int
    is_inline: bool

    @property
    def anchor(self) -> str:
        return f"f{self.index}"


@dataclass(frozen=True, slots=True)
class DiffPage:
    """A round's diff. page is 1-based; of_pages counts pages of 500 files."""

    change: Change
    round: Round
    rounds: tuple[Round, ...]
    is_newest: bool
    turn: Turn
    bar: Bar
    files: tuple[FileRow, ...]
    threads: tuple[ThreadView, ...]
    drafts: tuple[object, ...]
    page: int
    of_pages: int

    @property
    def loose(self) -> tuple[ThreadView, ...]:
        """Threads about the round as a whole."""
        return tuple(v for v in self.threads if v.thread.file_id is None)


def diff_page(asker: Person, change: Change, number: int, page: int = 1) -> DiffPage | None:
    """The diff of a round that has one; None without such a round."""
    facts = facts_of([change], asker)[0]
    round_ = next((r for r in facts.rounds if r.number == number), None)
    if round_ is None:
        return None
    threads = [v for v in threads_of(change, asker) if v.thread.round_id == round_.pk]
    start = (max(1, page) - 1) * PER_PAGE
    rows = round_.files.only("index", "display", "added", "removed", "status", "round")
    files = list(rows.order_by("index")[start : start + PER_PAGE])
    return DiffPage(
        change=change, round=round_, rounds=tuple(facts.rounds),
        is_newest=round_.pk == facts.round.pk, turn=turn_of(facts), bar=bar_of(facts),
        files=tuple(_rows(files, threads)), threads=tuple(threads),
        drafts=drafts_of(change, asker), page=max(1, page),
        of_pages=max(1, -(-round_.file_count // PER_PAGE)),
    )  # fmt: skip


def _rows(files: Sequence[DiffFile], threads: Sequence[ThreadView]) -> list[FileRow]:
    counts: dict[int | None, int] = {}
    for view in threads:
        counts[view.thread.file_id] = counts.get(view.thread.file_id, 0) + len(view.comments)
    rows: list[FileRow] = []
    room = INLINE_LINES
    for file in files:
        lines = file.added + file.removed
        fits = lines <= min(room, FILE_LINES) and len(rows) < 100
        room -= lines if fits else 0
        folder, slash, name = file.display.rpartition("/")
        what = _LETTERS.get(file.status, "")
        rows.append(
            FileRow(file.index, file.display, folder + slash, name, file.added, file.removed,
                    what, counts.get(file.pk, 0), fits)
        )  # fmt: skip
    return rows


def open_file(file: DiffFile, first: int = 0) -> ParsedFile:
    """One window of a file's rows, parsed from its slice of git's patch."""
    entry = FileEntry(
        index=file.index, path=bytes(file.path),
        old_path=bytes(file.old_path) if file.old_path is not None else None,
        status=file.status, added=file.added, removed=file.removed, old_mode=file.old_mode,
        new_mode=file.new_mode, old_oid=file.old_oid, new_oid=file.new_oid,
        is_binary=file.is_binary, start=0, end=0,
    )  # fmt: skip
    return parse_file(blobs.get(file.patch), entry, Window(first=first, rows=5000))


def files_to_open(round_: Round, indexes: Sequence[int]) -> dict[int, DiffFile]:
    """Files of a round by index, with their patches; one query."""
    found = round_.files.filter(index__in=indexes).select_related("patch")
    return {file.index: file for file in found}
