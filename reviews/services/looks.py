"""What was looked at: how long each file of a round was on a person's screen, for the record.

A browser tells it while the page is open and when it is left. It may tell anything, so a file's
time never grows by more than the time that has passed since the report before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from reviews.errors import Malformed, Refused
from reviews.models import Look, Person, Round
from reviews.services.permissions import Actor, may_see, require

UNREAD = "unread"  # code of the refusal that asks
MOST = 1000  # files in one report
SLACK_MS = 5_000  # by which two clocks, and a report on its way, may differ
LONGEST = timedelta(minutes=10)  # that one report tells of


def record(actor: Actor, round_: Round, told: Mapping[int, int], device: str = "") -> None:
    """Add visible milliseconds to files of a round, by index; unknown files are passed over.

    device: the browser's own name; it is cut.
    """
    require(may_see(actor.who, round_.change.repository))
    if len(told) > MOST:
        raise Malformed(f"{len(told):,} files are told of; {MOST:,} are the most in one report.")
    named = [index for index, ms in told.items() if ms > 0]
    known = round_.files.filter(index__in=named).values_list("index", flat=True)
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=actor.who.pk)  # one report at a time
        _add(actor.who, round_, {index: told[index] for index in known}, device[:200])


def _add(person: Person, round_: Round, told: Mapping[int, int], device: str) -> None:
    now = timezone.now()
    rows = Look.objects.filter(person=person, round=round_)
    most = _most(rows.order_by("-last_at").values_list("last_at", flat=True).first(), now)
    there = {look.index: look for look in rows.filter(index__in=list(told))}
    fresh = [
        Look(person=person, round=round_, index=index, visible_ms=min(ms, most), device=device)
        for index, ms in told.items()
        if index not in there
    ]
    for look in there.values():
        look.visible_ms += min(told[look.index], most)
        look.device, look.last_at = device or look.device, now
    Look.objects.bulk_create(fresh, batch_size=200)
    fields = ["visible_ms", "device", "last_at"]
    Look.objects.bulk_update(there.values(), fields, batch_size=100)


def _most(last_at: datetime | None, now: datetime) -> int:
    """Milliseconds that a file may have been on the screen since the person's last report."""
    since = LONGEST if last_at is None else min(now - last_at, LONGEST)
    return max(0, int(since.total_seconds() * 1000)) + SLACK_MS


def looked_of(person: Person, round_: Round) -> list[list[int | str]]:
    """[[file index, milliseconds, device]] of a person and round, in order, as verdicts keep it."""
    rows = Look.objects.filter(person=person, round=round_).order_by("index")
    return [[index, ms, device] for index, ms, device in
            rows.values_list("index", "visible_ms", "device")]  # fmt: skip


def opened_by(person: Person, round_: Round) -> frozenset[int]:
    """Indexes of the files of a round that were on the person's screen."""
    rows = Look.objects.filter(person=person, round=round_)
    return frozenset(rows.values_list("index", flat=True))


def require_read(person: Person, round_: Round, *, asks: bool) -> None:
    """Ask about the files of a round that were never on the person's screen: Refused, with UNREAD.

    Only what was recorded counts: an approval's form brings what its page had not told of yet, and
    the list of files in it is kept as told, but proves nothing. asks: False for who was asked
    before, or whose browser cannot tell.
    """
    if not asks:
        return
    seen = opened_by(person, round_)
    indexes = round_.files.values_list("index", flat=True)
    unread = sum(index not in seen for index in indexes)
    if unread:
        raise Refused(
            f"You have not opened {unread:,} of {len(indexes):,} files. Open them, or approve "
            "without reading them; the record will say so.", code=UNREAD,
        )  # fmt: skip
