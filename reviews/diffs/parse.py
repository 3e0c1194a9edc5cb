"""One file's slice of a patch, opened: hunks and rows by unidiff, or the reason why not.

unidiff reads hunks well and headers badly, so it never sees a header of the file's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as UnidiffHunk
from unidiff.patch import Line, PatchSet

from reviews.diffs import text
from reviews.diffs.model import Encoding, Encodings, FileEntry, Hunk, ParsedFile, Row
from reviews.diffs.names import notes_on
from reviews.diffs.notes import notes_on_rows
from reviews.diffs.window import PAGE, WHOLE, Window, clip

__all__ = [
    "PAGE", "WHOLE", "Unreadable", "Window", "described", "parse_file", "parse_hunks", "unreadable",
]  # fmt: skip

HUNK_HEADER = re.compile(
    rb"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(?: (.*))?$", re.ASCII
)
_PLAIN_HEADER = b"--- a/f\n+++ b/f\n"
_SECTION = re.compile(rb"^diff --git ", re.MULTILINE)
_FIRST_HUNK = re.compile(rb"^@@ ", re.MULTILINE)
_HEADERS = re.compile(rb"^@@.*", re.MULTILINE)
_STRAY = re.compile(rb"^(?:[^ +\\@\n\r-]|\r(?!\n))", re.MULTILINE)
_MARKER = re.compile(rb"^\\(?! No newline at end of file$).*", re.MULTILINE)
_RAW_LINES = 2_000
_RAW_BYTES = 256 * 1024


class Unreadable(Exception):
    """The text is not hunks; the message is a sentence for the reader."""


def parse_file(data: bytes, entry: FileEntry, window: Window = PAGE) -> ParsedFile:
    """Rows of one file, from its slice of git's patch (`patch[entry.start:entry.end]`).

    At most one window of rows is read; `next_row` says where to go on. A slice that cannot be read
    comes back with `error` and its raw lines; nothing is raised for any bytes.
    """
    regions = [_region(section) for section in _sections(data)]
    try:
        parsed = parse_hunks([region for region in regions if region], entry, window)
    except Unreadable as problem:
        parsed = unreadable(entry, data, str(problem))
    return replace(parsed, notes=(*notes_on(entry.path), *parsed.notes))


def parse_hunks(regions: list[bytes], entry: FileEntry, window: Window = PAGE) -> ParsedFile:
    """Rows out of bytes that begin with `@@` each and hold hunks only; Unreadable if not."""
    whole = b"".join(region if region.endswith(b"\n") else region + b"\n" for region in regions)
    if not whole:
        return ParsedFile(entry)
    part, next_row = clip(whole, window)
    decoded = text.decode(part)
    hunks = _hunks(part, decoded)
    return described(ParsedFile(entry, hunks, next_row=next_row), decoded)


def described(parsed: ParsedFile, decoded: str) -> ParsedFile:
    """With its encoding and what must be said above its rows. decoded: their text, all of it."""
    rows = [row for hunk in parsed.hunks for row in hunk.rows]
    encodings, is_partly_lost = parsed.entry.encodings or Encodings(), False
    if text.has_undecodable(decoded):
        encodings = parsed.entry.encodings or Encodings(_told(rows, " -"), _told(rows, " +"))
        is_partly_lost = any("\ufffd" in text.readable(r.text, encodings.of(r.sign)) for r in rows)
    notes = notes_on_rows(rows, decoded, encodings, is_partly_lost=is_partly_lost)
    return replace(parsed, encodings=encodings, has_undecodable=is_partly_lost, notes=notes)


def _told(rows: Sequence[Row], signs: str) -> Encoding:
    """What a side's rows say of themselves, where they are all that is known of it."""
    texts = [row.text for row in rows if row.sign in signs]
    is_other = any(map(text.has_undecodable, texts))
    return Encoding(text.declared_encoding(texts)) if is_other else Encoding()


def unreadable(entry: FileEntry, data: bytes, problem: str) -> ParsedFile:
    """A file shown as the lines that came, with the sentence why (bounded)."""
    lines = text.decode(data[:_RAW_BYTES]).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return ParsedFile(entry, error=problem, raw=lines[:_RAW_LINES])


def _sections(data: bytes) -> list[bytes]:
    """The slice's parts: two for a type change, else one."""
    starts = [match.start() for match in _SECTION.finditer(data)] or [0]
    return [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]


def _region(section: bytes) -> bytes:
    """The section from its first hunk on."""
    found = _FIRST_HUNK.search(section)
    return section[found.start() :] if found else b""


def _hunks(part: bytes, decoded: str) -> list[Hunk]:
    headers = [match[0] for match in _HEADERS.finditer(part)]
    for header in headers:
        if HUNK_HEADER.match(header) is None:
            raise Unreadable("A hunk header holds numbers that cannot be read.")
    if _STRAY.search(part):
        raise Unreadable("A line inside a hunk is neither context, nor added, nor removed.")
    if _MARKER.search(part):
        decoded = text.decode(_MARKER.sub(rb"\\ No newline at end of file", part))
    hunks = [_hunk(hunk) for hunk in _by_unidiff(decoded)]
    if len(hunks) != len(headers) or _row_count(hunks) != part.count(b"\n") - len(headers):
        raise Unreadable("A hunk is longer than its header says.")
    return hunks


def _row_count(hunks: Iterable[Hunk]) -> int:
    return sum(len(hunk.rows) for hunk in hunks)


def _by_unidiff(decoded: str) -> list[UnidiffHunk]:
    """unidiff's hunks of exactly one file."""
    try:
        patch = PatchSet.from_string(_PLAIN_HEADER.decode() + decoded)
    except (UnidiffParseError, ValueError, AssertionError) as problem:
        raise Unreadable(_sentence(str(problem))) from problem
    if len(patch) != 1:
        raise Unreadable("A hunk is longer than its header says.")
    return list(patch[0])


def _sentence(problem: str) -> str:
    if "longer" in problem or "Target without source" in problem:
        return "A hunk is longer than its header says."
    if "shorter" in problem:
        return "The text ends inside a hunk: it is shorter than its header says."
    return "The hunks do not follow the format of a unified diff."


def _hunk(hunk: UnidiffHunk) -> Hunk:
    rows = [_row(line) for line in hunk]
    return Hunk(
        hunk.source_start, hunk.source_length, hunk.target_start, hunk.target_length,
        section=hunk.section_header, rows=rows,
    )  # fmt: skip


def _row(line: Line) -> Row:
    text_ = line.value.removesuffix("\n")
    return Row(line.line_type, line.source_line_no, line.target_line_no, text_)
