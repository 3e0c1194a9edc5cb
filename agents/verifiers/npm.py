"""npm test, with the summaries of node --test, jest, vitest and mocha."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from agents.job import Outcome
from agents.verifiers.base import Counts, last_lines, names, outcome, part_from

name = "npm test"
_UNSET = "no test specified"  # what `npm init` writes
_NODE = re.compile(r"^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)$", re.MULTILINE)
_JEST = re.compile(r"^[ \t]*Tests:?[ \t]+((?:\d+ \w+[,| ]*)+)", re.MULTILINE)
_JEST_NUMBER = re.compile(r"(\d+) (passed|failed|skipped|todo)")
_NO_TEST_IN = re.compile(r"^(?:ok \d+ -|✔) /\S+\.[cm]?[jt]sx?(?: \([\d.]+ms\))?$", re.MULTILINE)
_BUN = re.compile(r"^ *(\d+) (pass|fail|skip|todo)$", re.MULTILINE)
_PLAYWRIGHT = re.compile(r"^ {2}(\d+) (passed|failed|skipped|flaky|did not run)\b", re.MULTILINE)
_JASMINE = re.compile(
    r"^(?P<ran>\d+) specs?, (?P<failed>\d+) failures?(?:, (?P<skipped>\d+) pending specs?)?",
    re.MULTILINE,
)
_MOCHA = re.compile(r"^[ \t]+(\d+) (passing|failing|pending)\b", re.MULTILINE)
_NONE = re.compile(
    r"^[ \t]*(?:No tests? (?:found|files found)|Error: No tests? (?:files )?found|Tests +no tests)"
    r"|^No specs found|^0 tests found",
    re.MULTILINE | re.IGNORECASE,
)
_FAILING = (
    re.compile(r"^[ \t]*●", re.MULTILINE),
    re.compile(r"^✖ failing tests:", re.MULTILINE),
    re.compile(r"^not ok ", re.MULTILINE),
    re.compile(r"^[ \t]*⎯+ Failed Tests", re.MULTILINE),
    re.compile(r"^[ \t]+\d+ failing$", re.MULTILINE),
)


def detect(files: Mapping[str, bytes]) -> Sequence[str] | None:
    """package.json with a test script that somebody wrote."""
    try:
        script = json.loads(files.get("package.json", b"{}"))["scripts"]["test"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return ("npm", "test") if isinstance(script, str) and script and _UNSET not in script else None


def matches(argv: Sequence[str]) -> bool:
    """Whether argv runs a test runner of node's world."""
    return bool({"npm", "npx", "yarn", "pnpm", "node", "jest", "vitest", "mocha"} & names(argv))


def counts(output: str) -> Counts | None:
    """Of whichever runner's summary is there."""
    if node := _NODE.findall(output):
        return _of_node(_sum(node, "pass", ("fail", "cancelled"), ("skipped", "todo")), output)
    if jest := _JEST.findall(output):
        pairs = [(word, number) for line in jest for number, word in _JEST_NUMBER.findall(line)]
        return _sum(pairs, "passed", ("failed",), ("skipped", "todo"))
    if mocha := _MOCHA.findall(output):
        pairs = [(word, number) for number, word in mocha]
        return _sum(pairs, "passing", ("failing",), ("pending",))
    return _others(output)


def _of_node(tally: Counts, output: str) -> Counts:
    """node counts a file that holds no test as a test that passed, under the file's own path."""
    empty = len(_NO_TEST_IN.findall(output))
    return Counts(max(0, tally.passed - empty), tally.failed, tally.skipped)


def _others(output: str) -> Counts | None:
    if jasmine := _JASMINE.search(output):
        ran, failed, skipped = (int(jasmine[key] or 0) for key in ("ran", "failed", "skipped"))
        return Counts(max(0, ran - failed - skipped), failed, skipped)
    if bun := [(word, number) for number, word in _BUN.findall(output)]:
        return _sum(bun, "pass", ("fail",), ("skip", "todo"))
    if pairs := [(word, number) for number, word in _PLAYWRIGHT.findall(output)]:
        return _sum(pairs, "passed", ("failed",), ("skipped", "did not run"))
    return None


def _sum(
    pairs: Sequence[tuple[str, str]], passed: str, failed: Sequence[str], skipped: Sequence[str]
) -> Counts:
    def total(words: Sequence[str]) -> int:
        return sum(int(number) for word, number in pairs if word in words)

    return Counts(total((passed,)), total(failed), total(skipped))


def failing(output: str) -> str:
    """From the first failure on."""
    return part_from(output, _FAILING)


def read(exit_code: int, output: str) -> Outcome:
    """A script of unknown kind is green by its exit code alone."""
    excerpt = failing(output) or last_lines(output)
    tally = counts(output)
    says_none = bool(_NONE.search(output)) and not (tally and tally.ran)
    return outcome(exit_code, tally, excerpt, empty=says_none)
