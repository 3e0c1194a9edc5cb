"""What happened to a file, in words: everything about it that no row can say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from reviews.diffs.model import SUBMODULE, SYMLINK, FileEntry, ParsedFile, Status
from reviews.diffs.names import display_path
from reviews.diffs.text import readable

_COMMIT = re.compile(r"Subproject commit ([0-9a-f]{7,64})(-dirty)?")
_LFS = "version https://git-lfs.github.com/spec/v1"
_LFS_SIZE = re.compile(r"size (\d{1,18})")
_KINDS = {"040000": "folder", SYMLINK: "symbolic link", SUBMODULE: "submodule"}


def describe(
    parsed: ParsedFile,
    *,
    old_size: int | None = None,
    new_size: int | None = None,
    is_seen: bool = False,
) -> list[str]:
    """Sentences to show above the rows, or in their place; none for a plain edit.

    old_size, new_size: bytes of the two blobs where they are known. is_seen: the content of a
    binary file is shown after all, as a picture.
    """
    entry = parsed.entry
    return [
        *_names(parsed),
        *_modes(entry),
        *_submodule(parsed),
        *_symlink(parsed),
        *_lfs(parsed),
        *(() if is_seen and entry.is_binary else _content(parsed, old_size, new_size)),
    ]


def _names(parsed: ParsedFile) -> Iterator[str]:
    entry = parsed.entry
    if entry.old_path is None:
        return
    verb = "Copied" if entry.status == Status.COPIED else "Renamed"
    edits = "" if parsed.hunks or entry.is_binary or parsed.error else ", without edits"
    yield f"{verb} from {display_path(entry.old_path)}{edits}."


def _modes(entry: FileEntry) -> Iterator[str]:
    if entry.status == Status.TYPE_CHANGED:
        yield f"Type changed from {_kind(entry.old_mode)} to {_kind(entry.new_mode)}."
    elif entry.old_mode and entry.new_mode and entry.old_mode != entry.new_mode:
        now = {"100755": ": now executable", "100644": ": no longer executable"}
        words = now.get(entry.new_mode, "")
        yield f"Mode changed from {entry.old_mode} to {entry.new_mode}{words}."
    elif entry.status == Status.ADDED and entry.new_mode == "100755":
        yield "New executable file."


def _kind(mode: str) -> str:
    return _KINDS.get(mode, "file")


def _submodule(parsed: ParsedFile) -> Iterator[str]:
    entry = parsed.entry
    if SUBMODULE not in {entry.old_mode, entry.new_mode}:
        return
    old, new = _commit(parsed, "-"), _commit(parsed, "+")
    if old and new:
        yield f"Submodule moved from {old} to {new}."
    elif new:
        yield f"Submodule added at {new}."
    elif old:
        yield f"Submodule removed; it was at {old}."


def _commit(parsed: ParsedFile, sign: str) -> str:
    for line in _lines(parsed, sign):
        found = _COMMIT.match(line)
        if found:
            return found[1]
    return ""


def _lines(parsed: ParsedFile, sign: str) -> Iterator[str]:
    """Lines of one side, context included, as far as the hunks reach."""
    for hunk in parsed.hunks:
        for row in hunk.rows:
            if row.sign in {sign, " "}:
                yield readable(row.text)


def _symlink(parsed: ParsedFile) -> Iterator[str]:
    entry = parsed.entry
    if entry.old_mode == SYMLINK and (target := "\n".join(islice(_lines(parsed, "-"), 100))):
        yield f"The link pointed to {_shown(target)}."
    if entry.new_mode == SYMLINK and (target := "\n".join(islice(_lines(parsed, "+"), 100))):
        yield f"The link points to {_shown(target)}."


def _shown(target: str) -> str:
    return display_path(target.encode("utf-8", "replace")[:4096])


def _lfs(parsed: ParsedFile) -> Iterator[str]:
    for sign, side in (("-", "before"), ("+", "after")):
        lines = [line for line, _ in zip(_lines(parsed, sign), range(4), strict=False)]
        sizes = [found[1] for line in lines if (found := _LFS_SIZE.fullmatch(line))]
        if lines and lines[0] == _LFS and sizes:
            yield f"Git LFS pointer, {side}: the content has {size_words(int(sizes[0]))}."


def _content(parsed: ParsedFile, old_size: int | None, new_size: int | None) -> Iterator[str]:
    entry = parsed.entry
    if entry.is_binary:
        yield _binary(entry, old_size, new_size)
    elif parsed.hunks and entry.status == Status.MODIFIED and 0 in {old_size, new_size}:
        yield "Emptied: no line is left." if new_size == 0 else "The file was empty before."
    elif parsed.hunks or parsed.error:
        return
    elif entry.status == Status.ADDED:
        yield "New file, empty."
    elif entry.status == Status.DELETED:
        yield "Deleted; the file was empty."
    elif entry.status == Status.MODIFIED and entry.old_mode == entry.new_mode:
        yield "No line differs."


def _binary(entry: FileEntry, old_size: int | None, new_size: int | None) -> str:
    sides = []
    if entry.status != Status.ADDED:
        sides.append(f"{size_words(old_size)} before{_named(entry.old_oid)}")
    if entry.status != Status.DELETED:
        sides.append(f"{size_words(new_size)} after{_named(entry.new_oid)}")
    return f"Binary or not UTF-8, shown without its content: {', '.join(sides)}."


def _named(oid: str) -> str:
    """What git calls the content, to compare it with another copy."""
    return f" ({oid[:12]})" if oid else ""


def size_words(size: int | None) -> str:
    """Bytes for a reader: exact below 1,000, else kB, MB or GB."""
    if size is None:
        return "size unknown"
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    value = float(size)
    for unit in ("kB", "MB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:,.1f} GB"
