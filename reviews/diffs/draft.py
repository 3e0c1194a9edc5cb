"""One file of a foreign patch while it is read: what its headers said, where its hunks are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reviews.diffs.model import FileEntry, Status
from reviews.diffs.names import unquote

_NULL = b"/dev/null"
_ABSENT = re.compile(rb"\t(?:1970-01-01|1969-12-31)[ T]|\t\((?:nonexistent|revision 0)\)")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')


@dataclass(slots=True)
class Draft:
    """Names are as written; `commit` numbers the patch of a mail series it came in."""

    start: int
    commit: int = 0
    is_git: bool = False
    is_refused: bool = False
    end: int = 0
    git_names: bytes = b""
    index_name: bytes = b""
    minus: bytes | None = None
    plus: bytes | None = None
    moved_from: bytes = b""
    moved_to: bytes = b""
    status: Status | None = None
    old_mode: str = ""
    new_mode: str = ""
    old_oid: str = ""
    new_oid: str = ""
    is_binary: bool = False
    binary_size: int | None = None
    has_cr: bool = False
    error: str | None = None
    regions: list[tuple[int, int]] = field(default_factory=list)

    @property
    def has_body(self) -> bool:
        """Whether its headers are over."""
        return bool(self.regions) or self.is_binary or self.error is not None

    def entry(self, index: int, added: int = 0, removed: int = 0) -> FileEntry:
        """The file as the product lists it."""
        old, new = self.names()
        status = self._status()
        is_moved = status in {Status.RENAMED, Status.COPIED}
        return FileEntry(
            index=index, path=old if status is Status.DELETED else new,
            old_path=old if is_moved else None, status=status, added=added, removed=removed,
            old_mode="" if status is Status.ADDED else self.old_mode,
            new_mode="" if status is Status.DELETED else self.new_mode,
            old_oid=self.old_oid, new_oid=self.new_oid, is_binary=self.is_binary,
            start=self.start, end=self.end,
        )  # fmt: skip

    def _status(self) -> Status:
        if self.status is not None:
            return self.status
        if self.minus is not None and _is_absent(self.minus):
            return Status.ADDED
        if self.plus is not None and _is_absent(self.plus):
            return Status.DELETED
        return Status.MODIFIED

    def names(self) -> tuple[bytes, bytes]:
        """Old and new path without quotes, time stamps and prefixes."""
        if self.moved_from and self.moved_to:
            return unquote(self.moved_from), unquote(self.moved_to)
        old, new = self._written()
        if old is None and new is None:
            path = unquote(self.index_name)
            return path, path
        if old is None or new is None:
            only = self._without_prefix(old or new or b"")
            return only, only
        return _same(old, new)

    def _without_prefix(self, name: bytes) -> bytes:
        """The one name that is written, by git's line of both when it has one."""
        if self.git_names:
            told = _same(*split_pair(self.git_names))[0]
            if name == told or name.endswith(b"/" + told):
                return told
        return _without_letter(name)

    def _written(self) -> tuple[bytes | None, bytes | None]:
        """Both names as far as the side exists, the plain header before git's one line of both."""
        if self.minus is not None and self.plus is not None:
            old = None if _name(self.minus) == _NULL else _name(self.minus)
            new = None if _name(self.plus) == _NULL else _name(self.plus)
            if old is not None or new is not None:
                return old, new
        return split_pair(self.git_names) if self.git_names else (None, None)


def _name(header: bytes) -> bytes:
    """The name out of `--- NAME<tab>TIME`."""
    if header.startswith(b'"') and (found := _QUOTED.match(header)):
        return unquote(found[0])
    return header.split(b"\t", 1)[0]


def _is_absent(header: bytes) -> bool:
    return _name(header) == _NULL or _ABSENT.search(header) is not None


def split_pair(pair: bytes, joint: bytes = b" ") -> tuple[bytes, bytes]:
    """`a/NAME b/NAME` in two. Names hold spaces too, so the middle counts, then ` b/`."""
    if pair.startswith(b'"') and (found := _QUOTED.match(pair)):
        return unquote(found[0]), unquote(pair[found.end() + len(joint) :])
    if pair.endswith(b'"') and (at := pair.find(joint + b'"')) >= 0:
        return pair[:at], unquote(pair[at + len(joint) :])
    middle = (len(pair) - len(joint)) // 2
    if pair[middle : middle + len(joint)] == joint and _tail(pair[:middle]) == _tail(
        pair[middle + len(joint) :]
    ):
        return pair[:middle], pair[middle + len(joint) :]
    at = pair.find(joint + b"b/")
    if at < 0:
        at = pair.find(joint)
    return (pair[:at], pair[at + len(joint) :]) if at >= 0 else (pair, pair)


def _tail(name: bytes) -> bytes:
    return name.split(b"/", 1)[-1]


def _same(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Two names of one file: what differs before the first slash is a prefix (`a/`, `old/`)."""
    if old != new and b"/" in old and b"/" in new and _tail(old) == _tail(new):
        return _tail(old), _tail(new)
    if old.startswith(b"a/") and new.startswith(b"b/"):
        return old[2:], new[2:]
    return old, new


def _without_letter(name: bytes) -> bytes:
    """git and Mercurial put a letter before the name even where the other side is missing."""
    return name[2:] if name.startswith((b"a/", b"b/")) else name
