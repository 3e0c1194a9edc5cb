"""How a worker gets a run: compare-and-set, with the change's status made true beside it."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from reviews.errors import TooFast
from reviews.events import announce
from reviews.models import Installation, Run, Verdict
from reviews.services import incident, lifecycle, money
from reviews.services.finish import finish
from reviews.services.parking import MONEY
from reviews.services.permissions import SYSTEM
from reviews.services.progress import append
from reviews.services.runs import lease
from reviews.states import ChangeStatus, RoundStatus, RunKind, RunStatus, VerdictKind

S = ChangeStatus
# From which statuses a claimed run takes its change where; None: it stays.
_ENTER: dict[str, dict[ChangeStatus, ChangeStatus | None]] = {
    RunKind.AGENT: {S.QUEUED: S.RUNNING, S.NEEDS_INPUT: S.RUNNING, S.RUNNING: None},
    RunKind.VERIFIER: {S.VERIFYING: None, S.MERGING: None},
    RunKind.JUDGE: {S.VERIFYING: None, S.AWAITING_REVIEW: None},
    RunKind.MERGE: {S.APPROVED: S.MERGING, S.MERGING: None},
}


def claim(run_id: int, worker: str) -> Run | None:
    """Make the run this worker's, and its change's status true; None when that cannot be.

    A run whose change has gone elsewhere meanwhile is ended as cancelled; one for which no money is
    left is parked; while the installation is paused every run stays in the queue.
    """
    if incident.is_paused():
        return None
    try:
        with transaction.atomic():
            return _claim(run_id, worker)
    except _NotYet:
        return None
    except IntegrityError:  # another change holds the branch's merge: this one waits its turn
        return None
    except TooFast:
        finish(run_id, RunStatus.CANCELLED, reason="The change had moved on before it began.")
        return None


class _NotYet(Exception):
    """Takes the claim back: runs at work hold the money that is left, so this one waits."""


def _claim(run_id: int, worker: str) -> Run | None:
    now = timezone.now()
    house = incident.locked()  # one claim at a time: none slips past the switch or shares its room
    if house.paused_at is not None:
        return None
    won = Run.objects.filter(pk=run_id, status=RunStatus.QUEUED).update(
        status=RunStatus.RUNNING, worker=worker, started_at=now, **lease(now)
    )
    if not won:
        return None
    run = Run.objects.select_related("change__repository", "round__parent").get(pk=run_id)
    source = S(run.change.status)
    ways = _ENTER[run.kind]
    if source not in ways or (run.kind == RunKind.MERGE and not _is_approved(run)):
        raise TooFast("The change had moved on.")
    target = ways[source]
    if target is not None:
        lifecycle.move(run.change, target, SYSTEM)
    announce("run", run.pk)
    return run if _has_room(run, house) else None


def _is_approved(run: Run) -> bool:
    """Whether a merge is of the round that stands approved now, at the head that was approved."""
    standing = Verdict.objects.filter(
        round=run.round, head=run.round.head, verdict=VerdictKind.APPROVE, withdrawn_at__isnull=True
    )
    is_newest = not run.change.rounds.filter(number__gt=run.round.number).exists()
    return is_newest and run.round.status == RoundStatus.APPROVED and standing.exists()


def _has_room(run: Run, house: Installation) -> bool:
    """Reserve what the run may cost; without room it is parked, and the change says why."""
    room = money.room_for(run, house)
    if room.is_taken:
        raise _NotYet
    if not room.refusal:
        Run.objects.filter(pk=run.pk).update(cap=room.cap)
        run.cap = room.cap
        return True
    if run.kind == RunKind.JUDGE:  # people look at the change without its word
        finish(run.pk, RunStatus.ERROR, reason=room.refusal, fault="user", cost=money.ZERO)
        return False
    note = {"kind": "note", "source": "system", "data": {"text": room.refusal}}
    append(run.pk, [note])
    Run.objects.filter(pk=run.pk).update(
        status=RunStatus.WAITING, waits_for=MONEY, worker="", lease_expires_at=None,
        started_at=None, reason=room.refusal,
    )  # fmt: skip
    lifecycle.move(run.change, S.NEEDS_INPUT, SYSTEM, room.refusal)
    return False
