"""The pause of the whole installation, for its page and for the banner on every page."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.models import AuditEntry, Installation, Run
from reviews.services import incident
from reviews.states import RunKind, RunStatus

SHOWN = 20  # earlier uses


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """How the installation stands. at_work: agent runs that a worker holds; queued: runs that wait
    for a worker; parked: runs that go on by themselves when the pause ends; earlier: newest first.
    """

    house: Installation | None
    at_work: int
    queued: int
    parked: int
    earlier: tuple[AuditEntry, ...]


def incident_page() -> IncidentPage:
    """What an administrator looks at before the switch is used, and after."""
    agents = Run.objects.filter(kind=RunKind.AGENT)
    live = agents.filter(status__in=[RunStatus.RUNNING, RunStatus.WAITING])
    used = AuditEntry.objects.filter(verb__in=["pause", "resume"], object=incident.WHAT)
    return IncidentPage(
        house=incident.paused(),
        at_work=live.exclude(worker="").count(),
        queued=Run.objects.filter(status=RunStatus.QUEUED).count(),
        parked=live.filter(worker="", pause_reason__startswith=incident.MARK).count(),
        earlier=tuple(used.select_related("actor").order_by("-pk")[:SHOWN]),
    )
