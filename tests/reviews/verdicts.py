"""A change that waits for a verdict, and who may give it."""

from __future__ import annotations

import pytest

from reviews.models import Change, Person
from reviews.services.judge import Seen
from reviews.states import Role
from tests import factories

SEEN = Seen(1, factories.HEAD)


@pytest.fixture
def change() -> Change:
    """A change by an author, in a repository of its own."""
    repository = factories.repository()
    return factories.reviewable(factories.member(repository, Role.AUTHOR), repository=repository)


@pytest.fixture
def reviewer(change: Change) -> Person:
    return factories.member(change.repository, Role.REVIEWER, "rita")


def fresh(change: Change) -> Change:
    return Change.objects.get(pk=change.pk)
