"""A round's diff: the page, one file's body, and the lines between its hunks."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import Protocol

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.safestring import SafeString
from django.views.decorators.gzip import gzip_page

from reviews.diffs import SPLIT, UNIFIED
from reviews.errors import NotThere
from reviews.models import DiffFile, Round
from reviews.queries.body import Body, Lines, Wanted, bodies_of, file_to_open, files_to_open
from reviews.queries.diff import DiffPage, diff_page
from reviews.queries.since import since_of
from reviews.services import colours
from reviews.states import REASON_WORDS
from reviews.views.base import asker, change_of, number_of, page
from reviews.views.stream import Make, Slots, streamed

VIEW_COOKIE = "honk-view"


class Kept(Protocol):
    """HTML that is the same for every reader, by a name that says what it is made of."""

    @property
    def name(self) -> str: ...

    def gzipped(self) -> bytes: ...


@gzip_page
@page("GET", "HEAD")
def diff(request: HttpRequest, number: int, round_number: int) -> HttpResponseBase:
    """The files of a round: the first ones open, the others fetched when they come near."""
    change = change_of(request, number)
    by_name = request.GET.get("order") == "name"
    page_number = number_of(request.GET.get("page"), 1)
    found = diff_page(asker(request), change, round_number, page_number, by_name=by_name)
    if found is None:
        raise NotThere
    if not found.round.head:
        return redirect(f"{reverse('change', args=[number])}?round={round_number}")
    slots = Slots(_bodies(request, found))
    context = {
        "page_data": found,
        "bar": found.bar,
        "change": change,
        "round": found.round,
        "view": view_of(request),
        "since": since_of(asker(request), change, found.rounds),
        "reasons": [(k, w) for k, w in REASON_WORDS.items() if k != "another_chosen"],
        "files": [(row, SafeString(slots.of(row.index))) for row in found.files],
    }
    html = render_to_string("changes/diff.html", context, request=request)
    return streamed(request, slots.pieces(html))


def view_of(request: HttpRequest) -> str:
    """How the reader wants rows: as asked for, else as chosen before."""
    wanted = request.GET.get("view") or request.COOKIES.get(VIEW_COOKIE, "")
    return SPLIT if wanted == SPLIT else UNIFIED


def _bodies(request: HttpRequest, found: DiffPage) -> dict[int, Make]:
    """What makes the bodies that come with the page; a live page asks again for the rest only."""
    inline = [row.index for row in found.files if row.is_inline]
    if not inline or "X-Honk-Live" in request.headers:
        return {}
    bodies = bodies_of(files_to_open(found.round, inline), view_of(request))
    ask_for_colours(found.round, bodies.values())
    return {index: body.html for index, body in bodies.items()}


def ask_for_colours(round_: Round, bodies: Iterable[Body]) -> None:
    """Ring for the lexer when something on the page has no colours yet."""
    if any(not body.shades.is_complete for body in bodies):
        colours.ask(round_)


@page("GET", "HEAD")
def diff_file(request: HttpRequest, number: int, round_number: int, index: int) -> HttpResponseBase:
    """One file's body; `?first=` and `?after=` go on where the last window ended."""
    file = file_of(request, number, round_number, index)
    first, after = (number_of(request.GET.get(name)) for name in ("first", "after"))
    body = bodies_of([file], UNIFIED)[index]
    body = Body(file, Wanted.of(view_of(request), first, after), body.shades, body.names)
    ask_for_colours(file.round, [body])
    return kept_response(request, body)


@page("GET", "HEAD")
def diff_lines(
    request: HttpRequest, number: int, round_number: int, index: int
) -> HttpResponseBase:
    """Unchanged lines `?from=` to `?to=` of a file's new side, as rows."""
    file = file_of(request, number, round_number, index)
    first, last = (number_of(request.GET.get(name)) for name in ("from", "to"))
    shades = colours.keys([file])[file.pk]
    return kept_response(request, Lines(file, view_of(request), first, last, shades))


def file_of(request: HttpRequest, number: int, round_number: int, index: int) -> DiffFile:
    """A file of a change that the asker may see, without its contents."""
    found = file_to_open(asker(request), number, round_number, index)
    if found is None:
        raise NotThere
    return found


def kept_response(request: HttpRequest, kept: Kept) -> HttpResponseBase:
    """The HTML under its name: asked for each time, sent and rendered only when it is new."""
    etag = f'W/"{kept.name}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = _zipped(request, kept.gzipped())
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    return response


def _zipped(request: HttpRequest, data: bytes) -> HttpResponse:
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(gzip.decompress(data))
    response = HttpResponse(data)
    response.headers["Content-Encoding"] = "gzip"
    return response
