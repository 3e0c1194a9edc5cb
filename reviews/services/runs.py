"""Runs as rows: queued, leased, and what people want of them while they go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from agents.runners import SUGGESTED
from reviews.events import announce
from reviews.models import Change, Message, Round, Run
from reviews.services import messages
from reviews.states import RUN_LIVE, RoundOrigin, RunKind, RunStatus


def runner_of(change: Change, round_: Round) -> str:
    """Who does a round's work: the change's runner, or ours that only writes suggested edits."""
    return SUGGESTED if round_.origin == RoundOrigin.SUGGESTION else change.runner


class RunLost(Exception):
    """The run no longer belongs to this worker; whatever it still says is dropped."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What people want of a running run. messages: those not delivered yet."""

    is_ours: bool
    stop_reason: str
    pause_reason: str
    messages: tuple[Message, ...]


def queue(change: Change, round_: Round, kind: RunKind, name: str, **fields: Any) -> Run:
    """A new run that a worker may claim; its attempt counts the same work tried before."""
    earlier = Run.objects.filter(round=round_, kind=kind)
    if kind in (RunKind.VERIFIER, RunKind.JUDGE):
        earlier = earlier.filter(name=name, commit=fields.get("commit", ""))
    run = Run.objects.create(
        change=change, round=round_, kind=kind, name=name,
        attempt=earlier.count() + 1, queued_at=timezone.now(), **fields,
    )  # fmt: skip
    announce("queued", run.pk)
    announce("change", change.pk)
    return run


def put_back(run: Run) -> bool:
    """Give a run that has begun nothing yet back to the queue; False when it is not ours."""
    unclaimed: dict[str, Any] = {
        "status": RunStatus.QUEUED, "worker": "", "lease_expires_at": None, "heartbeat_at": None,
        "started_at": None, "rung_at": None,
    }  # fmt: skip
    mine = Run.objects.filter(pk=run.pk, worker=run.worker, status=RunStatus.RUNNING)
    is_done = bool(mine.update(**unclaimed))
    announce("run", run.pk)
    announce("change", run.change_id)
    return is_done


def take_over(lost: Run) -> None:
    """Let the queued run that replaces a lost one go on where that was to, and pause if it was to.

    Without this a worker's death between an answer and its use would begin the round anew.
    """
    if lost.kind != RunKind.AGENT:
        return
    values: dict[str, Any] = {"pause_reason": lost.pause_reason or lost.stop_reason}
    if lost.resume is not None:
        values |= {"prompt": lost.prompt, "resume": lost.resume}
    Run.objects.filter(
        change=lost.change_id, round=lost.round_id, kind=RunKind.AGENT, status=RunStatus.QUEUED,
        pk__gt=lost.pk,
    ).update(**values)  # fmt: skip


def ring_next_merge(done: Change) -> None:
    """The branch is free again: ring for the merge that has waited longest for it."""
    waiting = Run.objects.filter(
        kind=RunKind.MERGE, status=RunStatus.QUEUED,
        change__repository=done.repository_id, change__branch=done.branch,
    ).exclude(change=done)  # fmt: skip
    first = waiting.order_by("pk").values_list("pk", flat=True).first()
    if first is not None:
        announce("queued", first)


def lease(now: datetime) -> dict[str, Any]:
    """Columns of a lease that begins or goes on at `now`."""
    return {
        "heartbeat_at": now,
        "lease_expires_at": now + timedelta(seconds=settings.HONK_LEASE_SECONDS),
    }


def beat(run: Run) -> bool:
    """Renew the lease; False when the run is no longer this worker's."""
    mine = Run.objects.filter(
        pk=run.pk, worker=run.worker, status__in=[RunStatus.RUNNING, RunStatus.WAITING]
    )
    return bool(mine.update(**lease(timezone.now())))


def orders(run: Run) -> Orders:
    """What has come in for the run since it was last asked."""
    asked = ("status", "worker", "stop_reason", "pause_reason")
    now = Run.objects.filter(pk=run.pk).values(*asked).get()
    is_ours = now["worker"] == run.worker and now["status"] in RUN_LIVE
    pause = now["pause_reason"] if run.kind == RunKind.AGENT else ""
    waiting = tuple(messages.deliverable(run.change_id)) if is_ours else ()
    return Orders(is_ours, now["stop_reason"], pause, waiting)
