"""The one switch for the first incident: nothing is claimed, merged or deployed until it is undone.

A claim and the switch both lock the installation's row, so that a run is either claimed before the
switch, which then asks it to pause, or not at all. Instructions are taken and wait in the queue.
"""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from reviews.errors import Refused, ReviewError
from reviews.events import announce
from reviews.models import Installation, Run
from reviews.services import audit, steer
from reviews.services.known_values import without_secrets
from reviews.services.permissions import SYSTEM, Actor, may_administer, require
from reviews.states import RunKind, RunStatus

logger = logging.getLogger(__name__)
ONE = 1  # primary key of the only row
WHAT = "installation"  # what the audit calls it
MARK = "The installation is paused"  # how the pause of a run says that this switch asked for it
MAX_REASON = 200  # characters; with the mark and a name it fits into Run.pause_reason


def locked() -> Installation:
    """The installation's row, held until the transaction ends; made when it is not there."""
    return Installation.objects.select_for_update(no_key=True).get_or_create(pk=ONE)[0]


def paused() -> Installation | None:
    """The installation with who paused it, while it is paused."""
    found = Installation.objects.filter(pk=ONE, paused_at__isnull=False)
    return found.select_related("paused_by").first()


def is_paused() -> bool:
    """Whether nothing may begin now; a hint only, unless the row is `locked`."""
    return Installation.objects.filter(pk=ONE, paused_at__isnull=False).exists()


def pause(actor: Actor, reason: str = "") -> Installation:
    """Stop all work, with what was done kept. Pausing what is paused does nothing.

    Agents at work are asked to pause; verifiers and a push that has begun come to their end.
    """
    require(may_administer(actor.who))
    reason = without_secrets(" ".join(reason.replace("\x00", "").split()))
    if len(reason) > MAX_REASON:
        raise Refused(
            f"The reason has {len(reason):,} characters; {MAX_REASON} are the most. Nothing was "
            "paused: shorten it, or leave it empty."
        )
    with transaction.atomic():
        house = locked()
        if house.paused_at is not None:
            return house
        house.paused_at, house.paused_by = timezone.now(), actor.who
        house.pause_reason = reason
        house.save(update_fields=["paused_at", "paused_by", "pause_reason"])
        asked = _ask_agents(_sentence(house))
        audit.note(actor, "pause", WHAT, reason=reason, agents=asked)
    return house


def _sentence(house: Installation) -> str:
    by = f" by {house.paused_by.name}" if house.paused_by else ""
    why = f": {house.pause_reason}" if house.pause_reason else "."
    return f"{MARK}{by}{why}"[:300]


def _ask_agents(sentence: str) -> int:
    """Ask every agent that a worker holds; one that a person paused before stays that person's."""
    live = Run.objects.filter(
        kind=RunKind.AGENT, status__in=[RunStatus.RUNNING, RunStatus.WAITING], pause_reason=""
    ).exclude(worker="")
    ids = list(live.values_list("pk", "change_id"))
    asked = live.update(pause_reason=sentence)
    for run_id, change_id in ids:
        announce("run", run_id)
        announce("change", change_id)
    return asked


def resume(actor: Actor) -> Installation:
    """Let work go on: what this switch parked goes on by itself, and every bell is rung again."""
    require(may_administer(actor.who))
    with transaction.atomic():
        house = locked()
        if house.paused_at is None:
            return house
        seconds = int((timezone.now() - house.paused_at).total_seconds())
        house.paused_at = house.paused_by = None
        house.pause_reason = ""
        house.save(update_fields=["paused_at", "paused_by", "pause_reason"])
        audit.note(actor, "resume", WHAT, seconds=seconds)
        queued = Run.objects.filter(status=RunStatus.QUEUED)
        for run_id in list(queued.order_by("pk").values_list("pk", flat=True)):
            announce("queued", run_id)
        queued.update(rung_at=timezone.now())
    go_on_parked()
    return house


def go_on_parked() -> None:
    """Go on with runs that this switch parked; the sweep asks again for those that park late."""
    if is_paused():
        return
    for run in _parked_here():
        try:
            steer.go_on(SYSTEM, run.change)
        except ReviewError as refusal:  # moved on meanwhile; else its page has the button Go on
            logger.debug("run %s stays parked: %s", run.pk, refusal)


def _parked_here() -> QuerySet[Run]:
    parked = Run.objects.filter(
        kind=RunKind.AGENT, status=RunStatus.WAITING, worker="", waits_for="pause",
        pause_reason__startswith=MARK,
    )  # fmt: skip
    return parked.select_related("change").order_by("pk")
