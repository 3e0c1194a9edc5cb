"""What the readers of test output share: counting, cutting out the failing part, cannot-run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from agents.job import Outcome
from agents.text import cut

EXCERPT = 6000  # characters
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|[@-Z\\-_])"
)
CANNOT_RUN = "Cannot run: "
IS_VOID = "It changed the files it was to judge"
# (the program's name in what is said, exit codes with which it is said, words that must stand there
# too): the change may print such words as well, so they count only as the whole of what happened.
_MISSING = tuple(
    (re.compile(pattern, re.MULTILINE), codes, also)
    for pattern, codes, also in (
        (r"^\S*python[\d.]*: No module named ([\w.]+)", (1,), ""),
        (r"^bwrap: execvp (\S+): No such file or directory", (1,), ""),
        (r"^make(?:\[\d+\])?: ([^\s:*]+): (?:No such file or directory|Permission denied)", (2,),
         "Error 127"),
        (r"^\S*sh: (?:line )?(?:\d+: )?([^\s:]+): (?:command )?not found", (126, 127), ""),
        (r"^\S*sh: (?:line )?(?:\d+: )?([^\s:]+): (?:command )?not found", (2,), "Error 127"),
        (r"^\S+: line \d+: ([^\s:]+): (?:command )?not found", (126, 127), ""),
        (r"^env: [‘'\"]?([^\s:’'\"]+)[’'\"]?: No such file or directory", (126, 127), ""),
    )
)  # fmt: skip
_MOST_LINES = 12  # of a check that could not even begin


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tests did what."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def ran(self) -> int:
        """Tests that really ran."""
        return self.passed + self.failed

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def as_dict(self) -> dict[str, int]:
        """As an Outcome carries them."""
        return {"passed": self.passed, "failed": self.failed, "skipped": self.skipped}


class Reader(Protocol):
    """A Verifier that also says whether a command is its own and what a summary counts."""

    name: str

    def detect(self, files: Mapping[str, bytes]) -> Sequence[str] | None:
        """As `agents.ports.Verifier`."""

    def read(self, exit_code: int, output: str) -> Outcome:
        """As `agents.ports.Verifier`."""

    def matches(self, argv: Sequence[str]) -> bool:
        """Whether argv runs this family of checks itself."""

    def counts(self, output: str) -> Counts | None:
        """What the summary in the output counts; None when there is no summary of this family."""

    def failing(self, output: str) -> str:
        """The part of the output that tells what failed; empty when it is not to be found."""


def without_escapes(output: str) -> str:
    """output without terminal escapes and with plain line ends."""
    return _ESCAPES.sub("", output).replace("\r\n", "\n").replace("\r", "\n")


def names(argv: Sequence[str]) -> set[str]:
    """The last path parts of a command's words: what programs it may run."""
    return {PurePosixPath(word).name for argument in argv for word in argument.split()[:50]}


def outcome(exit_code: int, counts: Counts | None, excerpt: str, *, empty: bool = False) -> Outcome:
    """passed, failed or no_tests; empty: the runner itself says that no test ran.

    Whatever tells of a failure makes it red: the code under test can end the process with exit 0
    after its runner has said what failed. No count makes it green.
    """
    tallied = counts.as_dict() if counts else {}
    nothing = empty or (counts is not None and counts.ran == 0)
    if (nothing and exit_code == 0) or empty:
        why = "It ran no tests."
        if counts and counts.skipped:
            why = f"It ran no tests: all {counts.skipped} were skipped."
        return Outcome("no_tests", why, counts=tallied, excerpt=excerpt, exit_code=exit_code)
    failed = counts.failed if counts else 0
    if exit_code == 0 and not failed:
        return Outcome("passed", counts=tallied, excerpt="", exit_code=0)
    why = f"{failed} failed." if failed else f"It ended with {_end(exit_code)}."
    if exit_code == 0:
        why = f"Its own summary says {failed} failed, though it ended with exit 0."
    return Outcome(
        "failed", why, fault="agent", counts=tallied, excerpt=excerpt, exit_code=exit_code
    )


def unended(reason: str, counts: Counts | None, excerpt: str) -> Outcome:
    """The outcome of a check that ended with exit 0 and left tests of its own without an end."""
    tallied = counts.as_dict() if counts else {}
    return Outcome("failed", reason, fault="agent", counts=tallied, excerpt=excerpt, exit_code=0)


def _end(exit_code: int) -> str:
    return f"exit {exit_code}" if exit_code >= 0 else f"signal {-exit_code}"


def part_from(output: str, marks: Sequence[re.Pattern[str]]) -> str:
    """The output from the first mark on, bounded; empty when no mark is there."""
    starts = [found.start() for mark in marks if (found := mark.search(output))]
    return cut(output[min(starts) :].strip(), EXCERPT) if starts else ""


def last_lines(output: str, count: int = 60) -> str:
    """The end of the output, bounded."""
    lines = [line for line in output[-64 * 1024 :].splitlines() if line.strip()]
    return cut("\n".join(lines[-count:]), EXCERPT)


def cannot_run(argv: Sequence[str], exit_code: int, output: str) -> Outcome | None:
    """The outcome of a check whose program is not there; None when it did run."""
    missing = _missing(argv, exit_code, output)
    if not missing:
        return None
    reason = (
        f"{CANNOT_RUN}{missing[:100]} is not there in the sandbox. Add a [setup] to .honk.toml "
        "that installs it, or install it on the server."
    )
    return Outcome(
        "error", reason, fault="user", excerpt=last_lines(output, 20), exit_code=exit_code
    )


def _missing(argv: Sequence[str], exit_code: int, output: str) -> str:
    """The program that is not there, by what is said and by how it ended; empty: it ran."""
    lines = sum(1 for line in output[: 64 * 1024].splitlines() if line.strip())
    if lines > _MOST_LINES or len(output) > 64 * 1024:
        return ""
    for pattern, codes, also in _MISSING:
        if exit_code in codes and also in output and (found := pattern.search(output)):
            return found[1]
    return argv[0] if exit_code in (126, 127) else ""
