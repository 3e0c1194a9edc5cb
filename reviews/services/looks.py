"""What was looked at: how long each file of a round was on a person's screen, for the record.

A browser tells it while the page is open and when it is left. It may tell anything, so over any
stretch of time a file's time grows by no more than that stretch and SLACK. Several files can be on
the screen at once, so the same seconds may count for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from reviews.errors import Malformed, Refused, TooOften
from reviews.models import Look, LookReport, Person, Round
from reviews.queries.paired import pairs_of
from reviews.services.permissions import Actor, may_see, require

UNREAD = "unread"  # code of the refusal that asks
MOST = 500  # files in one report: as many as stand on a page
LEAST_MS = 400  # on the screen, as looks.js has it; less is no look
SLACK = timedelta(seconds=5)  # for the first report, and for those that are late on their way
LONGEST = timedelta(minutes=10)  # that one report tells of
GAP = timedelta(milliseconds=500)  # between two reports of a person, over time
BURST = 10  # reports that may come at once all the same: pages that are left, and an approval
_MS = timedelta(milliseconds=1)


def record(actor: Actor, round_: Round, told: Mapping[int, int], device: str = "") -> None:
    """Add visible milliseconds to files of a round, by index.

    Unknown files are passed over, and what is too short for a look. TooOften for a flood. device:
    the browser's own name; it is cut.
    """
    require(may_see(actor.who, round_.change.repository))
    if len(told) > MOST:
        raise Malformed(f"{len(told):,} files are told of; {MOST:,} are the most in one report.")
    named = [index for index, ms in told.items() if ms >= LEAST_MS]
    if not named:
        return
    _due(actor.who, timezone.now())  # a flood is to cost nobody the right to write
    files = round_.files.filter(index__in=named).values_list("index", flat=True)
    known = {index: told[index] for index in files}
    if not known:
        return
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=actor.who.pk)  # one report at a time
        _add(actor.who, round_, known, device[:200])


def record_compared(
    actor: Actor, earlier: Round, later: Round, told: Mapping[int, int], device: str = ""
) -> list[int]:
    """As `record`, of files of the later round in a comparison of the two.

    It shows what differs only, so it counts for files that the person had opened in the earlier
    round, or that were not there; the others are passed over. Gives the indexes that counted.
    """
    require(may_see(actor.who, later.change.repository))
    _due(actor.who, timezone.now())
    opened = opened_by(actor.who, earlier)
    whole = {
        pair.index: told[pair.index]
        for pair in pairs_of(earlier, later).pairs
        if pair.after is not None
        and told.get(pair.index, 0) >= LEAST_MS
        and (pair.before is None or pair.before.index in opened)
    }
    record(actor, later, whole, device)
    return sorted(whole)


def _due(person: Person, now: datetime) -> datetime:
    """When all the person's reports so far are due; TooOften when that is too far ahead."""
    told = LookReport.objects.filter(person=person).aggregate(Max("due_at"))["due_at__max"]
    due: datetime = max(told or now, now)
    if due - now > BURST * GAP:
        raise TooOften("What was looked at is told too often. Send it again in a second.")
    return due


def _add(person: Person, round_: Round, told: Mapping[int, int], device: str) -> None:
    now = timezone.now()
    due = _due(person, now)
    report = LookReport.objects.filter(person=person, round=round_).first()
    since = report.counted_until if report else now - SLACK
    most = max(0, min(now - since, LONGEST) // _MS)
    rows = Look.objects.filter(person=person, round=round_, index__in=list(told))
    there = {index: (ms, by) for index, ms, by in rows.values_list("index", "visible_ms", "device")}
    looks = []
    for index, ms in told.items():
        before, by = there.get(index, (0, ""))
        looks.append(
            Look(
                person=person, round=round_, index=index, visible_ms=before + min(ms, most),
                device=device or by,
            )
        )  # fmt: skip
    Look.objects.bulk_create(
        looks, update_conflicts=True, unique_fields=["person", "round", "index"],
        update_fields=["visible_ms", "device", "last_at"],
    )  # fmt: skip
    until = max(since + min(max(told.values()), most) * _MS, now - SLACK)
    LookReport.objects.update_or_create(
        person=person, round=round_, defaults={"counted_until": until, "due_at": due + GAP}
    )


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
