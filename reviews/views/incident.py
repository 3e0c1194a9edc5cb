"""The switch for the first incident: pause everything, and let it go on. Administrators only."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from reviews.errors import Refused, ReviewError
from reviews.queries import incident as queries
from reviews.services import incident as service
from reviews.services.permissions import may_administer, require
from reviews.views.base import actor, asker, next_path, page


@page("GET", "HEAD")
def incident(request: HttpRequest) -> HttpResponse:
    """How it stands, the button that changes it, and who used it before."""
    require(may_administer(asker(request)))
    return _render(request)


def _render(
    request: HttpRequest, error: ReviewError | None = None, typed: str = ""
) -> HttpResponse:
    context = {
        "data": queries.incident_page(), "section": "incident", "error": error, "typed": typed,
    }  # fmt: skip
    status = error.status if error else 200
    return render(request, "incident/incident.html", context, status=status)


@page("POST")
def pause(request: HttpRequest) -> HttpResponse:
    """Pause everything, or the form again with the sentence that says why not."""
    typed = request.POST.get("reason", "")
    try:
        service.pause(actor(request), typed)
    except Refused as error:
        return _render(request, error, typed)
    return redirect("incident")


@page("POST")
def resume(request: HttpRequest) -> HttpResponse:
    """Let everything go on."""
    service.resume(actor(request))
    messages.success(request, "Work goes on.")
    return redirect(next_path(request, "/incident/"))
