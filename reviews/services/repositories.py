"""Which repositories there are: added and switched by administrators only, never deleted."""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from agents import git
from agents.errors import AgentsError, RepositoryUnreachable, UserFault
from reviews.errors import NotThere, PlatformTrouble, Refused
from reviews.events import announce
from reviews.models import Person, Repository
from reviews.models.repository import NAME
from reviews.services.audit import note
from reviews.services.permissions import Actor, may_administer, require, visible_repositories

USUAL_BRANCH = "main"
Switch = Literal["is_active", "may_setup_use_network", "may_use_hosts", "is_deploy_enabled"]


def find(person: Person, name: str) -> Repository:
    """The repository of that name, if the person may see it."""
    found = visible_repositories(person).filter(name=name.replace("\x00", "")).first()
    if found is None:
        known = ", ".join(visible_repositories(person).values_list("name", flat=True)[:10])
        yours = f"Yours are: {known}." if known else "You have a role in none yet."
        raise NotThere(f"There is no repository named {name[:80]!r} that you may see. {yours}")
    return found


def add_repository(
    actor: Actor,
    name: str,
    origin: str,
    *,
    branch: str = "",
    from_command_line: bool = False,
    is_sample: bool = False,
) -> Repository:
    """A new repository; its policy is read later, by a worker.

    from_command_line: the path was typed on the server, where every folder is allowed; else only
    those under HONK_REPOSITORIES are. branch: empty takes the one that the origin's HEAD names.
    """
    require(may_administer(actor.who))
    name = name.strip()
    _check_name(name)
    origin = _checked_origin(origin, from_command_line=from_command_line)
    branch, problem = _branch_of(origin, branch.strip())
    try:
        with transaction.atomic():
            repository = Repository.objects.create(
                name=name, origin=origin, default_branch=branch, is_sample=is_sample,
                added_by=actor.person, problem=problem,
            )  # fmt: skip
            note(actor, "add_repository", name, origin=origin, branch=branch)
            announce("repository", repository.pk)
    except IntegrityError as fault:
        raise _taken(name) from fault
    return repository


def _check_name(name: str) -> None:
    try:
        NAME(name)
    except ValidationError as fault:
        raise Refused(" ".join(fault.messages)) from fault
    if Repository.objects.filter(name__iexact=name).exists():
        raise _taken(name)


def _taken(name: str) -> Refused:
    return Refused(f"There is a repository named {name} already. Choose another name.")


def _checked_origin(origin: str, *, from_command_line: bool) -> str:
    roots = settings.HONK_REPOSITORIES
    try:
        checked = git.check_origin(origin, roots, given_by_operator=from_command_line)
    except UserFault as fault:
        raise Refused(str(fault)) from fault
    if len(checked) > 1000:
        raise Refused("The origin is longer than 1,000 characters.")
    return checked


def _branch_of(origin: str, branch: str) -> tuple[str, str]:
    """(branch, problem): as given, else what the origin's HEAD names; no transaction is open here.

    A folder that is no repository is refused at once; a remote that does not answer now is taken
    and its problem shown, since it may answer later.
    """
    try:
        if branch and not git.is_local(origin):
            return git.check_branch(branch), ""
        mirror = git.Mirror(settings.HONK_DATA / "mirrors" / "asking.git")
        mirror.ensure()
        named = mirror.default_branch(origin)
        return git.check_branch(branch or named or USUAL_BRANCH), ""
    except RepositoryUnreachable as fault:
        if git.is_local(origin):
            raise Refused(str(fault)) from fault
        return branch or USUAL_BRANCH, str(fault)
    except UserFault as fault:
        raise Refused(str(fault)) from fault
    except AgentsError as fault:
        raise PlatformTrouble(str(fault)) from fault


def set_switch(actor: Actor, repository: Repository, switch: Switch, value: bool) -> Repository:
    """Turn one of the administrator's switches.

    is_active: off takes no new instruction. may_setup_use_network: `[setup]` may download.
    may_use_hosts: agents reach the hosts of `[sandbox]`. is_deploy_enabled: `[deploy]` may run.
    """
    require(may_administer(actor.who))
    Repository.objects.filter(pk=repository.pk).update(**{switch: value})
    note(actor, "set_switch", repository.name, switch=switch, value=value)
    announce("repository", repository.pk)
    repository.refresh_from_db()
    return repository


def deactivate_repository(actor: Actor, repository: Repository) -> Repository:
    """Take no more instructions for it; what there is stays and can be read."""
    return set_switch(actor, repository, "is_active", False)
