"""Ways in and out: one-time links, sign-in, sign-out, password. The rest is allauth's, as it is.

Only the routes below exist: sign-up, mail addresses and resets by mail have no place here.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic.edit import FormView

from reviews.accounts import remember_browser
from reviews.errors import NotThere
from reviews.models import Person
from reviews.services import people

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
BY_LINK = "link"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button; only the button uses the link, so that a preview of it does not."""
    try:
        if request.method == "POST":
            return _let_in(request, people.use_link(token))
        person = people.holder_of_link(token)
    except NotThere as spent:
        return render(request, "account/sign_in.html", {"problem": spent.message}, status=404)
    return render(request, "account/sign_in.html", {"person": person})


def _let_in(request: HttpRequest, person: Person) -> HttpResponse:
    login(request, person, backend=BACKEND)  # a new session key; another's session is flushed
    record_authentication(request, person, method=BY_LINK, reauthenticated=True)
    response = HttpResponseRedirect("/")
    remember_browser(response, person.username, is_secure=settings.SESSION_COOKIE_SECURE)
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_password(request: HttpRequest) -> HttpResponse:
    """allauth's page; a browser that got in is remembered."""
    response: HttpResponse = allauth_views.login(request)
    if request.method == "POST" and request.user.is_authenticated:
        name = request.user.get_username()
        remember_browser(response, name, is_secure=settings.SESSION_COOKIE_SECURE)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and have the browser forget the pages it kept."""
    response: HttpResponse = allauth_views.logout(request)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


class SetPassword(allauth_views.PasswordSetView):  # type: ignore[misc] # allauth has no types
    """A first password, or a new one for who lost theirs and came by a link in this session."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Pass by the question for the old password when a link vouches for the person."""
        if came_by_link(request):
            return FormView.dispatch(self, request, *args, **kwargs)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


def came_by_link(request: HttpRequest) -> bool:
    """Whether the newest proof of this session is a one-time link."""
    user = request.user if isinstance(request.user, Person) else None
    records = get_authentication_records(request, user)
    return bool(records) and records[-1].get("method") == BY_LINK


routes: list[URLPattern | URLResolver] = [
    path("login/", sign_in_by_password, name="account_login"),
    path("logout/", sign_out, name="account_logout"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth_views.password_change, name="account_change_password"),
    path("password/set/", SetPassword.as_view(), name="account_set_password"),
    path("2fa/", include("allauth.mfa.urls")),
]
