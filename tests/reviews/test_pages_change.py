"""The page of one change: verdicts, guard items, and what the bar says."""

from __future__ import annotations

import pytest
from django.test import Client

from reviews.models import Change, Comment, Message, Verdict
from reviews.services import messages
from reviews.states import ChangeStatus, Role
from tests import factories as make
from tests.reviews.pages import page_of

pytestmark = pytest.mark.django_db


def test_a_change_that_is_not_the_askers_is_not_there(client: Client) -> None:
    change = make.reviewable()
    assert page_of(client, make.person()).get(f"/changes/{change.pk}/").status_code == 404


def seen(change: Change, **extra: object) -> dict[str, object]:
    newest = change.rounds.order_by("-number")[0]
    return {"round": newest.number, "head": newest.head, **extra}


def test_approving_from_the_page_opens_the_undo_window(client: Client) -> None:
    change = make.reviewable()
    reviewer = make.member(change.repository, Role.REVIEWER)

    answer = page_of(client, reviewer).post(
        f"/changes/{change.pk}/verdict/", seen(change, verdict="approve"), follow=True
    )

    change.refresh_from_db()
    assert change.status == ChangeStatus.APPROVED
    assert "Undo" in answer.content.decode()


def test_undoing_brings_the_change_back(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.REVIEWER))
    client.post(f"/changes/{change.pk}/verdict/", seen(change, verdict="approve"))

    client.post(f"/changes/{change.pk}/verdict/", seen(change, verdict="withdraw"))

    change.refresh_from_db()
    assert change.status == ChangeStatus.AWAITING_REVIEW


def test_a_stale_verdict_shows_the_fresh_state(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.REVIEWER))

    answer = client.post(
        f"/changes/{change.pk}/verdict/", {"verdict": "approve", "round": 1, "head": "d" * 40}
    )

    assert answer.status_code == 409
    assert "Nothing was decided" in answer.content.decode()
    assert not Verdict.objects.exists()


def test_rejecting_without_a_reason_says_so_and_keeps_the_words(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.REVIEWER))

    answer = client.post(
        f"/changes/{change.pk}/verdict/", seen(change, verdict="reject", message="Not like this.")
    )

    assert answer.status_code == 422
    assert "Not like this." in answer.content.decode()


def test_a_reprompt_takes_the_drafts_along(client: Client) -> None:
    change = make.reviewable()
    reviewer = make.member(change.repository, Role.REVIEWER)
    make.comment(change.rounds.get(), reviewer, published_at=None)

    page_of(client, reviewer).post(
        f"/changes/{change.pk}/verdict/",
        seen(change, verdict="reprompt", reasons=["wrong", "style"], message="Try again."),
    )

    second = change.rounds.get(number=2)
    assert second.message == "Try again."
    assert Comment.objects.get().sent_in == second


def test_an_unticked_guard_item_holds_approval_back(client: Client) -> None:
    change = make.reviewable()
    item = make.guard_item(change.rounds.get())
    page_of(client, make.member(change.repository, Role.REVIEWER))

    refused = client.post(f"/changes/{change.pk}/verdict/", seen(change, verdict="approve"))
    odd = ["9" * 30, "9" * 5000, "x", item.pk]
    client.post(f"/changes/{change.pk}/guard/", {"round": 1, "acknowledged": odd})
    taken = client.post(f"/changes/{change.pk}/verdict/", seen(change, verdict="approve"))

    assert (refused.status_code, taken.status_code) == (409, 302)


def test_the_bar_says_why_the_author_may_not_approve(client: Client) -> None:
    change = make.reviewable()
    author = make.member(change.repository, Role.REVIEWER)
    change.author = author
    change.save()
    make.member(change.repository, Role.REVIEWER, "mei")

    html = page_of(client, author).get(f"/changes/{change.pk}/").content.decode()
    assert "mei may approve" in html


def test_a_guard_item_is_ticked_by_who_may_approve_and_offered_to_them_alone(
    client: Client,
) -> None:
    change = make.reviewable()
    author = make.member(change.repository, Role.MAINTAINER)
    Change.objects.filter(pk=change.pk).update(author=author)
    reviewer = make.member(change.repository, Role.REVIEWER, "mei")
    item = make.guard_item(change.rounds.get())
    at, tick = f"/changes/{change.pk}/", {"round": 1, "acknowledged": item.pk}

    assert "I saw it" not in page_of(client, author).get(at).content.decode()
    refused = client.post(f"{at}guard/", tick)
    assert refused.status_code == 403
    assert "mei may" in refused.content.decode()
    item.refresh_from_db()
    assert item.acknowledged_by is None

    assert "I saw it" in page_of(client, reviewer).get(at).content.decode()
    assert client.post(f"{at}guard/", tick).status_code == 302
    item.refresh_from_db()
    assert item.acknowledged_by == reviewer


def test_who_sent_the_agent_a_message_reads_why_they_may_not_approve(client: Client) -> None:
    change = make.reviewable()
    reviewer = make.member(change.repository, Role.REVIEWER)
    make.member(change.repository, Role.REVIEWER, "mei")
    sent = Message.objects.create(change=change, author=reviewer, text="Use a deque.")
    html = page_of(client, reviewer).get(f"/changes/{change.pk}/").content.decode()
    assert "You wrote what the agent was told" not in html
    assert messages.hand_over(sent, change.runs.get())
    html = client.get(f"/changes/{change.pk}/").content.decode()
    assert "a message or an answer). mei may approve" in html


def test_a_reader_is_offered_no_verdict(client: Client) -> None:
    change = make.reviewable()
    reader = make.member(change.repository, Role.READER)
    html = page_of(client, reader).get(f"/changes/{change.pk}/").content.decode()
    assert 'class="verdict-bar"' not in html
