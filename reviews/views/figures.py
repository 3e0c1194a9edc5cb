"""Figures: how the judges do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.queries.figures import PERIODS, figures_for
from reviews.views.base import asker, page


@page("GET", "HEAD")
def figures(request: HttpRequest) -> HttpResponse:
    """The last 30 days, or `?days=90`."""
    found = figures_for(asker(request), request.GET.get("days", ""))
    context = {"data": found, "periods": PERIODS, "section": "figures"}
    return render(request, "figures/figures.html", context)
