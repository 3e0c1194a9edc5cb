"""Words looked for in a whole change: a fragment with links to the rows that hold them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from reviews.errors import NotThere
from reviews.queries import find as queries
from reviews.views.base import change_of, number_of, page


@page("GET", "HEAD")
def find(request: HttpRequest, number: int, round_number: int) -> HttpResponse:
    """Rows and names that hold `?q=`; `?page=` and `?order=name` say which page asks."""
    change = change_of(request, number)
    round_ = change.rounds.filter(number=round_number).first()
    if round_ is None:
        raise NotThere
    by_name = request.GET.get("order") == "name"
    found = queries.find(round_, request.GET.get("q", ""), by_name=by_name)
    shown = number_of(request.GET.get("page"), 1)
    address = reverse("diff", args=[number, round_number])
    is_on_page = request.headers.get("HX-Request") == "true"
    order = "&order=name" if by_name else ""
    files = [
        ("" if is_on_page and file.page == shown else f"{address}?page={file.page}{order}", file)
        for file in found.files
    ]
    return render(request, "changes/find.html", {"found": found, "files": files})
