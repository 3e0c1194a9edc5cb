"""What runs have cost: by step, run, change, repository, person and day.

Amounts are summed exactly and rounded to the cent where they are shown. A run whose runner does not
tell its cost makes a sum unknown in part: "$1.20 + unknown", never less than it may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from agents.dollars import dollars, side_by_side
from reviews.models import Change, Installation, Person, Repository, Round, Run
from reviews.services import incident, money
from reviews.services.permissions import may_administer, visible_changes

PERIODS = {"1": "Today", "7": "7 days", "30": "30 days"}
STEPS = 500  # rows of one run's table
Total = tuple[int, int, Decimal | None]  # tokens in, tokens out, dollars
_SUMS: dict[str, Any] = {
    "known": Sum("cost"),
    "runs": Count("pk"),
    "unknown": Count("pk", filter=Q(cost__isnull=True)),
    "input": Sum("input_tokens"),
    "output": Sum("output_tokens"),
}


@dataclass(frozen=True, slots=True)
class Spent:
    """Money of some runs. known: US dollars of those that told; unknown: how many did not."""

    known: Decimal = Decimal()
    runs: int = 0
    unknown: int = 0
    input: int = 0
    output: int = 0

    @property
    def words(self) -> str:
        """$1.20, "$1.20 + unknown", "unknown", or nothing spent as $0.00."""
        if self.unknown and not self.known:
            return "unknown"
        return dollars(self.known) + (" + unknown" if self.unknown else "")


def _spent(row: Mapping[str, Any]) -> Spent:
    return Spent(
        row["known"] or Decimal(), row["runs"], row["unknown"], row["input"] or 0,
        row["output"] or 0,
    )  # fmt: skip


# --- one change and its runs ------------------------------------------------------------------


def spent_on(change: Change) -> Spent:
    """All runs of a change."""
    return _spent(money.costing_runs().filter(change=change).aggregate(**_SUMS))


def spent_by_round(change: Change) -> dict[int, Spent]:
    """By the primary key of the round; rounds without a run that may cost are left out."""
    rows = money.costing_runs().filter(change=change).values("round").annotate(**_SUMS)
    return {row["round"]: _spent(row) for row in rows.order_by("round")}


@dataclass(frozen=True, slots=True)
class RoundCost:
    """A round beside what its runs have cost."""

    round: Round
    spent: Spent


def rounds_with_cost(change: Change, rounds: Iterable[Round]) -> tuple[RoundCost, ...]:
    """The rounds given, each with its money."""
    spent = spent_by_round(change)
    return tuple(RoundCost(one, spent.get(one.pk, Spent())) for one in rounds)


@dataclass(frozen=True, slots=True)
class StepCost:
    """Tokens and money of one step. number 0: before the first; cost None: unknown."""

    number: int
    input: int
    output: int
    cost: Decimal | None


def steps_of(run: Run) -> tuple[StepCost, ...]:
    """What each step of a run took: usage is told as a running total, a step is the difference.

    A total that is unknown, or that has fallen, says nothing about its step.
    """
    steps: dict[int, StepCost] = {}
    number = 0
    before: Total = (0, 0, Decimal(0))
    rows = run.events.filter(kind__in=["step", "usage"]).order_by("seq").values_list("kind", "data")
    for kind, data in rows[: 4 * STEPS]:
        if kind == "step":
            number = _count(data.get("number"))
            continue
        total = (_count(data.get("input")), _count(data.get("output")), _amount(data.get("cost")))
        steps[number] = _with(steps.get(number), number, before, total)
        before = total
    return tuple(steps.values())[:STEPS]


def _with(so_far: StepCost | None, number: int, before: Total, total: Total) -> StepCost:
    """The step with one more usage event in it."""
    had = so_far or StepCost(number, 0, 0, Decimal(0))
    cost = None
    if had.cost is not None and before[2] is not None and total[2] is not None:
        cost = had.cost + total[2] - before[2] if total[2] >= before[2] else None
    return StepCost(
        number, had.input + max(0, total[0] - before[0]), had.output + max(0, total[1] - before[1]),
        cost,
    )  # fmt: skip


def _count(value: object) -> int:
    return max(value, 0) if isinstance(value, int) else 0


def _amount(value: object) -> Decimal | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return Decimal(str(value)) if known else None


# --- the Money page ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One repository, person or day. cap: of the day, of a repository that has one."""

    name: str
    spent: Spent
    today: Decimal | None = None
    cap: Decimal | None = None

    @property
    def today_words(self) -> str:
        """$0.84 of $2.00; without a cap only what was spent."""
        return spent_of(self.today or Decimal(), self.cap)


def spent_of(spent: Decimal, allowed: Decimal | None) -> str:
    """$0.84 of $2.00, or $0.84 where nothing holds it."""
    return dollars(spent) if allowed is None else " of ".join(side_by_side(spent, allowed))


@dataclass(frozen=True, slots=True)
class MoneyPage:
    """What the asker may see of a period of `days` days, today included."""

    days: str
    total: Spent
    repositories: tuple[Line, ...]
    people: tuple[Line, ...]
    by_day: tuple[Line, ...]
    caps: tuple[Line, ...]
    house: Line | None
    zone: str


def money_page(asker: Person, days: str) -> MoneyPage:
    """By repository, person who gave the instruction, and day; of visible changes only."""
    days = days if days in PERIODS else "7"
    since = money.day_began() - timedelta(days=int(days) - 1)
    runs = money.costing_runs().filter(change__in=visible_changes(asker), started_at__gte=since)
    return MoneyPage(
        days, _spent(runs.aggregate(**_SUMS)), _by(runs, "change__repository__name"),
        _by_person(runs), _by_day(runs), _caps(asker), _house(asker),
        timezone.get_current_timezone_name(),
    )  # fmt: skip


def _by(runs: QuerySet[Run], column: str) -> tuple[Line, ...]:
    """Lines by a column, the dearest first."""
    rows = runs.values(column).annotate(**_SUMS).order_by("-known", column)
    lines = [Line(str(row[column]), _spent(row)) for row in rows]
    return tuple(sorted(lines, key=lambda line: -line.spent.known))


def _by_person(runs: QuerySet[Run]) -> tuple[Line, ...]:
    rows = runs.values("change__author").annotate(**_SUMS)
    spent = {row["change__author"]: _spent(row) for row in rows.order_by("change__author")}
    names = {person.pk: person.name for person in Person.objects.filter(pk__in=spent)}
    lines = [Line(names[pk], each) for pk, each in spent.items()]
    return tuple(sorted(lines, key=lambda line: (-line.spent.known, line.name)))


def _by_day(runs: QuerySet[Run]) -> tuple[Line, ...]:
    zone = timezone.get_current_timezone()
    days = runs.annotate(day=TruncDate("started_at", tzinfo=zone)).values("day").annotate(**_SUMS)
    return tuple(Line(_day(row["day"]), _spent(row)) for row in days.order_by("-day"))


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"


def _caps(asker: Person) -> tuple[Line, ...]:
    """Repositories with a cap of the day that the asker may see, with what today has cost."""
    capped = Repository.objects.filter(cap_day__isnull=False, is_active=True).order_by("name")
    if not asker.is_superuser:
        capped = capped.filter(memberships__person=asker)
    return tuple(
        Line(one.name, Spent(), money.spent_today(one), one.cap_day)
        for one in capped
    )  # fmt: skip


def _house(asker: Person) -> Line | None:
    """The cap of all repositories together; its spending is for administrators only."""
    if may_administer(asker) is not None:
        return None
    found = Installation.objects.filter(pk=incident.ONE).first()
    cap = found.cap_day if found else None
    return Line("All repositories", Spent(), money.spent_today(), cap)
