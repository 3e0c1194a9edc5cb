"""A test as the guard sees it, whatever its language."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Check:
    """One assertion. text: as it stands, normalised.

    subject: what is looked at ("f()"), value: what it is compared with; both may be empty.
    rank: how much it demands of its subject, 3 equality, 2 a partial demand, 1 that it is there.
    slack: the tolerance it allows, where it names one.
    """

    text: str
    subject: str = ""
    value: str = ""
    rank: int = 0
    slack: float | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """A test. checks: how many assertions in it can fail; cases: how often it runs with data.

    muted: assertions that stand in it and cannot fail. why: how it is skipped, in words.
    details: each assertion that counts, where the language is understood that far.
    line: where it begins, from 1. body: the whole, to recognise it under another name.
    """

    checks: int
    is_skipped: bool
    line: int
    cases: int = 1
    muted: int = 0
    why: str = ""
    details: tuple[Check, ...] = ()
    body: str = field(default="", repr=False)

    @property
    def weight(self) -> int:
        """Assertions times data: stays the same when assertions become cases of one."""
        return self.checks * self.cases

    def holds(self, other: Test) -> bool:
        """Whether this test demands at least what the other did, by its text."""
        if self.is_skipped and not other.is_skipped:
            return False
        if self.body and self.body == other.body and self.cases >= other.cases:
            return True
        mine, theirs = (Counter(check.text for check in each.details) for each in (self, other))
        return bool(theirs) and not theirs - mine and self.weight >= other.weight
