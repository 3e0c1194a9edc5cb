"""Setting caps: a maintainer's for a repository, an administrator's for the installation."""

from __future__ import annotations

from django.db import transaction

from reviews.events import announce
from reviews.models import Repository
from reviews.services import audit, incident
from reviews.services.money import amount
from reviews.services.permissions import Actor, may_administer, may_set_caps, require


def set_repository_caps(
    actor: Actor, repository: Repository, cap_run: object, cap_day: object
) -> Repository:
    """What one run, and all runs of a day, may cost; empty: no such cap."""
    require(may_set_caps(actor.who, repository))
    per_run = amount(cap_run, "cap of a run")
    per_day = amount(cap_day, "cap of a day")
    with transaction.atomic():
        repository.cap_run, repository.cap_day = per_run, per_day
        repository.save(update_fields=["cap_run", "cap_day"])
        audit.note(
            actor, "set_caps", repository.name, run=str(per_run or ""), day=str(per_day or "")
        )
        announce("repository", repository.pk)
    return repository


def set_house_cap(actor: Actor, cap_day: object) -> None:
    """What all runs of all repositories may cost a day; empty: no such cap."""
    require(may_administer(actor.who))
    per_day = amount(cap_day, "cap of a day")
    with transaction.atomic():
        house = incident.locked()
        house.cap_day = per_day
        house.save(update_fields=["cap_day"])
        audit.note(actor, "set_caps", incident.WHAT, day=str(per_day or ""))
