"""Two rounds of a change against each other, from the contents that were kept with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reviews.diffs import Hunk, ParsedFile
from reviews.diffs.describe import size_words
from reviews.diffs.interdiff import Interdiff, Version, interdiff
from reviews.diffs.model import SUBMODULE, FileEntry
from reviews.diffs.parse import described
from reviews.models import Blob, Round
from reviews.queries.paired import pairs_of
from reviews.queries.pairs import Pair, State
from reviews.services import blobs

COUNTED_BYTES = 8 * 1024 * 1024  # of contents that are compared before the page is sent
COUNTED = 300  # files, likewise; the others are compared when they are opened


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair's rows. noise: for each hunk the positions of rows that came with the base (only when
    these are asked for). hidden: rows that are not shown. note: what the rows cannot say. origins:
    for each old line the 0-based one of the earlier round, None for all where it is that one."""

    pair: Pair
    parsed: ParsedFile
    noise: tuple[frozenset[int], ...] = ()
    hidden: int = 0
    note: str = ""
    origins: Sequence[int | None] | None = None

    @property
    def added(self) -> int:
        return sum(row.sign == "+" for hunk in self.parsed.hunks for row in hunk.rows)

    @property
    def removed(self) -> int:
        return sum(row.sign == "-" for hunk in self.parsed.hunks for row in hunk.rows)

    @property
    def is_noise(self) -> bool:
        """Nothing of it is the agent's: the base moved under it, and that is all."""
        entry = self.parsed.entry
        is_plain = entry.status == "modified" and entry.old_mode == entry.new_mode
        return is_plain and not (self.parsed.hunks or self.note or entry.is_binary)


@dataclass(frozen=True, slots=True)
class Comparison:
    """pairs: all that may differ, in reading order; counted: those compared already, by index.

    same: paths of what both rounds made the same of. moved: pairs in which only the base moved.
    """

    pairs: tuple[Pair, ...]
    counted: dict[int, Compared]
    same: tuple[bytes, ...]
    moved: tuple[Pair, ...]

    @property
    def hidden(self) -> int:
        """Rows that came with the base, as far as they were counted."""
        return sum(found.hidden for found in self.counted.values())


def compare(earlier: Round, later: Round, *, with_noise: bool = False) -> Comparison:
    """What differs between what two rounds made; three queries, bounded work."""
    found = pairs_of(earlier, later)
    differing = [pair for pair in found.pairs if not pair.is_same]
    same = [*found.same, *(pair.path for pair in found.pairs if pair.is_same)]
    counted = {c.pair.index: c for c in compare_all(_first(differing), with_noise=with_noise)}
    moved = {index for index, found in counted.items() if found.is_noise and not with_noise}
    return Comparison(
        pairs=tuple(pair for pair in differing if pair.index not in moved),
        counted=counted, same=tuple(same),
        moved=tuple(pair for pair in differing if pair.index in moved),
    )  # fmt: skip


def compare_all(pairs: Sequence[Pair], *, with_noise: bool = False) -> Iterator[Compared]:
    """Pairs one by one; their contents are read with one query."""
    wanted = {state.blob_id for pair in pairs for state in _states(pair)} - {None}
    contents = Blob.objects.in_bulk(list(wanted))
    for pair in pairs:
        yield _compared(pair, contents, with_noise=with_noise)


def _first(pairs: Sequence[Pair]) -> list[Pair]:
    """As many as are compared at once."""
    room = COUNTED_BYTES
    chosen = []
    for pair in pairs[:COUNTED]:
        room -= sum(state.size or 0 for state in _states(pair) if state.is_kept)
        if room < 0:
            break
        chosen.append(pair)
    return chosen


def _states(pair: Pair) -> list[State]:
    every = (pair.old_base, pair.old_new, pair.new_base, pair.new_new)
    return [state for state in every if state is not None]


def _compared(pair: Pair, contents: dict[int | None, Blob], *, with_noise: bool) -> Compared:
    expected = _expected_mode(pair)
    entry = pair.entry(pair.old_new if with_noise else expected)
    note = _note(pair)
    if entry.is_binary or not all(state.is_kept for state in _ends(pair)):
        return Compared(pair, ParsedFile(entry), note=note or _unshown(pair, entry))
    found = interdiff(*_versions(pair, contents))
    if with_noise:
        return Compared(pair, _parsed(entry, found.whole), tuple(found.noise), 0, note)
    told = note or _conflict(found)
    return Compared(pair, _parsed(entry, found.own), (), found.hidden, told, found.origins)


def _expected_mode(pair: Pair) -> State | None:
    """The earlier state with the mode it would have on the later base."""
    old, was, now = pair.old_new, pair.old_base, pair.new_base
    if old is None or was is None or now is None or old.mode != was.mode:
        return old
    return replace(old, mode=now.mode)


def _versions(pair: Pair, contents: dict[int | None, Blob]) -> tuple[Version, Version]:
    """Both rounds' contents; where a base is not kept, nothing is known to be from it."""
    bases = [_content(state, contents) for state in (pair.old_base, pair.new_base)]
    if any(state and not state.is_kept for state in (pair.old_base, pair.new_base)):
        bases = [None, None]
    return (
        Version(bases[0], _content(pair.old_new, contents)),
        Version(bases[1], _content(pair.new_new, contents)),
    )


def _ends(pair: Pair) -> list[State]:
    """The states without which there is nothing to compare; a base that is not kept hides none."""
    return [state for state in (pair.old_new, pair.new_new) if state is not None]


def _content(state: State | None, contents: dict[int | None, Blob]) -> bytes | None:
    if state is None:
        return None
    if state.mode == SUBMODULE:
        return f"Subproject commit {state.oid}\n".encode()
    return blobs.get(contents.get(state.blob_id)) if state.is_kept else None


def _parsed(entry: FileEntry, hunks: Sequence[Hunk]) -> ParsedFile:
    """Hunks with what must be said above them, as of a patch that was read."""
    whole = "".join(f"{row.text}\n" for hunk in hunks for row in hunk.rows)
    return described(ParsedFile(entry, list(hunks)), whole)


def _note(pair: Pair) -> str:
    if pair.is_base_known:
        return ""
    return (
        "The later round does not change this file any more. It is compared with what the earlier "
        "round began from; what the base has there by now is not kept."
    )


def _conflict(found: Interdiff) -> str:
    if not found.conflicts or not found.own:
        return ""
    places = "one place" if found.conflicts == 1 else f"{found.conflicts} places"
    return f"The base and the earlier round both edited {places}: all of it is shown there."


def _unshown(pair: Pair, entry: FileEntry) -> str:
    """Why there are no rows, in words; nothing to add for what `describe` says by itself."""
    if all(state.is_kept for state in _ends(pair)) or entry.is_binary:
        return ""
    sizes = [size_words(s.size) if s else "no file" for s in (pair.old_new, pair.new_new)]
    return f"Too large to be kept beside the diff: {sizes[0]} before, {sizes[1]} after."
