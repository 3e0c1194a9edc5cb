"""What the API says of a request that it cannot take: our sentences, with the field's name."""

from __future__ import annotations

from typing import Any

import pytest

from reviews.diffs import display_path
from reviews.models import Change, Person, Repository
from reviews.states import Role
from tests import factories as f
from tests.api.client import ERROR, Api, approval

pytestmark = pytest.mark.django_db
NEW = {"repository": "store", "instruction": "Do it"}
PLACE = {"round": 1, "body": "Why?"}
NO_NUMBER = "it must be a number, not true or false."
BAD: list[tuple[str, Any, str]] = [
    ("/changes", b"[]", "The body must be a JSON object, like {}."),
    ("/changes", b"3", "The body must be a JSON object, like {}."),
    ("/changes", b"{", "The body is not JSON that can be read."),
    ("/changes", {"repository": "store"}, "instruction: it is missing."),
    ("/changes", {**NEW, "instruction": 3}, "instruction: it must be text."),
    ("/changes", {**NEW, "speed": 3}, "speed: it is not a field that this address takes."),
    ("/changes", {**NEW, "cap_usd": True}, f"cap_usd: {NO_NUMBER}"),
    ("/changes", {**NEW, "cap_usd": "much"}, "cap_usd: it must be a number."),
    ("/changes", {**NEW, "cap_usd": []}, "cap_usd: it must be a number."),
    ("verdict", approval(round=True), f"round: {NO_NUMBER}"),
    ("verdict", approval(round=1.5), "round: it must be a whole number."),
    ("verdict", approval(round=0), "round: it must be at least 1."),
    ("verdict", approval(round=10**25), "round: it must be at most 9223372036854775807."),
    ("verdict", approval(verdict="merge"), "verdict: it must be one of 'approve', 'reject', "),
    ("verdict", approval(acknowledged=[1, True]), f"acknowledged.1: {NO_NUMBER}"),
    ("verdict", approval(acknowledged=3), "acknowledged: it must be a list."),
    ("verdict", approval(acknowledged=[1] * 5001), "acknowledged: it holds more than 5000 entr"),
    ("verdict", approval(message="a\x00"), "message: it holds a NUL character or half a "),
    ("comments", {**PLACE, "line": True, "path": "a"}, f"line: {NO_NUMBER}"),
    ("comments", {**PLACE, "file": False}, f"file: {NO_NUMBER}"),
    ("comments", {**PLACE, "end_line": True}, f"end_line: {NO_NUMBER}"),
    ("comments", {**PLACE, "side": "left"}, "side: it must be one of 'old' or 'new'."),
    ("comments", {**PLACE, "publish": "perhaps"}, "publish: it must be true or false."),
    ("comments", {**PLACE, "line": 1}, "The body: a line needs a path or a file."),
    ("go-on", {"extra_usd": True}, f"extra_usd: {NO_NUMBER}"),
    ("go-on", {"extra_usd": "1.234"}, "extra_usd: it has more than 2 digits after the point."),
    ("go-on", {"extra_usd": "x"}, "extra_usd: it must be a number."),
    ("go-on", {"extra_usd": "\u0661"}, "extra_usd: give dollars and cents in the digits 0 to 9"),
    ("judge", {"round": False}, f"round: {NO_NUMBER}"),
]


@pytest.mark.parametrize(("verb", "body", "told"), BAD, ids=[f"{v} {t}" for v, _, t in BAD])
def test_what_cannot_be_taken_is_told_in_our_words(
    change: Change, repository: Repository, verb: str, body: Any, told: str
) -> None:
    person: Person = f.member(repository, Role.MAINTAINER)
    address = verb if verb.startswith("/") else f"/changes/{change.pk}/{verb}"
    status, answer = Api(person).post(address, body)
    assert (status, set(answer), answer["code"]) == (400, ERROR, "malformed")
    assert answer["message"].startswith(told)
    assert answer["message"].endswith(".")
    assert Change.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"limit": 0}, "limit: it must be at least 1."),
        ({"limit": "many"}, "limit: it must be a whole number."),
        ({"status": "odd"}, "status.0: it must be one of 'queued', "),
    ],
)
def test_what_a_query_says_wrongly_is_told_in_our_words(
    reviewer: Person, query: dict[str, Any], told: str
) -> None:
    status, answer = Api(reviewer).get("/changes", **query)
    assert (status, answer["code"]) == (400, "malformed")
    assert answer["message"].startswith(told)


def test_a_body_that_is_too_large_is_told_with_the_limit(author: Person) -> None:
    status, answer = Api(author).post("/changes", {**NEW, "instruction": "x" * 1_100_000})
    assert (status, answer["code"]) == (413, "too_large")
    assert "1,048,576 bytes (1 MiB) at most" in answer["message"]


def test_a_name_that_two_files_share_once_it_is_text_needs_the_number(
    change: Change, repository: Repository
) -> None:
    for index, name in ((1, b"\xfe.txt"), (2, b"\xff.txt")):
        f.diff_file(change.rounds.get(), path=name, display=display_path(name), index=index)
    person: Person = f.member(repository, Role.REVIEWER)
    status, answer = Api(person).post(
        f"/changes/{change.pk}/comments", {**PLACE, "path": "\ufffd.txt"}
    )
    assert (status, answer["message"]) == (
        422, "More than one file is written so: give `file`, one of 1, 2.",
    )  # fmt: skip
