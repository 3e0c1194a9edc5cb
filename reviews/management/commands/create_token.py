"""`manage.py create_token USERNAME`"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from reviews.management.acting import ActingCommand
from reviews.services import people
from reviews.services.permissions import Actor


class Command(ActingCommand):
    """Prints the token alone; it is shown this once."""

    help = "Make a token of the JSON API that may do all that the person may."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--label", default="command line", help="what it is for")
        super().add_arguments(parser)

    def act(self, actor: Actor, **options: Any) -> None:
        person = people.find(options["username"])
        self.stdout.write(people.create_token(person, options["label"], by=actor))
