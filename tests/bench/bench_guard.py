"""What the guard takes for a large change, against parsing both sides of its files once.

Whoever says what became of tests has to read each Python file as a syntax tree; that much is the
least. The looks at names, lines and trees come on top. Time of the processor counts, for the
machine does other things as well.
"""

from __future__ import annotations

import ast
import statistics
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import django

from agents.verifiers.guard import GuardFile, findings
from tests.bench.harness import Row, Work, bench

FILES = 1_000
PAIRS = 3
# Parsing both sides of 7,000 such files takes some 20 s; five times that is still within the time
# that the guard gives one change (`guard_watch.SECONDS`), so that nothing of it is left out.
GOAL = 5.0


@bench("guard")
def guard() -> list[Row]:
    """CPU seconds for 1,000 whole Python files with every eighth line edited."""
    files = made_files()
    tree = [file.path for file in files]
    before = {file.path: file.old for file in files}

    def ours() -> None:
        findings(files, [["pytest", "-q"]], tree, before.get)

    times = [(_seconds(ours), _seconds(lambda: _parse(files))) for _ in range(PAIRS)]
    return [Row(
        f"guard of {len(files):,} files, against parsing both sides",
        ours=round(statistics.median(mine for mine, _ in times), 3),
        peer=round(statistics.median(theirs for _, theirs in times), 3),
        ratio=round(statistics.median(mine / theirs for mine, theirs in times), 4), goal=GOAL,
        unit="s",
    )]  # fmt: skip


def made_files() -> list[GuardFile]:
    """Whole files of the installed packages, each with every eighth line changed."""
    packages = Path(django.__file__).resolve().parent.parent
    sources = sorted(packages.rglob("*.py"))
    step = max(1, len(sources) // FILES)
    return [_edited(str(each.relative_to(packages)), each.read_bytes())
            for each in sources[::step][:FILES]]  # fmt: skip


def _edited(path: str, old: bytes) -> GuardFile:
    lines = old.split(b"\n")
    for number in range(3, len(lines) - 1, 8):
        lines[number] += b"  # changed here"
    return GuardFile(path, None, "modified", old, b"\n".join(lines), "100644", "100644")


def _parse(files: Sequence[GuardFile]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for side in (side for file in files for side in (file.old, file.new)):
            try:
                ast.parse(side or b"")
            except (SyntaxError, ValueError, RecursionError):
                continue


def _seconds(work: Work) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
