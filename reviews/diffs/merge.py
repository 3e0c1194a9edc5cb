"""Two edits of one text put together, line by line, with the knowledge where each line is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reviews.diffs.anchor import same_lines


@dataclass(slots=True)
class Merged:
    """The text with both edits. origins: for each line its 0-based line in `ours`, or None when
    `theirs` brought it. conflicts: how many places both edited; these are as `ours` has them.
    """

    lines: list[bytes] = field(default_factory=list)
    origins: list[int | None] = field(default_factory=list)
    conflicts: int = 0

    def keep(self, ours: Sequence[bytes], start: int, end: int) -> None:
        """Lines of ours, as they are."""
        self.lines += ours[start:end]
        self.origins += range(start, end)

    def bring(self, theirs: Sequence[bytes], origins: Sequence[int | None]) -> None:
        """Lines of theirs; origins: where ours has the same one."""
        self.lines += theirs
        self.origins += origins


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A range of base, ours and theirs between two lines that all three have."""

    base: tuple[int, int]
    ours: tuple[int, int]
    theirs: tuple[int, int]


def merge(base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes]) -> Merged:
    """`ours` with what `theirs` did to `base`; where both edited the same place, `ours` stands."""
    merged = Merged()
    our_lines = same_lines(base, ours)
    for chunk in _chunks(base, ours, theirs, our_lines):
        before = base[slice(*chunk.base)]
        mine, other = ours[slice(*chunk.ours)], theirs[slice(*chunk.theirs)]
        if other in (before, mine):
            merged.keep(ours, *chunk.ours)
        elif before == mine:
            found = {place: line for line, place in same_lines(mine, other).items()}
            start = chunk.ours[0]
            origins = [start + found[n] if n in found else None for n in range(len(other))]
            merged.bring(other, origins)
        else:
            merged.keep(ours, *chunk.ours)
            merged.conflicts += 1
    return merged


def _chunks(
    base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes], our_lines: dict[int, int]
) -> Iterator[_Chunk]:
    """The whole of all three in order: lines that all have, and what is between them."""
    their_lines = same_lines(base, theirs)
    at = mine = other = 0
    shared = [(n, our_lines[n], their_lines[n]) for n in sorted(our_lines) if n in their_lines]
    for line, here, there in [*shared, (len(base), len(ours), len(theirs))]:
        if line > at or here > mine or there > other:
            yield _Chunk((at, line), (mine, here), (other, there))
        if line < len(base):
            yield _Chunk((line, line + 1), (here, here + 1), (there, there + 1))
        at, mine, other = line + 1, here + 1, there + 1
