"""Frames of a run's log as text, straight from the stored rows.

The JSON of a row's data goes out as the database holds it, never decoded on the way: a replay of
a long log then costs reading it, and every watcher is sent the same text. The shape is that of
`services.progress.as_frame`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextField
from django.db.models.functions import Cast

from reviews.models import Run, RunEvent
from reviews.states import RUN_ENDED

FRAME_BYTES = 256 * 1024  # a frame is closed once it has reached this
FIRST_ROWS = 16  # the first page of a replay is short, so that something shows at once
PAGE_ROWS = 100
Row = tuple[int, str, str, str, str, datetime, str]
dumps = json.dumps


@dataclass(frozen=True, slots=True)
class Frame:
    """Events `first`..`last` as text. Without events first is last + 1.

    is_final: the run has ended and nothing comes after this frame.
    """

    first: int
    last: int
    text: str
    is_final: bool


def page_after(run_id: int, seq: int, rows: int = PAGE_ROWS) -> list[Frame]:
    """Frames of the next `rows` rows after a cursor; one frame without events at the end.

    A cursor beyond the log is taken back to its end. Raises Run.DoesNotExist.
    """
    status, next_seq = Run.objects.values_list("status", "next_seq").get(pk=run_id)
    after = min(seq, next_seq - 1)
    found = _rows_between(run_id, after, next_seq - 1, rows)
    return list(pack(found, status, next_seq - 1)) or [_empty(after, status, next_seq - 1)]


def pack(rows: Iterable[Row], status: str, newest: int) -> Iterator[Frame]:
    """Rows in frames of bounded size. newest: last number of the log when `status` was read."""
    texts: list[str] = []
    first = last = size = 0
    for row in rows:
        first, last = first or row[0], row[0]
        texts.append(_encode(row))
        size += len(texts[-1])
        if size >= FRAME_BYTES:
            yield _frame(first, last, texts, status, newest)
            texts, first, size = [], 0, 0
    if texts:
        yield _frame(first, last, texts, status, newest)


def _frame(first: int, last: int, texts: list[str], status: str, newest: int) -> Frame:
    text = (
        f'{{"events":[{",".join(texts)}],"first_seq":{first},"last_seq":{last},'
        f'"run_status":{dumps(status)}}}'
    )
    return Frame(first, last, text, status in RUN_ENDED and last >= newest)


def _empty(after: int, status: str, newest: int) -> Frame:
    text = f'{{"events":[],"first_seq":null,"last_seq":null,"run_status":{dumps(status)}}}'
    return Frame(after + 1, after, text, status in RUN_ENDED and after >= newest)


def _rows_between(run_id: int, seq: int, newest: int, limit: int) -> list[Row]:
    """Rows with `data` as the text that is stored; none newer than the status beside them."""
    rows = RunEvent.objects.filter(run_id=run_id, seq__gt=seq, seq__lte=newest).order_by("seq")
    raw = rows.annotate(raw=Cast("data", TextField()))
    return list(raw.values_list("seq", "kind", "part", "parent", "source", "at", "raw")[:limit])


def _encode(row: Row) -> str:
    """One row as `services.progress.as_json` has it."""
    seq, kind, part, parent, source, at, data = row
    return (
        f'{{"seq":{seq},"kind":{dumps(kind)},"part":{dumps(part)},"parent":{dumps(parent)},'
        f'"source":{dumps(source)},"at":{dumps(at.isoformat())},"data":{data}}}'
    )
