"""Bad input at the forms of the pages: each answers with a sentence and gives back what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from reviews.models import Change
from tests import factories as f

pytestmark = pytest.mark.django_db
SEEN = {"round": 1, "head": f.HEAD}
ODD_NUMBERS = ["abc", "NaN", "1e309", "1.5", "\0", "9" * 5000]


@pytest.fixture
def change(client: Client) -> Change:
    """One that waits for the verdict of an administrator, who is signed in."""
    boss = f.administrator()
    client.force_login(boss)
    return f.reviewable(boss)


def sent(client: Client, address: str, **data: Any) -> tuple[int, str]:
    answer = client.post(address, data, headers={"referer": "http://testserver/runs/1/?x=1"})
    return answer.status_code, answer.content.decode()


def test_a_refused_message_is_given_back_with_the_way_back(client: Client, change: Change) -> None:
    words = "Use a deque <b>please</b>"
    status, html = sent(client, f"/changes/{change.pk}/messages/", message=words)
    assert status == 409
    assert "no agent is listening" in html
    assert "Use a deque &lt;b&gt;please&lt;/b&gt;</textarea>" in html
    assert 'href="/runs/1/"' in html


def test_the_way_back_is_ours_or_none(client: Client, change: Change) -> None:
    address = f"/changes/{change.pk}/messages/"
    answer = client.post(address, {"message": "x"}, headers={"referer": "https://elsewhere.test/"})
    assert "elsewhere" not in answer.content.decode()


@pytest.mark.parametrize("given", [*ODD_NUMBERS, "", "-1", "0"])
def test_a_verdict_on_no_round_says_so_and_keeps_the_words(
    client: Client, change: Change, given: str
) -> None:
    data = {"verdict": "reject", "head": f.HEAD, "reasons": "wrong", "message": "Keep me"}
    status, html = sent(client, f"/changes/{change.pk}/verdict/", round=given, **data)
    assert status == 400
    assert "Round is empty." in html or "Round must be" in html
    assert "Keep me" in html


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"verdict": ""}, "No verdict is chosen."),
        ({"verdict": "x" * 9999}, "Verdict is not one of the choices."),
        ({"reasons": "x" * 9999}, "Reasons is not one of the choices."),
        ({"message": "x" * 70_000}, "Message has 70000 characters; 65536 are the most."),
        ({"message": "a\0b"}, "Message holds a NUL character"),
        ({"override": "x" * 20_000}, "Override has 20000 characters"),
        ({"head": "x" * 99}, "The head is no commit id."),
    ],
)
def test_each_field_of_a_verdict_is_refused_in_a_sentence_that_echoes_nothing(
    client: Client, change: Change, data: dict[str, str], words: str
) -> None:
    given = {"verdict": "reject", "reasons": "wrong", **SEEN, **data}
    status, html = sent(client, f"/changes/{change.pk}/verdict/", **given)
    assert status == 400
    assert words in html
    assert "xxxx" * 20 not in html.split("verdict-message")[0]


@pytest.mark.parametrize(
    ("opened", "kept"),
    [("", []), ("0,1,1", [0, 1]), ("a,,-1,٣," + "9" * 50, []), ("0," * 90_000, [0])],
)
def test_what_the_device_says_was_opened_never_stops_an_approval(
    client: Client, change: Change, opened: str, kept: list[int]
) -> None:
    given = {"verdict": "approve", "opened": opened, "unread": "1", **SEEN}
    status, _ = sent(client, f"/changes/{change.pk}/verdict/", **given)
    assert status == 302
    assert change.verdicts.get().opened == kept


@pytest.mark.parametrize("field", ["cap_usd", "model", "effort"])
def test_each_setting_of_a_new_instruction_says_what_is_wrong_with_it(
    client: Client, change: Change, field: str
) -> None:
    data = {"repository": change.repository.name, "instruction": "Keep me", field: "7" * 500}
    status, html = sent(client, "/new/", **data)
    assert status == 422
    assert "has 500 characters" in html
    assert "Keep me" in html


@pytest.mark.parametrize("given", ODD_NUMBERS)
def test_a_comment_on_no_line_says_so(client: Client, change: Change, given: str) -> None:
    data = {"round": 1, "file": 0, "body": "Keep me", "line": given}
    status, html = sent(client, f"/changes/{change.pk}/comments/", **data)
    assert status == 400
    assert "Line must be a whole number." in html or "Line holds a NUL" in html
    assert "Keep me" in html
