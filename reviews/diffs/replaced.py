"""Which lines of a hunk stand against one another: removed ones directly followed by added ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz.distance import LCSseq

from reviews.diffs.anchor import same_lines
from reviews.diffs.model import Row

_MOST_CELLS = 50_000_000  # lines times lines that are compared exactly: 6 MB, about 20 ms


def replaced_blocks(rows: Sequence[Row]) -> Iterator[tuple[list[int], list[int]]]:
    """Removed lines directly followed by added ones, as positions; one list may be empty."""
    removed: list[int] = []
    added: list[int] = []
    for position, row in enumerate(rows):
        sign = row.sign
        if sign == "+":
            added.append(position)
        elif sign == "-" and not added:
            removed.append(position)
        elif sign != "\\" and (removed or added):
            yield removed, added
            removed, added = ([position] if sign == "-" else []), []
    if removed or added:
        yield removed, added


def common_order[Key: (str, int)](old: Sequence[Key], new: Sequence[Key]) -> list[tuple[int, int]]:
    """0-based pairs of equal items, both numbers rising: the most there are, or nearly.

    Bounded for any input: blocks of more than `_MOST_CELLS` fall back on items that stand once.
    """
    numbers: dict[Key, int] = {}
    a = [numbers.setdefault(key, len(numbers)) for key in old]
    b = [numbers.setdefault(key, len(numbers)) for key in new]
    if len(a) * len(b) > _MOST_CELLS:
        return sorted(same_lines([b"%d" % n for n in a], [b"%d" % n for n in b]).items())
    return [
        (code.src_start + offset, code.dest_start + offset)
        for code in LCSseq.opcodes(a, b)
        if code.tag == "equal"
        for offset in range(code.src_end - code.src_start)
    ]
