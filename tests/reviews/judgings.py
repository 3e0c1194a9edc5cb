"""A change with a judge's word on it, as rows."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from reviews.models import Change
from reviews.states import RunKind, RunStatus
from tests import factories as make


def judged(
    change: Change,
    status: RunStatus | None = RunStatus.FAILED,
    mode: str = "blocking",
    **fields: Any,
) -> Change:
    """The change's newest round, with a judge's run on its head."""
    round_ = change.rounds.order_by("-number")[0]
    round_.policy = {"judge": {"mode": mode, "repairs": 1}}
    round_.save(update_fields=["policy"])
    if status is not None:
        values = {"summary": "It does more.", "ended_at": timezone.now(), **fields}
        make.run(round_, kind=RunKind.JUDGE, name="judge", status=status, commit=round_.head,
                 options={"mode": mode}, **values)  # fmt: skip
    return change
