"""The base of commands that do something in a person's name, with that person's rights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agents.errors import AgentsError
from reviews.errors import ReviewError
from reviews.models import Person
from reviews.services import people
from reviews.services.permissions import Actor
from reviews.states import Source


class ActingCommand(BaseCommand, ABC):
    """A command that acts `--as` somebody; a refusal ends it with its sentence and exit code 1."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Every command's own arguments go before a call of this."""
        parser.add_argument(
            "--as", dest="acts_as", metavar="USERNAME", default="",
            help="who does this (default: the only administrator)",
        )  # fmt: skip

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            actor = Actor(acting(options["acts_as"]), Source.CLI)
            self.act(actor, **options)
        except (ReviewError, AgentsError) as refusal:
            raise CommandError(readable(str(refusal))) from refusal

    @abstractmethod
    def act(self, actor: Actor, **options: Any) -> None:
        """Do it; ReviewError and AgentsError are told by their sentence."""


def acting(username: str) -> Person:
    """The person named, or the only administrator; CommandError with what to do otherwise."""
    if username:
        person = people.find(username)
        if not person.is_active:
            raise CommandError(f"{person.username} is deactivated.")
        return person
    administrators = Person.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    names = list(administrators.values_list("username", flat=True)[:6])
    if not names:
        raise CommandError("There is no administrator yet. `manage.py prepare` makes one.")
    if len(names) > 1:
        raise CommandError(f"Say who does this with --as USERNAME: {', '.join(names)}.")
    return administrators[0]


def readable(text: str) -> str:
    """`text` without anything that a terminal would obey: what agents say is printed here."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
