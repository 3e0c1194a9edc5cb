"""Assertions of one test that demand less than before, or another value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agents.verifiers.guard_base import MOST_PER_FILE, Finding, shown
from agents.verifiers.tests_in import Check, Test

_EQUAL = 3


def weakened(path: str, name: str, was: Test, now: Test, *, has_code: bool) -> Iterator[Finding]:
    """Comparisons replaced by weaker ones of the same value; expected values changed.

    has_code: the change also touches what is tested. Another expected value is told only then:
    a test that alone is mended shows as such in the diff, one that follows a fault hides it.
    """
    gone, new = _only(was, now), _only(now, was)
    for check in gone[:MOST_PER_FILE]:
        same = [each for each in new if each.subject and each.subject == check.subject]
        if not same or not check.rank:
            continue
        best = max(
            same, key=lambda each: (each.rank, -(each.slack or 0), each.value == check.value)
        )
        new.remove(best)
        yield from _pair(path, f"{name}: ", check, best, now.line, has_code=has_code)


def _pair(
    path: str, who: str, check: Check, best: Check, line: int, *, has_code: bool
) -> Iterator[Finding]:
    change = f"`{shown(check.text)}` before, `{shown(best.text)}` now"
    if best.rank < check.rank:
        yield Finding("weakened", f"{who}weaker assertion: {change}.", path, line)
    elif (best.slack or 0) > (check.slack or 0):
        slack = f"tolerance {check.slack or 0:g} before, {best.slack:g} now"
        yield Finding("weakened", f"{who}{slack}: `{shown(best.text)}`.", path, line)
    elif check.rank == best.rank == _EQUAL and best.value != check.value and has_code:
        yield Finding("expectation_changed", f"{who}other value expected: {change}.", path, line)


def _only(one: Test, other: Test) -> list[Check]:
    """Checks that the first has and the second has not, in order."""
    left = Counter((check.text, check.slack) for check in other.details)
    found = []
    for check in one.details:
        left[check.text, check.slack] -= 1
        if left[check.text, check.slack] < 0:
            found.append(check)
    return found
