"""Invitations, roles, leaving, links and tokens."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from reviews.errors import Malformed, NotAllowed, NotThere, Refused
from reviews.models import ApiToken, AuditEntry, Membership, OneTimeLink, Person
from reviews.services import people
from reviews.states import Role
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Person:
    return f.administrator("boss")


def token_in(link: str) -> str:
    assert link.startswith(f"{settings.HONK_URL}/sign-in/")
    return link.rstrip("/").rsplit("/", 1)[1]


# --- the first administrator


def test_the_first_administrator_is_made_once_and_has_no_password() -> None:
    made = people.ensure_administrator("admin")
    assert (made.is_superuser, made.is_active, made.has_usable_password()) == (True, True, False)
    assert people.ensure_administrator("ADMIN") == made
    assert Person.objects.count() == 1


def test_a_person_of_that_name_is_not_promoted() -> None:
    f.person("admin")
    assert not people.ensure_administrator("admin").is_superuser


# --- links


def test_a_link_lets_in_once_and_only_its_hash_is_kept(boss: Person) -> None:
    token = token_in(people.sign_in_link("boss"))
    assert not OneTimeLink.objects.filter(token_hash__contains=token).exists()
    assert people.holder_of_link(token) == boss
    assert people.use_link(token) == boss
    with pytest.raises(NotThere):
        people.use_link(token)


def test_a_link_is_good_for_fifteen_minutes(boss: Person) -> None:
    token = token_in(people.sign_in_link(boss))
    left = OneTimeLink.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    OneTimeLink.objects.update(expires_at=timezone.now())
    for use in (people.holder_of_link, people.use_link):
        with pytest.raises(NotThere):
            use(token)


def test_of_two_clicks_at_once_one_wins(boss: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_in(people.sign_in_link(boss))
    seen = people._usable_link(token)  # both clicks have read the row before either writes
    monkeypatch.setattr(people, "_usable_link", lambda _raw: seen)
    people.use_link(token)
    with pytest.raises(NotThere):
        people.use_link(token)


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "é" * 1000])
def test_a_made_up_link_lets_nobody_in(token: str) -> None:
    with pytest.raises(NotThere):
        people.use_link(token)


def test_links_for_others_are_made_by_administrators_and_not_for_who_has_left(
    boss: Person,
) -> None:
    ada = f.person("ada")
    with pytest.raises(NotAllowed):
        people.sign_in_link(boss, by=f.actor(ada))
    people.deactivate(f.actor(boss), ada)
    with pytest.raises(Refused):
        people.sign_in_link(ada, by=f.actor(boss))
    with pytest.raises(NotThere):
        people.sign_in_link("nobody", by=f.actor(boss))


# --- invitations and roles


def test_an_invitation_makes_a_person_with_roles_and_a_link_of_seven_days(boss: Person) -> None:
    store = f.repository("store")
    person, link = people.invite(f.actor(boss), "ada", "Ada King Lovelace", {store: "author"})
    assert (person.name, person.has_usable_password()) == ("Ada King Lovelace", False)
    assert Membership.objects.get(person=person, repository=store).role == Role.AUTHOR
    left = OneTimeLink.objects.get().expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert people.use_link(token_in(link)) == person


@pytest.mark.parametrize(
    "username", ["", "  ", "-x", "../x", "a b", "a\x00", "x" * 64, "<b>", "аdmin", "BOSS"]
)
def test_a_name_that_cannot_be_or_is_taken_is_refused(boss: Person, username: str) -> None:
    with pytest.raises(Refused):
        people.invite(f.actor(boss), username)
    assert Person.objects.count() == 1


def test_an_unknown_role_makes_nobody(boss: Person) -> None:
    with pytest.raises(Malformed):
        people.invite(f.actor(boss), "ada", "", {f.repository(): "king"})
    assert not Person.objects.filter(username="ada").exists()


def test_roles_are_given_replaced_and_taken_away(boss: Person) -> None:
    store, ada = f.repository("store"), f.person("ada")
    people.set_role(f.actor(boss), ada, store, "reader")
    people.set_role(f.actor(boss), ada, store, "maintainer")
    assert [m.role for m in Membership.objects.all()] == ["maintainer"]
    assert people.set_may_deploy(f.actor(boss), ada, store, True).may_deploy
    people.remove_role(f.actor(boss), ada, store)
    assert not Membership.objects.exists()
    with pytest.raises(Refused):
        people.set_may_deploy(f.actor(boss), ada, store, True)


def test_only_administrators_change_people(boss: Person) -> None:
    store = f.repository()
    ada = f.actor(f.member(store, Role.MAINTAINER))
    for attempt in (
        lambda: people.invite(ada, "bob"),
        lambda: people.set_role(ada, ada.who, store, "reader"),
        lambda: people.remove_role(ada, boss, store),
        lambda: people.set_may_deploy(ada, ada.who, store, True),
        lambda: people.set_administrator(ada, ada.who, True),
        lambda: people.deactivate(ada, boss),
        lambda: people.reactivate(ada, boss),
        lambda: people.create_token(boss, by=ada),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_what_administrators_do_is_on_the_record(boss: Person) -> None:
    store = f.repository("store")
    person, _ = people.invite(f.actor(boss), "ada", "", {store: "author"})
    people.set_role(f.actor(boss), person, store, "reviewer")
    people.deactivate(f.actor(boss), person)
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["invite", "make_sign_in_link", "set_role", "deactivate"]
    assert {e.actor for e in AuditEntry.objects.all()} == {boss}


# --- leaving


def test_who_leaves_is_out_everywhere_and_what_they_had_stays_ended(boss: Person) -> None:
    ada = f.person("ada")
    token, link = people.create_token(ada), token_in(people.sign_in_link(ada))
    browser, other = Client(), Client()
    browser.force_login(ada)
    other.force_login(boss)
    session = import_module(settings.SESSION_ENGINE).SessionStore
    assert session().exists(browser.session.session_key)
    people.deactivate(f.actor(boss), ada)
    people.reactivate(f.actor(boss), ada)
    assert not session().exists(browser.cookies["sessionid"].value)
    assert session().exists(other.cookies["sessionid"].value)
    assert people.person_of_token(token) is None
    with pytest.raises(NotThere):
        people.use_link(link)
    assert Person.objects.filter(username="ada", is_active=True).exists()


def test_the_last_administrator_stays(boss: Person) -> None:
    for leave in (
        lambda: people.deactivate(f.actor(boss), boss),
        lambda: people.set_administrator(f.actor(boss), boss, False),
    ):
        with pytest.raises(Refused, match="last administrator"):
            leave()
    second = people.set_administrator(f.actor(boss), f.person("ada"), True)
    people.deactivate(f.actor(boss), second)
    with pytest.raises(Refused):
        people.deactivate(f.actor(boss), boss)


# --- tokens


def test_a_token_stands_for_its_person_until_revoked_or_expired(boss: Person) -> None:
    raw = people.create_token(boss, "laptop")
    assert raw.startswith("honk_")
    token = ApiToken.objects.get()
    assert token.token_hash not in raw
    assert people.person_of_token(raw) == boss
    token.refresh_from_db()
    assert token.last_used_at is not None
    people.revoke_token(f.actor(boss), token)
    assert people.person_of_token(raw) is None
    late = people.create_token(boss, expires_at=timezone.now() - timedelta(seconds=1))
    assert people.person_of_token(late) is None


def test_a_token_in_use_writes_only_now_and_then(
    boss: Person, django_assert_num_queries: object
) -> None:
    raw = people.create_token(boss)
    people.person_of_token(raw)
    with django_assert_num_queries(1):  # type: ignore[operator]
        people.person_of_token(raw)


def test_the_token_of_another_is_revoked_by_administrators_only(boss: Person) -> None:
    people.create_token(boss)
    with pytest.raises(NotAllowed):
        people.revoke_token(f.actor(f.person()), ApiToken.objects.get())
