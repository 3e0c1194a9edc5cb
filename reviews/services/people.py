"""Who may be here: invitations, sign-in links, roles, leaving, and tokens of the API.

Nobody is ever deleted, and nothing secret is kept: links and tokens are stored as hashes.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from reviews.errors import Malformed, NotThere, Refused
from reviews.models import ApiToken, Membership, OneTimeLink, Person, Repository
from reviews.services.audit import note
from reviews.services.permissions import SYSTEM, Actor, may_administer, require
from reviews.states import Role

LINK_MINUTES = 15
INVITATION_MINUTES = 7 * 24 * 60
TOKEN_PREFIX = "honk_"  # noqa: S105 - what a token begins with, so that scanners find leaked ones
TOKEN_SEEN_AGAIN = timedelta(minutes=1)
USERNAME = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._@+-]{0,62}\Z")
MAX_NAME = 150  # characters, as the columns have them


def find(username: str) -> Person:
    """The person of that name, whatever the case of its letters."""
    person = Person.objects.filter(username__iexact=username.replace("\x00", "")).first()
    if person is None:
        raise NotThere(f"There is no person named {username}.")
    return person


def ensure_administrator(username: str) -> Person:
    """The administrator of that name, made without a password when there is none yet."""
    existing = Person.objects.filter(username__iexact=username).first()
    if existing is not None:
        return existing
    person = _create(username, "")
    Person.objects.filter(pk=person.pk).update(is_superuser=True, is_staff=True)
    person.refresh_from_db()
    note(SYSTEM, "create_administrator", person.username)
    return person


def sign_in_link(
    person: Person | str, *, by: Actor | None = None, minutes: int = LINK_MINUTES
) -> str:
    """The absolute URL that lets the person in once within `minutes`.

    by: None when the server itself makes it (set-up); else an administrator.
    """
    actor = by or SYSTEM
    if actor.person is not None:
        require(may_administer(actor.person))
    person = find(person) if isinstance(person, str) else person
    if not person.is_active:
        raise Refused(f"{person.name} is deactivated; reactivate the account first.")
    raw = secrets.token_urlsafe(32)
    OneTimeLink.objects.create(
        person=person,
        token_hash=_hash(raw),
        expires_at=timezone.now() + timedelta(minutes=minutes),
    )
    note(actor, "make_sign_in_link", person.username, minutes=minutes)
    return f"{settings.HONK_URL}/sign-in/{raw}/"


def holder_of_link(raw: str) -> Person:
    """Whom an unused link would let in; using it is another matter."""
    return _usable_link(raw).person


def use_link(raw: str) -> Person:
    """The person of the link, which works no more afterwards; of two clicks one wins."""
    link = _usable_link(raw)
    won = OneTimeLink.objects.filter(
        pk=link.pk, used_at__isnull=True, expires_at__gt=timezone.now()
    ).update(used_at=timezone.now())
    if not won:
        raise _spent()
    note(Actor(link.person, SYSTEM.channel), "use_sign_in_link", link.person.username)
    return link.person


def _usable_link(raw: str) -> OneTimeLink:
    link = OneTimeLink.objects.select_related("person").filter(token_hash=_hash(raw)).first()
    is_open = link and link.used_at is None and link.expires_at > timezone.now()
    if link is None or not is_open or not link.person.is_active:
        raise _spent()
    return link


def _spent() -> NotThere:
    return NotThere(
        "This sign-in link was used or has expired. An administrator makes another on the People "
        "page, or by `manage.py sign_in_link`."
    )


def invite(
    actor: Actor,
    username: str,
    full_name: str = "",
    roles: Mapping[Repository, str] | None = None,
) -> tuple[Person, str]:
    """A new person with roles, and the link (7 days, once) to hand to them."""
    require(may_administer(actor.who))
    wanted = {repository: _role(role) for repository, role in (roles or {}).items()}
    with transaction.atomic():
        person = _create(username, full_name)
        for repository, role in wanted.items():
            Membership.objects.create(person=person, repository=repository, role=role)
        named = {repository.name: role.value for repository, role in wanted.items()}
        note(actor, "invite", person.username, roles=named)
        link = sign_in_link(person, by=actor, minutes=INVITATION_MINUTES)
    return person, link


def _create(username: str, full_name: str) -> Person:
    username, words = username.strip(), full_name.split()
    if not USERNAME.match(username):
        raise Refused(
            "A username has letters, digits, dot, dash, underscore, plus and @, and begins with a "
            "letter or digit (63 at most)."
        )
    if "\x00" in full_name or len(full_name) > MAX_NAME:
        raise Refused(f"A name is text of at most {MAX_NAME} characters.")
    if Person.objects.filter(username__iexact=username).exists():
        raise Refused(f"There is a person named {username} already.")
    person = Person(
        username=username, first_name=" ".join(words[:1]), last_name=" ".join(words[1:])
    )
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as fault:
        raise Refused(f"There is a person named {username} already.") from fault
    return person


def _role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError as fault:
        raise Malformed(f"The roles are: {', '.join(Role)}.") from fault


def set_role(actor: Actor, person: Person, repository: Repository, role: str) -> Membership:
    """Give the person this role in the repository, in place of the one before."""
    require(may_administer(actor.who))
    membership, _ = Membership.objects.update_or_create(
        person=person, repository=repository, defaults={"role": _role(role)}
    )
    note(actor, "set_role", person.username, repository=repository.name, role=role)
    return membership


def remove_role(actor: Actor, person: Person, repository: Repository) -> None:
    """Take the person's role away; what they wrote stays."""
    require(may_administer(actor.who))
    Membership.objects.filter(person=person, repository=repository).delete()
    note(actor, "remove_role", person.username, repository=repository.name)


def set_may_deploy(
    actor: Actor, person: Person, repository: Repository, may_deploy: bool
) -> Membership:
    """Give or take the right to deploy, which no role includes."""
    require(may_administer(actor.who))
    membership = Membership.objects.filter(person=person, repository=repository).first()
    if membership is None:
        raise Refused(f"{person.name} has no role in {repository.name} yet; give one first.")
    membership.may_deploy = may_deploy
    membership.save(update_fields=["may_deploy"])
    note(
        actor, "set_may_deploy", person.username, repository=repository.name, may=may_deploy
    )  # fmt: skip
    return membership


def set_administrator(actor: Actor, person: Person, is_administrator: bool) -> Person:
    """Make the person an administrator, or no longer one; one always remains."""
    require(may_administer(actor.who))
    with transaction.atomic():
        if not is_administrator:
            _keep_one_administrator(person)
        Person.objects.filter(pk=person.pk).update(
            is_superuser=is_administrator, is_staff=is_administrator
        )
        note(actor, "set_administrator", person.username, is_administrator=is_administrator)
    person.refresh_from_db()
    return person


def deactivate(actor: Actor, person: Person) -> Person:
    """Shut the person out: sessions, links and tokens end; their words and verdicts stay."""
    require(may_administer(actor.who))
    now = timezone.now()
    with transaction.atomic():
        _keep_one_administrator(person)
        Person.objects.filter(pk=person.pk).update(is_active=False)
        ApiToken.objects.filter(person=person, revoked_at__isnull=True).update(revoked_at=now)
        OneTimeLink.objects.filter(person=person, used_at__isnull=True).update(expires_at=now)
        _end_sessions(person)
        note(actor, "deactivate", person.username)
    person.refresh_from_db()
    return person


def reactivate(actor: Actor, person: Person) -> Person:
    """Let the person in again, with roles as they were; sessions and tokens stay ended."""
    require(may_administer(actor.who))
    Person.objects.filter(pk=person.pk).update(is_active=True)
    note(actor, "reactivate", person.username)
    person.refresh_from_db()
    return person


def _keep_one_administrator(leaving: Person) -> None:
    """Refused when nobody could administer afterwards; locks, so that two cannot both leave."""
    active = Person.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True)
    remaining = [person.pk for person in active if person.pk != leaving.pk]
    if not remaining:
        raise Refused(f"{leaving.name} is the last administrator; make another one first.")


def _end_sessions(person: Person) -> None:
    """Delete the person's sessions, so that reactivating does not bring them back."""
    live = Session.objects.filter(expire_date__gt=timezone.now())
    mine = [s.pk for s in live.iterator() if s.get_decoded().get("_auth_user_id") == str(person.pk)]
    Session.objects.filter(pk__in=mine).delete()


def create_token(
    person: Person,
    label: str = "command line",
    expires_at: datetime | None = None,
    *,
    by: Actor | None = None,
) -> str:
    """A token that may do over the API all that the person may; shown this once.

    by: the person themself, an administrator, or None for the server.
    """
    actor = by or Actor(person, SYSTEM.channel)
    if actor.who.pk != person.pk:
        require(may_administer(actor.who))
    if not person.is_active:
        raise Refused(f"{person.name} is deactivated; reactivate the account first.")
    raw = TOKEN_PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(
        person=person, label=label[:80], token_hash=_hash(raw), expires_at=expires_at
    )
    note(actor, "create_token", person.username, label=label[:80])
    return raw


def revoke_token(actor: Actor, token: ApiToken) -> None:
    """End a token now: one's own, or anybody's as administrator."""
    if token.person_id != actor.who.pk:
        require(may_administer(actor.who))
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    note(actor, "revoke_token", token.person.username, label=token.label)


def person_of_token(raw: str) -> Person | None:
    """Whom a token stands for now; None when unknown, revoked, expired, or the person is out."""
    if not raw.startswith(TOKEN_PREFIX):
        return None
    token = ApiToken.objects.select_related("person").filter(token_hash=_hash(raw)).first()
    now = timezone.now()
    if token is None or token.revoked_at or not token.person.is_active:
        return None
    if token.expires_at is not None and token.expires_at <= now:
        return None
    if token.last_used_at is None or now - token.last_used_at > TOKEN_SEEN_AGAIN:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.person


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode(errors="replace")).hexdigest()
