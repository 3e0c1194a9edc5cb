"""`manage.py import_change --repo NAME (--patch FILE or --head REF) --title T`"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from reviews.management.acting import ActingCommand
from reviews.management.commands.honk import address_of
from reviews.services import instruct, repositories
from reviews.services.permissions import Actor


class Command(ActingCommand):
    """Opens a change whose first round was made elsewhere; verified and judged like any other."""

    help = "Bring in a patch, or a branch of the repository, for review."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repo", required=True, metavar="NAME")
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument(
            "--patch", metavar="FILE", help="of git, hg, svn or diff -u, or its mails; -: stdin"
        )
        source.add_argument("--head", metavar="REF", help="a branch, tag or commit of the origin")
        parser.add_argument("--title", required=True)
        super().add_arguments(parser)

    def act(self, actor: Actor, **options: Any) -> None:
        repository = repositories.find(actor.who, options["repo"])
        patch = _read(options["patch"]) if options["patch"] else None
        change = instruct.import_change(
            actor, repository, patch=patch, head=options["head"], title=options["title"]
        )
        self.stdout.write(f"Change #{change.pk}: {address_of(change)}")


def _read(name: str) -> bytes:
    """The patch, one byte more than is taken at most."""
    most = instruct.MAX_PATCH + 1
    if name == "-":
        return sys.stdin.buffer.read(most)
    try:
        with Path(name).open("rb") as file:
            return file.read(most)
    except OSError as fault:
        raise CommandError(f"{name} cannot be read: {fault.strerror}.") from fault
