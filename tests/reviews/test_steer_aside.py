"""A question that stands still and is stopped: set aside with the work kept, and put again."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.job import Outcome
from reviews.errors import Stale
from reviews.models import Change, Run
from reviews.queries.log import open_question
from reviews.queries.steering import steering_of
from reviews.services import messages, parking, steer
from reviews.services.permissions import Actor
from reviews.states import ChangeStatus, RunKind, RunStatus
from tests import factories as f

pytestmark = pytest.mark.django_db
ASK = {"question": "Which one?", "answers": ["The first"]}


@pytest.fixture
def run() -> Run:
    """Parked on a question of a change whose author is an administrator."""
    change = f.change(f.administrator(), status=ChangeStatus.NEEDS_INPUT)
    parked = f.run(
        f.round_(change), status=RunStatus.WAITING, waits_for="answer",
        options={"ask": "ask-1"}, resume={"waits_for": "answer", "ask": "ask-1"},
    )  # fmt: skip
    f.event(parked, kind="ask", part="ask-1", data=ASK)
    return parked


@pytest.fixture
def author(run: Run) -> Actor:
    return f.actor(run.change.author)


def now(run: Run) -> Run:
    return Run.objects.select_related("change").get(pk=run.pk)


def test_a_stop_sets_the_question_aside_and_going_on_puts_it_again(run: Run, author: Actor) -> None:
    name = author.who.name
    for _ in range(2):  # twice is no error
        steer.stop(author, run.change)
    stopped = now(run)
    assert (stopped.waits_for, open_question(stopped)) == ("pause", None)
    assert stopped.change.reason == f"Stopped by {name}. The work so far is kept."
    assert stopped.resume == run.resume
    with pytest.raises(Stale, match="asked no more"):
        steer.send_message(author, run.change, "The first", ask="ask-1")

    steer.go_on(author, run.change)
    asking = now(run)
    question = open_question(asking)
    assert question is not None
    assert question.question == "Which one?"
    assert run.change.runs.count() == 1  # nothing ran meanwhile
    steer.send_message(author, run.change, "The first", ask="ask-1")
    following = Run.objects.get(change=run.change, status=RunStatus.QUEUED)
    assert (following.kind, following.resume) == (RunKind.AGENT, run.resume)
    assert messages.is_answered(following)


def test_words_left_while_it_is_set_aside_are_no_answer(run: Run, author: Actor) -> None:
    steer.stop(author, run.change)
    said = steer.send_message(author, run.change, "Use a deque")
    steer.go_on(author, run.change)
    assert said.ask == ""
    assert open_question(now(run)) is not None


def test_an_answer_given_before_the_stop_is_kept_and_goes_on_with_the_run(
    run: Run, author: Actor
) -> None:
    Run.objects.filter(pk=run.pk).update(worker="one")
    steer.send_message(author, run.change, "The first")
    steer.stop(author, run.change)
    outcome = Outcome("parked", "Waits for an answer.", resume=run.resume)
    parking.park(now(run), now(run).change, outcome, {})
    assert (now(run).waits_for, run.change.runs.count()) == ("pause", 1)
    steer.go_on(author, run.change)
    following = Run.objects.get(change=run.change, status=RunStatus.QUEUED)
    assert (following.resume, messages.is_answered(following)) == (run.resume, True)


def test_a_question_with_its_answer_is_shown_as_answered_until_the_answer_is_taken_back(
    run: Run, author: Actor, client: Client
) -> None:
    client.force_login(author.who)
    Run.objects.filter(pk=run.pk).update(worker="one")
    pages = (f"/changes/{run.change_id}/", f"/runs/{run.pk}/")
    said = steer.send_message(author, run.change, "Blue")
    more = steer.send_message(author, run.change, "And quick")
    assert (said.ask, more.ask) == ("ask-1", "")
    for page in pages:
        html = client.get(page).content.decode()
        assert ("Blue" in html, 'id="ask"' in html, 'value="ask-1"' in html) == (True, False, False)
    with pytest.raises(Stale, match="has been answered"):
        steer.send_message(author, run.change, "Red", ask="ask-1")
    messages.hand_over(said, run)  # taken, and not yet in the log
    assert 'id="ask"' not in client.get(pages[0]).content.decode()
    messages.give_back(run)
    steer.cancel_message(author, said)
    for page in pages:
        assert 'value="ask-1"' in client.get(page).content.decode()


def test_the_pages_offer_stop_beside_the_question_and_then_go_on(
    run: Run, author: Actor, client: Client
) -> None:
    client.force_login(author.who)
    pages = (f"/changes/{run.change_id}/", f"/runs/{run.pk}/")
    for page in pages:
        html = client.get(page).content.decode()
        assert 'aria-label="Stop"' in html
        assert 'aria-label="Pause"' not in html
        assert "The first" in html
    client.post(f"/changes/{run.change_id}/stop/", {"next": pages[1]})
    for page in pages:
        html = client.get(page).content.decode()
        assert 'aria-label="Stop"' not in html
        assert "Go on" in html
        assert "It stands still" in html


def test_who_may_not_steer_is_offered_no_stop(run: Run) -> None:
    change = Change.objects.get(pk=run.change_id)
    reader = f.member(change.repository, "reader")  # type: ignore[arg-type]
    assert not steering_of(reader, change).may_stop
