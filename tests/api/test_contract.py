"""The JSON API's reading side: who asks, opening and reading changes, rounds, logs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client

from reviews.models import Change, Person, Repository
from reviews.states import ChangeStatus, Role
from tests import factories as f
from tests.api.client import ERROR, Api, approval

pytestmark = pytest.mark.django_db
CHANGE = {
    "number", "repository", "title", "instruction", "status", "failed_stage", "takes_effect_at",
    "rounds", "runs", "waits_for", "question",
}  # fmt: skip


# --- who asks


def test_without_a_token_every_endpoint_answers_401_in_the_one_shape(change: Change) -> None:
    api = Api(None)
    for path in ("/changes", f"/changes/{change.pk}", "/openapi.json", "/runs/1/events"):
        status, body = api.get(path)
        assert (status, set(body), body["code"]) == (401, ERROR, "unauthorized"), path
    status, body = api.post(f"/changes/{change.pk}/verdict", approval())
    assert (status, set(body)) == (401, ERROR)


def test_a_session_is_not_taken_for_a_token(change: Change, reviewer: Person) -> None:
    api = Api(None)
    api.client.force_login(reviewer)
    assert api.get(f"/changes/{change.pk}")[0] == 401
    assert api.post(f"/changes/{change.pk}/verdict", approval())[0] == 401


@pytest.mark.parametrize("token", ["honk_wrong", "x" * 10_000, "honk_\x00", ""])
def test_a_wrong_token_is_nobody(token: str) -> None:
    header = {"authorization": f"Bearer {token}".replace("\x00", "%00")}
    assert Client().get("/api/v1/changes", headers=header).status_code == 401


def test_the_description_lists_every_endpoint(reviewer: Person) -> None:
    status, body = Api(reviewer).get("/openapi.json")
    round_at = "/api/v1/changes/{number}/rounds/{n}"
    verbs = [
        "comments",
        "verdict",
        "cancel",
        "messages",
        "retry",
        "pause",
        "stop",
        "go-on",
        "judge",
        "publish",
        "suggestions/apply",
    ]
    assert status == 200
    assert set(body["paths"]) == {
        "/api/v1/changes", "/api/v1/changes/{number}", round_at, f"{round_at}/files",
        f"{round_at}/patch", *[f"/api/v1/changes/{{number}}/{verb}" for verb in verbs],
        "/api/v1/changes/{number}/messages/{message_id}",
        "/api/v1/runs/{id}", "/api/v1/runs/{id}/events",
    }  # fmt: skip


# --- opening and reading changes


def test_an_instruction_becomes_a_queued_change(repository: Repository, author: Person) -> None:
    status, body = Api(author).post(
        "/changes", {"repository": "store", "instruction": "Stop the crash", "runner": "mine"}
    )
    assert (status, set(body)) == (201, CHANGE)
    assert (body["status"], body["title"], body["repository"]) == (
        "queued", "Stop the crash", "store",
    )  # fmt: skip
    assert [set(r) for r in body["rounds"]] == [{"number", "status", "base", "head", "tree"}]
    assert body["rounds"][0]["number"] == 1
    made = Change.objects.get(pk=body["number"])
    assert (made.author, made.source, made.runner) == (author, "api", "mine")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"repository": "store"}, 400),
        ({"repository": "store", "instruction": "x", "author": "rosa"}, 400),
        ({"repository": "store", "instruction": "x", "status": "merged"}, 400),
        ({"repository": "store", "instruction": 5}, 400),
        ({"repository": "store", "instruction": "a\x00b"}, 400),
        (b'{"repository": "store", "instruction": "\\ud800"}', 400),
        ({"repository": "store\x00", "instruction": "x"}, 400),
        (["store", "x"], 400),
        (b"", 400),
        (b"{", 400),
        (b'{"repository": NaN, "instruction": "x"}', 400),
        (b"\xff\xfe", 400),
        ({"repository": "nowhere", "instruction": "x"}, 404),
        ({"repository": "secret", "instruction": "x"}, 404),
        ({"repository": "store", "instruction": "  "}, 422),
        ({"repository": "store", "instruction": "x" * 70_000}, 422),
        ({"repository": "store", "instruction": "x", "runner": "$(id)"}, 422),
    ],
)
def test_a_bad_instruction_is_refused_with_its_code(
    repository: Repository, author: Person, body: Any, status: int
) -> None:
    f.repository("secret")
    got, answer = Api(author).post("/changes", body)
    assert (got, set(answer), answer["fault"]) == (status, ERROR, "user")
    assert not Change.objects.exists()


def test_a_body_of_megabytes_or_ten_thousand_levels_is_refused_at_once(author: Person) -> None:
    api, began = Api(author), time.perf_counter()
    assert api.post("/changes", b'{"instruction": "' + b"x" * 2_000_000 + b'"}')[0] == 413
    assert api.post("/changes", b"[" * 10_000 + b"]" * 10_000)[0] == 400
    deep = b'{"repository": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}"
    assert api.post("/changes", deep)[0] == 400
    assert time.perf_counter() - began < 5.0


def test_a_change_is_read_with_rounds_and_runs(change: Change, reviewer: Person) -> None:
    status, body = Api(reviewer).get(f"/changes/{change.pk}")
    assert (status, set(body)) == (200, CHANGE)
    run = change.runs.get()
    assert body["runs"] == [
        {"id": run.pk, "kind": "agent", "round": 1, "attempt": 1, "status": "passed"}
    ]
    assert body["rounds"] == [
        {"number": 1, "status": "frozen", "base": f.BASE, "head": f.HEAD, "tree": f.TREE}
    ]


def test_what_is_not_there_and_what_is_not_yours_answer_alike(change: Change) -> None:
    stranger = Api(f.person())
    paths = ("", "/rounds/1", "/rounds/1/files", "/rounds/1/patch")
    answers = [stranger.get(f"/changes/{change.pk}{path}") for path in paths]
    answers += [stranger.get("/changes/999999"), stranger.get(f"/changes/{10**30}")]
    answers += [stranger.get(f"/runs/{change.runs.get().pk}"), stranger.get("/runs/999999/events")]
    answers += [stranger.post(f"/changes/{change.pk}/{v}") for v in ("cancel", "retry")]
    answers += [stranger.post(f"/changes/{change.pk}/verdict", approval())]
    assert {status for status, _ in answers} == {404}
    assert {body["code"] for _, body in answers} == {"not_found"}
    assert stranger.get("/changes") == (200, {"changes": [], "next_cursor": None})


def test_an_unknown_address_and_a_wrong_method_answer_json(author: Person) -> None:
    api = Api(author)
    assert api.get("/nothing")[0] == 404
    assert api.get("/changes/abc")[0] == 404
    assert api.post("/openapi.json")[0] == 405
    answer = api.client.delete("/api/v1/changes", headers=api.headers)
    assert (answer.status_code, set(answer.json())) == (405, ERROR)
    for verb in ("comments", "verdict", "cancel", "retry", "pause", "stop", "go-on", "judge"):
        for method in (api.client.get, api.client.head):
            got = method(f"/api/v1/changes/1/{verb}", headers=api.headers)
            assert got.status_code == 405


def test_the_list_pages_by_cursor_and_filters(repository: Repository, author: Person) -> None:
    made = [f.change(author, repository=repository).pk for _ in range(5)]
    f.change(author, repository=repository, status=ChangeStatus.MERGED)
    other = f.repository("other")
    f.change(f.member(other, Role.AUTHOR))
    api, seen, cursor = Api(author), [], ""
    while cursor is not None:
        status, body = api.get("/changes", limit=2, cursor=cursor, status=["queued", "running"])
        assert status == 200
        seen += [change["number"] for change in body["changes"]]
        cursor = body["next_cursor"]
    assert seen == made[::-1]
    assert len(api.get("/changes", repository="store")[1]["changes"]) == 6
    assert api.get("/changes", repository="other")[0] == 404
    for bad in ({"status": "odd"}, {"cursor": "x"}, {"cursor": "9" * 30}, {"limit": 0}):
        assert api.get("/changes", **bad)[0] == 400


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    repository: Repository, author: Person, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        f.reviewable(author, repository=repository)
    api = Api(author)
    api.get("/changes")
    with django_assert_max_num_queries(8):
        assert len(api.get("/changes")[1]["changes"]) == 20


# --- rounds


def test_a_round_names_verifiers_and_guard_items(change: Change, reviewer: Person) -> None:
    round_ = change.rounds.get()
    old = f.run(round_, kind="verifier", name="pytest", status="failed", commit="d" * 40)
    run = f.run(round_, kind="verifier", name="pytest", commit=f.HEAD, is_required=True)
    item = f.guard_item(round_, line=3)
    status, body = Api(reviewer).get(f"/changes/{change.pk}/rounds/1")
    assert status == 200
    assert old.pk != run.pk
    assert body["verifiers"] == [
        {"name": "pytest", "status": "passed", "required": True, "run": run.pk}
    ]
    assert body["guard"] == [
        {"id": item.pk, "kind": "tests_deleted", "text": "A test was deleted.",
         "path": "tests/test_app.py", "line": 3, "acknowledged_by": None}
    ]  # fmt: skip
    assert {"number", "status", "origin", "base", "head", "tree", "summary"} <= set(body)
    assert Api(reviewer).get(f"/changes/{change.pk}/rounds/2")[0] == 404
    assert Api(reviewer).get(f"/changes/{change.pk}/rounds/{10**25}")[0] == 404


def test_the_files_of_a_round_come_with_their_rows(change: Change, reviewer: Person) -> None:
    status, body = Api(reviewer).get(f"/changes/{change.pk}/rounds/1/files")
    assert status == 200
    (file,) = body["files"]
    assert (file["index"], file["path"], file["old_path"], file["error"]) == (
        0, "app.py", None, None,
    )  # fmt: skip
    assert file["hunks"][0]["rows"] == [
        [" ", 1, 1, "one"], ["-", 2, None, "two"], ["+", None, 2, "zwei"],
    ]  # fmt: skip


def test_the_patch_is_byte_for_byte_what_was_stored(change: Change, reviewer: Person) -> None:
    api = Api(reviewer)
    answer = api.client.get(f"/api/v1/changes/{change.pk}/rounds/1/patch", headers=api.headers)
    assert (answer.status_code, answer.content) == (200, f.PATCH)
    assert answer["Content-Type"].startswith("text/x-diff")
    assert answer["Content-Disposition"].startswith("attachment")


# --- runs


def test_the_log_is_read_by_cursor_from_either_end(change: Change, reviewer: Person) -> None:
    run = change.runs.get()
    for number in range(1, 11):
        f.event(run, data={"text": f"line {number}"})
    api, at = Api(reviewer), f"/runs/{run.pk}/events"
    status, frame = api.get(at)
    assert (status, frame["first_seq"], frame["last_seq"]) == (200, 1, 10)
    assert set(frame) == {"events", "first_seq", "last_seq", "run_status"}
    assert set(frame["events"][0]) == {"seq", "kind", "part", "parent", "source", "at", "data"}
    assert [e["seq"] for e in api.get(at, after_seq=7)[1]["events"]] == [8, 9, 10]
    assert [e["seq"] for e in api.get(at, before_seq=4, limit=2)[1]["events"]] == [2, 3]
    assert [e["seq"] for e in api.get(at, tail=2)[1]["events"]] == [9, 10]
    empty = api.get(at, after_seq=10)[1]
    assert (empty["events"], empty["run_status"]) == ([], "passed")
    for bad in ({"after_seq": -1}, {"after_seq": "x"}, {"limit": 10**25}, {"tail": 0}):
        assert api.get(at, **bad)[0] == 400


def test_a_run_tells_how_it_ended(change: Change, reviewer: Person) -> None:
    run = f.run(change.rounds.get(), status="failed", reason="exit 1", fault="agent", exit_code=1)
    status, body = Api(reviewer).get(f"/runs/{run.pk}")
    assert (status, body["status"], body["reason"], body["change"]) == (
        200, "failed", "exit 1", change.pk,
    )  # fmt: skip


def test_an_unforeseen_fault_answers_500_without_details(
    reviewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("reviews.api.changes.changes_json", fail)
    status, body = Api(reviewer).get("/changes")
    assert (status, set(body), body["fault"]) == (500, ERROR, "platform")
    assert "secret" not in json.dumps(body)
