"""Ways in and out over the web: the wall, links, passwords, sign-out, and errors told as pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from reviews.models import Person
from reviews.services import people
from tests import factories as f

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _no_guesses_yet_and_quick_hashes(settings: LazySettings) -> None:
    cache.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada() -> Person:
    person = f.person("ada")
    person.set_password(PASSWORD)
    person.save()
    return person


def path_of(link: str) -> str:
    return "/" + link.split("/", 3)[3]


def sign_in(browser: Client, password: str = PASSWORD, **extra: Any) -> Any:
    body = {"login": "ada", "password": password, "next": extra.pop("next", "")}
    return browser.post(LOGIN, body, **extra)


def is_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


# --- the wall


def test_the_unknown_are_sent_to_sign_in_and_back() -> None:
    answer = Client().get("/changes/1/?round=2")
    assert (answer.status_code, answer["Location"]) == (
        302, "/accounts/login/?next=%2Fchanges%2F1%2F%3Fround%3D2",
    )  # fmt: skip
    assert Client().get("/nothing/at/all")["Location"].startswith(LOGIN)
    assert Client().post("/new/")["Location"] == LOGIN


def test_a_fragment_asked_for_by_the_unknown_takes_the_whole_page_to_sign_in() -> None:
    answer = Client().get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, LOGIN)


async def test_the_wall_stands_under_asgi_too() -> None:
    answer = await AsyncClient().get("/new/")
    assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?next=%2Fnew%2F")
    assert answer["Cache-Control"] == "no-store"


def test_pages_are_kept_by_nobody_and_framed_by_nobody(ada: Person) -> None:
    browser = Client()
    browser.force_login(ada)
    answer = browser.get("/")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_deactivated_person_is_out_at_the_next_request(ada: Person) -> None:
    browser = Client()
    browser.force_login(ada)
    assert is_in(browser)
    Person.objects.filter(pk=ada.pk).update(is_active=False)  # whatever way it came about
    assert not is_in(browser)


# --- one-time links


def test_looking_at_a_link_does_not_use_it_and_its_button_does(ada: Person) -> None:
    browser, at = Client(), path_of(people.sign_in_link(ada))
    for method in (browser.get, browser.head, browser.get):
        assert method(at).status_code == 200
    assert browser.get(at).content.count(b"<button") == 1
    assert not is_in(browser)
    assert browser.post(at)["Location"] == "/"
    assert is_in(browser)
    assert Client().post(at).status_code == 404
    assert Client().get(at).status_code == 404


def test_a_link_begins_a_new_session(ada: Person) -> None:
    browser = Client()
    session = browser.session
    session["planted"] = "x"
    session.save()
    browser.cookies["sessionid"] = before = session.session_key
    browser.post(path_of(people.sign_in_link(ada)))
    assert browser.cookies["sessionid"].value != before
    cookie = browser.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_link_taken_in_anothers_browser_leaves_nothing_of_the_other(ada: Person) -> None:
    browser = Client()
    browser.force_login(f.person("bob"))
    browser.session["secret"] = "bob's"
    browser.post(path_of(people.sign_in_link(ada)))
    assert browser.session["_auth_user_id"] == str(ada.pk)
    assert "secret" not in browser.session


def test_a_link_needs_the_form_of_this_site(ada: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(path_of(people.sign_in_link(ada)))
    assert answer.status_code == 403
    assert b"grown old" in answer.content


def test_who_has_no_way_back_is_told_on_the_queue_and_can_set_a_password() -> None:
    browser, bob = Client(), f.person("bob")
    bob.set_unusable_password()
    bob.save()
    assert browser.post(path_of(people.sign_in_link(bob)))["Location"] == "/"
    at = "/accounts/password/set/"
    assert at in browser.get("/").content.decode()
    assert browser.get(at).status_code == 200
    browser.post(at, {"password1": PASSWORD, "password2": PASSWORD})
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)
    assert is_in(browser)
    assert at not in browser.get("/").content.decode()


def test_a_forgotten_password_is_replaced_after_a_link_and_not_otherwise(ada: Person) -> None:
    new = {"password1": "another long password", "password2": "another long password"}
    browser = Client()
    sign_in(browser)
    assert browser.post("/accounts/password/set/", new)["Location"].endswith("/password/change/")
    fresh = Client()
    fresh.post(path_of(people.sign_in_link(ada)))
    fresh.post("/accounts/password/set/", new)
    ada.refresh_from_db()
    assert ada.check_password("another long password")


# --- passwords


def test_a_password_lets_in_and_next_stays_on_this_site(ada: Person) -> None:
    assert sign_in(Client(), next="/new/")["Location"] == "/new/"
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example/", "javascript:1"):
        assert sign_in(Client(), next=elsewhere)["Location"] == "/"


def test_a_wrong_password_and_a_wrong_name_are_told_alike(ada: Person) -> None:
    wrong = sign_in(Client(), "wrong")
    nobody = Client().post(LOGIN, {"login": "nobody", "password": "wrong"})
    assert wrong.status_code == nobody.status_code == 200
    assert b"are not correct" in wrong.content
    assert b"are not correct" in nobody.content


def test_the_deactivated_are_told_so_only_with_the_right_password(ada: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    browser = Client()
    assert b"deactivated" in sign_in(browser).content
    assert b"deactivated" not in sign_in(browser, "wrong").content
    assert not is_in(browser)


def test_guesses_from_everywhere_run_dry_and_the_right_person_still_gets_in(ada: Person) -> None:
    known = Client()
    sign_in(known)
    known.post("/accounts/logout/")
    for number in range(30):
        sign_in(Client(REMOTE_ADDR=f"10.0.0.{number}"), "wrong")
    locked = sign_in(Client(REMOTE_ADDR="10.1.0.1"))
    assert b"Too many" in locked.content
    assert sign_in(known)["Location"] == "/"
    assert is_in(known)
    link = Client()
    assert link.post(path_of(people.sign_in_link(ada)))["Location"] == "/"


def test_guesses_from_one_address_run_dry_whatever_header_it_sends(ada: Person) -> None:
    told = [
        sign_in(Client(), f"guess {n}", headers={"X-Forwarded-For": f"10.0.0.{n}"}).content
        for n in range(25)
    ]
    assert b"Too many" in told[-1]


def test_a_note_of_another_browser_or_person_is_not_believed(ada: Person) -> None:
    request = RequestFactory().get("/")
    response = HttpResponse()
    from reviews.accounts import known_browser, remember_browser

    remember_browser(response, "Ada", is_secure=True)
    request.COOKIES["honk_known"] = response.cookies["honk_known"].value
    assert known_browser(request, "ada")
    assert not known_browser(request, "bob")
    request.COOKIES["honk_known"] += "x"
    assert not known_browser(request, "ada")


# --- leaving, and what is not there


def test_sign_out_is_a_post_and_clears_what_the_browser_kept(ada: Person) -> None:
    browser = Client()
    browser.force_login(ada)
    assert browser.get("/accounts/logout/").status_code == 405
    assert is_in(browser)
    answer = browser.post("/accounts/logout/")
    assert (answer["Clear-Site-Data"], answer["Location"]) == ('"cache"', LOGIN)
    assert not is_in(browser)


@pytest.mark.parametrize(
    "path",
    ["signup/", "email/", "confirm-email/", "password/reset/", "login/code/", "inactive/",
     "3rdparty/", "social/connections/", "2fa/webauthn/signup/"],
)  # fmt: skip
def test_what_has_no_place_here_is_not_there(ada: Person, path: str) -> None:
    assert Client().get(f"/accounts/{path}").status_code == 302
    browser = Client()
    browser.force_login(ada)
    for method in (browser.get, browser.post):
        assert method(f"/accounts/{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["password/change/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/", "2fa/webauthn/add/",
     "reauthenticate/"],
)  # fmt: skip
def test_the_pages_of_ones_own_account_open(ada: Person, path: str) -> None:
    browser = Client()
    browser.post(path_of(people.sign_in_link(ada)))
    answer = browser.get(f"/accounts/{path}")
    assert answer.status_code == 200
    assert b'<html lang="en">' in answer.content
