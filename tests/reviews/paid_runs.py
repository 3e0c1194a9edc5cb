"""Whole runs whose model calls cost money, for several files of tests.

`store`, `author` and `api` are fixtures: a file that imports them names them in its `__all__`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import LazySettings

from reviews.models import Person, Repository
from reviews.states import Role
from tests import factories
from tests.doubles.messages_api import MessagesApi, Turn
from tests.reviews.whole_runs import repository

EACH = Decimal("0.4004")  # of an answer: 100,000 tokens in at $4, 20 out at $20 a million


def dear(turn: Turn) -> Turn:
    """The same answer to a question of a hundred thousand tokens."""
    return replace(turn, body=turn.body.replace(b'"input_tokens": 100', b'"input_tokens": 100000'))


@pytest.fixture
def store(tmp_path: Path, settings: LazySettings) -> Repository:
    settings.HONK_DATA = tmp_path / "data"
    return repository(tmp_path, {"app.py": "x = 1\n"}, name="store")


@pytest.fixture
def author(store: Repository) -> Person:
    return factories.member(store, Role.AUTHOR)


@pytest.fixture
def api(settings: LazySettings) -> Iterator[MessagesApi]:
    """The service of the server's key; each of its answers costs EACH."""
    with MessagesApi([dear(Turn.text("Done."))]) as made:
        settings.HONK_AGENT_KEY, settings.HONK_AGENT_URL = "test-key-of-nobody", made.url
        yield made
