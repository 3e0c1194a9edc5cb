"""People and repositories as administrators see them."""

from __future__ import annotations

from dataclasses import dataclass

from agents.policy import Policy, from_json
from reviews.models import Membership, Person, Repository
from reviews.queries.instruct import Choice, checks_of, choices_of
from reviews.services.permissions import visible_repositories


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person with their roles by repository."""

    person: Person
    memberships: tuple[Membership, ...]


@dataclass(frozen=True, slots=True)
class RepositoryPage:
    """A repository with what its policy says. runners: as New offers them there."""

    repository: Repository
    policy: Policy
    checks: str
    runners: tuple[Choice, ...]
    memberships: tuple[Membership, ...]


def people() -> list[PersonRow]:
    """Everybody, the active first; two queries."""
    by_person: dict[int, list[Membership]] = {}
    memberships = Membership.objects.select_related("repository").order_by("repository__name")
    for membership in memberships:
        by_person.setdefault(membership.person_id, []).append(membership)
    everybody = Person.objects.order_by("-is_active", "username")
    return [PersonRow(p, tuple(by_person.get(p.pk, []))) for p in everybody]


def repositories(asker: Person) -> list[RepositoryPage]:
    """Those the asker may see, by name; without members and runners."""
    return [_page(repository, (), ()) for repository in visible_repositories(asker)]


def repository_page(asker: Person, name: str) -> RepositoryPage | None:
    """One repository with its members; None when the asker may not see it."""
    found = visible_repositories(asker).filter(name=name).first()
    if found is None:
        return None
    members = Membership.objects.filter(repository=found, person__is_active=True)
    members = members.select_related("person").order_by("person__username")
    return _page(found, tuple(members), choices_of(found))


def _page(
    repository: Repository, members: tuple[Membership, ...], runners: tuple[Choice, ...]
) -> RepositoryPage:
    policy = from_json(repository.policy)
    return RepositoryPage(repository, policy, checks_of(policy), runners, members)
