"""Words looked for in the rows of a patch, without parsing it into rows.

Small letters find capitals too; a query that has capitals means them. No pattern of the asker's is
ever compiled: every sign stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviews.diffs import text
from reviews.diffs.model import Encodings

_PIECE = 1024 * 1024  # bytes that are searched at a time
_BEFORE, _AFTER = 40, 120  # characters shown around what was found
_NUMBERS = re.compile(rb"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that holds the words, cut around the first of them.

    sign: " ", "+" or "-". side: "o" for a removed row, else "n"; line: 1-based, of that side.
    """

    sign: str
    side: str
    line: int
    before: str
    found: str
    after: str


class Query:
    """Words to look for, as they were typed."""

    def __init__(self, words: str) -> None:
        is_exact = words != words.lower()
        self._pattern = re.compile(re.escape(words), 0 if is_exact else re.IGNORECASE)
        self._needle = text.encode(words)
        self._fold = bytes if is_exact else bytes.lower
        self._is_plain = is_exact or words.isascii()

    def is_in(self, data: bytes) -> bool:
        """Whether UTF-8 text holds the words."""
        if self._is_plain:
            return self._needle in self._fold(data)
        return self._pattern.search(text.decode(data)) is not None

    def cut(self, line: str) -> tuple[str, str, str] | None:
        """What stands before, in and after the first place of the words, cut; None: nowhere."""
        found = self._pattern.search(line)
        if found is None:
            return None
        start, end = found.span()
        first = max(0, start - _BEFORE)
        before = (_CUT if first else "") + line[first:start].lstrip()
        after = line[end : end + _AFTER] + (_CUT if len(line) > end + _AFTER else "")
        return before, found[0], after


def rows_with(
    query: Query, patch: bytes, encodings: Encodings | None = None
) -> Iterator[Hit | None]:
    """The rows of a file's slice of a patch that hold the words, in order.

    None comes now and then in between, so that the caller can look at the clock.
    """
    old = new = 0
    is_inside = False
    for part in _pieces(patch):
        yield None
        piece = part if encodings is None else _as_utf8(part, encodings)
        may_hold = query.is_in(piece)
        for line in piece.split(b"\n"):
            sign = line[:1]
            if sign == b"@" and (numbers := _NUMBERS.match(line)):
                old, new, is_inside = int(numbers[1]), int(numbers[2]), True
            elif sign == b"d":  # the second part of a change of type begins
                is_inside = False
            elif is_inside and sign in (b" ", b"+", b"-"):
                if may_hold and query.is_in(line):
                    yield from _hit(query, line, old, new)
                old += sign != b"+"
                new += sign != b"-"


def _hit(query: Query, line: bytes, old: int, new: int) -> Iterator[Hit]:
    found = query.cut(text.plain(text.decode(line[1:])))
    if found is not None:
        sign = chr(line[0])
        is_old = sign == "-"
        yield Hit(sign, "o" if is_old else "n", old if is_old else new, *found)


def _as_utf8(piece: bytes, encodings: Encodings) -> bytes:
    """Rows as they are shown, so that they are found by what is read there."""
    shown = [
        text.readable(text.decode(line), encodings.of(chr(line[0]))) if line else ""
        for line in piece.split(b"\n")
    ]
    return "\n".join(shown).encode("utf-8", "replace")


def _pieces(data: bytes) -> Iterator[bytes]:
    """The data in parts of whole lines, each without its last line feed."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _PIECE)
        end = len(data) if end < 0 else end
        yield data[start:end]
        start = end + 1
