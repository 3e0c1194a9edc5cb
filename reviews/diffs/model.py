"""What a diff is made of once it is read: files, hunks, rows. Plain values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """What happened to a file, in git's sense: a mode change alone is `modified`."""

    ADDED = "added"
    DELETED = "deleted"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"
    TYPE_CHANGED = "type_changed"


SYMLINK = "120000"
SUBMODULE = "160000"


class Encoding(NamedTuple):
    """name: as Python's codecs have it. is_declared: by the file's first lines, not found out."""

    name: str = "utf-8"
    is_declared: bool = True


class Encodings(NamedTuple):
    """What the two sides of a file are written in."""

    old: Encoding = Encoding()
    new: Encoding = Encoding()

    def of(self, sign: str) -> str:
        """The name for a row: a removed one is the old side's, any other one the new side's."""
        return self.old.name if sign == "-" else self.new.name


UTF8 = Encodings()


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a change as git lists it, and where its text lies in the patch.

    index: 0-based position in the list, the file's name everywhere outside.
    path, old_path: bytes as git keeps them; old_path only for renames and copies.
    status: a word of `Status`. added, removed: lines, 0 for binary files.
    old_mode, new_mode: six octal digits, "" on the side where the file is not.
    old_oid, new_oid: hex object ids (whole or abbreviated), "" where the file is not.
    start, end: byte offsets of the file's slice in the patch; equal when there is none.
    encodings: of the two whole sides, where they are known; else the rows must tell.
    """

    index: int
    path: bytes
    old_path: bytes | None
    status: str
    added: int
    removed: int
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str
    is_binary: bool
    start: int
    end: int
    encodings: Encodings | None = None


class Row(NamedTuple):
    r"""One line of a hunk, as git wrote it.

    sign: " ", "+", "-", or "\" for the marker that no newline ends the line above (it has no line
    numbers and is nothing to comment on). text: without sign and line feed; bytes that are not
    UTF-8 are kept as surrogate escapes, so show it only through `text.readable` or `text.to_html`.
    """

    sign: str
    old_line: int | None
    new_line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Consecutive rows, with git's header numbers and the heading git found above them."""

    old_start: int
    old_length: int
    new_start: int
    new_length: int
    section: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file's hunks, or the sentence why there are none and the raw lines instead.

    error: None, or one sentence; `raw` then holds the lines as they came (surrogate escapes).
    encodings: what the text of each side is shown as.
    has_undecodable: some bytes are in no known encoding and show as U+FFFD.
    next_row: where the next window begins when this one was cut, else None.
    notes: sentences a reviewer must see above the file.
    """

    entry: FileEntry
    hunks: list[Hunk] = field(default_factory=list)
    error: str | None = None
    raw: list[str] = field(default_factory=list)
    encodings: Encodings = UTF8
    has_undecodable: bool = False
    next_row: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def encoding(self) -> str:
        """Its name: the new side's, else that of the old one where only that is not UTF-8."""
        old, new = self.encodings
        return old.name if new.name == "utf-8" else new.name

    @property
    def is_truncated(self) -> bool:
        """Whether more rows follow in a further window."""
        return self.next_row is not None
