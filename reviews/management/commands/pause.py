"""`manage.py pause [--reason WORDS]`: the switch for the first incident."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from reviews.management.acting import ActingCommand, readable
from reviews.services import incident
from reviews.services.permissions import Actor


class Command(ActingCommand):
    """Pauses everything; `resume` undoes it."""

    help = "Claim, merge and deploy nothing any more; agents at work pause with their work kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", default="", help="shown on every page")
        super().add_arguments(parser)

    def act(self, actor: Actor, **options: Any) -> None:
        house = incident.pause(actor, options["reason"])
        by = house.paused_by.name if house.paused_by else "nobody"
        why = f": {house.pause_reason}" if house.pause_reason else ""
        self.stdout.write(readable(f"Paused since {house.paused_at:%H:%M:%S} UTC by {by}{why}"))
