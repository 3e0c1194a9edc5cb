"""Repositories: which there are, what their policy says, adding one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from reviews.errors import Malformed, NotThere, ReviewError
from reviews.forms import RepositoryForm, first_error
from reviews.queries import admin
from reviews.services import caps as caps_service
from reviews.services import repositories as service
from reviews.services.permissions import may_administer, may_set_caps, require
from reviews.views.base import actor, asker, page

SWITCHES: tuple[service.Switch, ...] = ("is_active", "may_setup_use_network", "may_use_hosts")


@page("GET", "HEAD", "POST")
def repositories(request: HttpRequest) -> HttpResponse:
    """The repositories the asker may see; administrators add one here."""
    if request.method != "POST":
        return _render(request)
    require(may_administer(asker(request)))
    form = RepositoryForm(request.POST)
    try:
        if not form.is_valid():
            raise Malformed(first_error(form))
        data = form.cleaned_data
        added = service.add_repository(
            actor(request), data["name"], data["origin"], branch=data["branch"]
        )
    except ReviewError as error:
        return _render(request, error=error, typed=request.POST)
    messages.success(request, f"{added.name} is added.")
    return redirect("repository", added.name)


def _render(request: HttpRequest, **extra: object) -> HttpResponse:
    error = extra.get("error")
    status = error.status if isinstance(error, ReviewError) else 200
    context = {"rows": admin.repositories(asker(request)), "section": "repositories", **extra}
    return render(request, "repositories/repositories.html", context, status=status)


@page("GET", "HEAD", "POST")
def repository(request: HttpRequest, name: str) -> HttpResponse:
    """One repository; administrators turn its switches here."""
    found = admin.repository_page(asker(request), name)
    if found is None:
        raise NotThere
    if request.method == "POST":
        require(may_administer(asker(request)))
        for switch in SWITCHES:
            value = switch in request.POST
            if getattr(found.repository, switch) != value:
                service.set_switch(actor(request), found.repository, switch, value)
        messages.success(request, f"The switches of {found.repository.name} are kept.")
        return redirect("repository", name)
    return _render_one(request, found)


def _render_one(
    request: HttpRequest, found: admin.RepositoryPage, error: ReviewError | None = None
) -> HttpResponse:
    context = {
        "data": found,
        "repository": found.repository,
        "may_set_caps": may_set_caps(asker(request), found.repository) is None,
        "section": "repositories",
        "error": error,
        "typed": request.POST,
    }
    status = error.status if error else 200
    return render(request, "repositories/repository.html", context, status=status)


@page("POST")
def caps(request: HttpRequest, name: str) -> HttpResponse:
    """What runs of the repository may cost; maintainers set it here."""
    found = admin.repository_page(asker(request), name)
    if found is None:
        raise NotThere
    require(may_set_caps(asker(request), found.repository))
    given = request.POST
    try:
        caps_service.set_repository_caps(
            actor(request), found.repository, given.get("cap_run", ""), given.get("cap_day", "")
        )
    except ReviewError as error:
        return _render_one(request, found, error)
    messages.success(request, f"The caps of {name} are kept.")
    return redirect("repository", name)
