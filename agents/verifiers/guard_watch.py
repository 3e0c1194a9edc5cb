"""How long the guard looks at one change, and what it says of files that it had no time for.

A change of 7,000 files takes some twenty seconds; the bound is for what nobody expects. What is
left out depends on the machine then, so it is told as one finding: how many files, which looks.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from agents.verifiers.guard_base import Finding, GuardFile, count
from agents.verifiers.guard_config_names import steers
from agents.verifiers.guard_tests_changed import is_test

SECONDS = 120.0  # of the processor, for one change


class Watch:
    """Of one change. seconds: of the processor, for all looks together."""

    def __init__(self, files: Sequence[GuardFile], seconds: float = SECONDS) -> None:
        self._began, self._seconds = time.thread_time(), seconds
        self._order = sorted(range(len(files)), key=lambda place: _weight(files[place]))
        self._files = files
        self._left: dict[str, set[int]] = {}

    def within(self, share: float, what: str) -> Iterator[tuple[int, GuardFile]]:
        """(place, file) while there is time: tests, settings and CI first, then small files.

        share: of the whole time, since the beginning; what: is looked for, in words.
        """
        for turn, place in enumerate(self._order):
            if time.thread_time() - self._began > share * self._seconds:
                self._left.setdefault(what, set()).update(self._order[turn:])
                return
            yield place, self._files[place]

    def told(self) -> Iterator[Finding]:
        """One finding, if anything was left out."""
        if not self._left:
            return
        every = set[int]().union(*self._left.values())
        were = "was" if len(every) == 1 else "were"
        parts = ", ".join(f"{what} (in {_files(left)})" for what, left in self._left.items())
        text = f"{_files(every)} {were} not looked into for time; nobody looked for {parts}."
        yield Finding("unread", text)


def _files(places: set[int]) -> str:
    return count(len(places), "file").replace(str(len(places)), f"{len(places):,}", 1)


def _weight(file: GuardFile) -> tuple[bool, int]:
    """What says most about checks comes first, then what is read soon."""
    paths = (file.path, file.before)
    steering = any(is_test(path, None) or steers(PurePosixPath(path)) for path in paths)
    return not steering, len(file.old or b"") + len(file.new or b"")
