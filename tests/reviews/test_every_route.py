"""Every route and socket, tried by everybody: a table of what each is to be answered.

A route that is not in the table fails the suite, so a new one cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from reviews import consumers
from reviews.live import handshake
from reviews.services import people
from tests.cast import WHO, Cast, make_cast
from tests.route_table import API, SIGN_IN, SOCKETS, TABLE, Row

pytestmark = pytest.mark.django_db
JSON = "application/json"


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for each in patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield here
        else:
            yield from routes(each.url_patterns, here)


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.WHITENOISE_AUTOREFRESH = True  # or every client lists all static files first
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return make_cast()


def test_every_route_is_in_the_table_and_no_other() -> None:
    assert set(routes(get_resolver().url_patterns)) == set(TABLE)


def test_every_socket_is_in_the_table_and_no_other() -> None:
    assert {str(route.pattern) for route in consumers.routes} == set(SOCKETS)


@pytest.mark.parametrize("route", TABLE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everybody_is_answered_as_the_table_says(cast: Cast, route: str, method: str) -> None:
    row = TABLE[route]
    expected = (row.get if method == "GET" else row.post).split()
    got = [outcome(cast, route, method, who) for who in WHO]
    assert dict(zip(WHO, got, strict=True)) == dict(zip(WHO, expected, strict=True))


def outcome(cast: Cast, route: str, method: str, who: str) -> str:
    """The answer's code, or `in`; whatever the request did is taken back."""
    row, is_api = TABLE[route], route in API
    with transaction.atomic():
        if row.set_up:
            row.set_up(cast)
        client = cast.api(who) if is_api else cast.web(who)
        answer = ask(client, row, cast, who, method, route, is_api=is_api)
        transaction.set_rollback(True)
    if answer.status_code == 302 and answer["Location"].startswith("/accounts/login/"):
        return SIGN_IN
    return str(answer.status_code)


def ask(
    client: Client, row: Row, cast: Cast, who: str, method: str, route: str, *, is_api: bool
) -> Any:
    at = row.at(cast, who) if callable(row.at) else row.at or f"/{route}"
    if method == "GET":
        return client.get(at)
    body = row.body(cast, who) if callable(row.body) else row.body or {}
    return client.post(at, body, content_type=JSON) if is_api else client.post(at, body)


@pytest.mark.parametrize("route", [r for r, row in TABLE.items() if "200" not in row.get])
def test_no_reading_method_changes_a_state(cast: Cast, route: str) -> None:
    """GET is in the table; HEAD and OPTIONS on what only takes POST are refused alike."""
    row = TABLE[route]
    if "405" not in row.get:
        return
    for method in {"HEAD", "OPTIONS", "PUT", "DELETE"} - set(row.takes):
        client = cast.api("administrator") if route in API else cast.web("administrator")
        at = row.at(cast, "administrator") if callable(row.at) else row.at or f"/{route}"
        assert client.generic(method, at).status_code == 405, method


@pytest.mark.parametrize("route", SOCKETS)
def test_everybody_is_let_at_the_sockets_that_the_table_says(cast: Cast, route: str) -> None:
    kind, expected = SOCKETS[route]
    targets = {"run": cast.run.pk, "change": cast.change.pk, "queue": 0}
    got = []
    for who in WHO:
        person = cast.people[who]
        token = people.create_token(person) if person else "honk_none"
        given = handshake.Credentials(token, "")
        may = kind and handshake.may_watch(given, kind, targets[kind])  # type: ignore[arg-type]
        got.append("yes" if may else "no")
    assert dict(zip(WHO, got, strict=True)) == dict(zip(WHO, expected.split(), strict=True))


@pytest.mark.parametrize("kind", ["run", "change"])
def test_a_socket_to_nothing_is_refused(cast: Cast, kind: Any) -> None:
    token = people.create_token(cast.people["administrator"])  # type: ignore[arg-type]
    assert handshake.may_watch(handshake.Credentials(token, ""), kind, 999_999) is None
