"""Words that are too long: nothing cuts them unseen; the refusal names size and limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from reviews.models import Change, Comment, Installation, Person
from tests import factories as f

pytestmark = pytest.mark.django_db
TEMPLATES = Path(settings.BASE_DIR) / "templates"
FIRST, LAST = "first words", "LAST WORDS"


def words(length: int) -> str:
    """So many characters, in lines as a browser sends them."""
    lines = FIRST + "\r\n" * 3
    return lines + "x" * (length - len(lines) + 3 - len(LAST)) + LAST


@pytest.fixture
def boss(client: Client) -> Person:
    somebody = f.administrator()
    client.force_login(somebody)
    return somebody


def given_back(html: str) -> bool:
    return FIRST in html and LAST in html


def test_no_field_of_a_page_cuts_what_is_pasted_into_it() -> None:
    found = [p.name for p in TEMPLATES.rglob("*.html") if "maxlength" in p.read_text()]
    assert found == []


def test_an_instruction_that_is_too_long_comes_back_whole(client: Client, boss: Person) -> None:
    f.repository("store")
    given = {"repository": "store", "instruction": words(65_537)}
    answer = client.post("/new/", given)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Instruction has 65537 characters; 65536 are the most." in html
    assert given_back(html)
    assert not Change.objects.exists()


@pytest.mark.parametrize(("sign", "size"), [("x", 65_536), ("\u00e4", 65_537)])
def test_the_limit_is_told_in_the_unit_that_it_has(
    client: Client, boss: Person, sign: str, size: int
) -> None:
    f.repository("store")
    instruction = "x" * 65_535 + sign
    answer = client.post("/new/", {"repository": "store", "instruction": instruction})
    if size <= 65_536:
        assert answer.status_code == 302
        return
    assert "The instruction has 65,537 bytes; 65,536 are the most taken." in answer.content.decode()


def test_a_reason_to_pause_that_is_too_long_comes_back_and_nothing_is_paused(
    client: Client, boss: Person
) -> None:
    reason = FIRST + "x" * 200 + LAST
    answer = client.post("/incident/pause/", {"reason": reason})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert f"The reason has {len(reason)} characters; 200 are the most." in html
    assert given_back(html)
    assert not Installation.objects.filter(paused_at__isnull=False).exists()


def test_a_comment_that_is_too_long_is_refused_and_comes_back(client: Client, boss: Person) -> None:
    change = f.reviewable(boss)
    answer = client.post(f"/changes/{change.pk}/comments/", {"round": 1, "body": words(32_769)})
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "The comment has 32769 characters; 32768 are the most." in html
    assert given_back(html)
    assert not Comment.objects.exists()


def test_a_message_that_is_too_long_comes_back_whole(client: Client, boss: Person) -> None:
    change = f.reviewable(boss)
    answer = client.post(f"/changes/{change.pk}/messages/", {"message": words(200_000)})
    html = answer.content.decode()
    assert answer.status_code >= 400
    assert given_back(html)


@pytest.mark.parametrize(
    ("field", "verdict", "told"),
    [
        ("message", "reprompt", r"Message has 70000 characters; 65536 are the most\."),
        ("override", "approve", r"Override has 70000 characters; 10000 are the most\."),
    ],
)
def test_words_of_a_verdict_that_are_too_long_are_refused_with_their_size(
    client: Client, boss: Person, field: str, verdict: str, told: str
) -> None:
    change = f.reviewable(boss)
    given = {"verdict": verdict, "round": 1, "head": f.HEAD, "reasons": "wrong"}
    answer = client.post(f"/changes/{change.pk}/verdict/", {**given, field: words(70_000)})
    html = answer.content.decode()
    assert answer.status_code == 400
    assert re.search(told, html)
    assert given_back(html) or field == "override"  # its sheet is only there where it is needed


@pytest.mark.parametrize(
    ("address", "given", "told"),
    [
        ("/repositories/", {"name": "n" * 64, "origin": "/x"}, "63 are the most"),
        ("/people/invite/", {"username": "u" * 151}, "150 are the most"),
    ],
)
def test_names_that_are_too_long_come_back_with_the_limit(
    client: Client, boss: Person, address: str, given: dict[str, str], told: str
) -> None:
    answer = client.post(address, given)
    html = answer.content.decode()
    assert answer.status_code == 400
    assert told in html
    assert max(given.values(), key=len) in html
