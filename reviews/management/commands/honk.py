"""`manage.py honk "instruction" --repo NAME [--runner NAME] [--model M] [--cap USD] [--wait]`"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from reviews.management.acting import ActingCommand, readable
from reviews.models import Change
from reviews.services import instruct, repositories
from reviews.services.options import EFFORTS
from reviews.services.permissions import Actor
from reviews.states import WAITS_FOR_MACHINE, ChangeStatus

LOOK_EVERY = 0.5  # seconds
UNDER_WAY = WAITS_FOR_MACHINE | {ChangeStatus.NEEDS_INPUT}


class Command(ActingCommand):
    """Opens a change; with --wait the exit code says whether it came to review."""

    help = "Give an instruction for a repository."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("instruction")
        parser.add_argument("--repo", required=True, metavar="NAME")
        parser.add_argument("--runner", default="", metavar="NAME")
        parser.add_argument("--model", default="", help="default: what .honk.toml says")
        parser.add_argument("--effort", default="", help=", ".join(EFFORTS))
        parser.add_argument("--cap", default="", metavar="USD", help="what one run may cost")
        parser.add_argument("--title", default="")
        parser.add_argument("--wait", action="store_true", help="until it can be reviewed")
        super().add_arguments(parser)

    def act(self, actor: Actor, **options: Any) -> None:
        repository = repositories.find(actor.who, options["repo"])
        change = instruct.open_change(
            actor, repository, options["instruction"], runner=options["runner"],
            title=options["title"], model=options["model"], effort=options["effort"],
            cap_usd=options["cap"],
        )  # fmt: skip
        self.stdout.write(f"Change #{change.pk}: {address_of(change)}")
        if options["wait"]:
            self._wait(change)

    def _wait(self, change: Change) -> None:
        """Print each status until nothing more comes by itself; 1 unless it waits for review."""
        told = ""
        while True:
            change.refresh_from_db(fields=["status", "reason"])
            words = change.status.replace("_", " ")
            line = f"{words}: {change.reason}" if change.reason else words
            if line != told:
                self.stdout.write(readable(line))
                self.stdout.flush()
                told = line
            if change.status not in UNDER_WAY:
                break
            time.sleep(LOOK_EVERY)
        sys.exit(0 if change.status == ChangeStatus.AWAITING_REVIEW else 1)


def address_of(change: Change) -> str:
    """Where a browser finds the change."""
    return f"{settings.HONK_URL}/changes/{change.pk}/"
