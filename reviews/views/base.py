"""What every page's view shares: methods, the asker, the records they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from reviews.errors import NotThere
from reviews.models import Change, Person, Run
from reviews.services.permissions import Actor, may_see, require, visible_changes
from reviews.states import Source

View = Callable[..., HttpResponseBase]


def page(*methods: str) -> Callable[[View], View]:
    """A view that answers these methods only; refusals of services are told by the middleware."""
    return cast("Callable[[View], View]", require_http_methods(list(methods)))


def asker(request: HttpRequest) -> Person:
    """The person who is signed in; the sign-in wall stands before every view."""
    person = request.user
    if not isinstance(person, Person):
        raise NotThere
    return person


def actor(request: HttpRequest) -> Actor:
    """The person through the web's door."""
    return Actor(asker(request), Source.WEB)


def change_of(request: HttpRequest, number: int) -> Change:
    """A change the asker may see, with what its page needs of other tables."""
    change = (
        visible_changes(asker(request))
        .select_related("repository", "author")
        .filter(pk=number)
        .first()
    )
    if change is None:
        raise NotThere
    return change


def run_of(request: HttpRequest, run_id: int) -> Run:
    """A run of a change the asker may see."""
    run = (
        Run.objects.select_related("change__repository", "change__author", "round")
        .filter(pk=run_id)
        .first()
    )
    if run is None:
        raise NotThere
    require(may_see(asker(request), run.change.repository))
    return run


def number_of(value: str | None, default: int = 0) -> int:
    """A whole number of a query string; anything else is the default."""
    return int(value) if value and value.isdecimal() and len(value) < 19 else default


def next_path(request: HttpRequest, default: str) -> str:
    """Where a form wants to go afterwards, if that is on this site."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if safe and wanted.startswith("/") else default
