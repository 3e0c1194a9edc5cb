"""Python's own unittest (also Django's test runner, which prints the same summary)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agents.job import Outcome
from agents.verifiers.base import Counts, last_lines, names, outcome, part_from

name = "unittest"
_RAN = re.compile(r"^Ran (\d+) tests? in [\d.]+s", re.MULTILINE)
_END = re.compile(r"^(?:OK|FAILED|NO TESTS RAN)(?: \(([^)]*)\))?[ \t]*$", re.MULTILINE)
_NUMBER = re.compile(r"(?<!expected )(failures|errors|skipped|unexpected successes)=(\d+)")
_FAILING = (re.compile(r"^={60,}\n(?:FAIL|ERROR|UNEXPECTED SUCCESS)", re.MULTILINE),)
_TEST_FILE = re.compile(r"^(?:(tests?)/)?(?:.*/)?test[^/]*\.py$")


def detect(files: Mapping[str, bytes]) -> Sequence[str] | None:
    """test*.py at the top or under tests/ or test/."""
    folders = {found[1] or "" for path in files if (found := _TEST_FILE.match(path))}
    top = {path for path in files if "/" not in path and _TEST_FILE.match(path)}
    for folder in ("tests", "test"):
        if folder in folders:
            within = ("-t", ".") if f"{folder}/__init__.py" in files else ()
            return ("python3", "-m", "unittest", "discover", "-s", folder, *within)
    return ("python3", "-m", "unittest", "discover") if top else None


def matches(argv: Sequence[str]) -> bool:
    """Whether argv runs unittest, or Django's tests."""
    return "unittest" in names(argv) or {"manage.py", "test"} <= names(argv)


def counts(output: str) -> Counts | None:
    """Of all summaries in the output."""
    ran = sum(int(number) for number in _RAN.findall(output))
    if not _RAN.search(output):
        return None
    numbers: dict[str, int] = {}
    for end in _END.findall(output):
        for word, number in _NUMBER.findall(end):
            numbers[word] = numbers.get(word, 0) + int(number)
    skipped = numbers.pop("skipped", 0)
    failed = sum(numbers.values())
    return Counts(max(0, ran - failed - skipped), failed, skipped)


def failing(output: str) -> str:
    """From the first failure on."""
    return part_from(output, _FAILING)


def read(exit_code: int, output: str) -> Outcome:
    """Python 3.12 ends with 5 when no test ran, older ones with 0."""
    tally = counts(output)
    excerpt = failing(output) or last_lines(output)
    none_ran = exit_code in (0, 5) and (tally is None or tally.ran == 0)
    return outcome(exit_code, tally, excerpt, empty=none_ran)
