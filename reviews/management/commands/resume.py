"""`manage.py resume`: undoes `pause`."""

from __future__ import annotations

from typing import Any

from reviews.management.acting import ActingCommand
from reviews.services import incident
from reviews.services.permissions import Actor


class Command(ActingCommand):
    """Lets everything go on."""

    help = "Let work go on after `pause`; what it parked goes on by itself."

    def act(self, actor: Actor, **_options: Any) -> None:
        was_paused = incident.is_paused()
        incident.resume(actor)
        self.stdout.write("Work goes on." if was_paused else "It was not paused; work goes on.")
