"""What a file of a diff page's list has, be it of one round or of two that are compared."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.services.viewed import Viewed

NOT_VIEWED = Viewed(file=False, hunks=frozenset())
AROUND = 6  # unchanged lines that a hunk shows, mostly


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file of the list. index: its place in the diff; folder ends with a slash or is empty.

    why: the sentence in whose place its rows are opened, empty when they are shown at once.
    rows: about how many there will be. page: of files, 1-based. comments: how many are shown in it.
    is_inline: comes with the page.
    """

    index: int
    display: str
    added: int | str
    removed: int | str
    what: str
    kind: str
    group: str
    rows: int
    comments: int
    is_inline: bool
    viewed: Viewed
    why: str = ""
    page: int = 1

    @property
    def anchor(self) -> str:
        return f"f{self.index}"

    @property
    def name(self) -> str:
        return self.display.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.display[: len(self.display) - len(self.name)]


def rows_of(lines: int, hunks: int) -> int:
    """About how many rows so many changed lines are shown in."""
    return lines + AROUND * max(1, hunks)
