"""What a browser tells of reading: marks that a person sets, and what was on the screen."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse

from reviews.errors import Malformed, NotThere
from reviews.forms import LooksForm, ViewedForm, first_error
from reviews.models import Round
from reviews.services import looks, viewed
from reviews.views.base import actor, change_of, page
from reviews.views.compare import two_rounds


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
    looks.record(actor(request), round_, _told(request), request.headers.get("User-Agent", ""))
    return HttpResponse(status=204)


@page("POST")
def look_compared(request: HttpRequest, number: int, earlier: int, later: int) -> HttpResponse:
    """As `look`, from a comparison; {"opened": [index, ...]} are those that count for the later."""
    rounds = two_rounds(change_of(request, number), earlier, later)
    device = request.headers.get("User-Agent", "")
    opened = looks.record_compared(actor(request), *rounds, _told(request), device)
    return JsonResponse({"opened": opened})


def _told(request: HttpRequest) -> dict[int, int]:
    """Milliseconds by index, of JSON or of a form."""
    is_json = request.content_type == "application/json"
    form = LooksForm({"looks": _of_json(request)} if is_json else request.POST)
    if not form.is_valid():
        raise Malformed(first_error(form))
    told: dict[int, int] = form.cleaned_data["looks"]
    return told


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
