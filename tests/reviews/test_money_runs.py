"""Whole runs that cost money: Claude's runner against a stand-in of its API, real git around it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from reviews.models import Change, Installation, Person, Repository
from reviews.queries import money as queries
from reviews.services import instruct, steer
from reviews.states import ChangeStatus, RunKind, RunStatus
from tests import factories as f
from tests.doubles.messages_api import MessagesApi, Turn
from tests.reviews.paid_runs import EACH, api, author, dear, store
from tests.reviews.whole_runs import work_off

__all__ = ["api", "author", "store"]
pytestmark = pytest.mark.django_db(transaction=True)
S = ChangeStatus
EDIT = "str_replace_based_edit_tool"


def look() -> Turn:
    return dear(Turn.tools(("bash", {"command": "cat app.py"})))


def edit(old: str, new: str) -> Turn:
    given = {"command": "str_replace", "path": "/workspace/app.py", "old_str": old, "new_str": new}
    return dear(Turn.tools((EDIT, given)))


def start(author: Person, store: Repository, **options: Any) -> Change:
    actor = f.actor(author)
    return work_off(
        instruct.open_change(actor, store, "Make x two", runner="anthropic_api", **options)
    )


def test_a_runs_cost_is_known_by_step_run_and_change(
    store: Repository, author: Person, api: MessagesApi, client: Client
) -> None:
    api.turns = [edit("1", "2"), dear(Turn.text("Done."))]
    change = start(author, store, model="claude-opus-5-5")
    assert change.status == S.AWAITING_REVIEW, change.reason
    run = change.runs.get(kind=RunKind.AGENT)
    assert run.cost == 2 * EACH
    assert [step.cost for step in queries.steps_of(run)] == [EACH, EACH]
    assert queries.spent_on(change).words == "$0.80"
    client.force_login(author)
    assert "$0.80" in client.get(f"/changes/{change.pk}/").content.decode()
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert 'id="run-steps"' in page
    assert page.count("<td>$0.40</td>") == 2


def test_a_model_without_a_known_price_is_unknown_everywhere(
    store: Repository, author: Person, api: MessagesApi, client: Client
) -> None:
    api.turns = [edit("1", "2"), dear(Turn.text("Done."))]
    change = start(author, store, model="model-of-tomorrow")
    assert change.status == S.AWAITING_REVIEW, change.reason
    run = change.runs.get(kind=RunKind.AGENT)
    assert run.cost is None
    assert queries.spent_on(change).words == "unknown"
    assert [step.cost for step in queries.steps_of(run)] == [None, None]
    client.force_login(author)
    assert "unknown" in client.get("/money/").content.decode()


@pytest.mark.parametrize("cap", ["own", "repository", "day", "house"])
def test_a_model_without_a_known_price_does_not_begin_where_a_cap_holds(
    store: Repository, author: Person, api: MessagesApi, cap: str
) -> None:
    if cap == "house":
        Installation.objects.create(pk=1, cap_day=10)
    elif cap != "own":
        Repository.objects.update(**{"day": {"cap_day": 9}, "repository": {"cap_run": 9}}[cap])
    own = {"cap_usd": "0.10"} if cap == "own" else {}
    change = start(author, store, model="model-of-tomorrow", **own)
    run = change.runs.get(kind=RunKind.AGENT)
    assert (run.status, run.fault) == (RunStatus.ERROR, "user")
    assert run.reason == (
        "The price of model model-of-tomorrow is not known, and a cap holds: "
        "name a model with a price or lift the cap."
    )
    assert not api.requests


def test_a_cap_parks_the_run_with_its_work_kept_and_one_grant_lets_it_go_on(
    store: Repository, author: Person, api: MessagesApi
) -> None:
    Repository.objects.update(cap_run=3)
    api.turns = [edit("1", "2"), look(), look(), dear(Turn.text("Done."))]
    change = start(author, store, cap_usd="0.50")
    assert change.status == S.NEEDS_INPUT, change.reason
    assert "$0.80 are spent and $0.50 are allowed" in change.reason
    parked = change.runs.get()
    assert (parked.status, parked.waits_for, parked.worker) == (RunStatus.WAITING, "money", "")
    assert (parked.cap, parked.cost) == (Decimal("0.50"), 2 * EACH)
    assert len(api.requests) == 2  # the third step did not begin

    steer.go_on(f.actor(author), change, Decimal(2))
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason
    assert [file.display for file in change.rounds.get().files.all()] == ["app.py"]
    following = change.runs.order_by("pk").last()
    assert following
    assert following.cap == Decimal("2.50") - 2 * EACH
    assert queries.spent_on(change).known == 4 * EACH
    assert len(api.requests) == 4


def test_the_day_of_a_repository_ends_its_runs_and_the_next_does_not_begin(
    store: Repository, author: Person, api: MessagesApi
) -> None:
    Repository.objects.update(cap_day=1)
    api.turns = [edit("1", "2"), dear(Turn.text("Done."))]
    assert start(author, store).status == S.AWAITING_REVIEW
    api.start_over()
    api.turns = [look(), look(), look()]
    second = start(author, store)
    assert second.status == S.NEEDS_INPUT
    assert second.runs.get().cap == 1 - 2 * EACH  # what the first left of the day
    api.start_over()
    third = start(author, store)
    assert "store may spend $1.00 a day" in third.reason
    assert not api.requests
    Repository.objects.update(cap_day=10)
    api.turns = [edit("1", "2"), dear(Turn.text("Done."))]
    steer.go_on(f.actor(author), third)
    assert work_off(third).status == S.AWAITING_REVIEW, third.reason
