"""The run log: lines stored durably, and read again from the first to the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.events import Event
from tests.bench.database import ready
from tests.bench.harness import Row, bench, paired, seconds

if TYPE_CHECKING:
    from reviews.models import Run

LINES = 100_000
LINES_A_CHUNK = 200  # what 50 to 100 ms of a busy build are
CHUNKS_A_BATCH = 20
SINGLE_LINES = 5_000


@bench("log")
def log_rows() -> list[Row]:
    """100k lines in at most a second; read again in at most a third of the row-by-row time."""
    ready()
    chunked, single = _run(), _run()
    took = min(seconds(lambda: _append(_run(), LINES, LINES_A_CHUNK)) for _ in range(3))
    stored = Row("log, ms to store 100k lines, against the goal", 1000 * took, 1000, took, 1.0)
    _append(chunked, SINGLE_LINES, LINES_A_CHUNK)
    _append(single, SINGLE_LINES, 1)
    read = paired(
        f"log, {SINGLE_LINES} lines read as chunks, against a row a line",
        _reader(chunked),
        _reader(single),
        goal=1 / 3,
    )
    return [stored, read]


def _run() -> Run:
    from tests import factories

    return factories.run(factories.round_(factories.change()))


def _append(run: Run, lines: int, lines_a_chunk: int) -> None:
    """Store `lines` lines; chunks that a flush would join keep apart by their part."""
    from reviews.services import progress

    text = "".join(f"2026-01-01 12:00:00 compiling unit {n}\n" for n in range(lines_a_chunk))
    chunks = lines // lines_a_chunk
    for first in range(0, chunks, CHUNKS_A_BATCH):
        batch = range(first, min(first + CHUNKS_A_BATCH, chunks))
        events = [Event("output", {"text": text}, part=f"t{number}") for number in batch]
        progress.append(run.pk, progress.as_rows(events))


def _reader(run: Run) -> Callable[[], None]:
    from reviews.services import progress

    def read() -> None:
        seq = 0
        while found := progress.events_after(run.pk, seq):
            progress.as_frame(found, run.status)
            seq = found[-1].seq

    return read
