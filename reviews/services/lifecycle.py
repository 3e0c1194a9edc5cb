"""The one mover of changes, and the pure reading of rows that says what comes next.

`move` is the only code that assigns a change's status. It decides nothing about permission:
the verb that calls it has.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from reviews.errors import TooFast
from reviews.events import announce
from reviews.models import Change, Transition
from reviews.services import runs
from reviews.services.permissions import Actor
from reviews.states import ChangeStatus, may_move

CLEARED = {"reason": "", "fault": "", "failed_stage": "", "takes_effect_at": None}


def open_with(change: Change, actor: Actor) -> None:
    """Record the birth of a change as its first transition; the row itself is just saved."""
    Transition.objects.create(
        change=change, target=change.status, actor=actor.person, channel=actor.channel,
        at=change.created_at,
    )  # fmt: skip
    announce("change", change.pk)


def move(
    change: Change, target: ChangeStatus, actor: Actor, reason: str = "", **fields: Any
) -> None:
    """Take `change` from the status it was read with to `target`, or raise TooFast (409).

    fields: other columns that belong to the new status (failed_stage, fault, takes_effect_at,
    landed); those of the old status are cleared. The object given is brought up to date.
    """
    source = ChangeStatus(change.status)
    if not may_move(source, target, change.failed_stage):
        raise TooFast(
            f"Change #{change.pk} is {source.replace('_', ' ')}, and from there it does not go to "
            f"{target.replace('_', ' ')}."
        )
    now = timezone.now()
    values = {**CLEARED, "reason": reason, **fields, "status_at": now, "updated_at": now}
    with transaction.atomic():
        moved = Change.objects.filter(pk=change.pk, status=source).update(status=target, **values)
        if not moved:
            raise TooFast(f"Somebody was faster: change #{change.pk} is no longer {source.value}.")
        Transition.objects.create(
            change=change, source=source, target=target, actor=actor.person,
            channel=actor.channel, reason=reason, at=now,
        )  # fmt: skip
        announce("change", change.pk)
        if source is ChangeStatus.MERGING:
            runs.ring_next_merge(change)
    change.status = target
    for name, value in values.items():
        setattr(change, name, value)
