"""The queue, a new instruction, people and repositories, as pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.models import Change, Person
from reviews.queries.queue import queue_for
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories as make
from tests.reviews.pages import page_of

pytestmark = pytest.mark.django_db


def test_the_queue_groups_by_whose_turn_it_is(client: Client) -> None:
    repository = make.repository()
    author = make.member(repository, Role.AUTHOR)
    reviewer = make.member(repository, Role.REVIEWER)
    waiting = make.reviewable(author, repository=repository, title="Read me")
    queued = make.change(author, repository=repository, title="Not begun")
    make.round_(queued)
    done = make.reviewable(author, repository=repository, status=ChangeStatus.MERGED)

    def turns(person: Person) -> dict[str, list[int]]:
        return {s.key: [card.number for card in s.cards] for s in queue_for(person).sections}

    assert turns(reviewer) == {
        "you": [waiting.pk], "agent": [queued.pk], "others": [], "done": [done.pk]
    }  # fmt: skip
    assert turns(author)["others"] == [waiting.pk]


def test_a_red_change_is_for_whoever_may_send_it_back() -> None:
    repository = make.repository()
    author = make.member(repository, Role.AUTHOR)
    make.member(repository, Role.REVIEWER)
    change = make.reviewable(author, repository=repository)
    make.run(change.rounds.get(), kind=RunKind.VERIFIER, name="tests", commit=make.HEAD,
             status=RunStatus.FAILED)  # fmt: skip

    sections = {s.key: s.cards for s in queue_for(author).sections}
    assert [card.number for card in sections["you"]] == [change.pk]
    assert sections["you"][0].states[0].word == "1 of 1 verifiers failed"


def test_an_outsider_sees_no_change(client: Client) -> None:
    make.reviewable()
    assert queue_for(make.person()).is_empty


def test_the_queue_asks_as_often_for_thirty_changes_as_for_three() -> None:
    repository = make.repository()
    reviewer = make.member(repository, Role.REVIEWER)

    def grow(count: int) -> None:
        for _ in range(count):
            change = make.reviewable(make.member(repository, Role.AUTHOR), repository=repository)
            make.guard_item(change.rounds.get())

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            queue_for(reviewer)
        return len(asked)

    grow(3)
    few = questions()
    grow(27)
    assert questions() == few


def test_a_hostile_title_is_text(client: Client) -> None:
    make.reviewable(title='<img src=x onerror="alert(1)">\u202e')
    html = page_of(client, make.administrator()).get("/").content.decode()
    assert "<img src=x" not in html
    assert "RLO" in html


def test_an_instruction_begins_a_change(client: Client) -> None:
    repository = make.repository(policy={"runners": [{"name": "codemod", "argv": ["true"]}]})
    page_of(client, make.member(repository, Role.AUTHOR))

    answer = client.post(
        "/new/",
        {"repository": repository.name, "instruction": "Do it.\nWell.", "runner": "codemod"},
    )

    change = Change.objects.get()
    assert answer["Location"] == f"/changes/{change.pk}/"
    assert (change.title, change.runner) == ("Do it.", "codemod")


def test_an_empty_instruction_is_told_in_place(client: Client) -> None:
    repository = make.repository()
    page_of(client, make.member(repository, Role.AUTHOR))
    answer = client.post("/new/", {"repository": repository.name, "instruction": " "})
    assert answer.status_code == 422
    assert "The instruction is empty" in answer.content.decode()


def test_a_reader_is_offered_no_repository_to_start_in(client: Client) -> None:
    repository = make.repository("private-thing")
    page_of(client, make.member(repository, Role.READER))
    assert "private-thing" not in client.get("/new/").content.decode()


def test_only_an_administrator_sees_the_people(client: Client) -> None:
    assert page_of(client, make.person()).get("/people/").status_code == 403


def test_an_invitation_shows_its_link_once(client: Client) -> None:
    repository = make.repository()
    page_of(client, make.administrator())

    made = client.post(
        "/people/invite/", {"username": "ana", "repository": repository.pk, "role": "reviewer"}
    )

    assert "/sign-in/" in made.content.decode()
    assert "/sign-in/" not in client.get("/people/").content.decode()
    assert Person.objects.get(username="ana").memberships.get().role == "reviewer"


def test_nobody_is_invited_into_a_repository_that_is_not_there(client: Client) -> None:
    page_of(client, make.administrator())
    form = {"username": "ana", "repository": "999999", "role": "reviewer"}
    answer = client.post("/people/invite/", form)
    assert answer.status_code == 400
    assert "no such repository" in answer.content.decode()
    assert not Person.objects.filter(username="ana").exists()


def test_a_repository_that_is_refused_keeps_what_was_typed(client: Client) -> None:
    page_of(client, make.administrator())
    answer = client.post("/repositories/", {"name": "evil", "origin": "ext::sh -c id"})
    assert answer.status_code == 422
    assert "ext::sh -c id" in answer.content.decode()


def test_no_page_carries_a_style_or_a_handler_of_its_own(client: Client) -> None:
    change = make.reviewable(status_at=timezone.now() - timedelta(hours=3))
    make.guard_item(change.rounds.get())
    make.event(change.runs.get())
    page_of(client, make.administrator())
    for path in ("/", "/new/", f"/changes/{change.pk}/", f"/changes/{change.pk}/rounds/1/",
                 f"/runs/{change.runs.get().pk}/", "/people/", "/repositories/"):  # fmt: skip
        html = client.get(path).content.decode()
        assert " style=" not in html, path
        assert " onclick=" not in html, path
        assert "hx-on" not in html, path
