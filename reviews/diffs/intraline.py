"""Which words of a replaced line are new: bounded work for any line, no marks where all is new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from reviews.diffs.model import Row
from reviews.diffs.text import has_undecodable

Range = tuple[int, int]  # character offsets, end not included

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MAX_TOKENS = 300
_MAX_BLOCK = 200  # lines of one side
_MAX_LINE = 5_000  # characters
_LOOK_AHEAD = 20  # added lines that are tried for one removed line
_ALIKE = 50.0  # rapidfuzz ratio of two lines that may be the same line, edited
_MOSTLY_NEW = 0.6


def mark_words(rows: Sequence[Row]) -> dict[int, list[Range]]:
    """Changed ranges by position in `rows` (a hunk's), for lines that replace one another."""
    marks: dict[int, list[Range]] = {}
    for removed, added in _blocks(rows):
        if max(len(removed), len(added)) > _MAX_BLOCK:
            continue
        for old, new in _pairs(rows, removed, added):
            found = changed_words(rows[old].text, rows[new].text)
            if found is not None:
                marks[old], marks[new] = found
    return marks


def changed_words(old: str, new: str) -> tuple[list[Range], list[Range]] | None:
    """Ranges of both lines that differ; None when marks would not help or cost too much."""
    if old == new or max(len(old), len(new)) > _MAX_LINE:
        return None
    if has_undecodable(old) or has_undecodable(new):
        return None
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    head = _common(a, b)
    tail = _common(a[head:][::-1], b[head:][::-1])
    first = sum(map(len, a[:head]))
    a, b = a[head : len(a) - tail], b[head : len(b) - tail]
    if max(len(a), len(b)) > _MAX_TOKENS:
        return None
    codes = LCSseq.opcodes(a, b)
    olds = _ranges(a, [(c.src_start, c.src_end) for c in codes if c.tag != "equal"], first)
    news = _ranges(b, [(c.dest_start, c.dest_end) for c in codes if c.tag != "equal"], first)
    if _is_mostly_new(old, olds) or _is_mostly_new(new, news):
        return None
    return olds, news


def _blocks(rows: Sequence[Row]) -> Iterator[tuple[list[int], list[int]]]:
    """Removed lines directly followed by added ones, as positions."""
    removed: list[int] = []
    added: list[int] = []
    for position, row in enumerate(rows):
        if row.sign == "-" and not added:
            removed.append(position)
        elif row.sign == "+":
            added.append(position)
        elif row.sign != "\\":
            yield removed, added
            removed, added = ([position] if row.sign == "-" else []), []
    yield removed, added


def _pairs(
    rows: Sequence[Row], removed: Sequence[int], added: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Which added line stands for which removed one: in order, the most alike of the next few."""
    if len(removed) == len(added):
        yield from zip(removed, added, strict=True)
        return
    start = 0
    for old in removed:
        best, at = _ALIKE, -1
        for offset, new in enumerate(added[start : start + _LOOK_AHEAD], start):
            score = fuzz.ratio(
                rows[old].text[:1000].strip(), rows[new].text[:1000].strip(), score_cutoff=best
            )
            if score > best:
                best, at = score, offset
        if at >= 0:
            yield old, added[at]
            start = at + 1


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """How many tokens both begin with."""
    count = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        count += 1
    return count


def _ranges(tokens: Sequence[str], spans: Sequence[Range], first: int) -> list[Range]:
    """Token spans as character offsets; spans with only white space between them become one."""
    offsets = [first]
    for token in tokens:
        offsets.append(offsets[-1] + len(token))
    ranges: list[Range] = []
    last = 0
    for start, end in spans:
        if start == end:
            continue
        if (ranges and "".join(tokens[last:start]).isspace()) or (ranges and last == start):
            ranges[-1] = (ranges[-1][0], offsets[end])
        else:
            ranges.append((offsets[start], offsets[end]))
        last = end
    return ranges


def _is_mostly_new(line: str, ranges: Sequence[Range]) -> bool:
    whole = len(line.strip())
    return bool(whole) and sum(end - start for start, end in ranges) > _MOSTLY_NEW * whole
