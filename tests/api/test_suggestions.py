"""The JSON API's comments with suggestions, replies, one review, and suggestions applied."""

from __future__ import annotations

from typing import Any

import pytest

from reviews.models import Change, Comment, Person
from reviews.services import discuss
from reviews.services.places import Anchor
from reviews.states import Role
from tests import factories as f
from tests.api.client import ERROR, Api

pytestmark = pytest.mark.django_db
LINE = {"round": 1, "path": "app.py", "line": 2}


def test_a_comment_carries_a_suggestion_and_says_where_it_was_applied(
    change: Change, reviewer: Person
) -> None:
    api, at = Api(reviewer), f"/changes/{change.pk}"
    status, made = api.post(f"{at}/comments", {**LINE, "body": "So.", "suggestion": "drei"})
    assert (status, made["suggestion"], made["applied_in"]) == (201, "drei", None)
    assert (made["side"], made["line"], made["is_draft"]) == ("new", 2, True)

    status, after = api.post(f"{at}/suggestions/apply", {"comments": [made["id"]], "head": f.HEAD})

    assert (status, after["status"]) == (202, "queued")
    assert [r["number"] for r in after["rounds"]] == [1, 2]
    assert api.get(f"{at}/rounds/2")[1]["origin"] == "suggestion"
    applied = Comment.objects.get()
    assert (applied.applied_in.number, applied.is_draft) == (2, False)  # type: ignore[union-attr]


def test_a_plain_comment_suggests_nothing(change: Change, reviewer: Person) -> None:
    made = Api(reviewer).post(f"/changes/{change.pk}/comments", {**LINE, "body": "Why?"})[1]
    assert (made["suggestion"], made["applied_in"]) == (None, None)


def test_a_reply_stands_in_its_thread(change: Change, reviewer: Person) -> None:
    api, at = Api(reviewer), f"/changes/{change.pk}/comments"
    first = api.post(at, {**LINE, "body": "Why?", "publish": True})[1]
    body = {"round": 1, "thread": first["thread"], "body": "Or so?", "suggestion": ""}
    status, made = api.post(at, body)
    assert (status, made["thread"], made["line"]) == (201, first["thread"], 2)
    assert made["suggestion"] == ""
    assert api.post(at, body)[1]["id"] == made["id"], "the same draft again is that draft"
    hidden = discuss.comment(
        f.actor(f.member(change.repository, Role.REVIEWER)), change, Anchor(1), "Half a thought"
    )
    for thread in (hidden.thread_id, 10**9):
        assert api.post(at, {"round": 1, "thread": thread, "body": "?"})[0] == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"suggestion": 5}, 400),
        ({"suggestion": "a\x00"}, 400),
        ({"thread": 1}, 400),
        ({"side": "old", "suggestion": "x"}, 422),
        ({"line": None, "suggestion": "x"}, 422),
        ({"path": "", "line": None, "suggestion": "x"}, 422),
        ({"suggestion": "x" * 70_000}, 422),
        ({"body": ""}, 422),
    ],
)
def test_a_suggestion_that_cannot_stand_is_refused(
    change: Change, reviewer: Person, fields: dict[str, Any], status: int
) -> None:
    body = {**LINE, "body": "So.", **fields}
    got, answer = Api(reviewer).post(f"/changes/{change.pk}/comments", body)
    assert (got, set(answer)) == (status, ERROR)
    assert not Comment.objects.exists()


def test_all_drafts_are_published_as_one_review(change: Change, reviewer: Person) -> None:
    api, at = Api(reviewer), f"/changes/{change.pk}"
    for line in (1, 2):
        api.post(f"{at}/comments", {**LINE, "line": line, "body": "Why?"})
    assert api.post(f"{at}/publish") == (200, {"published": 2})
    assert api.post(f"{at}/publish") == (200, {"published": 0})
    assert not Comment.objects.filter(published_at__isnull=True).exists()


def test_what_stands_otherwise_answers_409_with_the_fresh_state(
    change: Change, reviewer: Person
) -> None:
    api, at = Api(reviewer), f"/changes/{change.pk}"
    made = api.post(f"{at}/comments", {**LINE, "body": "", "suggestion": "drei"})[1]
    apply = {"comments": [made["id"]], "head": "d" * 40}
    status, answer = api.post(f"{at}/suggestions/apply", apply)
    assert (status, set(answer)) == (409, ERROR | {"change"})
    f.round_(change, status="frozen", head="e" * 40)
    status, answer = api.post(f"{at}/suggestions/apply", {**apply, "head": "e" * 40})
    assert status == 409
    assert "round 2 stands now" in answer["message"]
    assert [r["number"] for r in answer["change"]["rounds"]] == [1, 2]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"comments": []}, 400),
        ({"head": f.HEAD}, 400),
        ({"comments": [], "head": f.HEAD}, 422),
        ({"comments": [1] * 101, "head": f.HEAD}, 400),
        ({"comments": ["x"], "head": f.HEAD}, 400),
        ({"comments": [10**9], "head": f.HEAD}, 404),
    ],
)
def test_applying_nothing_is_refused(
    change: Change, reviewer: Person, body: dict[str, Any], status: int
) -> None:
    assert Api(reviewer).post(f"/changes/{change.pk}/suggestions/apply", body)[0] == status
