"""How a run ends: once, with one `end` row, and its change moved on in the same transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone

from reviews.events import announce
from reviews.models import Change, Run
from reviews.services import messages, runs
from reviews.services.advance import advance, count_again
from reviews.services.progress import append
from reviews.states import RUN_LIVE, RunKind, RunStatus


def finish(
    run_id: int,
    status: RunStatus,
    *,
    worker: str | None = None,
    reason: str = "",
    fault: str = "",
    then_advance: bool = True,
    **fields: Any,
) -> bool:
    """End a run, once: the first caller wins, writes its one `end` row and moves the change on.

    worker: only if it still belongs to this one. fields: other columns of Run.
    """
    with transaction.atomic():
        live = Run.objects.filter(pk=run_id, status__in=RUN_LIVE)
        if worker is not None:
            live = live.filter(worker=worker)
        now = timezone.now()
        ended = live.update(
            status=status, ended_at=now, reason=reason, fault=fault, lease_expires_at=None, **fields
        )
        if not ended:
            return False
        run = Run.objects.get(pk=run_id)
        data = {"status": str(status), "reason": reason, "fault": fault}
        append(run_id, [{"kind": "end", "source": "system", "data": data}])
        announce("run", run_id)
        announce("change", run.change_id)
        if status == RunStatus.LOST:  # told again: rather twice than never
            messages.give_back(run)
        if run.kind == RunKind.JUDGE:  # one that was asked again, of a round frozen long before
            count_again(run.round)
        if then_advance:
            advance(run.change_id)
        if status == RunStatus.LOST:
            runs.take_over(run)
    return True


def stop_all(change: Change, reason: str, kinds: Collection[RunKind] = tuple(RunKind)) -> None:
    """Ask every live run of these kinds to stop; those not claimed yet end at once."""
    live = Run.objects.filter(change=change, kind__in=kinds, status__in=RUN_LIVE)
    for run in live:
        if run.status == RunStatus.QUEUED or not run.worker:
            finish(run.pk, RunStatus.CANCELLED, reason=reason, then_advance=False)
    live.update(stop_reason=reason[:300])
