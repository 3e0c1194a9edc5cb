"""A patch of any dialect as patches that git applies: what was read of it, written in git's form.

Nothing of the text reaches git but hunks, ids, modes and binary blocks, under headers of our own:
what `show_diff` shows is what is applied.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from reviews.diffs.draft import Draft
from reviews.diffs.foreign import listed_twice, refusal, with_cr, without_cr
from reviews.diffs.mails import Garbled
from reviews.diffs.model import FileEntry, Status
from reviews.diffs.names import display_path
from reviews.diffs.plain import plain_of
from reviews.diffs.scan import scan

_SAFE = re.compile(rb"[\w./+@=-]+", re.ASCII)
_TO_ESCAPE = re.compile(rb"[^ !#-\[\]-~]")
_BINARY = re.compile(
    rb"^GIT binary patch\n(?:(?:literal|delta) \d{1,18}\n(?:[!-~]+\n)*(?:\n|\Z)){1,2}", re.MULTILINE
)
_PROPERTIES = re.compile(rb"^Property changes on: ", re.MULTILINE)
_START = re.compile(rb"@@ -(\d{1,9})", re.ASCII)
_CONTEXT = re.compile(rb"^(?: |\r?\n)", re.MULTILINE)
_BARE = (
    "its changes come without the lines around them (-U0), so nothing tells whether they fit. Make "
    "the patch with three lines of context."
)
_MAKE_BINARY = "make the patch with `git diff --binary`"


class NotTaken(Exception):
    """Why a text is not applied, whatever the tree; a sentence for whoever gave it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file's part. as_sent: with the returns that mail, editor or the file itself has put."""

    path: bytes
    text: bytes
    as_sent: bytes | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One patch of a series; a text that is no series is one."""

    pieces: tuple[Piece, ...]

    @property
    def doubtful(self) -> set[bytes]:
        """Files whose lines all end in CRLF here: whose returns those are, only the tree tells."""
        return {piece.path for piece in self.pieces if piece.as_sent is not None}

    def text(self, crlf: Collection[bytes] = ()) -> bytes:
        """The part in git's form. crlf: those of the doubtful that have returns of their own."""
        return b"".join(
            piece.text if piece.as_sent is None or piece.path not in crlf else piece.as_sent
            for piece in self.pieces
        )


def parts_of(data: bytes) -> list[Part]:
    """The patches in the order they apply, each on top of the one before; NotTaken if it cannot."""
    try:
        plain = plain_of(data)
    except Garbled as fault:
        raise NotTaken(str(fault)) from fault
    if plain.refusal:
        raise NotTaken(plain.refusal)
    drafts = scan(plain.data)
    if not drafts:
        raise NotTaken(
            "There is no diff in this text. Give the output of `git diff`, `git format-patch`, "
            "`hg diff`, `svn diff` or `diff -u`."
        )
    entries = [draft.entry(index) for index, draft in enumerate(drafts)]
    doubled = listed_twice(entries, drafts)
    for draft, entry in zip(drafts, entries, strict=True):
        _check(draft, entry, is_doubled=(draft.commit, entry.path) in doubled)
    return _parts(drafts, entries, plain.data)


def _check(draft: Draft, entry: FileEntry, *, is_doubled: bool) -> None:
    if draft.error:
        raise NotTaken(f"{_shown(entry) or 'A file'} cannot be read: {draft.error}")
    for path in _sides(entry):
        if problem := refusal(path, is_doubled=is_doubled):
            raise NotTaken(problem)


def _parts(drafts: Sequence[Draft], entries: Sequence[FileEntry], data: bytes) -> list[Part]:
    parts = []
    both = zip(drafts, entries, strict=True)
    for _, files in groupby(both, key=lambda each: each[0].commit):
        pieces = tuple(p for draft, entry in files if (p := _piece(draft, entry, data)) is not None)
        if pieces:
            parts.append(Part(pieces))
    if not parts:
        raise NotTaken("The patch changes nothing, so there is nothing to review.")
    return parts


def _piece(draft: Draft, entry: FileEntry, data: bytes) -> Piece | None:
    """The file's part, or None when it says nothing that a tree can hold (properties)."""
    head, text = _header(entry), data[draft.start : draft.end]
    if entry.is_binary:
        return Piece(entry.path, head + _binary(entry, text))
    if not draft.regions:
        is_told = entry.status is not Status.MODIFIED or entry.old_mode != entry.new_mode
        if not is_told and not _PROPERTIES.search(text):
            raise NotTaken(f"The patch names {_shown(entry)} and does not say what changes in it.")
        return Piece(entry.path, head) if is_told else None
    hunks = [with_cr(data[start:end]) for start, end in draft.regions]
    if any(map(_is_bare, hunks)):
        raise NotTaken(f"{_shown(entry)}: {_BARE}")
    names, sent = _names(entry), b"".join(hunks)
    rows = b"".join(without_cr(data[start:end], draft) for start, end in draft.regions)
    is_doubtful = sent != rows and entry.status is not Status.ADDED
    return Piece(entry.path, head + names + rows, head + names + sent if is_doubtful else None)


def _is_bare(hunk: bytes) -> bool:
    """Whether it lies inside a file and has no line of what stands around it."""
    found = _START.match(hunk)
    return found is not None and int(found[1]) > 1 and not _CONTEXT.search(hunk)


def _header(entry: FileEntry) -> bytes:
    old, new = _sides(entry)
    lines = [b"diff --git " + _quoted(b"a/" + old) + b" " + _quoted(b"b/" + new)]
    old_mode, new_mode = entry.old_mode.encode(), entry.new_mode.encode()
    if entry.status is Status.ADDED:
        lines.append(b"new file mode " + (new_mode or b"100644"))
    elif entry.status is Status.DELETED:
        lines.append(b"deleted file mode " + (old_mode or b"100644"))
    elif old_mode != new_mode and old_mode and new_mode:
        lines += [b"old mode " + old_mode, b"new mode " + new_mode]
    if entry.status in {Status.RENAMED, Status.COPIED}:
        word = b"rename" if entry.status is Status.RENAMED else b"copy"
        lines += [word + b" from " + _quoted(old), word + b" to " + _quoted(new)]
    return b"\n".join([*lines, *_ids(entry)]) + b"\n"


def _ids(entry: FileEntry) -> list[bytes]:
    """git's line of both ids, by which it finds the text that a patch was made on."""
    old, new = entry.old_oid.encode(), entry.new_oid.encode()
    if not old and not new:
        return []
    mode = entry.new_mode.encode() if entry.old_mode == entry.new_mode else b""
    line = b"index " + (old or b"0" * len(new)) + b".." + (new or b"0" * len(old))
    return [line + b" " + mode if mode else line]


def _names(entry: FileEntry) -> bytes:
    old, new = _sides(entry)
    old = b"/dev/null" if entry.status is Status.ADDED else _quoted(b"a/" + old)
    new = b"/dev/null" if entry.status is Status.DELETED else _quoted(b"b/" + new)
    return b"--- " + old + b"\n+++ " + new + b"\n"


def _sides(entry: FileEntry) -> tuple[bytes, bytes]:
    return entry.path if entry.old_path is None else entry.old_path, entry.path


def _binary(entry: FileEntry, text: bytes) -> bytes:
    found = _BINARY.search(text.replace(b"\r\n", b"\n"))
    if found is None:
        raise NotTaken(
            f"{_shown(entry)} is binary and the patch does not hold its content: {_MAKE_BINARY}."
        )
    if len(entry.old_oid or entry.new_oid) != 40:
        raise NotTaken(
            f"{_shown(entry)} is binary and the patch does not hold its full ids: {_MAKE_BINARY}."
        )
    return found[0].rstrip(b"\n") + b"\n\n"


def _quoted(name: bytes) -> bytes:
    """A name as git's headers may hold it: as it is, or in C-style quotes."""
    if _SAFE.fullmatch(name):
        return name
    return b'"' + _TO_ESCAPE.sub(lambda found: b"\\%03o" % found[0][0], name) + b'"'


def _shown(entry: FileEntry) -> str:
    return display_path(entry.path)
