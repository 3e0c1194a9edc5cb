"""Every answer that is not a success, in one shape: {code, message, fault, retry}."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from reviews.api.sentences import sentence
from reviews.api.shapes import change_json
from reviews.errors import Malformed, NotThere, ReviewError, Stale, WhoAreYou
from reviews.http import error_response, platform_trouble
from reviews.models import Change

logger = logging.getLogger(__name__)


class Conflict(Exception):
    """A verb met a state that it did not expect; the fresh state goes with the answer."""

    def __init__(self, error: Stale, change: Change) -> None:
        super().__init__(error.message)
        self.error, self.change = error, change


@contextmanager
def with_fresh_state(change: Change) -> Iterator[None]:
    """Have a 409 of the verb inside carry the change as it is now."""
    try:
        yield
    except Stale as error:
        raise Conflict(error, change) from error


def add_handlers(api: NinjaAPI) -> None:
    """Translate what endpoints, ninja and Django raise.

    ninja's types say that a handler may be given a class, too; it never is, hence their Any.
    """
    api.add_exception_handler(ReviewError, _refused)
    api.add_exception_handler(Conflict, _conflict)
    api.add_exception_handler(ValidationError, _malformed)
    api.add_exception_handler(AuthenticationError, _unknown)
    api.add_exception_handler(HttpError, _unreadable)
    api.add_exception_handler(Http404, _not_there)
    api.add_exception_handler(Exception, _trouble)


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    return error_response(request, error)


def _conflict(request: HttpRequest, conflict: Any) -> HttpResponse:  # noqa: ARG001
    body: dict[str, Any] = dict(conflict.error.as_json())
    body["change"] = change_json(Change.objects.get(pk=conflict.change.pk))
    return JsonResponse(body, status=conflict.error.status)


def _malformed(request: HttpRequest, error: Any) -> HttpResponse:
    """What is wrong first, as a sentence of ours; nothing of the value itself is sent back."""
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    return error_response(request, Malformed(sentence(first)))


def _unknown(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001
    response = error_response(request, WhoAreYou())
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _unreadable(request: HttpRequest, error: Any) -> HttpResponse:
    refusal = Malformed("The body is not JSON that can be read.")
    response = error_response(request, refusal)
    response.status_code = error.status_code
    return response


def _not_there(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001
    return error_response(request, NotThere())


def _trouble(request: HttpRequest, error: Any) -> HttpResponse:
    logger.error("The API met %s.", type(error).__name__, exc_info=error)
    return error_response(request, platform_trouble(error))
