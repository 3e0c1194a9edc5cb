"""Syntax colours of a whole file, as runs of four classes, packed small enough to keep.

A file is lexed whole, so that a line in the middle of a string is a string wherever its hunk
begins. What the lexers get is hostile: size and time are bounded, and plain text is the way out.
"""

from __future__ import annotations

import re
import signal
import struct
import sys
import threading
import time
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import accumulate
from types import FrameType

import pygments
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Name, Operator, String, _TokenType

from reviews.diffs import text
from reviews.diffs.languages import asks_first_line, language_of

__all__ = ["MAX_BYTES", "MAX_LINE", "VERSION", "Run", "Runs", "asks_first_line", "class_of",
           "language_of", "lex"]  # fmt: skip

FORMAT = 1
VERSION = f"pygments {pygments.__version__} runs {FORMAT}"
MAX_BYTES = 1_500_000  # of a file
MAX_LINE = 20_000  # characters of a line; a longer one has no colours
CLASSES = "kscn"  # keyword, string, comment, number
_MAX_RUN = 0x3FFF  # characters of one run: its length shares 16 bits with its class
_LOOKS = 64  # tokens between two looks at the clock
_HEADER = struct.Struct("<II")  # lines, runs
_KINDS: tuple[tuple[_TokenType, str], ...] = (
    (Comment.PreprocFile, "s"), (Comment.Preproc, "p"), (Comment, "c"), (String, "s"),
    (Literal.Number, "n"), (Literal.Date, "n"), (Keyword, "k"), (Operator.Word, "k"),
    (Name.Tag, "k"), (Generic.Heading, "k"), (Generic.Subheading, "k"),
)  # fmt: skip
_DIRECTIVE = re.compile(r"[^\w\s]*\w*")  # of a preprocessor's line, what says that it is one

Run = tuple[int, int, str]  # first character of the line, end (not included), class


class _OutOfTime(BaseException):
    """Not an Exception: a lexer that catches all must not go on."""


def lex(data: bytes, language: str, seconds: float) -> bytes | None:
    """The packed runs of a file, lexed whole; None when it is too large or takes too long.

    language: of `language_of`. seconds: of processor time, so that a busy machine colours no less.
    In a process's main thread a single regular expression that does not end is interrupted too;
    elsewhere the clock is looked at between tokens.
    """
    if not language or len(data) > MAX_BYTES:
        return None
    source = text.decode(data).replace("\r\n", "\n").replace("\r", " ")
    starts = [0, *(found.end() for found in re.finditer("\n", source))]
    try:
        with _limited(seconds):
            return _pack(_by_line(source, starts, language, time.thread_time() + seconds))
    except _OutOfTime:
        return None
    except Exception:  # noqa: BLE001 - hundreds of lexers, any text: what fails stays plain
        return None


class Runs:
    """Packed runs, read: what `lex` has given."""

    __slots__ = ("_ends", "_lengths", "_starts")

    def __init__(self, ends: Sequence[int], starts: array[int], lengths: array[int]) -> None:
        """ends: for each line, how many runs there are up to its end, with a 0 before the first."""
        self._ends = ends
        self._starts = starts
        self._lengths = lengths

    @classmethod
    def read(cls, packed: bytes) -> Runs:
        """The runs of a file; ValueError when these are no packed runs."""
        if len(packed) < _HEADER.size:
            raise ValueError("These are no packed runs: too short.")
        lines, runs = _HEADER.unpack_from(packed)
        if len(packed) != _HEADER.size + 2 * lines + 4 * runs:
            raise ValueError("These are no packed runs: the length is wrong.")
        first, second = _HEADER.size + 2 * lines, _HEADER.size + 2 * lines + 2 * runs
        counts = _from_bytes(packed[_HEADER.size : first])
        ends = list(accumulate(counts, initial=0))
        return cls(ends, _from_bytes(packed[first:second]), _from_bytes(packed[second:]))

    def line(self, number: int) -> Sequence[Run]:
        """Runs of a line (from 1), in order, without overlap; none beyond the last line."""
        if not 0 < number < len(self._ends):
            return ()
        first, end = self._ends[number - 1], self._ends[number]
        if first == end:
            return ()
        return [
            (start, start + (length >> 2), CLASSES[length & 3])
            for start, length in zip(self._starts[first:end], self._lengths[first:end], strict=True)
        ]


def _by_line(
    source: str, starts: Sequence[int], language: str, until: float
) -> Iterator[tuple[int, int, int, str]]:
    """(line from 0, start, end, class) in order; runs that touch are not joined yet."""
    line, ends = 0, [*(start - 1 for start in starts[1:]), len(source)]
    for first, after, name in _coloured(source, language, until):
        start, end = first, min(after, len(source))
        while start < end:
            line = bisect_right(starts, start, lo=line) - 1
            begin, stop = starts[line], min(end, ends[line])
            if ends[line] - begin <= MAX_LINE:
                if start == begin:  # an indent needs no colour
                    start = stop - len(source[start:stop].lstrip())
                for piece in range(start - begin, stop - begin, _MAX_RUN):
                    yield line, piece, min(piece + _MAX_RUN, stop - begin), name
            start = stop + 1


def _coloured(source: str, language: str, until: float) -> Iterator[tuple[int, int, str]]:
    """(start, end, class) of the tokens that have one, in order and apart; raises _OutOfTime."""
    # Many patterns want the line feed that ends a line.
    ended = source if source.endswith("\n") else source + "\n"
    at = 0
    for count, (index, kind, value) in enumerate(
        get_lexer_by_name(language).get_tokens_unprocessed(ended)
    ):
        if not count % _LOOKS and time.thread_time() > until:
            raise _OutOfTime
        name = class_of(kind)
        if not name:
            continue
        start, end = max(index, at), index + len(value)
        if name == "p":
            name, end = "k", index + _directive(value)
        if start < end:
            yield start, end, name
            at = end


def _directive(value: str) -> int:
    """How many characters of a preprocessor's line say that it is one."""
    found = _DIRECTIVE.match(value)
    return found.end() if found else 0


def _pack(found: Iterator[tuple[int, int, int, str]]) -> bytes:
    """Counts of each line up to the last with colours, then all columns, then all lengths."""
    counts, starts, lengths = array("H"), array("H"), array("H")
    touching = -1  # the column where the last run of the last line ended
    for line, start, end, name in found:
        if line >= len(counts):
            counts.extend([0] * (line + 1 - len(counts)))
            touching = -1
        packed = (end - start) << 2 | CLASSES.index(name)
        if start == touching and lengths[-1] & 3 == packed & 3:
            joined = (lengths[-1] >> 2) + end - start
            if joined <= _MAX_RUN:
                lengths[-1] = joined << 2 | packed & 3
                touching = end
                continue
        counts[-1] += 1
        starts.append(start)
        lengths.append(packed)
        touching = end
    columns = b"".join(map(_to_bytes, (counts, starts, lengths)))
    return _HEADER.pack(len(counts), len(starts)) + columns


def _to_bytes(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _from_bytes(data: bytes) -> array[int]:
    numbers = array("H")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


@cache
def class_of(kind: _TokenType) -> str:
    """Of a token: k, s, c, n, p for a preprocessor's directive, "" for what stays plain."""
    return next((name for of, name in _KINDS if kind in of), "")


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise _OutOfTime after so much processor time; nothing outside the main thread.

    The regular expression engine looks for signals while it works, so this ends it as well.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        raise _OutOfTime

    handler = signal.signal(signal.SIGVTALRM, on_alarm) or signal.SIG_DFL
    timer = (0.0, 0.0)
    try:
        try:
            timer = signal.setitimer(signal.ITIMER_VIRTUAL, max(seconds, 0.001))
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, handler)
        signal.setitimer(signal.ITIMER_VIRTUAL, *timer)
