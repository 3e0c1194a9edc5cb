"""Everybody who may come to a door, and one repository that they come for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from reviews.models import Change, Comment, Person, Repository, Run, Thread
from reviews.services import people
from reviews.states import ChangeStatus, Role
from tests import factories as f

WHO = ("anonymous", "outsider", "reader", "author", "reviewer", "maintainer", "administrator")
SECOND_HEAD = "e" * 40


@dataclass(frozen=True, slots=True)
class Cast:
    """The people by part, None for the unknown. outsider: a maintainer, but of another repository.

    change: the author's, waiting for review in `repository`, with one published comment thread.
    """

    people: dict[str, Person | None]
    repository: Repository
    change: Change
    run: Run
    thread: Thread

    def web(self, who: str) -> Client:
        """A browser that is signed in, if there is anybody."""
        browser = Client()
        person = self.people[who]
        if person is not None:
            browser.force_login(person)
        return browser

    def api(self, who: str) -> Client:
        """A client whose every request carries the person's token."""
        person = self.people[who]
        if person is None:
            return Client()
        return Client(headers={"Authorization": f"Bearer {people.create_token(person)}"})

    def draft(self, who: str) -> Comment:
        """A draft of the person's in the thread, whatever their role."""
        return f.comment(self.change.rounds.get(number=1), self.people[who], published_at=None)

    def set_status(self, status: ChangeStatus, **fields: Any) -> None:
        """Put the change where a verb needs it."""
        Change.objects.filter(pk=self.change.pk).update(
            status=status, status_at=timezone.now(), **fields
        )

    def second_round(self) -> None:
        """A newer frozen round with one file."""
        newer = f.round_(self.change, status="frozen", head=SECOND_HEAD, tree=f.TREE, file_count=1)
        f.diff_file(newer)


def make_cast() -> Cast:
    """Everybody, the repository `store`, and the author's change in it."""
    store = f.repository("store")
    members = {role.value: f.member(store, role, f"the-{role}") for role in Role}
    everybody: dict[str, Person | None] = {
        "anonymous": None,
        "outsider": f.member(f.repository("elsewhere"), Role.MAINTAINER, "the-outsider"),
        **members,
        "administrator": f.administrator("the-administrator"),
    }
    change = f.reviewable(members["author"], repository=store)
    thread = f.comment(change.rounds.get(), members["reviewer"]).thread
    return Cast(everybody, store, change, change.runs.get(), thread)
