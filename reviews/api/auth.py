"""Who asks: a bearer token, nothing else. Session cookies are not taken, so no form can forge."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from ninja.security import HttpBearer

from reviews.errors import NotThere, WhoAreYou
from reviews.models import Change, Person
from reviews.services import people
from reviews.services.permissions import Actor, visible_changes
from reviews.states import Source


class Bearer(HttpBearer):
    """The active person whose token it is; `request.auth` afterwards."""

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:  # noqa: ARG002
        """None answers 401."""
        return people.person_of_token(token.strip())


def asks_for_token(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The description of the API, too, is for those who may use it."""

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not Bearer()(request):
            error = WhoAreYou()
            return JsonResponse(error.as_json(), status=error.status)
        return view(request, *args, **kwargs)

    return answer


def asker(request: HttpRequest) -> Person:
    """The person behind the token; ninja has let nobody else in."""
    person: Person = request.auth  # type: ignore[attr-defined] # set by ninja
    return person


def actor(request: HttpRequest) -> Actor:
    """The person through the API's door."""
    return Actor(asker(request), Source.API)


def change_of(request: HttpRequest, number: int) -> Change:
    """A change the asker may see; NotThere otherwise."""
    change = visible_changes(asker(request)).select_related("repository").filter(pk=number).first()
    if change is None:
        raise NotThere
    return change
