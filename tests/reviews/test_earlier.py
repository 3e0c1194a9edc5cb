"""A program that keeps no conversation is told the rounds before in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviews.models import Change, Person, Repository, Round
from reviews.services import instruct, judge, place
from reviews.states import ChangeStatus
from tests import factories
from tests.reviews.whole_runs import data, owner, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)
POLICY = """
[runners.told]
argv = ["sh", "-c", "cat > told.txt; echo I wrote it down."]
"""


@pytest.fixture
def store(data: Path) -> Repository:
    return repository(data, {"app.py": "x = 1\n", ".honk.toml": POLICY})


def told(round_: Round) -> str:
    mirror = place.mirror_of(round_.change.repository)
    return mirror.call("show", f"{round_.head}:told.txt").decode()


def newest(change: Change) -> Round:
    return change.rounds.order_by("-number")[0]


def test_the_next_round_is_told_what_was_asked_said_and_judged(
    owner: Person, store: Repository
) -> None:
    who = factories.actor(owner)
    change = work_off(instruct.open_change(who, store, "Write it down", runner="told"))
    assert told(newest(change)) == "Write it down"
    for words in ("More plums", "Fewer pears"):
        seen = judge.Seen(newest(change).number, newest(change).head, words, ["incomplete"])
        judge.reprompt(who, change, seen)
        work_off(change)
    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    prompt = told(newest(change))
    now, _, before = prompt.partition("You do not remember the rounds before")
    assert "Fewer pears" in now
    assert "More plums" not in now
    assert "Fewer pears" not in before
    assert before.count("I wrote it down.") == 2
    assert f"It was sent back by {owner.name} (incomplete)." in before
    assert "Round 2 was asked:\n\n```\nMore plums\n```" in before
