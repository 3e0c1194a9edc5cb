"""Who may open a socket: the host asked, the origin asking, the person behind it.

A browser sends the session cookie along from any page, so a cookie counts only together with
an Origin that is exactly ours. A bearer token is sent on purpose; it needs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from reviews.errors import NotThere
from reviews.models import Change, Person, Repository, Run
from reviews.services import people, permissions

LOOPBACK = ("localhost", "127.0.0.1")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the handshake brought: a bearer token, or else the session's key."""

    token: str | None
    session: str


def credentials(scope: Mapping[str, Any]) -> Credentials | None:
    """The handshake's credentials, or None when host or origin forbid to look at them."""
    headers = _headers(scope)
    hosts, origins = headers.get("host", []), headers.get("origin", [])
    tokens, cookies = headers.get("authorization", []), headers.get("cookie", [])
    if len(hosts) != 1 or not is_our_host(hosts[0]):
        return None
    if tokens:
        kind, _, token = tokens[0].partition(" ")
        if len(tokens) == 1 and kind.lower() == "bearer" and token.strip():
            return Credentials(token.strip(), "")
        return None
    if len(origins) != 1 or not is_our_origin(origins[0], hosts[0]):
        return None
    return Credentials(None, _session_key(cookies))


def is_our_host(host: str) -> bool:
    """Whether a Host header names one of our hosts."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_our_origin(origin: str, host: str) -> bool:
    """Whether an Origin is exactly ours: the public address, or the loopback name asked for.

    Both loopback names answer when the public address is one of them; a page of one of them may
    not use the other.
    """
    ours = urlsplit(settings.HONK_URL)
    asking = _place(origin)
    if asking is None:
        return False
    if ours.hostname not in LOOPBACK:
        return asking == _place(settings.HONK_URL)
    is_ours = asking[0] == ours.scheme and asking[2] == (ours.port or DEFAULT_PORTS[ours.scheme])
    return is_ours and asking[1] in LOOPBACK and asking == _place(f"{ours.scheme}://{host}")


def _place(address: str) -> tuple[str, str, int] | None:
    """(scheme, host, port) of an address that is nothing but that; None for anything else."""
    try:
        parts: SplitResult = urlsplit(address)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not port or not parts.hostname or address != f"{parts.scheme}://{parts.netloc}":
        return None
    return None if "@" in parts.netloc else (parts.scheme, parts.hostname, port)


def person_of(given: Credentials) -> Person | None:
    """The active person whom the credentials stand for now; reads the database."""
    if given.token is not None:
        found: Person | None = people.person_of_token(given.token)
        return found if found is not None and found.is_active else None
    if not given.session:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(given.session)
    user = get_user(request)
    return user if isinstance(user, Person) and user.is_active else None


def may_watch(given: Credentials, kind: str, number: int) -> Person | None:
    """The person, when they may see what they want to watch now; reads the database."""
    person = person_of(given)
    if person is None or kind == "queue":
        return person
    try:
        repository = _repository_of(kind, number)
    except NotThere:
        return None
    return None if permissions.may_see(person, repository) else person


def _repository_of(kind: str, number: int) -> Repository:
    found: Change | None = None
    if kind == "run":
        run = Run.objects.select_related("change__repository").filter(pk=number).first()
        found = run.change if run else None
    else:
        found = Change.objects.select_related("repository").filter(pk=number).first()
    if found is None:
        raise NotThere
    return found.repository


def _headers(scope: Mapping[str, Any]) -> dict[str, list[str]]:
    """Header values by lower-case name, in the order sent."""
    found: dict[str, list[str]] = {}
    pairs: Iterable[tuple[bytes, bytes]] = scope.get("headers", [])
    for name, value in pairs:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _session_key(cookies: Iterable[str]) -> str:
    """The session cookie's value, or an empty string."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load("; ".join(cookies))
    except CookieError:
        return ""
    morsel = jar.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""
