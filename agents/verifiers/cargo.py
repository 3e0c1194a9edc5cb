"""cargo test."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agents.job import Outcome
from agents.verifiers.base import Counts, last_lines, names, outcome, part_from, unended

name = "cargo test"
_RESULT = re.compile(
    r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.MULTILINE
)
_RUNNING = re.compile(r"^running \d+ tests?$", re.MULTILINE)
_LEFT_OUT = re.compile(r"^… \d+ characters left out …$", re.MULTILINE)
_LONG = 1_000_000  # characters; shorter output is whole
_NEXTEST = re.compile(
    r"^ *Summary \[[^\]\n]{1,40}\] +\d+(?:/\d+)? tests? run: (\d+) passed(?P<rest>[^\n]*)",
    re.MULTILINE,
)
_NEXTEST_NUMBER = re.compile(r"(\d+) (failed|timed out|exec failed|skipped)\b")
_FAILING = (
    re.compile(r"^failures:$", re.MULTILINE),
    re.compile(r"^error(?:\[E\d+\])?: ", re.MULTILINE),
)
_OFFLINE = re.compile(
    r"Could not resolve host|failed to download|unable to update registry", re.IGNORECASE
)


def detect(files: Mapping[str, bytes]) -> Sequence[str] | None:
    """A Cargo.toml at the top."""
    return ("cargo", "test") if "Cargo.toml" in files else None


def matches(argv: Sequence[str]) -> bool:
    """Whether argv runs cargo's tests."""
    return "cargo" in names(argv) and bool({"test", "nextest"} & names(argv))


def counts(output: str) -> Counts | None:
    """Of all test binaries together; one that began and told no result counts as a failed test."""
    found = _RESULT.findall(output)
    unended = Counts(failed=_unended(output))
    if not found and not unended.failed:
        return _of_nextest(output)
    return sum((Counts(*(int(number) for number in each)) for each in found), unended)


def _of_nextest(output: str) -> Counts | None:
    summary = _NEXTEST.search(output)
    if summary is None:
        return Counts() if re.search(r"^error: no tests to run", output, re.MULTILINE) else None
    numbers = {word: int(number) for number, word in _NEXTEST_NUMBER.findall(summary["rest"])}
    skipped = numbers.pop("skipped", 0)
    return Counts(int(summary[1]), sum(numbers.values()), skipped)


def failing(output: str) -> str:
    """From the first failure or compiler error on."""
    return part_from(output, _FAILING)


def read(exit_code: int, output: str) -> Outcome:
    """Crates that would have to be fetched are a matter of [setup], not of the change."""
    excerpt = failing(output) or last_lines(output)
    tally = counts(output)
    if exit_code != 0 and tally is None and _OFFLINE.search(output):
        reason = (
            "Cannot run: cargo wants to fetch crates and the sandbox has no network. Add a [setup] "
            "to .honk.toml that fetches them (cargo fetch) with network = true."
        )
        return Outcome("error", reason, fault="user", excerpt=excerpt, exit_code=exit_code)
    if exit_code == 0 and (begun := _unended(output)):
        reason = (
            f"{begun} of its test programs began and did not say how it ended, as when the code "
            "under test ends the process, though it all ended with exit 0."
        )
        return unended(reason, tally, excerpt)
    empty = tally is None if exit_code == 0 else exit_code == 4 and tally == Counts()  # nextest
    return outcome(exit_code, tally, excerpt, empty=empty)


def _unended(output: str) -> int:
    """How many test programs began and told of no result.

    Of output that is too long for its middle to be kept, one may have told it there.
    """
    told = 0
    parts = _LEFT_OUT.split(output) if len(output) > _LONG else [output]
    for number, part in enumerate(parts, 1):
        lost = int(number < len(parts))
        told += max(0, len(_RUNNING.findall(part)) - len(_RESULT.findall(part)) - lost)
    return told
