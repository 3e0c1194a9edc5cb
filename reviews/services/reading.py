"""What is found out about a whole change once, at its freezing, so that pages need not.

A file gets its place in the reading order, the part it plays, and facts:

    hunks    names of its hunks, in order (`diffs.digest`); absent without any or above 20,000 rows
    moved    [side, start, end, other index, other start, other end, note] (`diffs.moved`)
    why      the sentence in whose place a folded file is opened
    beside   true for a test that stands after the code it tests
    written  {"old" or "new": [name, whether it is declared]} of sides that are not UTF-8

Of a very large change only the first rows in reading order are gone through; `digests_of` finds the
rest when such a file is opened. Everything is optional: older rounds have none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from agents.git import Mirror
from reviews.diffs import WHOLE, FileEntry, Hunk, parse_file
from reviews.diffs.attributes import Attributes
from reviews.diffs.digest import hunk_digests
from reviews.diffs.encodings import encoding_of
from reviews.diffs.kinds import FOLDED, Kind, Side, kind_between, why
from reviews.diffs.model import SUBMODULE, SYMLINK, Encoding, Encodings
from reviews.diffs.moved import find_moves
from reviews.diffs.order import HEAD, Given, order
from reviews.models import DiffFile
from reviews.services import blobs

MAX_ROWS = 20_000  # of a file whose hunks get names
ALL_ROWS = 60_000  # of all files together that are gone through at freezing
MAX_NAMES = 200_000  # paths of the base among which .gitattributes are looked for
MAX_ATTRIBUTES, ATTRIBUTES_SIZE = 200, 64 * 1024  # files, and bytes of each
_NAME = b".gitattributes"


@dataclass(slots=True)
class Found:
    """What a file's row gets."""

    kind: str
    position: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


def read_change(
    mirror: Mirror,
    base: str,
    entries: Sequence[FileEntry],
    patch: bytes,
    sides: Mapping[str, bytes],
) -> list[Found]:
    """For each entry, in their order. sides: contents by object id, as far as they are known.

    What folds a file is told by the base's .gitattributes, never by the change's own.
    """
    attributes = Attributes(_attributes_of(mirror, base, entries))
    pairs = [_pair(entry, patch, sides, attributes) for entry in entries]
    found: list[Found] = []
    given: list[Given] = []
    for entry, (old, new) in zip(entries, pairs, strict=True):
        kind = _kind(entry, old, new)
        shown = new or old or Side(entry.path, b"")
        found.append(Found(kind))
        given.append(Given(entry.index, entry.path, kind, shown.content[:HEAD]))
        if written := _written(old, new):
            found[-1].facts["written"] = written
        if kind in FOLDED and _is_said_by_its_lines(entry):
            found[-1].facts["why"] = why(kind, shown, entry.added + entry.removed)
    at = {entry.index: number for number, entry in enumerate(entries)}
    reading = order(given)
    for position, place in enumerate(reading):
        one = found[at[place.index]]
        one.position = position
        if place.is_beside:
            one.facts["beside"] = True
    _go_through([(entries[at[p.index]], found[at[p.index]]) for p in reading], patch)
    return found


def digests_of(file: DiffFile) -> list[str]:
    """Names of a file's hunks in order; those of a round that has none yet are found now.

    Its patch is read; empty for a file without hunks and for one of more than 20,000 rows.
    """
    known = file.facts.get("hunks")
    if known is not None or file.is_binary:
        return list(known or ())
    return hunk_digests(bytes(file.path), _hunks(entry_of(file), blobs.get(file.patch)))


def entry_of(file: DiffFile) -> FileEntry:
    """A stored file as git listed it; its slice of the patch stands by itself."""
    return FileEntry(
        index=file.index, path=bytes(file.path),
        old_path=bytes(file.old_path) if file.old_path is not None else None,
        status=file.status, added=file.added, removed=file.removed, old_mode=file.old_mode,
        new_mode=file.new_mode, old_oid=file.old_oid, new_oid=file.new_oid,
        is_binary=file.is_binary, start=0, end=0, encodings=encodings_in(file),
    )  # fmt: skip


def encodings_in(file: DiffFile) -> Encodings | None:
    """What its sides are written in, as was found out at its freezing; None: both in UTF-8."""
    said = file.facts.get("written") if isinstance(file.facts, dict) else None
    return Encodings(**{side: Encoding(*told) for side, told in said.items()}) if said else None


def _written(old: Side | None, new: Side | None) -> dict[str, list[str | bool]]:
    sides = (("old", old), ("new", new))
    found = {name: encoding_of(side.content) for name, side in sides if side}
    return {name: list(encoding) for name, encoding in found.items() if encoding}


def _go_through(files: Iterable[tuple[FileEntry, Found]], patch: bytes) -> None:
    """Name the hunks and find what moved, in reading order, as far as the rows last.

    What tools wrote is named but not searched for moves: nobody moved it.
    """
    room = ALL_ROWS
    searched: list[tuple[int, list[Hunk]]] = []
    by_index: dict[int, Found] = {}
    for entry, one in files:
        slice_ = patch[entry.start : entry.end]
        rows = slice_.count(b"\n")
        if entry.is_binary or rows > room:
            continue
        hunks = _hunks(entry, slice_)
        room -= rows
        if hunks:
            one.facts["hunks"] = hunk_digests(entry.path, hunks)
        if hunks and one.kind not in FOLDED:
            searched.append((entry.index, hunks))
            by_index[entry.index] = one
    for index, moves in find_moves(searched).items():
        by_index[index].facts["moved"] = [list(move) for move in moves]


def _hunks(entry: FileEntry, patch: bytes) -> list[Hunk]:
    """All hunks of a file, or none of them."""
    return [] if patch.count(b"\n") > MAX_ROWS else parse_file(patch, entry, WHOLE).hunks


def _kind(entry: FileEntry, old: Side | None, new: Side | None) -> Kind:
    """A link or a submodule is never folded: where it points is all there is to read."""
    if {SUBMODULE, SYMLINK} & {entry.old_mode, entry.new_mode}:
        return Kind.CONFIG
    return kind_between(old, new, is_binary=entry.is_binary)


def _is_said_by_its_lines(entry: FileEntry) -> bool:
    """Whether nothing but lines changed: a file that becomes executable is shown."""
    modes = {entry.old_mode, entry.new_mode} - {""}
    return entry.added + entry.removed > 0 and len(modes) == 1 and "100755" not in modes


def _pair(
    entry: FileEntry, patch: bytes, sides: Mapping[str, bytes], attributes: Attributes
) -> tuple[Side | None, Side | None]:
    old_path = entry.old_path or entry.path
    old = entry.old_mode and Side(
        old_path, _content(entry, entry.old_oid, patch, sides), attributes.of(old_path)
    )
    new = entry.new_mode and Side(
        entry.path, _content(entry, entry.new_oid, patch, sides), attributes.of(entry.path)
    )
    return old or None, new or None


def _content(entry: FileEntry, oid: str, patch: bytes, sides: Mapping[str, bytes]) -> bytes:
    """A side; of one that is too large to be kept and all new or all gone, its beginning."""
    if oid in sides or (entry.old_mode and entry.new_mode):
        return sides.get(oid, b"")
    part = patch[entry.start : min(entry.end, entry.start + HEAD)]
    rows = part.partition(b"\n@@")[2].split(b"\n")[1:-1]
    return b"".join(row[1:] + b"\n" for row in rows if row[:1] in (b"+", b"-"))


def _attributes_of(mirror: Mirror, base: str, entries: Sequence[FileEntry]) -> dict[bytes, bytes]:
    """.gitattributes of the base by folder, of those folders that changed files lie in."""
    if not base or not entries:
        return {}
    folders = {b""}
    for path in {path for e in entries for path in (e.path, e.old_path) if path}:
        folder = path.rpartition(b"/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition(b"/")[0]
    oids: dict[bytes, str] = {}
    for each in islice(mirror.list_tree(base), MAX_NAMES):
        folder, _, name = each.path.rpartition(b"/")
        if name == _NAME and each.is_file and folder in folders and len(oids) < MAX_ATTRIBUTES:
            oids[folder] = each.oid
    contents = {
        oid: data for oid, data, _ in mirror.read_blobs(oids.values(), ATTRIBUTES_SIZE) if data
    }
    return {folder: contents[oid] for folder, oid in oids.items() if oid in contents}
