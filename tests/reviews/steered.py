"""A change whose agent is steered, as rows."""

from __future__ import annotations

import pytest

from reviews.models import Change, Run
from reviews.services.advance import advance
from reviews.services.claim import claim
from reviews.services.permissions import Actor
from reviews.states import ChangeStatus, Role, RunKind
from tests import factories as f

S = ChangeStatus


@pytest.fixture
def change() -> Change:
    """A change whose first agent run is queued; its author may author here."""
    made = f.change()
    f.Membership.objects.create(person=made.author, repository=made.repository, role=Role.AUTHOR)
    f.round_(made)
    advance(made.pk)
    return made


@pytest.fixture
def author(change: Change) -> Actor:
    return f.actor(change.author)


def now(change: Change) -> Change:
    return Change.objects.get(pk=change.pk)


def agent(change: Change) -> Run:
    run = Run.objects.filter(change=change, kind=RunKind.AGENT).order_by("pk").last()
    assert run is not None
    return run


def begun(change: Change, worker: str = "one") -> Run:
    run = claim(agent(change).pk, worker)
    assert run is not None
    return run
