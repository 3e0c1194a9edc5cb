"""Two rounds compared: the page, one file's body, and the lines between its hunks."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.gzip import gzip_page

from reviews.errors import NotThere
from reviews.models import Change, Round
from reviews.queries.body import Wanted
from reviews.queries.compare_page import ComparePage, compare_page
from reviews.queries.compared_body import ComparedBody, ComparedLines, shades_of
from reviews.queries.paired import pair_of
from reviews.queries.pairs import Pair
from reviews.services import colours
from reviews.states import REASON_WORDS
from reviews.views.base import asker, change_of, number_of, page
from reviews.views.diff import kept_response, view_of
from reviews.views.stream import Make, Slots, streamed


@gzip_page
@page("GET", "HEAD")
def compare(request: HttpRequest, number: int, earlier: int, later: int) -> HttpResponseBase:
    """What differs between what two rounds made; `?noise=1` with what a moved base brought."""
    change = change_of(request, number)
    found = compare_page(asker(request), change, (earlier, later), with_noise=_noise(request))
    if found is None:
        raise NotThere
    slots = Slots(_bodies(request, found))
    context = {
        "page_data": found,
        "bar": found.bar,
        "change": change,
        "round": found.round,
        "earlier": found.earlier,
        "view": view_of(request),
        "since": found.since,
        "reasons": [(k, w) for k, w in REASON_WORDS.items() if k != "another_chosen"],
        "files": [(row, SafeString(slots.of(row.index))) for row in found.rows],
    }
    html = render_to_string("changes/compare.html", context, request=request)
    return streamed(request, slots.pieces(html))


@page("GET", "HEAD")
def choose(request: HttpRequest, number: int) -> HttpResponseBase:
    """The two rounds that a form names, in the order they were made; one named twice is shown."""
    change = change_of(request, number)
    first, last = sorted(number_of(request.GET.get(name)) for name in ("from", "to"))
    if first == last:
        return redirect("diff", change.pk, last)
    return redirect(reverse("compare", args=[change.pk, first, last]))


@page("GET", "HEAD")
def compare_file(
    request: HttpRequest, number: int, earlier: int, later: int, index: int
) -> HttpResponseBase:
    """One file's body; `?first=` and `?after=` go on where the last window ended."""
    pair = _pair_of(request, number, (earlier, later), index)
    first, after = (number_of(request.GET.get(name)) for name in ("first", "after"))
    wanted = Wanted.of(view_of(request), first, after)
    body = ComparedBody(pair, wanted, shades_of([pair])[index], _noise(request))
    return kept_response(request, body)


@page("GET", "HEAD")
def compare_lines(
    request: HttpRequest, number: int, earlier: int, later: int, index: int
) -> HttpResponseBase:
    """Unchanged lines `?from=` to `?to=` of a file's later content, as rows."""
    pair = _pair_of(request, number, (earlier, later), index)
    first, last = (number_of(request.GET.get(name)) for name in ("from", "to"))
    shades = shades_of([pair])[index]
    lines = ComparedLines(pair, view_of(request), first, last, shades, _noise(request))
    return kept_response(request, lines)


def _noise(request: HttpRequest) -> bool:
    return request.GET.get("noise") == "1"


def _bodies(request: HttpRequest, found: ComparePage) -> dict[int, Make]:
    """What makes the bodies that come with the page; a live page asks again for the rest only."""
    if "X-Honk-Live" in request.headers:
        return {}
    wanted = Wanted.of(view_of(request))
    rows = [row for row in found.rows if row.is_inline]
    shades = shades_of([row.pair for row in rows])
    if not all(shade.is_complete for shade in shades.values()):
        colours.ask(found.earlier)
        colours.ask(found.round)
    counted = found.comparison.counted
    return {
        row.index: ComparedBody(
            row.pair, wanted, shades[row.index], found.with_noise, counted[row.index]
        ).html
        for row in rows
    }


def _pair_of(request: HttpRequest, number: int, numbers: tuple[int, int], index: int) -> Pair:
    """A file of two rounds of a change that the asker may see."""
    pair = pair_of(*two_rounds(change_of(request, number), *numbers), index)
    if pair is None:
        raise NotThere
    return pair


def two_rounds(change: Change, earlier: int, later: int) -> tuple[Round, Round]:
    """Two rounds of a change that hold something, in the order they were made."""
    frozen = change.rounds.exclude(head="").select_related("change__repository")
    # One by one: a number that no column takes is no match then, but an error in a list.
    first, last = (frozen.filter(number=number).first() for number in (earlier, later))
    if first is None or last is None or first.number >= last.number:
        raise NotThere
    return first, last
