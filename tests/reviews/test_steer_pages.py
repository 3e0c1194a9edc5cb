"""What the pages offer to steer with, and what the API says and takes of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from reviews.models import Change, Installation, Message, Repository, Run
from reviews.services import messages, people, steer
from reviews.states import ChangeStatus, Role
from tests import factories as f
from tests.api.client import ERROR, Api
from tests.cast import Cast, make_cast
from tests.route_table import at_work, paused, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return make_cast()


def pages(cast: Cast, who: str) -> list[str]:
    browser: Client = cast.web(who)
    at = [f"/changes/{cast.change.pk}/", f"/runs/{cast.run.pk}/"]
    return [browser.get(address).content.decode() for address in at]


def waits_for(cast: Cast, what: str) -> None:
    paused(cast)
    Run.objects.filter(pk=cast.run.pk).update(waits_for=what, reason=f"For {what}.")
    Change.objects.filter(pk=cast.change.pk).update(reason=f"For {what}.")


def test_an_agent_at_work_can_be_paused_and_stopped(cast: Cast) -> None:
    at_work(cast)
    for page in pages(cast, "author"):
        assert f'action="/changes/{cast.change.pk}/pause/"' in page
        assert f'action="/changes/{cast.change.pk}/stop/"' in page
        assert f'action="/changes/{cast.change.pk}/go-on/"' not in page
    for page in pages(cast, "reader"):
        assert "/pause/" not in page
        assert "/stop/" not in page


def test_a_pause_that_is_under_way_offers_no_second_one(cast: Cast) -> None:
    at_work(cast)
    Run.objects.filter(pk=cast.run.pk).update(pause_reason="Paused by Anna.")
    for page in pages(cast, "author"):
        assert "Paused by Anna. It stands still at its next step." in page
        assert "/pause/" not in page


@pytest.mark.parametrize("what", ["pause", "money"])
def test_what_stands_still_says_why_and_has_one_button_to_go_on(cast: Cast, what: str) -> None:
    waits_for(cast, what)
    for page in pages(cast, "author"):
        assert f"For {what}." in page
        assert page.count(f'action="/changes/{cast.change.pk}/go-on/"') == 1
        assert "/pause/" not in page
        assert "Needs an answer" not in page
    for page in pages(cast, "reader"):
        assert "may go on with it" in page
        assert "/go-on/" not in page


def test_the_agent_at_work_is_written_to_from_either_page(cast: Cast) -> None:
    at_work(cast)
    at = f"/changes/{cast.change.pk}"
    for page in pages(cast, "author"):
        assert page.count('<textarea class="input" id="message" name="message"') == 1
    for page in pages(cast, "reader"):
        assert 'name="message"' not in page
    cast.web("author").post(f"{at}/messages/", {"message": "Mind the gap", "next": f"{at}/"})
    assert all("Mind the gap" in page for page in pages(cast, "author"))


def test_an_agent_that_asks_has_one_field_for_words_of_ones_own(cast: Cast) -> None:
    waits_for(cast, "answer")
    f.event(cast.run, kind="ask", part="ask-1", data={"question": "Which one?"})
    for page in pages(cast, "author"):
        assert page.count("<textarea") == 1


def test_messages_that_wait_can_be_changed_by_who_wrote_them_alone(cast: Cast) -> None:
    running(cast)
    author = cast.people["author"]
    sent = Message.objects.create(change=cast.change, author=author, text="Mind the gap")
    for page in pages(cast, "author"):
        assert f"/messages/{sent.pk}/edit/" in page
        assert "1 message waits" in page
    for page in pages(cast, "reviewer"):
        assert "Mind the gap" in page
        assert f"/messages/{sent.pk}/edit/" not in page
    messages.hand_over(sent, cast.run)
    for page in pages(cast, "author"):
        assert "Handed over" in page
        assert f"/messages/{sent.pk}/edit/" not in page


def test_a_message_nobody_took_says_that_it_was_not_delivered(cast: Cast) -> None:
    Message.objects.create(change=cast.change, author=cast.people["author"], text="Late")
    for page in pages(cast, "author"):
        assert "Not delivered" in page
    listed = Api(cast.people["reader"]).get(f"/changes/{cast.change.pk}/messages")
    assert [m["state"] for m in listed[1]["messages"]] == ["not_delivered"]


@pytest.mark.parametrize(
    ("status", "stage", "words"),
    [
        ("failed", "running", "Retry hands it over in this round"),
        ("failed", "merging", "A re-prompt hands it over with the next round"),
        ("cancelled", "", "Retry or a re-prompt starts the next round"),
        ("awaiting_review", "", "A re-prompt hands it over with the next round"),
        ("approved", "", "Should it come back to review"),
        ("merged", "", "no next round"),
    ],
)
def test_what_was_not_delivered_says_what_would_deliver_it(
    cast: Cast, status: str, stage: str, words: str
) -> None:
    Message.objects.create(change=cast.change, author=cast.people["author"], text="Late")
    Change.objects.filter(pk=cast.change.pk).update(status=status, failed_stage=stage)
    for page in pages(cast, "author"):
        assert words in page


def test_the_api_says_what_a_change_waits_for_and_what_it_is_asked(cast: Cast) -> None:
    api, at = Api(cast.people["author"]), f"/changes/{cast.change.pk}"
    told = api.get(at)[1]
    assert (told["waits_for"], told["question"]) == ("", "")
    waits_for(cast, "money")
    assert api.get(at)[1]["waits_for"] == "money"
    waits_for(cast, "answer")
    f.event(cast.run, kind="ask", part="ask-1", data={"question": "Which one?"})
    told = api.get(at)[1]
    assert (told["waits_for"], told["question"]) == ("answer", "Which one?")


def send(who: Any, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    api = Api(who)
    call = getattr(api.client, method)
    answer = call(
        f"/api/v1{path}", body or {}, content_type="application/json", headers=api.headers
    )
    return answer.status_code, answer.json()


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_the_api_changes_ones_own_waiting_messages_only(cast: Cast, method: str) -> None:
    running(cast)
    sent = Message.objects.create(change=cast.change, author=cast.people["author"], text="One")
    at = f"/changes/{cast.change.pk}/messages/{sent.pk}"
    body = {"text": "Two"} if method == "patch" else {}
    refused = {"outsider": 404, "reader": 403, "reviewer": 403, "administrator": 403}
    for who, status in refused.items():
        assert send(cast.people[who], method, at, body)[0] == status, who
    assert send(None, method, at, body)[0] == 401
    assert send(cast.people["author"], method, at + "9", body)[0] == 404
    status, told = send(cast.people["author"], method, at, body)
    state = {"patch": "waiting", "delete": "taken_back"}[method]
    assert (status, told["state"]) == (200, state)
    Message.objects.update(cancelled_at=None)
    messages.hand_over(sent, cast.run)
    status, told = send(cast.people["author"], method, at, body)
    assert (status, set(told)) == (409, ERROR | {"change"})
    assert "Already handed over" in told["message"]


def test_the_api_pauses_and_goes_on_and_tells_a_conflict(cast: Cast) -> None:
    api, at = Api(cast.people["author"]), f"/changes/{cast.change.pk}"
    assert api.post(f"{at}/pause")[0] == 409
    assert api.post(f"{at}/go-on")[0] == 409
    paused(cast)
    assert api.post(f"{at}/go-on", {"extra_usd": "-1"})[0] == 422
    assert api.post(f"{at}/go-on", {"extra_usd": "x"})[0] == 400
    status, told = api.post(f"{at}/go-on")
    assert (status, told["status"], told["waits_for"]) == (200, "running", "")
    assert api.post(f"{at}/go-on")[0] == 409


def test_a_question_shows_again_when_its_answer_did_not_come_in_time(cast: Cast) -> None:
    data = {"question": "Which one?", "answers": ["a", "b"]}
    f.event(cast.run, kind="ask", part="ask-2", data=data)
    cast.set_status(ChangeStatus.NEEDS_INPUT, reason="Which one?")
    later = f.run(
        cast.change.rounds.get(), status="waiting", waits_for="answer", options={"ask": "ask-2"}
    )
    browser = cast.web("author")
    for address in (f"/changes/{cast.change.pk}/", f"/runs/{later.pk}/"):
        assert 'value="ask-2"' in browser.get(address).content.decode()


@pytest.mark.parametrize("extra", ["５", "٣.50"])
def test_money_is_granted_in_ascii_digits_alone(cast: Cast, extra: str) -> None:
    waits_for(cast, "money")
    at = f"/changes/{cast.change.pk}/go-on"
    status, told = Api(cast.people["maintainer"]).post(at, {"extra_usd": extra})
    assert (status, "digits 0 to 9" in told["message"]) == (400, True)
    page = cast.web("maintainer").post(f"{at}/", {"extra_usd": extra})
    assert "dollars and cents between 0.01" in page.content.decode()
    assert cast.change.runs.filter(status="waiting").exists()


def test_a_grant_that_is_too_small_is_a_conflict_at_every_door(cast: Cast) -> None:
    waits_for(cast, "money")
    Run.objects.filter(pk=cast.run.pk).update(cost=7)
    Repository.objects.update(cap_run=5)
    at, extra = f"/changes/{cast.change.pk}/go-on", {"extra_usd": "2"}
    status, told = Api(cast.people["maintainer"]).post(at, extra)
    sentence = "it needs at least $2.01 more to go on. Nothing was changed."
    assert (status, told["code"], sentence in told["message"]) == (409, "too_little", True)
    assert sentence in cast.web("maintainer").post(f"{at}/", extra).content.decode()
    assert cast.change.runs.get(kind="agent").status == "waiting"


@pytest.mark.parametrize("whose", ["repository", "house"])
def test_going_on_is_a_conflict_at_every_door_while_the_day_is_used_up(
    cast: Cast, whose: str
) -> None:
    waits_for(cast, "money")
    Run.objects.filter(pk=cast.run.pk).update(name="anthropic_api", cost=7, started_at=now())
    Repository.objects.update(cap_day=7 if whose == "repository" else None, cap_run=8)
    Installation.objects.update_or_create(pk=1, defaults={"cap_day": 7})
    at = f"/changes/{cast.change.pk}/go-on"
    sentence = "may spend $7.00 a day, and $7.00 are known to be spent today."
    for extra in ({}, {"extra_usd": "2"}):
        status, told = Api(cast.people["maintainer"]).post(at, extra)
        assert (status, told["code"], sentence in told["message"]) == (409, "too_little", True)
        assert "the next day begins at midnight" in told["message"]
        assert sentence in cast.web("maintainer").post(f"{at}/", extra).content.decode()
    assert cast.change.runs.get(kind="agent").status == "waiting"
    Repository.objects.update(cap_day=None)
    Installation.objects.update(cap_day=8)  # raised: one press goes on
    assert Api(cast.people["maintainer"]).post(at)[0] == 200
    assert cast.change.runs.filter(status="queued").count() == 1


@pytest.mark.parametrize("lost", ["role", "account"])
def test_who_may_no_longer_write_is_named_beside_what_was_not_delivered(
    cast: Cast, lost: str
) -> None:
    running(cast)
    reviewer = cast.people["reviewer"]
    assert reviewer is not None
    steer.send_message(f.actor(reviewer), cast.change, "Mind the gap")
    boss = f.actor(cast.people["administrator"])
    if lost == "role":
        people.set_role(boss, reviewer, cast.repository, Role.READER)
    else:
        people.deactivate(boss, reviewer)
    why = f"Not delivered: {reviewer.name} may no longer write to this agent."
    for page in pages(cast, "author"):
        assert "Mind the gap" in page
        assert why in page
    [told] = Api(cast.people["author"]).get(f"/changes/{cast.change.pk}/messages")[1]["messages"]
    assert (told["state"], told["why"], told["run"]) == ("not_delivered", why, None)
    if lost == "role":
        for page in pages(cast, "reviewer"):
            assert "/edit/" not in page
