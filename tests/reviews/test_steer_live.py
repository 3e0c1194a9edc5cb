"""Runs of models that are stopped while they wait, live, for an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from agents.runners import claude_binary
from reviews.errors import Stale
from reviews.models import Change, Message, Person, Repository, Run
from reviews.services import blobs, instruct, steer
from reviews.states import RunStatus
from tests import factories
from tests.api.client import Api
from tests.doubles import claude_program
from tests.doubles.messages_api import MessagesApi, Turn
from tests.reviews.paid_runs import api, author, store
from tests.reviews.steered_runs import S, agents_of, log_of, meanwhile, until
from tests.reviews.whole_runs import queued, work_off

__all__ = ["api", "author", "meanwhile", "store"]
pytestmark = pytest.mark.django_db(transaction=True)
WHICH = "Red or blue?"
ASK = Turn.tools(("ask", {"question": WHICH, "answers": ["red", "blue"]}))


class Asks:
    """What either runner's model does: it asks, and once it is answered it makes a file."""

    def __init__(self, api: MessagesApi, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self._api, self._patch, self._folder = api, patch, folder
        patch.setattr(claude_binary, "why_not", lambda: "")

    def first(self) -> None:
        self._api.turns = [ASK]
        self._does(["question", WHICH, ["red", "blue"]], ["made", "made"])

    def then(self) -> None:
        made = Turn.tools(("bash", {"command": "echo made > made"}))
        self._api.turns = [made, Turn.text("Done.")]
        self._api.start_over()
        self._does(["made", "made"])

    def _does(self, *steps: list[Any]) -> None:
        binary = claude_program.written(self._folder, steps)
        self._patch.setattr(claude_binary, "find", lambda: binary)


@pytest.fixture
def asks(api: MessagesApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asks:
    return Asks(api, monkeypatch, tmp_path)


def asking(change: Change) -> Run:
    """The run, once everybody sees what it asks."""
    return until(lambda: change.runs.filter(status=RunStatus.WAITING).first())  # type: ignore[no-any-return]


def press(door: str, verb: str, who: Person, change: Change) -> None:
    if door == "api":
        assert Api(who).post(f"/changes/{change.pk}/{verb}")[0] == 200
        return
    browser = Client()
    browser.force_login(who)
    assert browser.post(f"/changes/{change.pk}/{verb}/").status_code == 302


@pytest.mark.parametrize(
    ("runner", "door", "verb", "told"),
    [
        ("anthropic_api", "api", "stop", "Stopped"), ("anthropic_api", "page", "pause", "Paused"),
        ("claude_code", "page", "stop", "Stopped"), ("claude_code", "api", "pause", "Paused"),
    ],
)  # fmt: skip
def test_who_is_stopped_while_it_waits_asks_nobody_until_somebody_goes_on(
    store: Repository, author: Person, asks: Asks, meanwhile: Any,
    runner: str, door: str, verb: str, told: str,
) -> None:  # fmt: skip
    who = factories.actor(author)
    asks.first()
    change = instruct.open_change(who, store, "Paint it", runner=runner)

    def stop() -> None:
        run = asking(change)
        press(door, verb, author, change)
        with pytest.raises(Stale, match="asked no more"):  # at once, parked or not
            steer.send_message(who, change, "red", ask=run.options["ask"])

    meanwhile(stop)
    work_off(change)
    parked = agents_of(change)[0]
    assert (change.status, parked.waits_for, parked.worker) == (S.NEEDS_INPUT, "pause", "")
    assert change.reason == f"{told} by {author.name}. The work so far is kept."
    assert f"{told} by {author.name}." in log_of(parked)
    shown = Api(author).get(f"/changes/{change.pk}")[1]
    assert (shown["waits_for"], shown["question"]) == ("pause", "")
    sent = Api(author).post(
        f"/changes/{change.pk}/messages", {"text": "red", "ask": parked.options["ask"]}
    )
    assert (sent[0], "asked no more" in sent[1]["message"]) == (409, True)
    assert not queued(change)

    shown = Api(author).post(f"/changes/{change.pk}/go-on")[1]
    assert (shown["waits_for"], shown["question"]) == ("answer", WHICH)
    assert not queued(change)
    asks.then()
    steer.send_message(who, change, "red")
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason
    assert [file.display for file in change.rounds.get().files.all()] == ["made"]
    assert "red" in log_of(agents_of(change)[1])


@pytest.mark.parametrize("verb", [steer.pause, steer.stop])
def test_an_answer_is_kept_where_the_run_that_goes_on_with_it_is_held_before_it_begins(
    store: Repository, author: Person, asks: Asks, meanwhile: Any, verb: Any
) -> None:
    who = factories.actor(author)
    asks.first()
    change = instruct.open_change(who, store, "Paint it", runner="claude_code")
    meanwhile(lambda: steer.stop(who, asking(change).change))
    work_off(change)
    steer.go_on(who, change)
    steer.send_message(who, change, "red")
    verb(who, change)  # the run that goes on with the answer is queued
    work_off(change)
    assert (change.status, agents_of(change)[1].waits_for) == (S.NEEDS_INPUT, "pause")

    asks.then()
    steer.go_on(who, change)
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason
    assert Message.objects.get().delivered_to == agents_of(change)[2]
    assert "red" in log_of(agents_of(change)[2])


def test_a_choice_reaches_claude_code_as_the_option_itself(
    store: Repository, author: Person, asks: Asks, meanwhile: Any
) -> None:
    who = factories.actor(author)
    asks.first()
    change = instruct.open_change(who, store, "Paint it", runner="claude_code")

    def answer() -> None:
        asking(change)
        steer.send_message(who, change, "blue")

    meanwhile(answer)
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason
    file = change.rounds.get().files.get(display="answer")
    assert blobs.get(file.new) == b"blue"
    assert author.name in log_of(agents_of(change)[0])
