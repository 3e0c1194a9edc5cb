"""go test."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agents.job import Outcome
from agents.text import cut
from agents.verifiers.base import EXCERPT, Counts, last_lines, names, outcome, part_from, unended

name = "go test"
_TEST = re.compile(r"^[ \t]*--- (PASS|FAIL|SKIP): ", re.MULTILINE)
_PACKAGE = re.compile(
    r"^(ok|FAIL)[ \t]+\S+[ \t]+(?:[\d.]+s|\(cached\)|\[[^\]]*\])(.*)$", re.MULTILINE
)
# Somewhere in a line: a test may have printed without ending its own.
_ENDED_NAME = re.compile(r"--- (?:PASS|FAIL|SKIP): (\S+)")
_BEGUN_NAME = re.compile(r"^=== RUN[ \t]+(\S+)", re.MULTILINE)
_LONG = 1_000_000  # characters; of longer output the middle is not kept
_FAILED_NAME = re.compile(r"^[ \t]*--- FAIL: (\S+)", re.MULTILINE)
_RUN_NAME = re.compile(r"=== \w+[ \t]*(\S*)")
_EMPTY = re.compile(r"\[no test files\]|\[no tests to run\]|no packages to test")
_FAILING = (
    re.compile(r"^[ \t]*--- FAIL: ", re.MULTILINE),
    re.compile(r"^# \S+$", re.MULTILINE),
    re.compile(r"^panic: ", re.MULTILINE),
)
_OFFLINE = re.compile(r"dial tcp: lookup |module lookup disabled|: no such host")


def detect(files: Mapping[str, bytes]) -> Sequence[str] | None:
    """A go.mod at the top; with -v, since without it a package whose tests all skip reads as ok."""
    return ("go", "test", "-v", "./...") if "go.mod" in files else None


def matches(argv: Sequence[str]) -> bool:
    """Whether argv runs go's tests."""
    return {"go", "test"} <= names(argv) or "gotestsum" in names(argv)


def counts(output: str) -> Counts | None:
    """Tests where they are listed (-v, or failed), packages where only these are."""
    packages = [word for word, rest in _PACKAGE.findall(output) if not _EMPTY.search(rest)]
    tests = _TEST.findall(output)
    if tests.count("PASS") or tests.count("SKIP"):
        return Counts(tests.count("PASS"), tests.count("FAIL"), tests.count("SKIP"))
    if packages or tests:
        return Counts(packages.count("ok"), max(tests.count("FAIL"), packages.count("FAIL")), 0)
    return Counts() if _EMPTY.search(output) else None


def failing(output: str) -> str:
    """From the first failure on; with -v a test's own words stand before its result."""
    if "=== RUN" not in output:
        return part_from(output, _FAILING)
    failed = set(_FAILED_NAME.findall(output))
    blocks = re.split(r"^(?==== (?:RUN|CONT|NAME)\b)", output, flags=re.MULTILINE)
    told = [b for b in blocks if (name := _RUN_NAME.match(b)) and name[1] in failed]
    return cut("".join(told).strip(), EXCERPT) or part_from(output, _FAILING)


def read(exit_code: int, output: str) -> Outcome:
    """Modules that would have to be fetched are a matter of [setup]."""
    excerpt = failing(output) or last_lines(output)
    tally = counts(output)
    if exit_code != 0 and _OFFLINE.search(output) and not (tally and tally.ran):
        reason = (
            "Cannot run: go wants to fetch modules and the sandbox has no network. Add a [setup] "
            "to .honk.toml that fetches them (go mod download) with network = true."
        )
        return Outcome("error", reason, fault="user", excerpt=excerpt, exit_code=exit_code)
    if exit_code == 0 and (begun := _unended(output)):
        reason = (
            f"{begun} of its tests began and did not say how they ended, as when the code under "
            "test ends the process, though it all ended with exit 0."
        )
        return unended(reason, tally, excerpt)
    return outcome(exit_code, tally, excerpt, empty=exit_code == 0 and tally is None)


def _unended(output: str) -> int:
    """How many tests began, as -v tells, and told of no end."""
    if len(output) > _LONG:
        return 0
    return len(set(_BEGUN_NAME.findall(output)) - set(_ENDED_NAME.findall(output)))
