"""Two rounds of a change against each other, from the contents that were kept with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviews.diffs import FileEntry, Hunk, ParsedFile, Row
from reviews.diffs.anchor import same_lines
from reviews.diffs.text import decode
from reviews.models import Blob, DiffFile, Round
from reviews.services import blobs

CONTEXT = 3
MOST_FILES = 300


@dataclass(frozen=True, slots=True)
class Compared:
    """A file that differs between two rounds; note: why its lines are not shown, or empty."""

    index: int
    display: str
    parsed: ParsedFile
    added: int
    removed: int
    note: str


def compare(earlier: Round, later: Round) -> list[Compared]:
    """Files whose content is not the same in both rounds, by name, at most 300.

    A file that only one round changes is compared with what the other round's base had.
    """
    sides: dict[str, tuple[DiffFile | None, DiffFile | None]] = {}
    for file in earlier.files.select_related("old", "new").order_by("display"):
        sides[file.display] = (file, None)
    for file in later.files.select_related("old", "new").order_by("display"):
        sides[file.display] = (sides.get(file.display, (None, None))[0], file)
    found = (_compared(n, name, *sides[name]) for n, name in enumerate(sorted(sides)))
    return [file for file in found if file is not None][:MOST_FILES]


def _compared(
    index: int, name: str, before: DiffFile | None, after: DiffFile | None
) -> Compared | None:
    before_oid, before_blob = _content(before, after)
    after_oid, after_blob = _content(after, before)
    if before_oid == after_oid:
        return None
    some = after or before
    assert some is not None
    entry = FileEntry(
        index=index, path=bytes(some.path), old_path=None, status="modified", added=0, removed=0,
        old_mode="", new_mode="", old_oid=before_oid, new_oid=after_oid,
        is_binary=some.is_binary, start=0, end=0,
    )  # fmt: skip
    lost = (before_oid and before_blob is None) or (after_oid and after_blob is None)
    if lost or some.is_binary:
        return Compared(index, name, ParsedFile(entry), 0, 0, "It differs; it is not text to show.")
    hunks = list(hunks_between(_lines(before_blob), _lines(after_blob)))
    rows = [row for hunk in hunks for row in hunk.rows]
    return Compared(
        index, name, ParsedFile(entry, hunks=hunks), sum(r.sign == "+" for r in rows),
        sum(r.sign == "-" for r in rows), "",
    )  # fmt: skip


def _content(mine: DiffFile | None, other: DiffFile | None) -> tuple[str, Blob | None]:
    """Object id and content on one side: what this round made of it, else what it began as."""
    if mine is not None:
        return mine.new_oid, mine.new
    return (other.old_oid, other.old) if other is not None else ("", None)


def _lines(blob: Blob | None) -> list[bytes]:
    data = blobs.get(blob)
    lines = data.split(b"\n")
    return lines[:-1] if data.endswith(b"\n") or not data else lines


def hunks_between(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Hunk]:
    """Hunks with three lines of context that turn `old` into `new`."""
    rows = list(_rows(old, new))
    changed = [number for number, row in enumerate(rows) if row.sign != " "]
    start = end = -1
    for number in changed:
        if start >= 0 and number - end > 2 * CONTEXT:
            yield _hunk(rows, start, end)
            start = -1
        if start < 0:
            start = number
        end = number
    if start >= 0:
        yield _hunk(rows, start, end)


def _rows(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Row]:
    matches = same_lines(old, new)
    at = 0
    for number, line in enumerate(old):
        match = matches.get(number)
        if match is None:
            yield Row("-", number + 1, None, decode(line))
            continue
        while at < match:
            yield Row("+", None, at + 1, decode(new[at]))
            at += 1
        yield Row(" ", number + 1, at + 1, decode(line))
        at += 1
    for rest in range(at, len(new)):
        yield Row("+", None, rest + 1, decode(new[rest]))


def _hunk(rows: Sequence[Row], start: int, end: int) -> Hunk:
    part = list(rows[max(0, start - CONTEXT) : end + CONTEXT + 1])
    olds = [row.old_line for row in part if row.old_line is not None]
    news = [row.new_line for row in part if row.new_line is not None]
    return Hunk(olds[0] if olds else 0, len(olds), news[0] if news else 0, len(news), "", part)
