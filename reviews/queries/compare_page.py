"""The page of two rounds: what differs, what the base brought, what was asked and answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from reviews.diffs import display_path
from reviews.diffs.kinds import Kind
from reviews.diffs.order import group_of
from reviews.models import Change, Comment, Person, Round
from reviews.queries.bar import Bar, bar_of
from reviews.queries.carried import carried_to
from reviews.queries.change import ThreadView, drafts_of, threads_of
from reviews.queries.compare import Compared, Comparison, compare
from reviews.queries.diff import Placed, placed_in
from reviews.queries.facts import facts_of
from reviews.queries.inline import Room
from reviews.queries.listed import NOT_VIEWED, Listed, rows_of
from reviews.queries.noted import Notes, notes_of, sent_between
from reviews.queries.pairs import Pair
from reviews.queries.since import Since, since_of
from reviews.queries.turn import Turn, turn_of
from reviews.services.viewed import Viewed, viewed_of

UNKNOWN = "?"  # lines of a file that is compared only when it is opened
_WORDS = {
    "added": "new", "deleted": "gone", "renamed": "renamed", "type_changed": "type changed",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow(Listed):
    """A file of two rounds; its lines are UNKNOWN until it is opened, when they are many."""

    pair: Pair

    @property
    def may_view(self) -> bool:
        """Whether the later round has the file, so that it can be marked and commented on."""
        return self.pair.after is not None


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Two rounds of a change. with_noise: what the base brought is shown, not hidden."""

    change: Change
    earlier: Round
    round: Round
    rounds: Sequence[Round]
    turn: Turn
    bar: Bar
    rows: Sequence[PairRow]
    comparison: Comparison
    notes: Notes
    threads: Sequence[Placed]
    drafts: Sequence[Comment]
    since: Since | None
    with_noise: bool
    threads_by_file: Mapping[int | None, Sequence[Placed]] = field(default_factory=dict)

    @property
    def is_newest(self) -> bool:
        return self.round.pk == self.rounds[-1].pk

    @property
    def is_base_moved(self) -> bool:
        return self.earlier.base != self.round.base

    @property
    def is_since(self) -> bool:
        """Whether this is what changed since the reader last looked."""
        since = self.since
        return since is not None and (since.earlier.pk, since.newest.pk) == (
            self.earlier.pk, self.round.pk,
        )  # fmt: skip

    @property
    def all_files(self) -> Sequence[PairRow]:
        return self.rows

    @property
    def files(self) -> Sequence[PairRow]:
        return self.rows

    @property
    def page(self) -> int:
        return 1

    @property
    def by_name(self) -> bool:
        return False

    @property
    def branch(self) -> str:
        return self.change.branch

    @property
    def framed(self) -> Sequence[Round]:
        """Rounds that can be compared."""
        return [round_ for round_ in self.rounds if round_.head]

    @property
    def groups(self) -> list[tuple[str, list[PairRow]]]:
        """Files to read under their headings."""
        return [(name, list(rows)) for name, rows in groupby(self.rows, lambda row: row.group)]

    @property
    def lines(self) -> int:
        """Lines to read, as far as they were counted."""
        counted = [(row.added, row.removed) for row in self.rows]
        return sum(n for pair in counted for n in pair if isinstance(n, int))

    @property
    def loose(self) -> Sequence[Placed]:
        """Threads about the round as a whole, or about what it no longer holds."""
        return self.threads_by_file.get(None, ())

    @property
    def same(self) -> list[str]:
        """Names of files that both rounds made the same of."""
        return [display_path(path) for path in self.comparison.same]

    @property
    def moved(self) -> list[str]:
        """Names of files in which only the base moved."""
        return [name_of(pair) for pair in self.comparison.moved]


def compare_page(
    asker: Person, change: Change, numbers: tuple[int, int], *, with_noise: bool = False
) -> ComparePage | None:
    """Round numbers[0] against the later numbers[1]; None where the change has no such rounds."""
    facts = facts_of([change], asker)[0]
    by_number = {round_.number: round_ for round_ in facts.rounds if round_.head}
    earlier, later = by_number.get(numbers[0]), by_number.get(numbers[1])
    if earlier is None or later is None or earlier.number >= later.number:
        return None
    views = threads_of(change, asker)
    comparison = compare(earlier, later, with_noise=with_noise)
    notes = _notes(views, (earlier, later), comparison)
    threads = _threads(later, views, notes)
    return ComparePage(
        change=change, earlier=earlier, round=later, rounds=facts.rounds, turn=turn_of(facts),
        bar=bar_of(facts), rows=_rows(asker, change, comparison, threads), comparison=comparison,
        notes=notes, threads=threads, drafts=drafts_of(change, asker),
        since=since_of(asker, change, facts.rounds), with_noise=with_noise,
        threads_by_file=_by_file(threads),
    )  # fmt: skip


def _notes(
    views: Sequence[ThreadView], rounds: tuple[Round, Round], comparison: Comparison
) -> Notes:
    sent = sent_between(views, *rounds)
    told = {comment.thread_id for comment in sent}
    wanted = [view for view in views if view.thread.pk in told]
    return notes_of(sent, carried_to(rounds[1], wanted, None), comparison.counted)


def _threads(later: Round, views: Sequence[ThreadView], notes: Notes) -> list[Placed]:
    """What a note tells whole is not told once more. The base is not shown here: what was said of
    its lines stands below the file's rows."""
    left = [view for view in views if view.thread.pk not in notes.threads]
    return [
        replace(placed, line=None, end_line=None) if placed.side == "old" else placed
        for placed in placed_in(later, left)
    ]


def _by_file(threads: Sequence[Placed]) -> dict[int | None, list[Placed]]:
    found: dict[int | None, list[Placed]] = {}
    for placed in threads:
        found.setdefault(placed.file, []).append(placed)
    return found


def _rows(
    asker: Person, change: Change, comparison: Comparison, threads: Sequence[Placed]
) -> list[PairRow]:
    after = [pair.after for pair in comparison.pairs if pair.after is not None]
    viewed = viewed_of(asker, change, after)
    counts = {index: sum(len(p.view.comments) for p in found)
              for index, found in _by_file(threads).items()}  # fmt: skip
    rows: list[PairRow] = []
    room = Room()
    for pair in comparison.pairs:
        found = comparison.counted.get(pair.index)
        hunks = found.parsed.hunks if found else []
        size = sum(len(row.text) for hunk in hunks for row in hunk.rows)
        fits = found is not None and room.takes(sum(len(hunk.rows) for hunk in hunks), size)
        mark = viewed.get(pair.index, NOT_VIEWED)
        rows.append(_row(pair, found, counts.get(pair.index, 0), mark, is_inline=fits))
    return rows


def _row(
    pair: Pair, found: Compared | None, comments: int, viewed: Viewed, *, is_inline: bool
) -> PairRow:
    facts = pair.file.facts if isinstance(pair.file.facts, dict) else {}
    status = pair.entry(pair.old_new).status
    hunks = len(found.parsed.hunks) if found else 1
    return PairRow(
        pair=pair, index=pair.index, display=name_of(pair), kind=pair.file.kind or Kind.CODE,
        added=found.added if found else UNKNOWN,
        removed=found.removed if found else UNKNOWN, what=_WORDS.get(status, ""),
        group=group_of(pair.file.kind, is_beside=bool(facts.get("beside"))),
        rows=rows_of(found.added + found.removed if found else 0, hunks),
        comments=comments, is_inline=is_inline, viewed=viewed,
    )  # fmt: skip


def name_of(pair: Pair) -> str:
    """Its newest name, fit to be shown."""
    return display_path(pair.path)
