"""Rows of the benchmark: each is a ratio of two things measured side by side in one run.

Absolute times belong to a machine; ratios carry over. A row runs ours and the peer's in turn, so
that a busy moment hits both, and reports the median of the paired ratios.
"""

from __future__ import annotations

import json
import statistics
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

PAIRS = 7
Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One measured line; `ratio` is ours over the peer's, good when at most `goal`."""

    name: str
    ours: float
    peer: float
    ratio: float
    goal: float
    unit: str = "ms"

    @property
    def is_reached(self) -> bool:
        return self.ratio <= self.goal


Bench = Callable[[], list[Row]]
_benches: dict[str, Bench] = {}


def bench(name: str) -> Callable[[Bench], Bench]:
    """Register a function that returns rows under a name that the command line can choose."""

    def register(function: Bench) -> Bench:
        _benches[name] = function
        return function

    return register


def seconds(work: Work) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def paired(name: str, ours: Work, peer: Work, *, goal: float, pairs: int = PAIRS) -> Row:
    """Time both in turn `pairs` times after one warm call each; medians in ms."""
    ours(), peer()
    times = [(seconds(ours), seconds(peer)) for _ in range(pairs)]
    return Row(
        name,
        ours=round(1000 * statistics.median(mine for mine, _ in times), 3),
        peer=round(1000 * statistics.median(theirs for _, theirs in times), 3),
        ratio=round(statistics.median(mine / theirs for mine, theirs in times), 4),
        goal=goal,
    )


def leave_out(rows: str, reason: str) -> list[Row]:
    """Say that rows cannot be measured on this machine, and why."""
    print(f"left out: {rows}, {reason}", flush=True)
    return []


def run(chosen: list[str]) -> list[Row]:
    """The rows of all benches, or of those named."""
    names = [name for name in _benches if not chosen or name in chosen]
    return [row for name in names for row in _kept(name)]


def _kept(name: str) -> list[Row]:
    """A bench's rows; one that breaks off is a missed row, and the others are measured all the
    same."""
    try:
        return _benches[name]()
    except Exception:  # noqa: BLE001 - whatever broke it, its traceback is printed
        traceback.print_exc()
        return [Row(f"{name} broke off", ours=0, peer=0, ratio=999, goal=0)]


def table(rows: list[Row]) -> str:
    """What is printed: one line a row."""
    head = f"{'what':52} {'ours':>10} {'peer':>10} {'ratio':>8} {'goal':>8}"
    lines = [
        f"{row.name:52} {row.ours:>10.3f} {row.peer:>10.3f} {row.ratio:>8.4f} {row.goal:>8.4f}"
        f"  {row.unit}{'' if row.is_reached else '  MISSED'}"
        for row in rows
    ]
    return "\n".join([head, *lines])


def write(rows: list[Row], path: Path) -> None:
    """Keep the rows as JSON: a list of objects with the fields of Row and `is_reached`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = [asdict(row) | {"is_reached": row.is_reached} for row in rows]
    path.write_text(json.dumps({"rows": found}, indent=2) + "\n")
