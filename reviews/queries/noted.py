"""Comments that the agent was sent between two rounds, beside the hunks that answer them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reviews.diffs import Hunk
from reviews.models import Comment, Round
from reviews.queries.carried import Carried
from reviews.queries.change import ThreadView
from reviews.queries.compare import Compared


@dataclass(frozen=True, slots=True)
class Note:
    """A comment that the agent was sent, and where the answer is.

    place: id of a row of the answering hunk, empty where nothing of the file differs. line: the
    last row of that hunk (side, number), under which the note stands on a small screen.
    is_changed: the hunk is where the commented lines themselves were changed.
    """

    comment: Comment
    carried: Carried
    file: int | None = None
    place: str = ""
    side: str = ""
    line: int | None = None
    is_changed: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether the agent said what it did about it; lines that differ are no answer."""
        return bool(self.comment.answer_state)

    @property
    def is_whole(self) -> bool:
        """Whether its thread has nothing besides, so that it need not be shown once more."""
        return len(self.carried.view.comments) == 1


@dataclass(frozen=True, slots=True)
class Notes:
    """by_file: in the order of their hunks. loose: about what is not on the page."""

    by_file: Mapping[int, list[Note]] = field(default_factory=dict)
    loose: Sequence[Note] = ()

    @property
    def every(self) -> list[Note]:
        return [*self.loose, *(note for notes in self.by_file.values() for note in notes)]

    @property
    def answered(self) -> int:
        return sum(note.is_answered for note in self.every)

    @property
    def threads(self) -> set[int]:
        """Keys of the threads that a note tells whole, so that they need not be told twice."""
        return {note.comment.thread_id for note in self.every if note.is_whole}


def sent_between(views: Sequence[ThreadView], earlier: Round, later: Round) -> list[Comment]:
    """Comments that the agent was given for a round after `earlier`, up to `later`."""
    every = [c for view in views for c in view.comments if c.sent_in is not None]
    return [c for c in every if c.sent_in and earlier.number < c.sent_in.number <= later.number]


def notes_of(
    sent: Sequence[Comment], carried: Mapping[int | None, Sequence[Carried]],
    counted: Mapping[int, Compared],
) -> Notes:  # fmt: skip
    """Each comment at the hunk that holds its lines by now, else at the nearest one of its file."""
    places = {one.view.thread.pk: (index, one) for index, found in carried.items() for one in found}
    by_file: dict[int, list[Note]] = defaultdict(list)
    loose: list[Note] = []
    for comment in sorted(sent, key=lambda c: (c.sent_in_id or 0, c.sent_number or 0, c.pk)):
        if comment.thread_id not in places:
            continue
        index, one = places[comment.thread_id]
        hunks = counted[index].parsed.hunks if index is not None and index in counted else ()
        hunk = nearest(hunks, one.side, one.line, one.end_line)
        if index is None or hunk is None:
            loose.append(Note(comment, one, index))
            continue
        by_file[index].append(_at(comment, one, index, hunk))
    return Notes(dict(by_file), tuple(loose))


def nearest(
    hunks: Sequence[Hunk], side: str, line: int | None, end_line: int | None
) -> Hunk | None:
    """The hunk that changes lines line..end_line of a side, else the closest; the first without."""
    if line is None or not hunks:
        return hunks[0] if hunks else None
    at = line, end_line or line
    return min(hunks, key=lambda hunk: _distance(hunk, side, *at))


def _distance(hunk: Hunk, side: str, line: int, last: int) -> int:
    """Lines between line..last and what the hunk changes; 0 where it changes them."""
    first, until = _changed(hunk, side)
    return max(first - last, line - until, 0)


def _is_changed(one: Carried, hunk: Hunk) -> bool:
    """Whether a comment's lines are others by now, and are so by this hunk.

    Old lines are the base's, which is not what two rounds are compared by.
    """
    if not one.is_outdated or one.side != "new" or one.line is None:
        return False
    return _distance(hunk, one.side, one.line, one.end_line or one.line) == 0


def _changed(hunk: Hunk, side: str) -> tuple[int, int]:
    """First and last line of a side that the hunk changes; a place where lines went counts as the
    line after it."""
    touched = []
    for row, following in zip(hunk.rows, [*hunk.rows[1:], None], strict=True):
        number = row.old_line if side == "old" else row.new_line
        if row.sign in "+-" and number is not None:
            touched.append(number)
        elif following is not None and following.sign in "+-" and number is not None:
            touched.append(number + 1)
    start = hunk.old_start if side == "old" else hunk.new_start
    return (min(touched), max(touched)) if touched else (start, start)


def _at(comment: Comment, one: Carried, index: int, hunk: Hunk) -> Note:
    came = [row.new_line for row in hunk.rows if row.sign == "+"]
    went = [row.old_line for row in hunk.rows if row.sign == "-"]
    letter, number = ("n", came[0]) if came else ("o", went[0])
    last = next(row for row in reversed(hunk.rows) if row.sign != "\\")
    side, line = ("new", last.new_line) if last.new_line is not None else ("old", last.old_line)
    place = f"f{index}{letter}{number}"
    return Note(comment, one, index, place, side, line, is_changed=_is_changed(one, hunk))
