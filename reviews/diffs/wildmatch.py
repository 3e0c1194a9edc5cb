"""git's patterns for paths, matched in time that no pattern can blow up.

A pattern becomes a row of steps; all places where it may stand are followed at once, so the work is
at most steps times bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_SLASH = ord("/")
_SPECIAL = frozenset(b"*?[\\")
_ALL = frozenset(range(1, 256))
_NO_SLASH = _ALL - {_SLASH}
_SET_NAME = re.compile(rb"\[:([^\]]*):\]")
_ASCII = range(128)
_SETS: dict[bytes, frozenset[int]] = {
    b"alpha": frozenset(b for b in _ASCII if chr(b).isalpha()),
    b"digit": frozenset(b"0123456789"),
    b"alnum": frozenset(b for b in _ASCII if chr(b).isalnum()),
    b"upper": frozenset(range(65, 91)),
    b"lower": frozenset(range(97, 123)),
    b"space": frozenset(b" \t\n\v\f\r"),
    b"blank": frozenset(b" \t"),
    b"cntrl": frozenset([*range(32), 127]),
    b"print": frozenset(range(32, 127)),
    b"graph": frozenset(range(33, 127)),
    b"punct": frozenset(b for b in range(33, 127) if not chr(b).isalnum()),
    b"xdigit": frozenset(b"0123456789abcdefABCDEF"),
}


class _Step(NamedTuple):
    """takes: bytes it matches. repeats: any number of them. skips: how far to go on without any."""

    takes: frozenset[int]
    repeats: bool = False
    skips: tuple[int, ...] = ()


class NeverMatches(ValueError):
    """A set that is not closed, or a backslash at the end."""


class Glob:
    """One pattern. is_path: a slash is matched only by a slash or by `**` between slashes."""

    def __init__(self, pattern: bytes, *, is_path: bool) -> None:
        if is_path:
            pattern = pattern.removeprefix(b"/")
        length = next((n for n, byte in enumerate(pattern) if byte in _SPECIAL), len(pattern))
        self._prefix, rest = pattern[:length], pattern[length:]
        self._ending: bytes | None = None
        if rest[:1] == b"*" and not (_SPECIAL | ({_SLASH} if is_path else set())) & {*rest[1:]}:
            self._ending, self._is_path = rest[1:], is_path
        try:
            self._steps: tuple[_Step, ...] | None = tuple(_steps(rest, is_path=is_path))
        except NeverMatches:
            self._steps = None

    def fits(self, name: bytes) -> bool:
        """Whether the whole name matches."""
        if self._steps is None or not name.startswith(self._prefix):
            return False
        rest = name[len(self._prefix) :]
        if self._ending is not None:  # *.ext, the most frequent, at the speed of a comparison
            return rest.endswith(self._ending) and not (self._is_path and b"/" in rest)
        return _follow(self._steps, rest)


def _steps(pattern: bytes, *, is_path: bool) -> Iterator[_Step]:
    at = 0
    while at < len(pattern):
        byte = pattern[at : at + 1]
        if byte == b"*":
            steps, at = _star(pattern, at, is_path=is_path)
            yield from steps
        elif byte == b"?":
            yield _Step(_NO_SLASH if is_path else _ALL)
            at += 1
        elif byte == b"[":
            takes, at = _set(pattern, at + 1)
            yield _Step(takes - {_SLASH} if is_path else takes)
        else:
            at += byte == b"\\"
            if at == len(pattern):
                raise NeverMatches
            yield _Step(frozenset(pattern[at : at + 1]))
            at += 1


def _star(pattern: bytes, at: int, *, is_path: bool) -> tuple[list[_Step], int]:
    """Stars from `at` on: one for within a folder, two between slashes for any folders."""
    end = at
    while pattern[end : end + 1] == b"*":
        end += 1
    if not is_path:
        return [_Step(_ALL, True, (1,))], end
    is_between = (at == 0 or pattern[at - 1] == _SLASH) and (
        end == len(pattern) or pattern.startswith((b"/", b"\\/"), end)
    )
    if end - at == 1 or not is_between:
        return [_Step(_NO_SLASH, True, (1,))], end
    any_ = [_Step(_ALL, True, (1,))]
    if pattern.startswith(b"/", end):  # no folder at all: then the slash goes too
        any_.insert(0, _Step(frozenset(), False, (1, 3)))
    return any_, end


def _set(pattern: bytes, at: int) -> tuple[frozenset[int], int]:
    """The bytes of `[...]` whose inside begins at `at`, and the place after it."""
    is_negated = pattern[at : at + 1] in (b"!", b"^")
    at += is_negated
    takes: set[int] = set()
    before: int | None = None
    is_first = True
    while is_first or pattern[at : at + 1] != b"]":
        is_first = False
        named = _SET_NAME.match(pattern, at)
        if named:
            if named[1] not in _SETS:
                raise NeverMatches
            takes |= _SETS[named[1]]
            before, at = None, named.end()
        elif _is_range(pattern, at, before):
            last, at = _one(pattern, at + 1)
            takes |= set(range(before or 0, last + 1))
            before = None
        else:
            before, at = _one(pattern, at)
            takes.add(before)
    return (_ALL - takes if is_negated else frozenset(takes)), at + 1


def _is_range(pattern: bytes, at: int, before: int | None) -> bool:
    following = pattern[at + 1 : at + 2]
    return before is not None and pattern[at : at + 1] == b"-" and following not in (b"", b"]")


def _one(pattern: bytes, at: int) -> tuple[int, int]:
    """A byte of a set, perhaps behind a backslash, and the place after it."""
    at += pattern[at : at + 1] == b"\\"
    if at >= len(pattern):
        raise NeverMatches
    return pattern[at], at + 1


def _follow(steps: tuple[_Step, ...], text: bytes) -> bool:
    places = _closed(steps, [0])
    for byte in text:
        reached = [
            place if steps[place].repeats else place + 1
            for place in places
            if place < len(steps) and byte in steps[place].takes
        ]
        places = _closed(steps, reached)
    return len(steps) in places


def _closed(steps: tuple[_Step, ...], todo: list[int]) -> set[int]:
    """With the places that are reached without taking a byte."""
    places = set(todo)
    while todo:
        place = todo.pop()
        for skip in steps[place].skips if place < len(steps) else ():
            if place + skip not in places:
                places.add(place + skip)
                todo.append(place + skip)
    return places
