"""What every web request passes: the sign-in wall, the translation of errors, page context."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from allauth.mfa.utils import is_mfa_enabled
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from reviews.errors import (
    Malformed,
    NotAllowed,
    NotThere,
    PlatformTrouble,
    ReviewError,
    TooLarge,
    Unexpected,
)
from reviews.models import Installation, Person, WorkerSeen
from reviews.queries.page import undo_for
from reviews.services import incident

logger = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], Any]
API = "/api/"
API_LIMIT = 1024 * 1024  # bytes of a body; the server in front lets larger ones fall unread
# Everything else needs a person who is signed in; the API asks for its own token.
OPEN = re.compile(
    r"/(accounts/login/|accounts/2fa/(authenticate|webauthn/login)/|sign-in/[^/]+/"
    r"|healthz|readyz|static/.*|api/.*)"
)
TYPED = ("message", "text", "body", "reason")  # fields of free words
HEADLINES = {
    400: "Not understood",
    403: "Not yours to do",
    404: "Nothing here",
    409: "Too late",
    413: "Too large",
    429: "Too many at once",
}
RETRY_AFTER = {429: "1", 503: "5"}  # seconds, by status
SEEN_LATELY = timedelta(seconds=60)
UNSAFE = "HONK_UNSAFE_NO_SANDBOX is set: agents run on this machine without isolation."


# --- the sign-in wall -------------------------------------------------------------------------


@sync_and_async_middleware
def SignedInMiddleware(get_response: Handler) -> Handler:  # noqa: N802 - Django names it by path
    """Nobody unknown gets past it, and no page of it is kept by a browser or a proxy."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            refused = await sync_to_async(_to_sign_in)(request)
            return _unkept(refused or await cast("Awaitable[HttpResponse]", get_response(request)))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        return _unkept(_to_sign_in(request) or get_response(request))

    return answer


def _to_sign_in(request: HttpRequest) -> HttpResponse | None:
    """The way to the sign-in page, for those who have to take it.

    A deactivated person's session holds nobody: the authentication backend hands out active
    people only, at each request anew.
    """
    if OPEN.fullmatch(request.path) or request.user.is_authenticated:
        return None
    address = reverse(settings.LOGIN_URL)
    if request.method in ("GET", "HEAD") and request.path != "/":
        address += "?" + urlencode({"next": request.get_full_path()})
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _unkept(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


# --- errors -----------------------------------------------------------------------------------


@sync_and_async_middleware
def ErrorMiddleware(get_response: Handler) -> Handler:  # noqa: N802 - Django names it by path
    """Turns refusals of services into answers, and keeps the API's errors in their one shape."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            if refused := _unreadable(request):
                return await sync_to_async(error_response)(request, refused)
            response = await cast("Awaitable[HttpResponse]", get_response(request))
            return _in_shape(request, response)

        answer_async.process_exception = _process_exception  # type: ignore[attr-defined]
        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        if refused := _unreadable(request):
            return error_response(request, refused)
        return _in_shape(request, get_response(request))

    answer.process_exception = _process_exception  # type: ignore[attr-defined]
    return answer


def _unreadable(request: HttpRequest) -> ReviewError | None:
    """What no view need look at: NUL, which PostgreSQL does not take, and too much JSON."""
    if "\x00" in request.path:
        return NotThere()
    if "%00" in request.META.get("QUERY_STRING", ""):
        return Malformed("The address holds a NUL character, which is not text.")
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    is_too_large = not length.isdigit() or len(length) > 18 or int(length) > API_LIMIT
    return TooLarge(API_LIMIT) if is_too_large and request.path.startswith(API) else None


def _process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
    return error_response(request, error) if isinstance(error, ReviewError) else None


def _in_shape(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The API's own errors that a framework answered in its words, as our JSON."""
    is_json = response.headers.get("Content-Type", "").startswith("application/json")
    if response.status_code < 400 or is_json or not request.path.startswith(API):
        return response
    if response.status_code == 405:
        error: ReviewError = Malformed("This address does not take that method.", code="method")
        told = JsonResponse(error.as_json(), status=405)
        told.headers["Allow"] = response.headers.get("Allow", "")
        return told
    if response.status_code == 404:
        return JsonResponse(NotThere().as_json(), status=404)
    return response


def error_response(request: HttpRequest, error: ReviewError, back: str = "") -> HttpResponse:
    """The error as JSON on the API, as a fragment for htmx, else as a page; with its status."""
    if request.path.startswith(API):
        response: HttpResponse = JsonResponse(error.as_json(), status=error.status)
    elif "HX-Request" in request.headers and "HX-Boosted" not in request.headers:
        body = format_html('<p class="problem" role="alert">{}</p>', error.message)
        response = HttpResponse(body, status=error.status)
    else:
        response = _error_page(request, error, back)
    if error.status in RETRY_AFTER:
        response.headers["Retry-After"] = RETRY_AFTER[error.status]
    return response


def _error_page(request: HttpRequest, error: ReviewError, back: str) -> HttpResponse:
    headline = HEADLINES.get(error.status, "That did not work")
    context = {"error": error, "headline": headline, "back": back or _came_from(request)}
    context["typed"] = _typed(request)
    if error.status < 500:
        return render(request, "error.html", context, status=error.status)
    try:
        return render(request, "error.html", context, status=error.status)
    except Exception:
        logger.warning("The error page could not be rendered.", exc_info=True)
        return _bare_page(error)


def _came_from(request: HttpRequest) -> str:
    """The page of ours whose form was refused, to go back to; else empty."""
    came = request.headers.get("Referer", "") if request.method == "POST" else ""
    is_ours = url_has_allowed_host_and_scheme(came, allowed_hosts={request.get_host()})
    return urlsplit(came).path if came and is_ours else ""


def _typed(request: HttpRequest) -> str:
    """What a person wrote in a form that was refused, so that nothing of it is lost."""
    try:
        sent = [request.POST.get(name, "") for name in TYPED] if request.method == "POST" else []
    except RequestDataTooBig:
        return ""
    return next((words for words in sent if words.strip()), "")


def _bare_page(error: ReviewError) -> HttpResponse:
    """A page that needs nothing: no session, no database, no template."""
    body = format_html(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Honkweb</title>'
        '<h1>That did not work</h1><p>{}</p><p><a href="/">Try again</a></p></html>',
        error.message,
    )
    return HttpResponse(body, status=error.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if isinstance(exception, RequestDataTooBig):
        return error_response(request, TooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
    try:
        return error_response(request, Malformed("The request could not be understood."))
    except Exception:  # noqa: BLE001 - e.g. a forged Host header, which the page's frame asks for again
        return _bare_page(Malformed("The request could not be understood."))


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's handler403."""
    return error_response(request, NotAllowed("You may not do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's handler404."""
    return error_response(request, NotThere())


def trouble(request: HttpRequest) -> HttpResponse:
    """Django's handler500: calm, without details; those are in the log."""
    error = platform_trouble(sys.exc_info()[1])
    is_down = error.status == 503 and not request.path.startswith(API)
    return _retry_soon(_bare_page(error)) if is_down else error_response(request, error)


def _retry_soon(response: HttpResponse) -> HttpResponse:
    response.headers["Retry-After"] = RETRY_AFTER[503]
    return response


def platform_trouble(error: BaseException | None) -> PlatformTrouble:
    """What is told of an unexpected exception: nothing of it but whether trying again helps."""
    if isinstance(error, OperationalError | InterfaceError):
        return PlatformTrouble("The database does not answer. Nothing was lost; try again soon.")
    return Unexpected()


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: the form was not ours, or had grown old."""
    logger.info("A form was refused: %s", reason)
    sentence = "This form had grown old. Go back, reload the page and send it again."
    return error_response(request, NotAllowed(sentence, code="csrf"))


# --- what every page shows --------------------------------------------------------------------


def page_context(request: HttpRequest) -> dict[str, Any]:
    """`page` for base.html: banners (tone, sentence, address), the undo window that is open, and
    the pause of the installation."""
    person = getattr(request, "user", None)
    paused = SimpleLazyObject(lambda: _incident(request))
    if not isinstance(person, Person):
        return {"page": {"banners": [], "undo": None, "incident": paused}}
    hints = _way_back(person) if request.path == "/" else []  # elsewhere it would be in the way
    banners = [*_banners(), *hints]
    return {"page": {"banners": banners, "undo": undo_for(person), "incident": paused}}


def _incident(request: HttpRequest) -> Installation | None:
    """The pause of the whole installation; error pages must not ask a database that is away."""
    try:
        return incident.paused()
    except DatabaseError:
        logger.warning("Whether %s is paused cannot be told.", request.path, exc_info=True)
        return None


Banner = tuple[str, str, str]


def _banners() -> list[Banner]:
    """What holds for the whole installation and everybody ought to know."""
    if settings.HONK_UNSAFE_NO_SANDBOX:
        return [("bad", UNSAFE, "")]
    lately = WorkerSeen.objects.filter(seen_at__gte=timezone.now() - SEEN_LATELY)
    problem = lately.exclude(sandbox_problem="").values_list("sandbox_problem", flat=True).first()
    return [("bad", f"Agents are refused: {problem}", "")] if problem else []


def _way_back(person: Person) -> list[Banner]:
    """For who came by a one-time link and has nothing yet to come back with."""
    if person.has_usable_password() or is_mfa_enabled(person):
        return []
    return [("info", "You came by a one-time link.", reverse("account_set_password"))]
