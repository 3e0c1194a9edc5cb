"""The sweep: brings every state that waits for a machine back to the truth. Safe to run twice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from reviews.events import announce
from reviews.models import Change, Lease, Run
from reviews.services import identity, incident, keeping, parking
from reviews.services.advance import advance
from reviews.services.finish import finish
from reviews.services.next_step import HANDED_BACK
from reviews.states import RUN_LIVE, ChangeStatus, RunKind, RunStatus

logger = logging.getLogger(__name__)
RING_AGAIN = timedelta(seconds=10)
SETTLE = timedelta(seconds=5)
_keeping = threading.Lock()
_taken: set[int] = set()


def sweep() -> None:
    """One pass; every part stands alone, so that one broken row does not stop the others."""
    for part in (end_lost, ring_queued, take_effect, go_on, incident.go_on_parked):
        try:
            part()
        except Exception:
            logger.exception("sweep: %s failed", part.__name__)


def end_lost() -> None:
    """Runs whose lease ran out, or whose worker on this machine is dead, end as lost.

    Of an agent that worked on this machine the work is kept first: see `keep_left`.
    """
    now = timezone.now()
    for run in _held():
        is_dead = identity.is_alive(run.worker) is False
        has_expired = run.lease_expires_at is not None and run.lease_expires_at < now
        if (is_dead and not keeping.lies_here(run)) or (has_expired and not is_dead):
            _lose(run, _died(run, _not_here(run)))


def keep_left() -> None:
    """End agents' runs whose worker on this machine is dead, with the work that lies here.

    Slow: never in the sweep. A run that this process took before, and could not end, is due again.
    """
    with _keeping:
        for run in _held():
            is_dead = identity.is_alive(run.worker) is False or run.pk in _taken
            if not (is_dead and keeping.lies_here(run)):
                continue
            mine = keeping.take(run)
            if mine is None:
                continue
            _taken.add(run.pk)
            kept, told = keeping.left_by(mine)
            if not parking.park_left(mine, kept):
                _lose(mine, _died(mine, told), **kept)
            _taken.discard(run.pk)
            keeping.clear(mine)


def mark_handed_back(workers: Collection[str]) -> None:
    """Say of what these workers hold that it is to be tried anew by itself; they are told to end.

    Before they are killed: whoever finds one of these runs first does not let it wait for a person.
    """
    for run in _held().filter(worker__in=workers):
        Run.objects.filter(pk=run.pk).update(options={**run.options, HANDED_BACK: True})


def hand_back() -> None:
    """A worker that was told to end gives its runs back: they end as lost and are queued anew."""
    dead = [run for run in _held() if identity.is_alive(run.worker) is False]
    mark_handed_back({run.worker for run in dead})
    for run in _held().filter(pk__in=[run.pk for run in dead]):
        if not keeping.lies_here(run):
            _lose(run, _died(run, _not_here(run)))
    keep_left()


def _died(run: Run, told: str) -> str:
    """Why a run ended whose worker is gone, with what became of its work."""
    if run.options.get(HANDED_BACK):
        return f"The worker was shut down; another one takes this over. {told}".rstrip()
    what = "agent" if run.kind == RunKind.AGENT else run.kind
    return f"The worker that ran this {what} died. {told} Retry it.".replace("  ", " ")


def _not_here(run: Run) -> str:
    """What became of the work of a run whose worktree is not at hand."""
    if run.kind != RunKind.AGENT:
        return ""
    return "What it had not stored is lost; the next run begins from what was stored before."


def _held() -> QuerySet[Run]:
    """Runs that some worker holds; parked ones are held by nobody."""
    live = [RunStatus.RUNNING, RunStatus.WAITING]
    return Run.objects.filter(status__in=live).exclude(worker="")


def _lose(run: Run, reason: str, **kept: Any) -> None:
    finish(
        run.pk,
        RunStatus.LOST,
        worker=run.worker,
        reason=reason,
        fault="platform",
        may_retry=True,
        **kept,
    )


def ring_queued() -> None:
    """Ring again for runs that nobody claimed: their doorbell may have been lost."""
    if incident.is_paused():
        return
    now = timezone.now()
    due = Run.objects.filter(status=RunStatus.QUEUED, queued_at__lt=now - SETTLE).filter(
        Q(rung_at__isnull=True) | Q(rung_at__lt=now - RING_AGAIN)
    )
    for pk in due.order_by("pk").values_list("pk", flat=True)[:100]:
        Run.objects.filter(pk=pk).update(rung_at=now)
        announce("queued", pk)


def take_effect() -> None:
    """Approvals whose undo window has passed go to their merge."""
    if incident.is_paused():
        return
    due = Change.objects.filter(
        status=ChangeStatus.APPROVED, takes_effect_at__lte=timezone.now()
    ).exclude(runs__kind=RunKind.MERGE, runs__status__in=RUN_LIVE)
    for pk in due.order_by("takes_effect_at").values_list("pk", flat=True)[:100]:
        _advance(pk)


def go_on() -> None:
    """Changes that wait for a machine with no live run: whatever was to come next, comes now."""
    live = Run.objects.filter(change=OuterRef("pk"), status__in=RUN_LIVE)
    stuck = Change.objects.filter(
        ~Exists(live),
        status__in=[
            ChangeStatus.QUEUED, ChangeStatus.RUNNING, ChangeStatus.VERIFYING, ChangeStatus.MERGING,
        ],
        status_at__lt=timezone.now() - SETTLE,
    )  # fmt: skip
    for pk in stuck.order_by("pk").values_list("pk", flat=True)[:100]:
        _advance(pk)


def _advance(pk: int) -> None:
    try:
        advance(pk)
    except IntegrityError:  # somebody queued the same run at the same moment
        logger.info("change %s was moved on by somebody else", pk)
    except Exception:
        logger.exception("change %s cannot go on", pk)


def hold_lease(name: str, holder: str, seconds: float) -> bool:
    """Take or keep a named lease; False while somebody else holds it."""
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    with transaction.atomic():
        lease, is_new = Lease.objects.select_for_update(no_key=True).get_or_create(
            name=name, defaults={"holder": holder, "expires_at": until}
        )
        if is_new:
            return True
        gone = lease.expires_at < now or identity.is_alive(lease.holder) is False
        if lease.holder != holder and not gone:
            return False
        Lease.objects.filter(pk=name).update(holder=holder, expires_at=until)
        return True
