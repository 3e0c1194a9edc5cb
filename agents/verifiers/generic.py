"""Any other program: its exit code decides, the summaries in its output are added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.job import Outcome
from agents.verifiers.base import Counts, Reader, last_lines, outcome

name = "program"


def detect(_files: Mapping[str, bytes]) -> Sequence[str] | None:
    """Never found by itself; only policy names it."""
    return None


def read(exit_code: int, output: str) -> Outcome:
    """By exit code."""
    return outcome(exit_code, None, last_lines(output))


def read_with(readers: Sequence[Reader], exit_code: int, output: str) -> Outcome:
    """By exit code, with the counts and failing parts of every summary that is recognised."""
    seen = [(reader, tally) for reader in readers if (tally := reader.counts(output)) is not None]
    if not seen:
        return read(exit_code, output)
    total = sum((tally for _, tally in seen), Counts())
    red = [reader for reader, tally in seen if tally.failed] or [reader for reader, _ in seen]
    excerpt = next((part for reader in red if (part := reader.failing(output))), "")
    return outcome(exit_code, total, excerpt or last_lines(output))
