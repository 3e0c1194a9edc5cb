"""What the parts of the guard share: a changed file, a finding, and which lines are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

MOST_PER_FILE = 5  # findings of one kind in one file
GITLINK, EXECUTABLE, LINK = "160000", "100755", "120000"
_ABSENT = ("", "0", "000000")
_SHOWN = 100  # characters of a line or value that a sentence repeats


@dataclass(frozen=True, slots=True)
class GuardFile:
    """One changed file. Modes as git writes them ("100644"); a side that is not there has none.

    old, new: content, None when there is none or it is too large to keep.
    """

    path: str
    old_path: str | None
    status: str
    old: bytes | None
    new: bytes | None
    old_mode: str
    new_mode: str

    @property
    def is_added(self) -> bool:
        """There was no such file before."""
        return str(self.old_mode or "") in _ABSENT

    @property
    def is_deleted(self) -> bool:
        """There is no such file after."""
        return str(self.new_mode or "") in _ABSENT

    @property
    def is_new_here(self) -> bool:
        """There was no such file in this place before: it was added, moved or renamed."""
        return not self.is_deleted and (self.is_added or self.before != self.path)

    @property
    def before(self) -> str:
        """Its path before."""
        return self.old_path or self.path

    @property
    def is_unread(self) -> bool:
        """A side is there and its content is not."""
        sides = ((self.old_mode, self.old), (self.new_mode, self.new))
        return any(data is None and str(m or "") not in (*_ABSENT, GITLINK) for m, data in sides)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact. kind: a stable word; line: in the new file, from 1, where there is one."""

    kind: str
    text: str
    path: str = ""
    line: int | None = None
    is_tickable: bool = True


class Files(Protocol):
    """The files of a change, as far as there is time to look at them (`guard_watch`)."""

    def within(self, share: float, what: str) -> Iterator[tuple[int, GuardFile]]:
        """(place, file), not in their order. share: of all time; what: is looked for, in words."""
        ...


@lru_cache(maxsize=4)  # every part of the guard asks for them, file by file
def added(file: GuardFile) -> Sequence[tuple[int, bytes]]:
    """(number, line) of lines that the old side has not, or has less often."""
    return tuple(_added(file))


def _added(file: GuardFile) -> Iterator[tuple[int, bytes]]:
    if file.new is None or file.new_mode == GITLINK:
        return
    old = Counter((file.old or b"").splitlines())
    for number, line in enumerate(file.new.splitlines(), 1):
        if old[line] > 0:
            old[line] -= 1
        else:
            yield number, line


def limited(
    lines: Iterable[tuple[int, bytes]], wanted: Callable[[bytes], bool]
) -> Iterator[tuple[int, bytes]]:
    """The first few lines that are wanted."""
    seen = 0
    for number, line in lines:
        if wanted(line):
            seen += 1
            yield number, line
        if seen == MOST_PER_FILE:
            return


def is_binary(content: bytes | None) -> bool:
    """As git decides it: a NUL near the beginning."""
    return content is not None and b"\0" in content[:8000]


def text_of(content: bytes | None) -> str:
    """Content as text; never raises."""
    return (content or b"").decode("utf-8", "replace")


def shown(text: str) -> str:
    """A line or a value, short enough for a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def listed(names: Iterable[str], most: int = 6) -> str:
    """A few of the names, and how many more there are."""
    every = [shown(name) for name in names]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def count(number: int, word: str) -> str:
    """ "1 test", "2 tests"."""
    return f"{number} {word}" + ("" if number == 1 else "s")
