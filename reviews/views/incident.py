"""The switch for the first incident: pause everything, and let it go on. Administrators only."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from reviews.queries import incident as queries
from reviews.services import incident as service
from reviews.services.permissions import may_administer, require
from reviews.views.base import actor, asker, next_path, page


@page("GET", "HEAD")
def incident(request: HttpRequest) -> HttpResponse:
    """How it stands, the button that changes it, and who used it before."""
    require(may_administer(asker(request)))
    context = {"data": queries.incident_page(), "section": "incident"}
    return render(request, "incident/incident.html", context)


@page("POST")
def pause(request: HttpRequest) -> HttpResponse:
    """Pause everything."""
    service.pause(actor(request), request.POST.get("reason", ""))
    return redirect("incident")


@page("POST")
def resume(request: HttpRequest) -> HttpResponse:
    """Let everything go on."""
    service.resume(actor(request))
    messages.success(request, "Work goes on.")
    return redirect(next_path(request, "/incident/"))
