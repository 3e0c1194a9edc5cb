"""Viewed marks: which files and hunks of a change a person has marked as read.

By what they say (`diffs.digest`) and not by round: a mark stands in every later round in which the
hunk is the same, wherever its lines are by then, and is gone where it changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from reviews.diffs.digest import file_digest
from reviews.errors import NotThere, Refused
from reviews.models import Change, DiffFile, Person, Round, SeenMark
from reviews.services.permissions import Actor, may_see, require
from reviews.services.reading import entry_of

MOST_MARKS = 200_000  # of one person on one change


@dataclass(frozen=True, slots=True)
class Viewed:
    """file: all of it is marked. hunks: digests of those that are, one by one or with the file."""

    file: bool
    hunks: frozenset[str]


NOTHING = Viewed(file=False, hunks=frozenset())


def mark(actor: Actor, round_: Round, index: int, *, on: bool, hunk: str = "") -> None:
    """Mark a file with all its hunks, or one hunk by its digest; or take the mark away.

    Twice is no error. A file of which a hunk is unmarked is not viewed any more.
    """
    require(may_see(actor.who, round_.change.repository))
    file = round_.files.filter(index=index).first()
    if file is None:
        raise NotThere
    whole, hunks = _digest_of(file), _hunks_of(file)
    if hunk and hunk not in hunks:
        raise Refused(f"{file.display} has no such hunk in round {round_.number}.")
    mine = SeenMark.objects.filter(person=actor.who, change=round_.change_id)
    if not on:
        _unmark(mine, [whole, hunk] if hunk else [whole, *hunks])
        return
    named = [hunk] if hunk else [whole, *hunks]
    if mine.count() + len(named) > MOST_MARKS:
        raise Refused(f"{MOST_MARKS:,} marks on one change are the most that are kept.")
    marks = [SeenMark(person=actor.who, change_id=round_.change_id, digest=d) for d in named]
    with transaction.atomic():
        SeenMark.objects.bulk_create(marks, ignore_conflicts=True, batch_size=500)


def _unmark(mine: QuerySet[SeenMark], digests: Sequence[str]) -> None:
    with transaction.atomic():
        for start in range(0, len(digests), 500):  # as many as every database takes at once
            mine.filter(digest__in=digests[start : start + 500]).delete()


def viewed_of(person: Person, change: Change, files: Iterable[DiffFile]) -> dict[int, Viewed]:
    """What the person marked of these files, by index; files without a mark are not in it.

    One query, whatever the number of files. A file is viewed when it is marked as it is now, or
    when each of its hunks is.
    """
    marked = frozenset(
        SeenMark.objects.filter(person=person, change=change).values_list("digest", flat=True)
    )
    if not marked:
        return {}
    found = {file.index: _viewed(file, marked) for file in files}
    return {index: viewed for index, viewed in found.items() if viewed != NOTHING}


def _viewed(file: DiffFile, marked: frozenset[str]) -> Viewed:
    hunks = frozenset(_hunks_of(file))
    is_whole = _digest_of(file) in marked
    if is_whole or (hunks and hunks <= marked):
        return Viewed(file=True, hunks=hunks)
    return Viewed(file=False, hunks=hunks & marked)


def _hunks_of(file: DiffFile) -> list[str]:
    """Digests of its hunks, in order; empty when it has none or too many rows to count them."""
    named = file.facts.get("hunks") if isinstance(file.facts, dict) else None
    return [str(one) for one in named] if isinstance(named, list) else []


def _digest_of(file: DiffFile) -> str:
    return file_digest(entry_of(file))
