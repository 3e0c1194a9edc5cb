"""pytest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agents.job import Outcome
from agents.verifiers.base import Counts, last_lines, names, outcome, part_from

name = "pytest"
_SUMMARY = re.compile(
    r"^=*[ ]?((?:\d+ (?:passed|failed|skipped|errors?|xfailed|xpassed|deselected|warnings?|rerun|"
    r"subtests passed)(?:, )?)+|no tests ran) in [\d.]+ ?s",
    re.MULTILINE,
)
_NUMBER = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed)")
_DOTS = re.compile(r"^([.FEsxX]+) +\[ *\d+%\]$", re.MULTILINE)
_FAILING = (
    re.compile(r"^=+ (?:FAILURES|ERRORS) =+$", re.MULTILINE),
    re.compile(r"^(?:ERROR|FAILED) ", re.MULTILINE),
)
_CONFIGURED = {
    "pyproject.toml": re.compile(rb"^\[tool\.pytest", re.MULTILINE),
    "setup.cfg": re.compile(rb"^\[tool:pytest\]", re.MULTILINE),
    "tox.ini": re.compile(rb"^\[pytest\]", re.MULTILINE),
}
_NEEDED = re.compile(rb"^[ \t]*[\"']?pytest\b", re.MULTILINE | re.IGNORECASE)
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")
_OWN_STYLE = re.compile(
    rb"^(?:import pytest|from pytest import|(?:async )?def test_)", re.MULTILINE
)


def detect(files: Mapping[str, bytes]) -> Sequence[str] | None:
    """Configured for pytest, or tests that are written for it."""
    configured = any(mark.search(files.get(path, b"")) for path, mark in _CONFIGURED.items())
    own = {"pytest.ini", ".pytest.ini", "conftest.py", "tests/conftest.py", "test/conftest.py"}
    tests = [content for path, content in files.items() if _TEST_FILE.search(path)]
    needed = tests and any(
        _NEEDED.search(content)
        for path, content in files.items()
        if path == "pyproject.toml" or (path.startswith("requirements") and path.endswith(".txt"))
    )
    styled = any(_OWN_STYLE.search(content) for content in tests)
    if configured or own & files.keys() or needed or styled:
        return ("python3", "-m", "pytest")
    return None


def matches(argv: Sequence[str]) -> bool:
    """Whether argv runs pytest itself."""
    return bool({"pytest", "py.test"} & names(argv))


def counts(output: str) -> Counts | None:
    """Of the last summary line; of the progress dots where a quiet run has no summary."""
    found = _SUMMARY.findall(output)
    if not found:
        dots = "".join(_DOTS.findall(output))
        passed, skipped = dots.count(".") + dots.count("X"), dots.count("s") + dots.count("x")
        return Counts(passed, dots.count("F") + dots.count("E"), skipped) if dots else None
    numbers = {word: int(number) for number, word in _NUMBER.findall(found[-1])}
    failed = numbers.get("failed", 0) + numbers.get("error", 0) + numbers.get("errors", 0)
    ran = numbers.get("passed", 0) + numbers.get("xfailed", 0) + numbers.get("xpassed", 0)
    return Counts(ran, failed, numbers.get("skipped", 0))


def failing(output: str) -> str:
    """From the first failure on."""
    return part_from(output, _FAILING)


def read(exit_code: int, output: str) -> Outcome:
    """pytest's exit 5 says "no tests"; exit 0 without a word about tests is not green either."""
    tally = counts(output)
    excerpt = failing(output) or last_lines(output)
    empty = exit_code == 5 or (exit_code == 0 and tally is None)
    return outcome(exit_code, tally, excerpt, empty=empty)
