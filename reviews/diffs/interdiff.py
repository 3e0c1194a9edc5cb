"""What the agent did between two rounds of a file, told apart from what a moved base brought.

What stands in the place of the earlier round is that round as it would be on the later one's base;
everything in which the later round is not exactly that is shown as the agent's own edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviews.diffs.anchor import same_lines
from reviews.diffs.between import hunks_between, split_lines
from reviews.diffs.merge import Merged, merge
from reviews.diffs.model import Hunk, Row


@dataclass(frozen=True, slots=True)
class Version:
    """One round's file: what its base had and what the round made of it; None where it is not."""

    base: bytes | None
    new: bytes | None


@dataclass(frozen=True, slots=True)
class Interdiff:
    """own: hunks from `expected` (the earlier round on the later base) to the later round.

    whole: hunks from the earlier round to the later one as they are; noise: for each of these the
    positions of rows that came with the base. hidden: how many rows that is. conflicts: places that
    both the base and the earlier round edited, which `own` shows in full. origins: for each line of
    `expected` its 0-based line in the earlier round, None when the base brought it.
    """

    own: list[Hunk]
    whole: list[Hunk]
    noise: list[frozenset[int]]
    hidden: int
    conflicts: int
    expected: list[bytes]
    origins: list[int | None]


def interdiff(earlier: Version, later: Version) -> Interdiff:
    """Compare two rounds of one file; no edit of the agent's is ever counted as noise."""
    before, after = split_lines(earlier.new), split_lines(later.new)
    merged = _expected(earlier, later, before)
    places = same_lines(merged.lines, after)
    through = _through(merged, places)
    whole = hunks_between(before, after, through)
    noise = _noise(whole, merged, places)
    return Interdiff(
        own=hunks_between(merged.lines, after, places), whole=whole, noise=noise,
        hidden=sum(len(rows) for rows in noise), conflicts=merged.conflicts, expected=merged.lines,
        origins=merged.origins,
    )  # fmt: skip


def _expected(earlier: Version, later: Version, before: list[bytes]) -> Merged:
    """The earlier round on the later base; where that cannot be said, the round as it is."""
    stays = Merged(before, list(range(len(before))))
    if later.base in (earlier.base, earlier.new):
        return stays
    if earlier.base is None or earlier.new is None or later.base is None:
        return Merged(stays.lines, stays.origins, conflicts=1)
    return merge(split_lines(earlier.base), before, split_lines(later.base))


def _through(merged: Merged, places: dict[int, int]) -> dict[int, int]:
    """Line of the earlier round -> line of the later one that it still is; both rise."""
    return {
        origin: places[line]
        for line, origin in enumerate(merged.origins)
        if origin is not None and line in places
    }


def _noise(whole: Sequence[Hunk], merged: Merged, places: dict[int, int]) -> list[frozenset[int]]:
    """Rows that the base took away (no line of the merge is from them) or brought."""
    kept = {origin for origin in merged.origins if origin is not None}
    brought = {places[n] for n, o in enumerate(merged.origins) if o is None and n in places}

    def came(row: Row) -> bool:
        if row.sign == "-" and row.old_line is not None:
            return row.old_line - 1 not in kept
        return row.sign == "+" and row.new_line is not None and row.new_line - 1 in brought

    return [frozenset(n for n, row in enumerate(hunk.rows) if came(row)) for hunk in whole]
