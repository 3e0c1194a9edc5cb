"""A run that waits for money: what its form says, and how much it offers to grant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from agents.dollars import CENT
from reviews.models import Installation, Person, Run
from reviews.queries.money import Line, Spent, spent_of
from reviews.services import incident, money
from reviews.services.permissions import may_administer, may_set_caps


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the form that lets a parked run go on says. suggested: an amount to grant, or None.

    most: how much of it at the most, None without a bound. full: caps of the day that are used up
    now. may_raise_*: whether the asker may raise those.
    """

    cap: money.RunCap
    most: Decimal | None
    suggested: Decimal | None
    full: tuple[Line, ...]
    may_raise_repository: bool
    may_raise_house: bool

    @property
    def is_used_up(self) -> bool:
        """The run's own cap leaves nothing."""
        return self.cap.left is not None and self.cap.left < CENT

    @property
    def words(self) -> str:
        """What the run has cost of what it may cost."""
        return spent_of(self.cap.spent, self.cap.total)

    @property
    def may_go_on(self) -> bool:
        """Going on would not only park it again."""
        return not self.full and (not self.is_used_up or self.suggested is not None)


def waiting_for_money(asker: Person, run: Run) -> Waiting:
    """Of a run with waits_for money (its change with repository, and its round, selected)."""
    cap = money.run_cap(run)
    most = money.most_extra(asker, run)
    full = tuple(_full(run))
    suggested = None if cap.left is None else _suggested(cap, cap.left, most)
    return Waiting(
        cap, None if most >= money.MOST_EXTRA else most, suggested, full,
        may_set_caps(asker, run.change.repository) is None, may_administer(asker) is None,
    )  # fmt: skip


def _suggested(cap: money.RunCap, left: Decimal, most: Decimal) -> Decimal | None:
    """What was spent too much and as much again as the run was allowed first, rounded up, as far as
    the asker may grant it; None when it needs no grant, or that would only park it again."""
    if left >= CENT:
        return None
    wanted = _round_up(max(cap.base or CENT, CENT) - left)
    amount = min(wanted, most).quantize(CENT, ROUND_DOWN)
    return amount if left + amount >= CENT else None


def _round_up(amount: Decimal) -> Decimal:
    """To a sum that a person would name: 0.02, 0.55, 2.50, 13.00."""
    steps = ((CENT * 10, CENT), (Decimal(1), CENT * 5), (Decimal(10), CENT * 50))
    step = next((step for below, step in steps if amount < below), Decimal(1))
    return (amount / step).to_integral_value(ROUND_CEILING) * step


def _full(run: Run) -> Iterable[Line]:
    """Caps of the day that leave nothing."""
    found = Installation.objects.filter(pk=incident.ONE).first()
    pairs = [(run.change.repository, run.change.repository.cap_day)]
    for repository, cap in [*pairs, (None, found.cap_day if found else None)]:
        if cap is None:
            continue
        spent = money.spent_today(repository)
        if cap - spent < CENT:
            name = repository.name if repository else "All repositories"
            yield Line(name, Spent(), spent, cap)
