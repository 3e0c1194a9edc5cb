"""The diff page: a round's files in reading order, what was said of them, what was viewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from reviews.diffs.describe import size_words as size_of
from reviews.diffs.kinds import Kind
from reviews.diffs.order import group_of
from reviews.models import Change, Comment, DiffFile, Person, Round
from reviews.queries.bar import Bar, bar_of
from reviews.queries.carried import Carried, carried_to
from reviews.queries.change import ThreadView, drafts_of, threads_of
from reviews.queries.facts import facts_of
from reviews.queries.inline import PER_PAGE, Room, is_heavy, page_at
from reviews.queries.listed import NOT_VIEWED, Listed, rows_of
from reviews.queries.turn import Turn, turn_of
from reviews.services.viewed import Viewed, viewed_of

SMALL, SITTING, MOST = 24, 200, 400  # lines: the median change, one sitting, the most of one
_LETTERS = {
    "added": "new", "deleted": "deleted", "renamed": "renamed", "copied": "copied",
    "type_changed": "type changed",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow(Listed):
    """A file of the round; its lines are counted."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A thread where it stands in the shown round: its own lines, or those it was carried to.

    file: index of the file, None for the round as a whole.
    """

    view: ThreadView
    file: int | None
    side: str
    line: int | None
    end_line: int | None
    carried: Carried | None = None


@dataclass(frozen=True)
class DiffPage:
    """A round's diff. all_files: of the round, in order; files: those of this page (500)."""

    change: Change
    round: Round
    rounds: tuple[Round, ...]
    is_newest: bool
    turn: Turn
    bar: Bar
    all_files: tuple[FileRow, ...]
    files: tuple[FileRow, ...]
    threads: tuple[Placed, ...]
    drafts: tuple[Comment, ...]
    page: int
    by_name: bool

    @property
    def of_pages(self) -> int:
        return max(1, -(-len(self.all_files) // PER_PAGE))

    @property
    def loose(self) -> tuple[Placed, ...]:
        """Threads about the round as a whole, or about what it no longer holds."""
        return tuple(placed for placed in self.threads if placed.file is None)

    @cached_property
    def threads_by_file(self) -> dict[int | None, list[Placed]]:
        found: dict[int | None, list[Placed]] = {}
        for placed in self.threads:
            found.setdefault(placed.file, []).append(placed)
        return found

    @property
    def groups(self) -> list[tuple[str, list[FileRow]]]:
        """All files under their headings; without headings when they are by name."""
        if self.by_name:
            return [("", list(self.all_files))]
        return [(name, list(rows)) for name, rows in groupby(self.all_files, lambda r: r.group)]

    @property
    def viewed_count(self) -> int:
        return sum(row.viewed.file for row in self.all_files)

    @property
    def size(self) -> str:
        """The lines there are to read, against what people can take in at once."""
        lines = sum(row.added + row.removed for row in self.all_files if not row.why)
        return size_words(lines)


def size_words(lines: int) -> str:
    """A change's size against 24 lines (the median of changes), 200 and 400 (a sitting)."""
    counted = f"{lines:,} line{'' if lines == 1 else 's'}"
    if lines <= SMALL:
        return f"{counted}, half of all changes have up to {SMALL}"
    if lines <= MOST:
        return f"{counted}, {SITTING} is one sitting"
    return f"{counted}, {-(-lines // MOST):,} sittings of {MOST}"


def diff_page(
    asker: Person, change: Change, number: int, page: int = 1, *, by_name: bool = False
) -> DiffPage | None:
    """The diff of a round that has one; None without such a round."""
    facts = facts_of([change], asker)[0]
    round_ = next((r for r in facts.rounds if r.number == number), None)
    if round_ is None:
        return None
    order = ("display", "index") if by_name else ("position", "index")
    files = list(round_.files.order_by(*order))
    threads = placed_in(round_, threads_of(change, asker), files)
    viewed = viewed_of(asker, change, files)
    sizes = dict(round_.files.values_list("index", "patch__size"))
    rows = _rows(files, threads, viewed, sizes)
    page = min(max(1, page), max(1, -(-len(rows) // PER_PAGE)))
    return DiffPage(
        change=change, round=round_, rounds=tuple(facts.rounds),
        is_newest=round_.pk == facts.round.pk, turn=turn_of(facts), bar=bar_of(facts),
        all_files=rows, files=rows[(page - 1) * PER_PAGE : page * PER_PAGE],
        threads=threads, drafts=drafts_of(change, asker), page=page, by_name=by_name,
    )  # fmt: skip


def page_of(file: DiffFile) -> int:
    """On which page of its round's files it is, 1-based; rounds of old have no order but git's."""
    place = file.position if file.kind else file.index
    return page_at(place)


def placed_in(
    round_: Round, views: Sequence[ThreadView], files: Sequence[DiffFile] | None = None
) -> tuple[Placed, ...]:
    """The round's own threads, then those of earlier rounds where their lines are now.

    files: those that earlier threads are looked for in; None for all of the round.
    """
    own = [
        Placed(v, v.thread.file.index if v.thread.file else None, v.thread.side, v.thread.line,
               v.thread.end_line)
        for v in views
        if v.thread.round_id == round_.pk
    ]  # fmt: skip
    carried = [
        Placed(one.view, index, one.side, one.line, one.end_line, one)
        for index, found in carried_to(round_, views, files).items()
        for one in found
    ]
    return (*own, *carried)


def _rows(
    files: Sequence[DiffFile],
    threads: Sequence[Placed],
    viewed: dict[int, Viewed],
    sizes: Mapping[int, int | None],
) -> tuple[FileRow, ...]:
    counts: dict[int | None, int] = {}
    for placed in threads:
        counts[placed.file] = counts.get(placed.file, 0) + len(placed.view.comments)
    rows: list[FileRow] = []
    room = Room()
    for number, file in enumerate(files):
        lines = file.added + file.removed
        size = sizes.get(file.index) or 0
        why = file.facts.get("why", "")
        if not why and is_heavy(lines, size):
            why = f"{lines:,} line{'' if lines == 1 else 's'} of {size_of(size)} together"
        shown = rows_of(lines, len(file.facts.get("hunks", ())))
        if number % PER_PAGE == 0:  # each page begins with files that come with it
            room = Room()
        fits = not why and room.takes(shown, size)
        rows.append(
            FileRow(
                index=file.index, display=file.display, added=file.added, removed=file.removed,
                what=_LETTERS.get(file.status, ""), kind=file.kind or Kind.CODE,
                group=group_of(file.kind, is_beside=bool(file.facts.get("beside"))), why=why,
                rows=shown, page=page_at(number), comments=counts.get(file.index, 0),
                is_inline=fits, viewed=viewed.get(file.index, NOT_VIEWED),
            )
        )  # fmt: skip
    return tuple(rows)
