"""What differs between a block and its moved copy, in one true sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from reviews.diffs.whitespace import without_white

_TOKEN = re.compile(r"\w+|[^\w\s]")
_LONGEST = 1_000  # characters of a line that may differ in words
_SHORTEST = 8  # below that every two lines are alike
_RATIO, _RATIO_OF_A_WORD = 85.0, 65.0
_MOST_QUOTED = 40


def are_alike(old: str, new: str) -> bool:
    """Whether one line is the other with a few words changed."""
    a, b = old.strip(), new.strip()
    if not (_SHORTEST <= len(a) <= _LONGEST and _SHORTEST <= len(b) <= _LONGEST):
        return False
    ratio = fuzz.ratio(a, b, score_cutoff=_RATIO_OF_A_WORD)
    if ratio >= _RATIO or not ratio:
        return ratio >= _RATIO
    dropped, added = _changed(a, b)
    # One word more or less is a small change even of a short line: `private fun play()`.
    return len(dropped) + len(added) == 1


def difference(old: Sequence[str], new: Sequence[str]) -> str:
    """One sentence on how the lines differ, pair by pair; "" when they do not."""
    dropped: list[str] = []
    added: list[str] = []
    is_white = False
    for a, b in zip(old, new, strict=True):
        if a == b:
            continue
        if without_white(a) == without_white(b):
            is_white = True
            continue
        less, more = _changed(a, b)
        dropped += less
        added += more
        is_white = is_white or _indent(a) != _indent(b) or not (less or more)
    if dropped or added:
        return _words(dropped, added) + (", and white space differs." if is_white else ".")
    return _white(old, new) if is_white else ""


def _white(old: Sequence[str], new: Sequence[str]) -> str:
    if [a.removesuffix("\r") for a in old] == [b.removesuffix("\r") for b in new]:
        return "Only the line ends differ."
    if [a.lstrip(" \t") for a in old] == [b.lstrip(" \t") for b in new]:
        return "Indented differently."
    return "Only white space differs."


def _words(dropped: Sequence[str], added: Sequence[str]) -> str:
    """The sentence without its end."""
    both = [*dropped, *added]
    if len(dropped) <= 1 and len(added) <= 1 and all(map(_may_be_quoted, both)):
        if not added:
            return f"Only the word “{dropped[0]}” was dropped"
        if not dropped:
            return f"Only the word “{added[0]}” was added"
        return f"Only the word “{dropped[0]}” became “{added[0]}”"
    number = max(len(dropped), len(added))
    what = "word" if all(word[:1].isalnum() or word[:1] == "_" for word in both) else "word or sign"
    if number == 1:
        return f"One {what} differs"
    return f"{number} {what.replace('word', 'words').replace('sign', 'signs')} differ"


def _may_be_quoted(word: str) -> bool:
    """Whether it is a word that a sentence can hold, with nothing that cannot be seen."""
    return len(word) <= _MOST_QUOTED and word.isprintable() and word.replace("_", "a").isalnum()


def _changed(old: str, new: str) -> tuple[list[str], list[str]]:
    """Tokens that only one of the lines has, in order."""
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    codes = [code for code in LCSseq.opcodes(a, b) if code.tag != "equal"]
    return (
        list(_parts(a, [(code.src_start, code.src_end) for code in codes])),
        list(_parts(b, [(code.dest_start, code.dest_end) for code in codes])),
    )


def _parts(tokens: Sequence[str], spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    for start, end in spans:
        yield from tokens[start:end]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
