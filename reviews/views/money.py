"""What runs have cost, and the caps that hold for them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from reviews.errors import ReviewError
from reviews.queries import money as queries
from reviews.services import caps
from reviews.services.permissions import may_administer, require
from reviews.views.base import actor, asker, page


@page("GET", "HEAD")
def money(request: HttpRequest) -> HttpResponse:
    """By repository, person and day, of what the asker may see."""
    return _render(request)


def _render(request: HttpRequest, error: ReviewError | None = None) -> HttpResponse:
    context = {
        "data": queries.money_page(asker(request), request.GET.get("days", "")),
        "periods": queries.PERIODS,
        "section": "money",
        "error": error,
        "typed": request.POST,
    }
    return render(request, "money/money.html", context, status=error.status if error else 200)


@page("POST")
def cap(request: HttpRequest) -> HttpResponse:
    """Set what all repositories together may spend a day."""
    require(may_administer(asker(request)))
    try:
        caps.set_house_cap(actor(request), request.POST.get("cap_day", ""))
    except ReviewError as error:
        return _render(request, error)
    messages.success(request, "The cap is kept.")
    return redirect("money")
