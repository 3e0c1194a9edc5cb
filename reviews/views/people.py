"""People: who is here, their roles, invitations, leaving. Administrators only."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from reviews.errors import Malformed, NotThere, ReviewError
from reviews.forms import InviteForm, RoleForm, first_error
from reviews.models import Person, Repository
from reviews.queries import admin
from reviews.services import people as service
from reviews.services.permissions import may_administer, require
from reviews.states import Role
from reviews.views.base import actor, asker, page


@page("GET", "HEAD")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with their roles, and the form that invites."""
    require(may_administer(asker(request)))
    return _render(request)


def _render(request: HttpRequest, **extra: object) -> HttpResponse:
    error = extra.get("error")
    status = error.status if isinstance(error, ReviewError) else 200
    context = {
        "rows": admin.people(),
        "repositories": Repository.objects.order_by("name"),
        "roles": [role.value for role in Role],
        "section": "people",
        **extra,
    }
    return render(request, "people/people.html", context, status=status)


@page("POST")
def invite(request: HttpRequest) -> HttpResponse:
    """A new person; the page shows their one-time link this once."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _render(request, error=Malformed(first_error(form)), typed=request.POST)
    try:
        person, link = service.invite(
            actor(request), form.cleaned_data["username"], form.cleaned_data["full_name"],
            _roles(request.POST.get("repository", ""), request.POST.get("role", "")),
        )  # fmt: skip
    except ReviewError as error:
        require(may_administer(asker(request)))
        return _render(request, error=error, typed=request.POST)
    return _render(request, link=link, link_for=person, is_invitation=True)


def _roles(number: str, role: str) -> dict[Repository, str]:
    """The role to begin with; none when no repository was chosen."""
    repository = Repository.objects.filter(pk=_number(number)).first()
    if number and repository is None:
        raise Malformed("There is no such repository any more; nobody was invited. Choose another.")
    return {repository: role} if repository else {}


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 19 else 0


def _person(request: HttpRequest, pk: int) -> Person:
    require(may_administer(asker(request)))
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise NotThere
    return person


@page("POST")
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Another sign-in link for a person, shown this once."""
    person = _person(request, pk)
    made = service.sign_in_link(person, by=actor(request))
    return _render(request, link=made, link_for=person)


@page("POST")
def role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a role in one repository, or take it away."""
    person = _person(request, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Malformed("Choose a repository and a role.")
    repository = Repository.objects.filter(pk=form.cleaned_data["repository"]).first()
    if repository is None:
        raise NotThere
    if form.cleaned_data["role"]:
        service.set_role(actor(request), person, repository, form.cleaned_data["role"])
        words = f"{person.name} is {form.cleaned_data['role']} of {repository.name}."
    else:
        service.remove_role(actor(request), person, repository)
        words = f"{person.name} has no role in {repository.name} any more."
    messages.success(request, words)
    return redirect("people")


@page("POST")
def active(request: HttpRequest, pk: int) -> HttpResponse:
    """Deactivate a person, or let them in again; nobody is ever deleted."""
    person = _person(request, pk)
    if request.POST.get("active") == "1":
        service.reactivate(actor(request), person)
        messages.success(request, f"{person.name} may sign in again.")
    else:
        service.deactivate(actor(request), person)
        messages.success(request, f"{person.name} is deactivated; what they did stays.")
    return redirect("people")


@page("POST")
def administrator(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a person an administrator, or no longer one."""
    person = _person(request, pk)
    service.set_administrator(actor(request), person, request.POST.get("administrator") == "1")
    return redirect("people")
