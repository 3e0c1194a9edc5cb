"""A bounded part of a file's hunks, cut from the bytes before anything parses them.

A hunk that does not fit is cut too, and its header is written anew for the rows that remain, so
that every window is a well-formed diff and one huge hunk (a new file) can be paged as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_HEADER = re.compile(rb"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Window:
    """Rows `first` (0-based, headers not counted) to `first + rows`, and at most `size` bytes."""

    first: int = 0
    rows: int | None = 20_000
    size: int | None = 2 * 1024 * 1024


PAGE = Window()
WHOLE = Window(rows=None, size=None)


def clip(hunks: bytes, window: Window) -> tuple[bytes, int | None]:
    """The window's rows as hunks again, and the number of the first row after it (None: no more).

    At least one row is taken, however long, so that windows always reach the end. Text with headers
    that cannot be read is given back whole: the parser has the sentence for it.
    """
    if _is_all(hunks, window):
        return hunks, None
    cutter = _Cutter(window)
    for line in hunks[:-1].split(b"\n"):
        if line.startswith(b"@@"):
            found = _HEADER.match(line)
            if found is None:
                return hunks, None
            cutter.begin(int(found[1]), int(found[2]), found[3])
        elif not cutter.take(line):
            break
    return cutter.finish()


def _is_all(hunks: bytes, window: Window) -> bool:
    return (
        window.first == 0
        and (window.size is None or len(hunks) <= window.size)
        and (window.rows is None or hunks.count(b"\n") <= window.rows)
    )


@dataclass(slots=True)
class _Cutter:
    window: Window
    out: list[bytes] = field(default_factory=list)
    seen: int = 0
    size: int = 0
    taken: int = 0
    rows: list[bytes] = field(default_factory=list)
    old: int = 0
    new: int = 0
    section: bytes = b""
    is_cut: bool = False

    def begin(self, old: int, new: int, section: bytes) -> None:
        self._flush()
        self.old, self.new, self.section = old, new, section

    def take(self, line: bytes) -> bool:
        """Keep, skip or refuse a row; False when the window is full."""
        if self.seen < self.window.first:
            self.seen += 1
            self._pass(line)
            return True
        if self._is_full(line):
            self.is_cut = True
            return False
        self.seen += 1
        self.taken += 1
        self.size += len(line) + 1
        self.rows.append(line)
        return True

    def finish(self) -> tuple[bytes, int | None]:
        self._flush()
        return b"".join(self.out), self.seen if self.is_cut else None

    def _is_full(self, line: bytes) -> bool:
        if not self.taken or line.startswith(b"\\"):  # a marker stays with its line
            return False
        rows, size = self.window.rows, self.window.size
        return (rows is not None and self.taken >= rows) or (
            size is not None and self.size + len(line) >= size
        )

    def _pass(self, line: bytes) -> None:
        """Move the hunk's start over a row that lies before the window."""
        if not line.startswith((b"+", b"\\")):
            self.old += 1
        if not line.startswith((b"-", b"\\")):
            self.new += 1

    def _flush(self) -> None:
        if not self.rows:
            return
        old = sum(not row.startswith((b"+", b"\\")) for row in self.rows)
        new = sum(not row.startswith((b"-", b"\\")) for row in self.rows)
        numbers = (self.old, old, self.new, new)
        self.out.append(b"@@ -%d,%d +%d,%d @@" % numbers + self.section + b"\n")
        self.out.extend(row + b"\n" for row in self.rows)
        self.rows = []
