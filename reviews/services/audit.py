"""The record of what people did that is not a change's move."""

from __future__ import annotations

from reviews.models import AuditEntry
from reviews.services.permissions import Actor


def note(actor: Actor, verb: str, what: str, **data: str | int | bool | dict[str, str]) -> None:
    """Keep that `actor` did `verb` to `what`; in the caller's transaction, if there is one."""
    AuditEntry.objects.create(
        actor=actor.person, channel=actor.channel, verb=verb, object=what[:200], data=data
    )
