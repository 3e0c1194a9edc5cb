"""Checks that a server runs on a change: found by what a tree holds, read by what they print.

A reader never turns red into green; a summary that tells of a failure turns green into red. It
counts, cuts out the failing part, and tells "passed" from "ran no tests" and from "cannot run".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from agents.job import Outcome
from agents.verifiers import cargo, generic, go, make, npm, pytest, unittest
from agents.verifiers.base import Reader, cannot_run, without_escapes

READERS = cast("tuple[Reader, ...]", (pytest, unittest, npm, cargo, go))


def detect(files: Mapping[str, bytes]) -> list[tuple[str, Sequence[str]]]:
    """(name, argv) of the checks that a tree calls for.

    files: path to content, bounded. Files at the top need their content; test files help to tell
    pytest from unittest when theirs is given too, and may be empty.
    The rule: one Python runner (pytest when it is configured or the tests are written for it, else
    unittest), npm, cargo and go each where their file stands at the top; `make test` only when
    none of these is there, because it usually runs them.
    """
    found = [
        (reader.name, argv)
        for reader in READERS
        if reader.name != unittest.name and (argv := reader.detect(files)) is not None
    ]
    has_pytest = any(name == pytest.name for name, _ in found)
    plain = None if has_pytest else unittest.detect(files)
    if plain is not None:
        found.append((unittest.name, plain))
    made = None if found else make.detect(files)
    return found if made is None else [(make.name, made)]


def judge(argv: Sequence[str], exit_code: int, output: str) -> Outcome:
    """What a finished check says; output is everything it printed, or its beginning and end."""
    output = without_escapes(output)
    ran = any(tally.ran for each in READERS if (tally := each.counts(output)))
    missing = None if ran else cannot_run(argv, exit_code, output)
    if missing is not None:
        return missing
    reader = next((reader for reader in READERS if reader.matches(argv)), None)
    if reader is not None:
        return reader.read(exit_code, output)
    return generic.read_with(READERS, exit_code, output)
