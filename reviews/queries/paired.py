"""The files of two rounds side by side: which of one is which of the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Max, Q

from reviews.diffs import Status
from reviews.models import DiffFile, Round
from reviews.queries.pairs import Pair, State

_FIELDS = ("pk", "index", "path", "old_path", "status", "new_oid", "new_mode")  # of a Brief
_SLICE = 5_000  # names in one query, which every database takes


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
    above = max((file.number for file in after), default=-1) + 1
    return _paired(earlier, later, before, after, above)


def pair_of(earlier: Round, later: Round, index: int) -> Pair | None:
    """The one of `pairs_of` by its number; None also for a file that is the same in both.

    Only files that it could be matched with are read, and those of the same name as one of them.
    """
    last = later.files.aggregate(last=Max("index"))["last"]
    above = 0 if last is None else last + 1
    round_, number = (later, index) if index < above else (earlier, index - above)
    file = next(iter(_briefs(round_, Q(index=number))), None)
    if file is None:
        return None
    names = {file.path, _origin(file)} - {b""}
    rivals = [_briefs(each, _rivals(file, names)) for each in (earlier, later)]
    paths = {rival.path for each in rivals for rival in each} - names
    before, after = (
        [*found, *_named(each, paths - {rival.path for rival in found})]
        for each, found in zip((earlier, later), rivals, strict=True)
    )
    found = _paired(earlier, later, before, after, above)
    return next((pair for pair in found.pairs if pair.index == index), None)


def _rivals(file: Brief, names: set[bytes]) -> Q:
    """What may stand for the same file, or have taken its name or left it."""
    fresh = Q(status=Status.ADDED, new_oid=file.new_oid) if _fresh(file) else Q()
    return Q(path__in=names) | Q(old_path__in=names) | fresh


def _named(round_: Round, paths: set[bytes]) -> Iterator[Brief]:
    wanted = sorted(paths)
    for start in range(0, len(wanted), _SLICE):
        yield from _briefs(round_, Q(path__in=wanted[start : start + _SLICE]))


def _paired(
    earlier: Round, later: Round, before: Sequence[Brief], after: Sequence[Brief], above: int
) -> Paired:
    made = {file.path: file.made for file in before}
    same = {file.path for file in after if file.made and made.get(file.path) == file.made}
    matched = _Matched(
        before=_rest(earlier, before, same), after=_rest(later, after, same),
        left_before=_left(before), left_after=_left(after), above=above,
        is_moved=earlier.base != later.base,
    )  # fmt: skip
    return Paired(list(matched.pairs()), [file.path for file in after if file.path in same])


def _briefs(round_: Round, where: Q | None = None) -> list[Brief]:
    files = round_.files.all() if where is None else round_.files.filter(where)
    rows = files.order_by("position", "index").values_list(*_FIELDS)
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


def _origin(file: DiffFile | Brief) -> bytes:
    """Its path in the base; empty for a file that is not there."""
    if file.status in (Status.ADDED, Status.COPIED):
        return b""
    return bytes(file.old_path if file.old_path is not None else file.path)


def _fresh(file: DiffFile | Brief) -> bytes:
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
