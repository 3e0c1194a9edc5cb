"""Steering an agent from a page: pause, stop, go on, and words that can still be changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reviews.errors import NotThere
from reviews.models import Change, Message
from reviews.services import money, steer
from reviews.views.base import actor, change_of, next_path, page


@page("POST")
def pause(request: HttpRequest, number: int) -> HttpResponse:
    """Let the agent stand still at its next step."""
    steer.pause(actor(request), change_of(request, number))
    return _back(request, number)


@page("POST")
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """End the agent now; its work is kept and can be gone on with."""
    steer.stop(actor(request), change_of(request, number))
    return _back(request, number)


@page("POST")
def go_on(request: HttpRequest, number: int) -> HttpResponse:
    """Go on with what stands still; `extra_usd` grants it more money."""
    extra = money.amount(request.POST.get("extra_usd"), "amount")
    steer.go_on(actor(request), change_of(request, number), extra)
    return _back(request, number)


@page("POST")
def edit_message(request: HttpRequest, number: int, message_id: int) -> HttpResponse:
    """Other words in the place of one's own that wait."""
    found = _message(change_of(request, number), message_id)
    steer.edit_message(actor(request), found, request.POST.get("text", ""))
    return _back(request, number)


@page("POST")
def cancel_message(request: HttpRequest, number: int, message_id: int) -> HttpResponse:
    """Take one's own words back while they wait."""
    steer.cancel_message(actor(request), _message(change_of(request, number), message_id))
    return _back(request, number)


def _message(change: Change, message_id: int) -> Message:
    found = change.messages.select_related("author", "change__repository").filter(pk=message_id)
    message = found.first()
    if message is None:
        raise NotThere
    return message


def _back(request: HttpRequest, number: int) -> HttpResponse:
    return redirect(next_path(request, f"/changes/{number}/"))
