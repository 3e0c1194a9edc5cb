"""What every page shows beside its own matter: an undo window that is open."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from reviews.models import Person, Verdict
from reviews.states import ChangeStatus, VerdictKind


@dataclass(frozen=True, slots=True)
class UndoToast:
    """The asker's approval that has not taken effect yet; until: when it does."""

    number: int
    round: int
    head: str
    until: datetime
    seconds: int


def undo_for(asker: Person) -> UndoToast | None:
    """The newest approval that the asker can still take back before it merges."""
    now = timezone.now()
    verdict = (
        Verdict.objects.filter(
            person=asker,
            verdict=VerdictKind.APPROVE,
            withdrawn_at__isnull=True,
            change__status=ChangeStatus.APPROVED,
            change__takes_effect_at__gt=now,
        )
        .select_related("change", "round")
        .order_by("-pk")
        .first()
    )
    if verdict is None or verdict.change.takes_effect_at is None:
        return None
    until = verdict.change.takes_effect_at
    left = math.ceil((until - now).total_seconds())
    return UndoToast(verdict.change_id, verdict.round.number, verdict.head, until, left)
