"""A file of two rounds: what each of them had before and after."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.diffs import FileEntry, Status
from reviews.diffs.model import SUBMODULE, Encodings
from reviews.models import DiffFile
from reviews.services.reading import encodings_in


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
