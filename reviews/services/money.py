"""What a run may cost: caps, the room that is left under them, and who may grant more.

All amounts are US dollars, exact to a millionth; they are rounded only where they are shown, to the
cent, half to even. A day is that of the server's time zone, and a run belongs to the day on which a
worker took it. Costs that a runner does not tell are unknown: they take no room, and pages say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from agents.dollars import CENT, dollars, side_by_side
from agents.runners import SUGGESTED
from reviews.errors import NotAllowed, Refused, Stale
from reviews.models import Installation, Person, Repository, Run
from reviews.services.permissions import Refusal, may_set_caps
from reviews.states import RunKind, RunStatus

COSTING = (RunKind.AGENT, RunKind.JUDGE)  # kinds of runs that call a model
FREE = ("import", "scripted", SUGGESTED)  # names of runs that call no model
WRITTEN = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")  # Decimal reads other scripts' digits too
ZERO = Decimal()
MOST = Decimal(1_000_000)
MOST_EXTRA = Decimal(10_000)  # that one going on may add
EXTRA = "extra_usd"  # option of a run: what a person granted it beyond its cap
CAP = "cap_usd"  # option of a change: what each of its runs may cost


def amount(value: object, what: str) -> Decimal | None:
    """Dollars as a person or a program gave them, None when empty; Refused with the sentence."""
    text = str(value if value is not None else "").strip().removeprefix("$").strip()
    if not text:
        return None
    given = Decimal(text) if WRITTEN.fullmatch(text) else ZERO
    if not CENT <= given <= MOST or given != given.quantize(CENT):
        raise Refused(
            f"The {what} must be dollars and cents between 0.01 and {MOST:,}, like 2.50; or empty."
        )
    return given.quantize(CENT)


# --- what was spent ---------------------------------------------------------------------------


def costing_runs() -> QuerySet[Run]:
    """Runs that may have cost something: a model was to be called, and a worker has begun."""
    begun = Run.objects.filter(kind__in=COSTING, started_at__isnull=False)
    return begun.exclude(name__in=FREE, cost__isnull=True)


def day_began(now: datetime | None = None) -> datetime:
    """Midnight of the server's time zone."""
    local = timezone.localtime(now)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def spent_today(repository: Repository | None = None) -> Decimal:
    """Known spending of today's runs, in one repository or all."""
    total: Decimal | None = _today(repository).aggregate(total=Sum("cost"))["total"]
    return total or ZERO


def _today(repository: Repository | None) -> QuerySet[Run]:
    found = costing_runs().filter(started_at__gte=day_began())
    return found.filter(change__repository=repository) if repository else found


def _held(repository: Repository | None, apart_from: Run) -> Decimal:
    """What runs at work may still spend: their caps, less what they have cost so far."""
    held = Q(status=RunStatus.RUNNING) | Q(status=RunStatus.WAITING)
    live = _today(repository).filter(held, cap__isnull=False).exclude(pk=apart_from.pk)
    rows = live.exclude(worker="").values_list("cap", "cost")
    return sum((max((cap or ZERO) - (cost or ZERO), ZERO) for cap, cost in rows), ZERO)


# --- the cap of a run -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunCap:
    """Of one run with the runs that it goes on from. base: the lowest of the caps; maintainer: the
    lowest that is not the author's own; granted: extra amounts; spent: known costs so far."""

    base: Decimal | None
    maintainer: Decimal | None
    granted: Decimal
    spent: Decimal

    @property
    def total(self) -> Decimal | None:
        """What all of it may cost; None without a cap."""
        return None if self.base is None else self.base + self.granted

    @property
    def left(self) -> Decimal | None:
        """What the run may still cost; None without a cap."""
        return None if self.total is None else self.total - self.spent


def run_cap(run: Run) -> RunCap:
    """The caps of a run (change with its repository and round selected)."""
    change = run.change
    policy = run.round.policy or change.repository.policy
    told = (policy.get("limits") or {}).get("money_usd")
    limits = [change.repository.cap_run, None if told is None else Decimal(str(told))]
    maintainer = _lowest(*limits)
    base = _lowest(maintainer, option(change.options, CAP))
    return RunCap(base, maintainer, *_granted_and_spent(run))


def _granted_and_spent(run: Run) -> tuple[Decimal, Decimal]:
    """Of the run and those that it goes on from."""
    chain = _chain(run)
    granted = sum((option(one.options, EXTRA) or ZERO for one in chain), ZERO)
    return granted, sum((one.cost or ZERO for one in chain), ZERO)


def option(options: Mapping[str, Any], name: str) -> Decimal | None:
    """An amount that was kept in options."""
    kept = options.get(name)
    return None if kept in (None, "") else Decimal(str(kept))


def _lowest(*caps: Decimal | None) -> Decimal | None:
    return min((cap for cap in caps if cap is not None), default=None)


def _chain(run: Run) -> list[Run]:
    """The run and those that it goes on from, newest first: one cap holds for them.

    Those were parked (perhaps before they began), or lost on the way to going on.
    """
    chain = [run]
    if run.kind == RunKind.AGENT and run.pk is not None:
        before = Run.objects.filter(round=run.round, kind=RunKind.AGENT, pk__lt=run.pk)
        for earlier in before.order_by("-pk"):
            was_lost = earlier.status == RunStatus.LOST and earlier.resume is not None
            if not (earlier.waits_for or was_lost):
                break
            chain.append(earlier)
    return chain


# --- room at claim ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Room:
    """What a run that is being claimed may spend. cap None: no cap holds for it.

    refusal: why it may not begin, as a sentence. is_taken: runs at work hold what is left, so that
    it waits its turn in the queue.
    """

    cap: Decimal | None = None
    refusal: str = ""
    is_taken: bool = False


def room_for(run: Run, house: Installation) -> Room:
    """The room for a run; exact as long as the caller holds `house` locked until it is stored."""
    if run.kind not in COSTING or run.name in FREE:
        return Room()
    cap = run_cap(run)
    if cap.left is not None and cap.left < CENT:
        return Room(refusal=_used_up(cap))
    free, most = [], cap.left
    for allowed, of in _days(run, house):
        spent = spent_today(of)
        if allowed - spent < CENT:
            return Room(refusal=_day_used_up(of, allowed, spent))
        most = _lowest(most, allowed - spent)
        free.append(allowed - spent - _held(of, run))
    is_taken = most is not None and any(left < most for left in free)
    return Room(most, is_taken=is_taken)


def _days(run: Run, house: Installation | None) -> list[tuple[Decimal, Repository | None]]:
    """The caps of a day that hold for a run, with whose they are (None: of all repositories)."""
    repository = run.change.repository
    caps = [(repository.cap_day, repository), (house.cap_day if house else None, None)]
    return [(allowed, of) for allowed, of in caps if allowed is not None]


def _used_up(cap: RunCap) -> str:
    cost, may_cost = side_by_side(cap.spent, cap.total or ZERO)
    return f"This run may cost {may_cost} and has cost {cost}. Grant it more to go on."


def _day_used_up(repository: Repository | None, allowed: Decimal, spent: Decimal) -> str:
    zone = timezone.get_current_timezone_name()
    if repository is None:
        whose, who = "All repositories together", "An administrator"
    else:
        whose, who = repository.name, "A maintainer"
    cost, may_cost = side_by_side(spent, allowed)
    return (
        f"{whose} may spend {may_cost} a day, and {cost} are known to be spent "
        f"today. {who} may raise that cap; the next day begins at midnight ({zone})."
    )


def cap_at_work(run: Run, told: float | None) -> float | None:
    """US dollars at which a claimed run stops. told: what the policy says at the base commit; it is
    read only now for a round's first run, whose cap was reserved by the policy known before. What
    was granted to a run that was refused before it began counts beside it."""
    most = run.cap
    if told is not None:
        granted, spent = _granted_and_spent(run)
        most = _lowest(run.cap, Decimal(str(told)) + granted - spent)
    return None if most is None else float(most)


# --- granting more ----------------------------------------------------------------------------


def require_enough(parked: Run, extra: Decimal | None) -> None:
    """Raise Stale where a run that waits for money would only be parked again: an amount that does
    not lift its own cap by a cent above what is spent, or a day for which nothing is left."""
    cap = run_cap(parked)
    missing = ZERO if cap.left is None else CENT - cap.left
    if missing <= (extra or ZERO):
        _require_a_day_with_room(parked)
        return
    least = missing.quantize(CENT, ROUND_CEILING)
    cost, may_cost = side_by_side(cap.spent, cap.total or ZERO)
    raise Stale(
        f"This run has cost {cost} and may cost {may_cost}: it needs at least {dollars(least)} "
        "more to go on. Nothing was changed.",
        code="too_little",
    )


def _require_a_day_with_room(parked: Run) -> None:
    house = Installation.objects.filter(pk=1).first()
    for allowed, of in _days(parked, house):
        spent = spent_today(of)
        if allowed - spent < CENT:
            sentence = _day_used_up(of, allowed, spent)
            raise Stale(f"{sentence} Nothing was changed.", code="too_little")


def most_extra(person: Person, parked: Run) -> Decimal:
    """The largest extra amount that the person may grant a run that waits for money; 0 when none.

    An author up to what a maintainer's caps allow, a maintainer beyond them.
    """
    cap = run_cap(parked)
    if cap.base is None:
        return ZERO
    if cap.maintainer is None or may_set_caps(person, parked.change.repository) is None:
        return MOST_EXTRA
    return min(max(cap.maintainer - cap.base - cap.granted, ZERO), MOST_EXTRA)


def may_grant(person: Person, parked: Run, extra: Decimal) -> Refusal:
    """Whether the person may let a parked run spend `extra` more than its caps say."""
    most = most_extra(person, parked)
    name = parked.change.repository.name
    if extra <= most:
        return None
    if most < CENT:
        return NotAllowed(
            f"The caps of {name} allow no more for this run. A maintainer may grant it more."
        )
    return NotAllowed(
        f"You may grant up to {dollars(most)} here; a maintainer of {name} may grant more."
    )
