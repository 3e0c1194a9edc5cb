"""The JSON API's verbs: comments, verdicts, steering; codes and the fresh state of a conflict."""

from __future__ import annotations

from typing import Any

import pytest

from reviews.models import Change, Comment, Message, Person, Repository
from reviews.services import messages
from reviews.states import ChangeStatus, Role
from tests import factories as f
from tests.api.client import ERROR, Api, approval

pytestmark = pytest.mark.django_db


def test_a_comment_is_a_draft_unless_published(change: Change, reviewer: Person) -> None:
    api, at = Api(reviewer), f"/changes/{change.pk}/comments"
    status, body = api.post(
        at, {"round": 1, "path": "app.py", "side": "new", "line": 2, "body": "Why?"}
    )
    assert (status, body["is_draft"], body["file"], body["line"]) == (201, True, 0, 2)
    status, body = api.post(
        at, {"round": 1, "file": 0, "side": "old", "line": 1, "end_line": 2, "body": "And?",
             "publish": True},
    )  # fmt: skip
    assert (status, body["is_draft"], body["end_line"], body["side"]) == (201, False, 2, "old")
    assert Comment.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"line": 0}, 400),
        ({"line": 2, "end_line": 1}, 400),
        ({"end_line": 1, "line": None}, 400),
        ({"path": "", "line": 1}, 400),
        ({"side": "left"}, 400),
        ({"round": "x"}, 400),
        ({"line": 10**30}, 400),
        ({"body": "a\x00"}, 400),
        ({"author": "rosa"}, 400),
        ({"round": 7}, 404),
        ({"line": 900}, 422),
        ({"path": "nowhere.py"}, 422),
        ({"path": "../../etc/passwd"}, 422),
        ({"body": "  "}, 422),
        ({"body": "x" * 40_000}, 422),
    ],
)
def test_a_comment_on_nothing_is_refused(
    change: Change, reviewer: Person, fields: dict[str, Any], status: int
) -> None:
    body = {"round": 1, "path": "app.py", "side": "new", "line": 2, "body": "Why?", **fields}
    got, answer = Api(reviewer).post(f"/changes/{change.pk}/comments", body)
    assert (got, set(answer)) == (status, ERROR)
    assert not Comment.objects.exists()


def test_a_file_is_found_by_the_name_that_the_list_of_files_gave(
    change: Change, reviewer: Person
) -> None:
    f.diff_file(change.rounds.get(), path=b"odd\tname\xff.py", display="odd\\tname\\xff.py")
    api = Api(reviewer)
    name = api.get(f"/changes/{change.pk}/rounds/1/files")[1]["files"][1]["path"]
    body = {"round": 1, "path": name, "side": "new", "line": 1, "body": "Why this name?"}
    status, answer = api.post(f"/changes/{change.pk}/comments", body)
    assert (status, answer["file"]) == (201, 1)


def test_an_approval_is_accepted_once_and_then_repeated_without_effect(
    change: Change, reviewer: Person
) -> None:
    api, at = Api(reviewer), f"/changes/{change.pk}/verdict"
    status, body = api.post(at, approval())
    assert (status, body["status"]) == (202, "approved")
    assert body["takes_effect_at"]
    again, same = api.post(at, approval())
    assert (again, same["takes_effect_at"]) == (200, body["takes_effect_at"])
    assert change.verdicts.count() == 1


def test_a_stale_verdict_answers_409_with_the_fresh_state(change: Change, reviewer: Person) -> None:
    f.round_(change, status="frozen", head="e" * 40)
    for body in (approval(), approval(round=2, head="d" * 40)):
        status, answer = Api(reviewer).post(f"/changes/{change.pk}/verdict", body)
        assert status == 409
        assert set(answer) == ERROR | {"change"}
        assert [r["number"] for r in answer["change"]["rounds"]] == [1, 2]
    assert not change.verdicts.exists()


def test_who_wrote_to_the_agent_neither_approves_nor_ticks(
    change: Change, reviewer: Person
) -> None:
    f.member(change.repository, Role.REVIEWER, "omar")
    item = f.guard_item(change.rounds.get())
    sent = Message.objects.create(change=change, author=reviewer, text="Use a deque.")
    assert messages.hand_over(sent, change.runs.get())
    api, at = Api(reviewer), f"/changes/{change.pk}/verdict"
    status, body = api.post(at, approval(acknowledged=[item.pk]))
    assert (status, body["code"]) == (403, "two_person_rule")
    assert "a message or an answer" in body["message"]
    assert "omar may" in body["message"]
    assert api.get(f"/changes/{change.pk}/rounds/1")[1]["guard"][0]["acknowledged_by"] is None


def test_unticked_guard_items_answer_409_until_they_are_acknowledged(
    change: Change, reviewer: Person
) -> None:
    item = f.guard_item(change.rounds.get())
    api, at = Api(reviewer), f"/changes/{change.pk}/verdict"
    status, body = api.post(at, approval())
    assert (status, body["code"]) == (409, "guard")
    assert api.post(at, approval(acknowledged=[item.pk]))[0] == 202
    assert api.get(f"/changes/{change.pk}/rounds/1")[1]["guard"][0]["acknowledged_by"] == "rosa"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"verdict": "reject"}, 422),
        ({"verdict": "reprompt", "message": "again"}, 422),
        ({"verdict": "reject", "reason": "bad_hair"}, 422),
        ({"head": f.HEAD[:12]}, 422),
        ({"head": ""}, 422),
        ({"head": f.HEAD.upper()}, 422),
        ({"round": 9}, 422),
        ({"verdict": "withdraw"}, 422),
        ({"verdict": "merge"}, 400),
        ({"round": None}, 400),
        ({"round": -1}, 400),
        ({"round": 10**25}, 400),
        ({"acknowledged": ["x"]}, 400),
        ({"acknowledged": [10**25]}, 400),
        ({"person": "ada"}, 400),
        ({"message": "a\x00"}, 400),
    ],
)
def test_a_verdict_that_cannot_be_is_refused(
    change: Change, reviewer: Person, fields: dict[str, Any], status: int
) -> None:
    got, body = Api(reviewer).post(f"/changes/{change.pk}/verdict", approval(**fields))
    assert (got, set(body) - {"change"}) == (status, ERROR)
    assert not change.verdicts.exists()


def test_reject_reprompt_and_withdraw_answer_the_change(
    repository: Repository, author: Person, reviewer: Person
) -> None:
    api = Api(reviewer)
    first, second = (f.reviewable(author, repository=repository) for _ in range(2))
    at = f"/changes/{first.pk}/verdict"
    assert api.post(at, approval())[0] == 202
    status, body = api.post(at, approval(verdict="withdraw"))
    assert (status, body["status"], body["takes_effect_at"]) == (200, "awaiting_review", None)
    status, body = api.post(at, approval(verdict="reject", reason="not_needed"))
    assert (status, body["status"]) == (200, "rejected")
    status, body = api.post(
        f"/changes/{second.pk}/verdict",
        approval(verdict="reprompt", reasons=["incomplete"], message="Also the empty list"),
    )
    assert (status, body["status"], len(body["rounds"])) == (200, "queued", 2)


def test_who_may_not_is_told_403(change: Change, repository: Repository, author: Person) -> None:
    reader = Api(f.member(repository, Role.READER))
    for path, body in (
        ("/changes", {"repository": "store", "instruction": "x"}),
        (f"/changes/{change.pk}/verdict", approval()),
        (f"/changes/{change.pk}/comments", {"round": 1, "body": "x"}),
        (f"/changes/{change.pk}/cancel", {}),
        (f"/changes/{change.pk}/retry", {}),
        (f"/changes/{change.pk}/messages", {"text": "x"}),
    ):
        status, answer = reader.post(path, body)
        assert (status, set(answer), answer["code"]) == (403, ERROR, "not_allowed"), path
    assert Api(author).post(f"/changes/{change.pk}/verdict", approval())[0] == 403


def test_cancelling_twice_is_no_error_and_retrying_opens_again(
    change: Change, author: Person
) -> None:
    api, at = Api(author), f"/changes/{change.pk}"
    assert [api.post(f"{at}/cancel") for _ in range(2)][1][1]["status"] == "cancelled"
    status, body = api.post(f"{at}/retry")
    assert (status, body["status"], len(body["rounds"])) == (200, "queued", 2)
    status, body = api.post(f"{at}/retry")
    assert (status, body["change"]["status"]) == (409, "queued")


def test_a_message_reaches_a_change_at_work_and_no_other(
    repository: Repository, author: Person, change: Change
) -> None:
    busy = f.change(author, repository=repository, status=ChangeStatus.RUNNING)
    f.run(f.round_(busy), status="running")
    api = Api(author)
    status, body = api.post(f"/changes/{busy.pk}/messages", {"text": "Keep the old name"})
    assert (status, body["text"]) == (201, "Keep the old name")
    assert api.post(f"/changes/{busy.pk}/messages", {"message": "and this"})[0] == 201
    assert api.post(f"/changes/{busy.pk}/messages", {})[0] == 422
    assert api.post(f"/changes/{change.pk}/messages", {"text": "Hello"})[0] == 409
