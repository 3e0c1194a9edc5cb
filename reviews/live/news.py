"""What is new of the things watched: cheap versions first, rows only of what has changed.

A version is any value that differs after a change that a watcher would want to see. All of a
topic's versions are read with a fixed number of queries, however many things are watched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count, Max, Model, Q, QuerySet

from reviews.live import frames
from reviews.models import (
    Change,
    Comment,
    GuardItem,
    Message,
    Repository,
    Round,
    Run,
    Thread,
    Transition,
    Verdict,
)
from reviews.states import RUN_LIVE

Kind = Literal["run", "change", "queue"]
Version = tuple[Any, ...]
BELL = frames.Frame(0, 0, '{"changed":true}', is_final=False)


@dataclass(frozen=True, slots=True)
class Topic:
    """A thing to watch; the queue is one, with id 0."""

    kind: Kind
    id: int = 0


@dataclass(frozen=True, slots=True)
class News:
    """A topic that has changed: its version now, and what its watchers are to be sent."""

    topic: Topic
    version: Version
    frames: tuple[frames.Frame, ...]


def read(known: Mapping[Topic, Version | None]) -> list[News]:
    """News of topics whose version is not the known one; None: not known, so nothing to send."""
    found = []
    for topic, version in _versions(known):
        before = known[topic]
        if version != before:
            sent = () if before is None else _frames(topic, before, version)
            found.append(News(topic, version, tuple(sent)))
    return found


def _frames(topic: Topic, before: Version, version: Version) -> Iterator[frames.Frame]:
    """What watchers get for a topic that went from one version to another."""
    if topic.kind != "run":
        yield BELL
        return
    seq, newest = before[0] - 1, version[0] - 1
    while seq < newest:  # a page may reach past it; its frames come again then, and are skipped
        page = frames.page_after(topic.id, seq)
        yield from page
        if page[-1].last <= seq:
            return
        seq = page[-1].last


def _versions(topics: Mapping[Topic, Any]) -> Iterator[tuple[Topic, Version]]:
    """(topic, version) of every topic that exists."""
    runs = [t.id for t in topics if t.kind == "run"]
    changes = [t.id for t in topics if t.kind == "change"]
    if runs:
        rows = Run.objects.filter(pk__in=runs).values_list("pk", "next_seq", "status")
        yield from ((Topic("run", pk), (next_seq, status)) for pk, next_seq, status in rows)
    if changes:
        yield from _change_versions(changes)
    if Topic("queue") in topics:
        yield Topic("queue"), _queue_version()


def _queue_version() -> Version:
    """Newest of what the queue page shows, each by an index."""
    tables = (Transition, Change, Run, Verdict, Round)
    tops = [table.objects.aggregate(top=Max("pk"))["top"] for table in tables]
    repositories = Repository.objects.aggregate(Count("pk"), Max("checked_at"))
    return (*tops, *repositories.values())


def _change_versions(ids: list[int]) -> Iterator[tuple[Topic, Version]]:
    """Versions of changes: everything that their pages show."""
    parts: dict[int, list[Any]] = {}
    for row in Change.objects.filter(pk__in=ids).values_list("pk", "status", "updated_at", "title"):
        parts[row[0]] = list(row[1:])
    for rows in _parts_of_changes(ids):
        for pk, *version in rows:
            parts[pk].append(tuple(version))
    for pk, version in parts.items():
        yield Topic("change", pk), tuple(version)


def _parts_of_changes(ids: list[int]) -> Iterator[QuerySet[Any, Any]]:
    """Per table one query of rows (change id, version...), at most one row a change."""
    live, published = Q(status__in=RUN_LIVE), Q(published_at__isnull=False)
    steps = {
        "running": Count("pk", Q(status="running")),
        "waiting": Count("pk", Q(status="waiting")),
    }
    yield _grouped(Transition, "change", ids, top=Max("pk"))
    yield _grouped(Run, "change", ids, top=Max("pk"), live=Count("pk", live), **steps)
    yield _grouped(Round, "change", ids, top=Max("pk"), frozen=Count("frozen_at"))
    yield _grouped(Verdict, "change", ids, top=Max("pk"), withdrawn=Count("withdrawn_at"))
    yield _grouped(Message, "change", ids, top=Max("pk"), delivered=Count("delivered_at"))
    yield _grouped(Thread, "change", ids, resolved=Max("resolved_at"), count=Count("resolved_at"))
    yield _grouped(Comment, "thread__change", ids, count=Count("pk", published))
    yield _grouped(
        GuardItem, "round__change", ids, count=Count("pk"), ticked=Count("acknowledged_at")
    )


def _grouped(table: type[Model], path: str, ids: list[int], **parts: Any) -> QuerySet[Any, Any]:
    rows: QuerySet[Any] = QuerySet(table).filter(**{f"{path}__in": ids}).order_by()
    found: QuerySet[Any, Any] = rows.values(path).annotate(**parts).values_list(path, *parts)
    return found
