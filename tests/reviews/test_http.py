"""What every request passes: errors told in the right shape, and bodies that are too large."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.http import HttpRequest
from django.test import AsyncClient, Client, RequestFactory

from honkweb.bounded import BoundedBody
from reviews import http
from reviews.errors import NotAllowed
from reviews.models import Person
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Person:
    return f.person("ada")


# --- errors as pages


def test_errors_are_told_as_page_fragment_or_json() -> None:
    make, error = RequestFactory(), NotAllowed("Not for <you>.")
    page = http.error_response(make.get("/x/"), error)
    assert (page.status_code, b"Not for &lt;you&gt;." in page.content) == (403, True)
    fragment = http.error_response(make.get("/x/", headers={"HX-Request": "true"}), error)
    assert fragment.content == b'<p class="problem" role="alert">Not for &lt;you&gt;.</p>'
    assert b'"code": "not_allowed"' in http.error_response(make.get("/api/v1/x"), error).content


def test_an_unforeseen_fault_is_told_calmly(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("reviews.views.queue.queue_for", fail)
    browser = Client(raise_request_exception=False)
    browser.force_login(ada)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert b"on our side" in answer.content
    assert b"secret" not in answer.content


def test_a_database_that_is_away_is_told_as_503_with_retry(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(ada)

    def away(*_: Any) -> None:
        raise OperationalError("could not connect to 10.0.0.5")

    monkeypatch.setattr("reviews.http._to_sign_in", away)
    answer = browser.get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"10.0.0.5" not in answer.content


@pytest.mark.parametrize(
    ("address", "status"),
    [("/repositories/a%00b/", 404), ("/?turn=%00", 400), ("/changes/1/?round=%00", 400),
     ("/runs/%00/", 404), ("/%ff%fe/", 404), ("/?turn=%ff%fe", 200), ("/changes/../../etc/", 404)],
)  # fmt: skip
def test_an_odd_address_is_answered_and_never_a_fault_of_ours(
    ada: Person, address: str, status: int
) -> None:
    browser = Client()
    browser.force_login(ada)
    assert browser.get(address).status_code == status


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("address", "status"), [("/runs/%00/", 404), ("/changes/1/?round=%00", 400)]
)
async def test_an_address_that_holds_nul_is_answered_with_a_page_under_asgi_too(
    monkeypatch: pytest.MonkeyPatch, address: str, status: int
) -> None:
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE")  # as the real server has it
    browser = AsyncClient()
    await browser.aforce_login(await sync_to_async(f.person)("ada"))
    answer = await browser.get(address)
    assert answer.status_code == status
    assert b"<h1>" in answer.content


def test_a_forged_host_and_an_odd_method_are_refused(ada: Person) -> None:
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400
    browser = Client()
    browser.force_login(ada)
    assert browser.generic("DELETE", "/").status_code == 405


# --- bodies that are too large


def ask(app: Any, chunks: list[bytes], path: str = "/api/v1/changes", length: str = "") -> Any:
    """(messages sent, chunks read) of one request to an ASGI application."""
    left, sent = list(chunks), []

    async def receive() -> dict[str, Any]:
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-length", length.encode())] if length else []
    asyncio.run(app({"type": "http", "path": path, "headers": headers}, receive, send))
    return sent, len(chunks) - len(left)


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": body})


def test_a_body_within_the_limit_goes_through_unchanged() -> None:
    sent, _ = ask(BoundedBody(echo), [b"one ", b"two ", b"three"])
    assert sent[1]["body"] == b"one two three"


@pytest.mark.parametrize("length", ["", "3145728"])
def test_a_body_over_the_limit_is_answered_and_let_fall(length: str) -> None:
    chunks = [b"x" * 1024 * 1024] * 3
    sent, read = ask(BoundedBody(echo), chunks, length=length)
    assert (sent[0]["status"], read) == (413, 3)
    assert b'"too_large"' in sent[1]["body"]
    assert sent[-1]["more_body"] is False


def test_a_form_may_be_larger_than_json() -> None:
    sent, _ = ask(BoundedBody(echo), [b"x" * 1024 * 1024] * 3, path="/new/")
    assert sent[0]["status"] == 200


def test_a_request_that_ends_early_does_not_hang() -> None:
    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        assert (await receive())["type"] == "http.disconnect"

    async def send(_message: Any) -> None:
        raise AssertionError

    asyncio.run(BoundedBody(app)({"type": "http", "path": "/", "headers": []}, gone, send))


def test_the_context_of_pages_needs_no_person() -> None:
    page = http.page_context(HttpRequest())["page"]
    assert (page["banners"], page["undo"]) == ([], None)
