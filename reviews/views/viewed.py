"""What a browser tells of reading: marks that a person sets, and what was on the screen."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse

from reviews.errors import Malformed, NotThere
from reviews.forms import LooksForm, ViewedForm, first_error
from reviews.models import Round
from reviews.services import looks, viewed
from reviews.views.base import actor, change_of, page


@page("POST")
def mark(request: HttpRequest, number: int, round_number: int) -> HttpResponse:
    """Set or take away a viewed mark of a file or of one hunk; twice is no error."""
    form = ViewedForm(request.POST)
    round_ = _round(request, number, round_number)
    if not form.is_valid():
        raise Malformed(first_error(form))
    data = form.cleaned_data
    viewed.mark(actor(request), round_, data["file"], on=data["on"] == "1", hunk=data["hunk"])
    return HttpResponse(status=204)


@page("POST")
def look(request: HttpRequest, number: int, round_number: int) -> HttpResponse:
    """Add to what was on the screen: {"looks": [[index, ms], ...]} as JSON, or a form's field
    `looks` with that list, since a page that is being left can send no header."""
    round_ = _round(request, number, round_number)
    is_json = request.content_type == "application/json"
    form = LooksForm({"looks": _of_json(request)} if is_json else request.POST)
    if not form.is_valid():
        raise Malformed(first_error(form))
    device = request.headers.get("User-Agent", "")
    looks.record(actor(request), round_, form.cleaned_data["looks"], device)
    return HttpResponse(status=204)


def _of_json(request: HttpRequest) -> str:
    """The list of a JSON body, as the form's field has it; empty for anything else."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    return json.dumps(body.get("looks")) if isinstance(body, dict) else ""


def _round(request: HttpRequest, number: int, round_number: int) -> Round:
    change = change_of(request, number)
    found = change.rounds.select_related("change__repository").filter(number=round_number).first()
    if found is None:
        raise NotThere
    return found
