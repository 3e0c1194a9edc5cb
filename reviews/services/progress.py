"""The run event log: written gap-free, then rung; read by cursor.

A row is an event or a joined chunk of text or output. Rows never change. Callers hand in what
the engine said; secrets are redacted and sizes cut before they come here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from agents.events import CHUNKED, KINDS, Event
from reviews.events import announce
from reviews.models import Run, RunEvent
from reviews.services.runs import RunLost

PAGE = 500
Row = Mapping[str, Any]


def append(run_id: int, rows: Sequence[Row], *, worker: str | None = None) -> int:
    """Store rows under the next sequence numbers; returns the last one.

    worker: raise RunLost unless the run still belongs to it, so that a late writer leaves no
    trace. Numbers are taken and rows inserted in one transaction: no gap, whatever dies.
    """
    with transaction.atomic():
        target = Run.objects.filter(pk=run_id)
        if worker is not None:
            target = target.filter(worker=worker, status__in=["running", "waiting"])
        taken = target.update(next_seq=F("next_seq") + len(rows))
        if not taken:
            raise RunLost(f"Run {run_id} no longer belongs to this worker.")
        after = Run.objects.values_list("next_seq", flat=True).get(pk=run_id)
        first = after - len(rows)
        now = timezone.now()
        RunEvent.objects.bulk_create(
            RunEvent(run_id=run_id, seq=first + offset, at=now, **row)
            for offset, row in enumerate(rows)
        )
        announce("run", run_id)
    return after - 1


def as_rows(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Rows for events; neighbouring chunks of one part and source become one row."""
    rows: list[dict[str, Any]] = []
    for event in events:
        row: dict[str, Any] = {
            "kind": event.kind if event.kind in KINDS else "unknown",
            "part": event.part[:100],
            "parent": event.parent[:100],
            "source": event.source,
            "dedup": event.dedup[:100],
            "data": dict(event.data),
        }
        if rows and _joins(rows[-1], row):
            rows[-1]["data"] = {"text": rows[-1]["data"]["text"] + row["data"]["text"]}
        else:
            rows.append(row)
    return rows


def _joins(last: Row, row: Row) -> bool:
    """Whether two rows are chunks of one stream that fit into one."""
    if row["kind"] not in CHUNKED or any(last[k] != row[k] for k in ("kind", "part", "source")):
        return False
    texts = (last["data"].get("text"), row["data"].get("text"))
    if not all(isinstance(t, str) for t in texts) or len(last["data"]) > 1 or len(row["data"]) > 1:
        return False
    return len(texts[0]) + len(texts[1]) <= 16 * 1024


def events_after(run_id: int, seq: int, limit: int = PAGE) -> list[RunEvent]:
    """Rows after a cursor, oldest first."""
    return list(RunEvent.objects.filter(run_id=run_id, seq__gt=seq).order_by("seq")[:limit])


def events_page(
    run: Run,
    *,
    after_seq: int | None = None,
    before_seq: int | None = None,
    tail: int | None = None,
    limit: int = 200,
) -> dict[str, Any]:
    """A page of the log as a frame: after a cursor, before one, or the last `tail` rows."""
    limit = max(1, min(limit, 1000))
    rows = RunEvent.objects.filter(run=run)
    if after_seq is not None:
        found = list(rows.filter(seq__gt=after_seq).order_by("seq")[:limit])
    else:
        if before_seq is not None:
            rows = rows.filter(seq__lt=before_seq)
        elif tail is None:
            return as_frame(list(rows.order_by("seq")[:limit]), run.status)
        found = list(rows.order_by("-seq")[: min(tail or limit, 1000)])[::-1]
    return as_frame(found, run.status)


def as_frame(events: Sequence[RunEvent], run_status: str) -> dict[str, Any]:
    """The one shape of a page or a socket frame of events."""
    return {
        "events": [as_json(event) for event in events],
        "first_seq": events[0].seq if events else None,
        "last_seq": events[-1].seq if events else None,
        "run_status": run_status,
    }


def as_json(event: RunEvent) -> dict[str, Any]:
    """One event as the API and the socket give it."""
    return {
        "seq": event.seq,
        "kind": event.kind,
        "part": event.part,
        "parent": event.parent,
        "source": event.source,
        "at": event.at.isoformat(),
        "data": event.data,
    }
