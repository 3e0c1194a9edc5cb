"""What a person has opened of a round, and what is still unread, for the moment of approving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from reviews.models import DiffFile, GuardItem, Person, Round
from reviews.queries.inline import page_at
from reviews.services import looks

MOST_NAMED = 10  # unread files that are listed
_WORDS = {"added": "new file", "deleted": "deleted", "renamed": "renamed"}


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that was never on the person's screen. why: what makes it worth opening, or empty."""

    index: int
    display: str
    added: int
    removed: int
    why: str
    url: str

    @property
    def name(self) -> str:
        return self.display.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Reading:
    """opened: indexes of files that were on the screen. files: the first unread ones, in reading
    order; left: how many are unread in all."""

    opened: frozenset[int]
    files: tuple[Unread, ...]
    left: int

    @property
    def more(self) -> int:
        """How many unread files are not listed."""
        return self.left - len(self.files)

    @property
    def named(self) -> str:
        """The opened indexes with commas between."""
        return ",".join(str(index) for index in sorted(self.opened))


def reading_of(asker: Person, round_: Round) -> Reading:
    """What the asker has read of a round; three queries at most."""
    opened = looks.opened_by(asker, round_)
    rows = round_.files.order_by("position", "index").only(
        "index", "display", "added", "removed", "status", "position"
    )
    unread = [file for file in rows if file.index not in opened]
    guarded = set(GuardItem.objects.filter(round=round_).values_list("path", flat=True))
    return Reading(opened, _named(unread[:MOST_NAMED], round_, guarded), len(unread))


def _named(files: Sequence[DiffFile], round_: Round, guarded: set[str]) -> tuple[Unread, ...]:
    diff = reverse("diff", args=[round_.change_id, round_.number])
    return tuple(
        Unread(
            file.index, file.display, file.added, file.removed, _why(file, guarded),
            f"{diff}{_page(file.position)}#f{file.index}",
        )
        for file in files
    )  # fmt: skip


def _why(file: DiffFile, guarded: set[str]) -> str:
    found = ["holds a guard item"] if file.display in guarded else []
    return ", ".join([*found, *filter(None, [_WORDS.get(file.status)])])


def _page(position: int) -> str:
    return f"?page={page_at(position)}" if page_at(position) > 1 else ""
