"""`manage.py sign_in_link USERNAME`"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from reviews.management.acting import ActingCommand
from reviews.services import people
from reviews.services.permissions import Actor


class Command(ActingCommand):
    """Prints the link alone, so that a script can take it."""

    help = "Make a link that lets a person in once, within 15 minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        super().add_arguments(parser)

    def act(self, actor: Actor, **options: Any) -> None:
        self.stdout.write(people.sign_in_link(options["username"], by=actor))
