"""`manage.py prepare`: what a fresh installation needs before it starts; harmless when repeated."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from agents import sample
from agents.errors import AgentsError
from reviews.errors import ReviewError
from reviews.models import Change, Person, Repository
from reviews.services import instruct, judge, origins, people, repositories
from reviews.services.permissions import Actor
from reviews.states import ChangeStatus, Source

SCRIPTED = "scripted"
PATIENCE = 120.0  # seconds for the change that is to be merged to come to review
LOOK_EVERY = 0.5
ON_ITS_WAY = {ChangeStatus.QUEUED, ChangeStatus.RUNNING, ChangeStatus.VERIFYING}


class Command(BaseCommand):
    """Makes the first administrator and the sample, and opens the sample's first changes.

    The changes run for real once workers are up. One of them is to be seen merged, so
    `--finish`, started beside the workers, approves it as the administrator when it comes to
    review, and says so in the verdict.
    """

    help = "Make the first administrator and the sample repository, unless they are there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--finish", action="store_true",
            help="wait for the sample change that is to be merged, and approve it",
        )  # fmt: skip

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["finish"]:
                _finish()  # makes nobody: `up` starts it also where this command was never run
                return
            administrator = people.ensure_administrator(settings.HONK_ADMIN)
            if not settings.IS_FLEET:  # machines of a fleet share no folder to keep it in
                _open_sample(Actor(administrator, Source.CLI))
        except (ReviewError, AgentsError) as refusal:
            raise CommandError(str(refusal)) from refusal


def _open_sample(actor: Actor) -> None:
    """The sample repository with its first changes, those that are not there yet."""
    if not (actor.who.is_superuser and actor.who.is_active):
        return  # the person named HONK_ADMIN has been given another part since
    folder = settings.HONK_DATA / "sample"
    sample.create(folder)
    repository = Repository.objects.filter(is_sample=True).first()
    if repository is None:
        if Repository.objects.filter(name__iexact=sample.NAME).exists():
            return  # the owner has a repository of that name: no sample then
        repository = repositories.add_repository(
            actor, sample.NAME, str(folder), branch=sample.BRANCH, from_command_line=True,
            is_sample=True,
        )  # fmt: skip
        origins.check_repository(repository)
    for instruction in sample.INSTRUCTIONS.values():
        if repository.is_active and not _opened(repository, instruction).exists():
            instruct.open_change(actor, repository, instruction, runner=SCRIPTED)


def _opened(repository: Repository, instruction: str) -> Any:
    """Changes of the repository with exactly this instruction, oldest first."""
    return Change.objects.filter(repository=repository, instruction=instruction).order_by("pk")


def _finish() -> None:
    """Approve the change that is to be seen merged, once, as the administrator who opened it."""
    repository = Repository.objects.filter(is_sample=True).first()
    change = repository and _opened(repository, sample.INSTRUCTIONS["merged"]).first()
    if not change:
        return
    until = time.monotonic() + PATIENCE
    while change.status in ON_ITS_WAY and time.monotonic() < until:
        time.sleep(LOOK_EVERY)
        change.refresh_from_db()
    if change.status == ChangeStatus.AWAITING_REVIEW and not change.verdicts.exists():
        _approve(change, change.author)


def _approve(change: Change, administrator: Person) -> None:
    round_ = change.rounds.latest("number")
    seen = judge.Seen(
        round_.number, round_.head, message="Approved by set-up, to show a merged change."
    )
    try:
        judge.approve(Actor(administrator, Source.CLI), change, seen)
    except ReviewError:
        return  # red, or somebody else is to approve by now: it waits for a person like any other
