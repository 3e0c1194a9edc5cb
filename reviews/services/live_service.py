"""Whether a runner of a model service has ever done its work against the service itself.

The suite speaks with stand-ins on the loopback, which cannot know what the live service accepts.
Until a run has passed without an address of another service, the pages say so.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from agents.job import Outcome
from reviews.models import Installation
from reviews.services import incident

RUNNERS = frozenset(("anthropic_api", "claude_code"))


def note(runner: str, outcome: Outcome) -> None:
    """Remember the first run of `runner` that passed against the live service."""
    if runner not in RUNNERS or outcome.status != "passed" or settings.HONK_AGENT_URL:
        return
    if runner in known():
        return
    with transaction.atomic():
        house = incident.locked()
        house.live_runners = {runner: timezone.now().isoformat(), **house.live_runners}
        house.save(update_fields=["live_runners"])


def known() -> frozenset[str]:
    """Names of the runners that did."""
    stored = Installation.objects.filter(pk=incident.ONE).values_list("live_runners", flat=True)
    return frozenset(name for names in stored for name in names)
