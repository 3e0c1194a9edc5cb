"""How allauth is bent to this house: no sign-up; guesses are slowed, the right person is not."""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.http import HttpRequest, HttpResponse

from reviews.errors import NotAllowed

KNOWN = "honk_known"  # cookie: this browser has let this person in before
KNOWN_SALT = "reviews.accounts.known"
KNOWN_FOR = 365 * 24 * 3600  # seconds
NOT_TOLD = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}


class InviteOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Closes sign-up and counts password guesses so that a stranger's lock nobody else out.

    Guesses at an account are counted together for all browsers that never were in it, and apart
    for each that was: the first count running full leaves the second open. Addresses are counted
    besides (settings.ACCOUNT_RATE_LIMITS).
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth calls it
        """Never: people come by a one-time link."""
        return False

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Messages that tell something; that somebody is in can be seen."""
        template = args[0] if args else kwargs.get("message_template")
        if template not in NOT_TOLD:
            super().add_message(request, level, *args, **kwargs)

    def respond_user_inactive(
        self,
        request: HttpRequest,  # noqa: ARG002 - allauth calls it
        user: AbstractBaseUser,  # noqa: ARG002 - the same
    ) -> NoReturn:
        """Told only to who has the right password."""
        raise NotAllowed("This account is deactivated. An administrator can reactivate it.")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What guesses are counted under: the account, and the browser if it was in before."""
        login = str(credentials.get("username", "")).lower()
        return f"{login}:{known_browser(request, login)}"


def remember_browser(response: HttpResponse, username: str, *, is_secure: bool) -> None:
    """Note in the browser, signed, that it has let this person in."""
    value = signing.dumps(username.lower(), salt=KNOWN_SALT)
    response.set_cookie(
        KNOWN, value, max_age=KNOWN_FOR, httponly=True, samesite="Strict", secure=is_secure,
        path="/accounts/",
    )  # fmt: skip


def known_browser(request: HttpRequest, login: str) -> str:
    """The signed note of this browser about that account, or an empty string."""
    value = request.COOKIES.get(KNOWN, "")
    try:
        name = signing.loads(value, salt=KNOWN_SALT, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return ""
    return value if name == login else ""
