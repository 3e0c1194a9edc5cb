"""The queue."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.queries.queue import queue_for
from reviews.views.base import asker, page


@page("GET", "HEAD")
def queue(request: HttpRequest) -> HttpResponse:
    """Open changes by whose turn it is; `?turn=agent` shows only those at work."""
    only = "agent" if request.GET.get("turn") == "agent" else ""
    found = queue_for(asker(request), only)
    context = {"queue": found, "nav": found, "section": "running" if only else "queue"}
    return render(request, "queue.html", context)
