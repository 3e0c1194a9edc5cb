"""Which words of a replaced line are new: bounded work for any line, no marks where all is new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq, Postfix, Prefix

from reviews.diffs.model import Row
from reviews.diffs.replaced import replaced_blocks
from reviews.diffs.text import has_undecodable
from reviews.diffs.words import NEUTRAL, PATTERNS

Range = tuple[int, int]  # character offsets, end not included
Both = tuple[list[Range], list[Range]]  # of the removed line, of the added one

_MAX_TOKENS = 300
_MAX_BLOCK = 200  # lines of one side
_MAX_LINE = 5_000  # characters
_LOOK_AHEAD = 20  # added lines that are tried for one removed line
_ALIKE = 50.0  # rapidfuzz ratio of two lines that may be the same line, edited
_MOSTLY_NEW = 0.6
_COMPARED = 1_000  # characters of a line that say how alike it is to another
_MOST_SCORES = 1_600  # pairs of lines of a block that are compared each with each


def mark_words(rows: Sequence[Row], language: str = "") -> dict[int, list[Range]]:
    """Changed ranges by position in `rows` (a hunk's), for lines that replace one another.

    language: an alias of a lexer (see `languages.language_of`); others than `words.PATTERNS`
    knows are cut into words in the same way as any text.
    """
    marks: dict[int, list[Range]] = {}
    for removed, added in replaced_blocks(rows):
        if not removed or not added or max(len(removed), len(added)) > _MAX_BLOCK:
            continue
        is_one = len(removed) == len(added) == 1
        for old, new in [(removed[0], added[0])] if is_one else _pairs(rows, removed, added):
            found = changed_words(rows[old].text, rows[new].text, language)
            if found is not None:
                marks[old], marks[new] = found
    return marks


def changed_words(old: str, new: str, language: str = "") -> Both | None:
    """Ranges of both lines that differ; None when marks would not help or cost too much.

    Ranges are in order, apart, not empty and inside the line. White space that changed beside
    words is not marked; where nothing else changed, it is.
    """
    if old == new or len(old) > _MAX_LINE or len(new) > _MAX_LINE:
        return None
    if has_undecodable(old) or has_undecodable(new):
        return None
    found = _differing(old, new, PATTERNS.get(language, NEUTRAL))
    if found is None or _is_mostly_new(old, found[0]) or _is_mostly_new(new, found[1]):
        return None
    return found


def _differing(old: str, new: str, pattern: re.Pattern[str]) -> Both | None:
    """Ranges by words; the characters that both begin and end with are cut before words are."""
    head = Prefix.similarity(old, new)
    tail = min(Postfix.similarity(old, new), len(old) - head, len(new) - head)
    first = old.rfind(" ", 0, head) + 1  # words end at a space at the latest
    last = old.find(" ", len(old) - tail)
    tail = len(old) - last if last >= 0 else 0
    a = pattern.findall(old, first, len(old) - tail)
    b = pattern.findall(new, first, len(new) - tail)
    while a and b and a[-1] == b[-1]:
        a.pop(), b.pop()
    if a and b and a[0] == b[0]:
        same = _common(a, b)
        first += len("".join(a[:same]))
        a, b = a[same:], b[same:]
    if not a or not b or len(a) == len(b) == 1:
        olds, news = _one(a, first), _one(b, first)
    elif len(a) > _MAX_TOKENS or len(b) > _MAX_TOKENS:
        return None
    else:
        olds, news = _unlike(a, b, first)
    words = _words(old, olds), _words(new, news)
    return words if words[0] or words[1] else (olds, news)


def _one(parts: Sequence[str], first: int) -> list[Range]:
    return [(first, first + len("".join(parts)))] if parts else []


def _pairs(
    rows: Sequence[Row], removed: Sequence[int], added: Sequence[int]
) -> list[tuple[int, int]]:
    """Which added line stands for which removed one, both in order.

    The same number of lines, each like its opposite: one by one. Otherwise the order in which the
    lines are most alike; in large blocks the most alike of the next few.
    """
    straight = list(zip(removed, added, strict=False))
    if len(removed) == len(added) and _all_alike(rows, straight):
        return straight
    olds = [rows[at].text[:_COMPARED].strip() for at in removed]
    news = [rows[at].text[:_COMPARED].strip() for at in added]
    small = len(olds) * len(news) <= _MOST_SCORES
    found = most_alike(olds, news) if small else _next_alike(olds, news)
    return [(removed[left], added[right]) for left, right in found]


def _all_alike(rows: Sequence[Row], pairs: Sequence[tuple[int, int]]) -> bool:
    return all(
        _likeness(rows[old].text[:_COMPARED].strip(), rows[new].text[:_COMPARED].strip()) > _ALIKE
        for old, new in pairs
    )


def _likeness(old: str, new: str) -> float:
    return fuzz.ratio(old, new, score_cutoff=_ALIKE)


def most_alike(olds: Sequence[str], news: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of lines that may be one line, edited: rising pairs with the highest sum."""
    width = len(news) + 1
    best = [[0.0] * width for _ in range(len(olds) + 1)]
    gains = [[_likeness(old, new) - _ALIKE for new in news] for old in olds]
    for at in reversed(range(len(olds))):
        row, below, gain = best[at], best[at + 1], gains[at]
        for other in reversed(range(len(news))):
            with_pair = below[other + 1] + gain[other] if gain[other] > 0 else 0.0
            row[other] = max(row[other + 1], below[other], with_pair)
    pairs, at, other = [], 0, 0
    while at < len(olds) and other < len(news):
        if best[at][other] == best[at][other + 1]:
            other += 1
        elif best[at][other] == best[at + 1][other]:
            at += 1
        else:
            pairs.append((at, other))
            at, other = at + 1, other + 1
    return pairs


def _next_alike(olds: Sequence[str], news: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The same, nearly, without looking at every pair."""
    start = 0
    for at, old in enumerate(olds):
        best, place = _ALIKE, -1
        for other in range(start, min(start + _LOOK_AHEAD, len(news))):
            score = fuzz.ratio(old, news[other], score_cutoff=best)
            if score > best:
                best, place = score, other
        if place >= 0:
            yield at, place
            start = place + 1


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """How many tokens both begin with."""
    count = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        count += 1
    return count


def _unlike(a: Sequence[str], b: Sequence[str], first: int) -> Both:
    """Ranges of the tokens that are not in the longest common order."""
    olds: list[Range] = []
    news: list[Range] = []
    for code in LCSseq.opcodes(a, b):
        if code.tag != "equal":
            olds.append((code.src_start, code.src_end))
            news.append((code.dest_start, code.dest_end))
    return _ranges(a, olds, first), _ranges(b, news, first)


def _ranges(parts: Sequence[str], spans: Sequence[Range], first: int) -> list[Range]:
    """Token spans as character offsets; spans with only white space between them become one."""
    offsets = list(accumulate(map(len, parts), initial=first))
    ranges: list[Range] = []
    last = -1
    for start, end in spans:
        if start == end:
            continue
        if last == start or (last >= 0 and start == last + 1 and parts[last].isspace()):
            ranges[-1] = (ranges[-1][0], offsets[end])
        else:
            ranges.append((offsets[start], offsets[end]))
        last = end
    return ranges


def _words(line: str, ranges: Sequence[Range]) -> list[Range]:
    """The ranges without white space at their ends, and without those of nothing else."""
    stripped = []
    for start, end in ranges:
        words = line[start:end].strip()
        if len(words) == end - start:
            stripped.append((start, end))
        elif words:
            first = line.index(words, start)
            stripped.append((first, first + len(words)))
    return stripped


def _is_mostly_new(line: str, ranges: Sequence[Range]) -> bool:
    changed = 0
    for start, end in ranges:
        changed += end - start
    return changed > _MOSTLY_NEW * (len(line.strip()) or changed)
