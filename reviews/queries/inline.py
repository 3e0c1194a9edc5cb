"""Which files come with a page at once: the first, as far as a slow line and a phone bear it."""

from __future__ import annotations

from dataclasses import dataclass

# Rows of all files together, a dozen screens: more cost a phone time that it has none of before
# the first one can be read, and come on approach. FIRST: of the file that is read first.
ROWS, FIRST = 500, 1000
PER_PAGE = 500  # files of a page; their bodies may come later
BYTES = 512 * 1024  # of text of all files together, about a fifth of that on the line
FILES = 100
HEAVY = 1024 * 1024  # bytes of one file's changes that come only when they are asked for
HEAVY_LINE = 1000  # bytes of a line, on average, that make so few lines so heavy


@dataclass(slots=True)
class Room:
    """What is left of it. Ask for each file once, in the order of the page."""

    rows: int = ROWS
    size: int = BYTES
    files: int = FILES

    def takes(self, rows: int, size: int) -> bool:
        """Whether a file of so many rows and bytes fits; if so, its room is taken."""
        most = FIRST if self.files == FILES else self.rows
        if rows > most or size > self.size or not self.files:
            return False
        self.rows -= rows
        self.size -= size
        self.files -= 1
        return True


def page_at(place: int) -> int:
    """Which page of files a place in the order is on; places from 0, pages from 1."""
    return place // PER_PAGE + 1


def is_heavy(lines: int, size: int) -> bool:
    """Whether a file is few lines of many bytes, which nobody reads and a phone should not load."""
    return size > HEAVY and size > lines * HEAVY_LINE
