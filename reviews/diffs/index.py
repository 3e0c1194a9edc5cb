"""The list of a change's files: git's own records joined with the places of their text.

One pass of one byte pattern over the patch; no line of it becomes an object here.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import NamedTuple

from reviews.diffs.model import FileEntry, Status

_FILE = re.compile(rb"^diff --git .*\n?", re.MULTILINE)
_WORDS = {
    "A": Status.ADDED, "D": Status.DELETED, "M": Status.MODIFIED, "R": Status.RENAMED,
    "C": Status.COPIED, "T": Status.TYPE_CHANGED,
}  # fmt: skip

Paths = tuple[bytes, bytes]
Counts = tuple[int, int, bool]


class _Record(NamedTuple):
    status: Status
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str
    paths: Paths


class _Slice(NamedTuple):
    header: bytes
    start: int
    end: int


def index_patch(patch: bytes, raw: bytes) -> list[FileEntry]:
    """The files of a change, in git's order.

    patch: `git diff -M --full-index ...` with the knobs of agents.git pinned; raw: the output of
    `git diff --raw --numstat -z -M` for the same two trees. A type change is one entry although the
    patch has two parts for it. ValueError when `raw` is not such output.
    """
    records, counts = _read_raw(raw)
    places = _places(records, _slices(patch))
    return [
        _entry(index, record, counts, place)
        for index, (record, place) in enumerate(zip(records, places, strict=True))
    ]


def _entry(
    index: int, record: _Record, counts: dict[Paths, deque[Counts]], place: tuple[int, int]
) -> FileEntry:
    old, new = record.paths
    known = counts.get(record.paths)
    added, removed, is_binary = known.popleft() if known else (0, 0, False)
    return FileEntry(
        index=index, path=new, old_path=old if old != new else None, status=record.status,
        added=added, removed=removed, old_mode=record.old_mode, new_mode=record.new_mode,
        old_oid=record.old_oid, new_oid=record.new_oid, is_binary=is_binary,
        start=place[0], end=place[1],
    )  # fmt: skip


def _read_raw(raw: bytes) -> tuple[list[_Record], dict[Paths, deque[Counts]]]:
    fields = iter(raw.split(b"\0"))
    records: list[_Record] = []
    counts: dict[Paths, deque[Counts]] = defaultdict(deque)
    for field in fields:
        if field.startswith(b":"):
            records.append(_record(field, fields))
        elif b"\t" in field:
            paths, count = _count(field, fields)
            counts[paths].append(count)
        elif field:
            raise ValueError(f"Not a record of git diff --raw --numstat -z: {field[:80]!r}")
    return records, counts


def _record(field: bytes, fields: Iterator[bytes]) -> _Record:
    r""":100644 100755 OLD NEW R088, then one path or two."""
    parts = field[1:].decode("ascii", "replace").split(" ")
    if len(parts) != 5 or parts[4][:1] not in _WORDS:
        raise ValueError(f"Not a record of git diff --raw: {field[:80]!r}")
    old_mode, new_mode, old_oid, new_oid, letter = parts
    old = next(fields, b"")
    new = next(fields, b"") if letter[0] in "RC" else old
    return _Record(
        _WORDS[letter[0]], _given(old_mode), _given(new_mode), _given(old_oid), _given(new_oid),
        (old, new),
    )  # fmt: skip


def _given(value: str) -> str:
    """git writes a side that is not there as zeros."""
    return value if value.strip("0") else ""


def _count(field: bytes, fields: Iterator[bytes]) -> tuple[Paths, Counts]:
    """ADDED, REMOVED, path; or an empty path and then the old and the new one."""
    added, removed, path = field.split(b"\t", 2)
    old = path or next(fields, b"")
    new = path or next(fields, b"")
    if added == b"-":
        return (old, new), (0, 0, True)
    return (old, new), (int(added), int(removed), False)


def _slices(patch: bytes) -> list[_Slice]:
    """The parts of the patch. No content line can begin like a header: it has a sign before it."""
    found = [(match.start(), match[0]) for match in _FILE.finditer(patch)]
    ends = [*(start for start, _ in found[1:]), len(patch)]
    return [_Slice(header, start, end) for (start, header), end in zip(found, ends, strict=False)]


def _places(records: list[_Record], slices: list[_Slice]) -> list[tuple[int, int]]:
    """Where each record's text lies: by position, and by header where the two lists disagree."""
    widths = [_width(record) for record in records]
    if sum(widths) != len(slices):
        return _places_by_header(records, slices)
    places, at = [], 0
    for width in widths:
        places.append((slices[at].start, slices[at + width - 1].end))
        at += width
    return places


def _width(record: _Record) -> int:
    return 2 if record.status is Status.TYPE_CHANGED else 1


def _places_by_header(records: list[_Record], slices: list[_Slice]) -> list[tuple[int, int]]:
    """A patch that was cut, or made with other options: a file without its text stays listed."""
    waiting: dict[bytes, deque[_Slice]] = defaultdict(deque)
    for slice_ in slices:
        waiting[slice_.header.rstrip(b"\n")].append(slice_)
    places = []
    for record in records:
        queue = waiting[_header(record.paths)]
        first = queue.popleft() if queue else _Slice(b"", 0, 0)
        last = queue.popleft() if queue and _width(record) == 2 else first
        places.append((first.start, last.end))
    return places


def _header(paths: Paths) -> bytes:
    return b"diff --git " + _quoted(b"a/" + paths[0]) + b" " + _quoted(b"b/" + paths[1])


def _quoted(name: bytes) -> bytes:
    """As git writes it with core.quotepath=false."""
    escapes = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
    out = bytearray()
    for byte in name:
        if byte in escapes:
            out += b"\\" + escapes[byte].encode()
        elif byte < 32 or byte == 127:
            out += b"\\%03o" % byte
        else:
            out.append(byte)
    return name if bytes(out) == name else b'"' + bytes(out) + b'"'
