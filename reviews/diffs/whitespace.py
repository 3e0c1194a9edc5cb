"""Lines that changed in white space only, as `git diff -w` would not show them.

A blank line that was only added or only removed counts as a change: `-w` shows it too, and in some
languages (Markdown, Python's doctests, Makefiles) a blank line means something.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviews.diffs.model import Row
from reviews.diffs.replaced import common_order, replaced_blocks

# What git's -w takes away: no form feed, no Unicode space. Those stay differences that show.
_GONE = str.maketrans("", "", " \t\r\n")


def without_white(text: str) -> str:
    """The line as `git diff -w` compares it."""
    return text.translate(_GONE) if not text.isalnum() else text


def white_only(rows: Sequence[Row]) -> set[int]:
    r"""Positions in `rows` (a hunk's) of lines that differ from their counterpart in white space.

    Both the removed and the added line are in the set, and the "\ No newline" marker below one of
    them; so are lines of which only the end changed (CRLF or LF, newline at the end or none).
    """
    found: set[int] = set()
    for removed, added in replaced_blocks(rows):
        if removed and added:
            old = [without_white(rows[at].text) for at in removed]
            new = [without_white(rows[at].text) for at in added]
            for left, right in common_order(old, new):
                found.update((removed[left], added[right]))
    found.update(at for at in range(1, len(rows)) if rows[at].sign == "\\" and at - 1 in found)
    return found
