"""What a reviewer must be told above a file, because the rows alone could be misread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reviews.diffs.confusable import deceiving
from reviews.diffs.model import Encodings, Row
from reviews.diffs.text import BIDI, INVISIBLE, readable

_UNUSUAL = re.compile("[^\t\n\r\x20-\x7e]|\r(?!\n)")
_PLACES = 3  # look-alikes that are told with their line
_ODD_SPACE = re.compile("[\xa0\u2000-\u200a\u202f\u205f]")


def notes_on_rows(
    all_rows: Iterable[Row], decoded: str, encodings: Encodings, *, is_partly_lost: bool
) -> tuple[str, ...]:
    """Sentences on encoding, direction, what cannot be seen or looks like others, line ends."""
    rows = [row for row in all_rows if row.sign != "\\"]
    notes = list(_encoding(encodings, is_partly_lost=is_partly_lost))
    if _UNUSUAL.search(decoded):
        notes += _hidden(rows)
        notes += _taken_for_others(rows, encodings)
    if "\r\n" in decoded:
        notes += _line_ends(rows)
    return tuple(notes)


def _encoding(encodings: Encodings, *, is_partly_lost: bool) -> Iterator[str]:
    old, new = encodings
    sides = [("Not", new)] if old == new else [("Before, not", old), ("Now not", new)]
    for words, told in sides:
        if told.name != "utf-8":
            why = "which the file declares" if told.is_declared else "which its bytes look like"
            yield f"{words} UTF-8: shown as {told.name}, {why}."
    if is_partly_lost:
        yield "Binary or not UTF-8: bytes that cannot be decoded show as \ufffd."


def _hidden(rows: Iterable[Row]) -> Iterator[str]:
    bidi = others = 0
    for row in rows:
        for char in INVISIBLE.findall(row.text.removesuffix("\r")):
            if BIDI.match(char):
                bidi += 1
            elif not _ODD_SPACE.match(char):
                others += 1
    if bidi:
        yield (
            f"{_count(bidi, 'bidirectional control character')}: the order on screen may not be "
            "the order in which the code runs."
        )
    if others:
        yield f"{_count(others, 'invisible or control character')}, each marked in its line."


def _taken_for_others(rows: Iterable[Row], encodings: Encodings) -> Iterator[str]:
    """How many look-alikes there are, and where the first of them stand."""
    number = 0
    places: list[str] = []
    for row in rows:
        if row.text.isascii():
            continue
        line = readable(row.text, encodings.of(row.sign))
        for at, like in sorted(deceiving(line).items()):
            number += 1
            if len(places) < _PLACES:
                place = f"line {row.new_line}" if row.new_line else f"removed line {row.old_line}"
                places.append(f"{place} U+{ord(line[at]):04X} looks like {like}")
    if number:
        looks = "character looks like another" if number == 1 else "characters look like others"
        more = f"; and {number - _PLACES} more" if number > _PLACES else ""
        yield f"{number} {looks}: {'; '.join(places)}{more}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _line_ends(rows: Iterable[Row]) -> Iterator[str]:
    old = {row.text.endswith("\r") for row in rows if row.sign == "-"}
    new = {row.text.endswith("\r") for row in rows if row.sign == "+"}
    if old == {True} and new == {False}:
        yield "Line ends change from CRLF to LF."
    if old == {False} and new == {True}:
        yield "Line ends change from LF to CRLF."


def has_crlf_throughout(rows: Iterable[Row]) -> bool:
    """Whether every line shown ends in CRLF, so that marking each would say nothing."""
    lines = [row for row in rows if row.sign != "\\"]
    return bool(lines) and all(row.text.endswith("\r") for row in lines)
