"""One repository with an author and a reviewer, and a change that waits for review."""

from __future__ import annotations

import pytest

from reviews.models import Change, Person, Repository
from reviews.states import Role
from tests import factories as f


@pytest.fixture
def repository() -> Repository:
    return f.repository("store")


@pytest.fixture
def author(repository: Repository) -> Person:
    return f.member(repository, Role.AUTHOR, "ada")


@pytest.fixture
def reviewer(repository: Repository) -> Person:
    return f.member(repository, Role.REVIEWER, "rosa")


@pytest.fixture
def change(repository: Repository, author: Person) -> Change:
    return f.reviewable(author, repository=repository)
