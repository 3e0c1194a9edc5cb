"""`manage.py add_repository NAME PATH_OR_URL [--branch B]`"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from agents import git
from reviews.management.acting import ActingCommand, readable
from reviews.services import origins, repositories
from reviews.services.permissions import Actor


class Command(ActingCommand):
    """Adds a repository; one on this machine is read at once, so its problems are told here."""

    help = "Add a git repository: a folder of this machine, or an https or ssh URL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("origin", metavar="PATH_OR_URL")
        parser.add_argument("--branch", default="", help="default: what the origin's HEAD names")
        super().add_arguments(parser)

    def act(self, actor: Actor, **options: Any) -> None:
        repository = repositories.add_repository(
            actor, options["name"], options["origin"], branch=options["branch"],
            from_command_line=True,
        )  # fmt: skip
        if git.is_local(repository.origin):
            origins.check_repository(repository)
            repository.refresh_from_db()
        self.stdout.write(f"Added {repository.name}, branch {repository.default_branch}.")
        problems = [repository.problem, *repository.policy.get("problems", [])]
        for problem in filter(None, problems):
            self.stderr.write(readable(str(problem)))
