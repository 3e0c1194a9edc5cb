"""The files of two rounds side by side: which is which, and what each had before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reviews.diffs import FileEntry, Status
from reviews.diffs.model import SUBMODULE, Encodings
from reviews.models import DiffFile, Round
from reviews.services.reading import encodings_in

_FIELDS = ("pk", "index", "path", "old_path", "status", "new_oid", "new_mode")  # of a Brief
_SLICE = 5_000  # names in one query, which every database takes


@dataclass(frozen=True, slots=True)
class State:
    """What one tree has at a path; blob_id None: not kept (too large, or a submodule's commit)."""

    oid: str
    mode: str
    blob_id: int | None
    size: int | None

    @property
    def is_kept(self) -> bool:
        return self.blob_id is not None or self.mode == SUBMODULE

    @property
    def key(self) -> str:
        """A name for the content: git's, else the blob's."""
        return self.oid or f"blob {self.blob_id}"


@dataclass(frozen=True, slots=True)
class Pair:
    """A file of two rounds. index: its number on the page: the later round's where it has the file,
    above all of these where only the earlier one has.

    Each state is None where there is no such file. old_base is what the earlier round began from,
    new_base the later. is_base_known: False where only the earlier round says what the base has,
    and the base moved.
    """

    index: int
    before: DiffFile | None
    after: DiffFile | None
    old_base: State | None = None
    old_new: State | None = None
    new_base: State | None = None
    new_new: State | None = None
    is_base_known: bool = True

    @property
    def file(self) -> DiffFile:
        """The newest record of it."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def old_path(self) -> bytes:
        """Its path in the earlier round."""
        if self.before is not None:
            return bytes(self.before.path)
        file = self.file
        return bytes(file.old_path if file.old_path is not None and self.old_new else file.path)

    @property
    def path(self) -> bytes:
        """Its path in the later round."""
        if self.after is not None or self.before is None:
            return bytes(self.file.path)
        was = self.before.old_path if self.new_new else None
        return bytes(was if was is not None else self.before.path)

    @property
    def is_same(self) -> bool:
        """Whether both rounds made the same of it."""
        return _is_same(self.old_new, self.new_new) and self.old_path == self.path

    @property
    def name(self) -> tuple[object, ...]:
        """All that its comparison depends on."""
        states = (self.old_base, self.old_new, self.new_base, self.new_new)
        said = [(s.key, s.mode, s.size) if s else None for s in states]
        is_binary = [bool(f and f.is_binary) for f in (self.before, self.after)]
        return (
            self.index, self.old_path, self.path, *said, *is_binary, self.is_base_known,
            self._encodings,
        )  # fmt: skip

    @property
    def _encodings(self) -> Encodings | None:
        """What both rounds made of it, or began from where one does not change it."""
        before, after = (encodings_in(f) if f else None for f in (self.before, self.after))
        if not before and not after:
            return None
        old, new = before or Encodings(), after or Encodings()
        return Encodings(old.new if self.before else new.old, new.new if self.after else old.old)

    def entry(self, old: State | None) -> FileEntry:
        """It as a file of a diff that begins with `old`."""
        new = self.new_new
        is_renamed = old is not None and new is not None and self.old_path != self.path
        return FileEntry(
            index=self.index, path=self.path, old_path=self.old_path if is_renamed else None,
            status=_status(old, new, is_renamed=is_renamed), added=0, removed=0,
            old_mode=old.mode if old else "", new_mode=new.mode if new else "",
            old_oid=old.oid if old else "", new_oid=new.oid if new else "",
            is_binary=any(f.is_binary for f in (self.before, self.after) if f), start=0, end=0,
            encodings=self._encodings,
        )  # fmt: skip


class Brief(NamedTuple):
    """As much of a file as tells whether two rounds made the same of it."""

    pk: int
    number: int
    path: bytes
    old_path: bytes | None
    status: str
    new_oid: str
    new_mode: str

    @property
    def made(self) -> tuple[str, str] | None:
        """What the round made of it, where that can be told by names alone."""
        is_known = self.new_oid or self.status == Status.DELETED
        return (self.new_oid, self.new_mode) if is_known else None


@dataclass(frozen=True, slots=True)
class Paired:
    """pairs: in the later round's reading order. same: paths of files that are the same in both and
    of which nothing more was read."""

    pairs: list[Pair]
    same: list[bytes]


def pairs_of(earlier: Round, later: Round) -> Paired:
    """Every file that either round changes, at its partner; few queries, whatever the number."""
    before, after = _briefs(earlier), _briefs(later)
    made = {file.path: file.made for file in before}
    same = {file.path for file in after if file.made and made.get(file.path) == file.made}
    matched = _Matched(
        before=_rest(earlier, before, same), after=_rest(later, after, same),
        left_before=_left(before), left_after=_left(after),
        above=max((file.number for file in after), default=-1) + 1,
        is_moved=earlier.base != later.base,
    )  # fmt: skip
    return Paired(list(matched.pairs()), [file.path for file in after if file.path in same])


def _briefs(round_: Round) -> list[Brief]:
    rows = round_.files.order_by("position", "index").values_list(*_FIELDS)
    return [
        Brief(pk, number, bytes(path), None if old is None else bytes(old), *rest)
        for pk, number, path, old, *rest in rows
    ]


def _rest(round_: Round, files: Sequence[Brief], same: set[bytes]) -> list[DiffFile]:
    """The records of all but those that are the same, in order."""
    wanted = [file.pk for file in files if file.path not in same]
    found: dict[int, DiffFile] = {}
    for start in range(0, len(wanted), _SLICE):
        found.update(round_.files.in_bulk(wanted[start : start + _SLICE]))
    return [found[pk] for pk in wanted if pk in found]


@dataclass(slots=True)
class _Matched:
    """Files matched by name, else by the name they had, else by what was newly made of them.

    left_before, left_after: paths of the base that a round left by giving them another name.
    """

    before: Sequence[DiffFile]
    after: Sequence[DiffFile]
    left_before: set[bytes]
    left_after: set[bytes]
    above: int
    is_moved: bool
    taken: set[int] = field(default_factory=set)

    def pairs(self) -> Iterator[Pair]:
        partners = self._partners()
        for file in self.after:
            partner = partners.get(file.pk)
            if partner is not None:
                yield Pair(file.index, partner, file, _was(partner), _made(partner), _was(file),
                           _made(file))  # fmt: skip
            else:
                began = _was(file)
                stood = None if _origin(file) in self.left_before else began
                yield Pair(file.index, None, file, began, stood, began, _made(file))
        for file in self.before:
            if file.pk not in self.taken:
                began = _was(file)
                stands = None if _origin(file) in self.left_after else began
                yield Pair(self.above + file.index, file, None, began, _made(file), began, stands,
                           is_base_known=not self.is_moved)  # fmt: skip

    def _partners(self) -> dict[int, DiffFile]:
        """The earlier file for a later one's key."""
        found: dict[int, DiffFile] = {}
        for key in (_path, _origin, _fresh):
            waiting = {key(f): f for f in reversed(self.before) if f.pk not in self.taken}
            for file in self.after:
                partner = waiting.get(key(file)) if file.pk not in found and key(file) else None
                if partner is not None and partner.pk not in self.taken:
                    found[file.pk] = partner
                    self.taken.add(partner.pk)
        return found


def _path(file: DiffFile) -> bytes:
    return bytes(file.path)


def _origin(file: DiffFile) -> bytes:
    """Its path in the base; empty for a file that is not there."""
    if file.status in (Status.ADDED, Status.COPIED):
        return b""
    return bytes(file.old_path if file.old_path is not None else file.path)


def _fresh(file: DiffFile) -> bytes:
    """What a new file holds: the same content under another name is the same file."""
    return file.new_oid.encode() if file.status == Status.ADDED else b""


def _left(files: Sequence[Brief]) -> set[bytes]:
    """Paths of the base that a round leaves without a file by giving them another name."""
    left = {file.old_path for file in files if file.status == Status.RENAMED and file.old_path}
    return left - {file.path for file in files}


def _was(file: DiffFile) -> State | None:
    if file.status in (Status.ADDED, Status.COPIED):
        return None
    return State(file.old_oid, file.old_mode, file.old_id, file.old_size)


def _made(file: DiffFile) -> State | None:
    if file.status == Status.DELETED:
        return None
    return State(file.new_oid, file.new_mode, file.new_id, file.new_size)


def _is_same(one: State | None, other: State | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.key, one.mode) == (other.key, other.mode)


def _status(old: State | None, new: State | None, *, is_renamed: bool) -> Status:
    if old is None:
        return Status.ADDED
    if new is None:
        return Status.DELETED
    if old.mode[:2] != new.mode[:2] and old.mode and new.mode:
        return Status.TYPE_CHANGED
    return Status.RENAMED if is_renamed else Status.MODIFIED
