"""What a page says of money: of a change, of a run, and of a run that waits for more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django import template

from reviews.models import Change, Person, Round, Run
from reviews.queries import grant, money

register = template.Library()


@dataclass(frozen=True, slots=True)
class ChangeMoney:
    """A change's money, all and by round."""

    total: money.Spent
    rounds: tuple[money.RoundCost, ...]


@register.simple_tag
def spent_on(change: Change, rounds: Iterable[Round]) -> ChangeMoney:
    """`{% spent_on change rounds as money_of %}`"""
    return ChangeMoney(money.spent_on(change), money.rounds_with_cost(change, rounds))


@register.simple_tag
def steps_of(run: Run) -> tuple[money.StepCost, ...]:
    """`{% steps_of run as steps %}`"""
    return money.steps_of(run)


@register.simple_tag
def waiting_for_money(run: Run, asker: Person) -> grant.Waiting:
    """`{% waiting_for_money run user as waiting %}`"""
    return grant.waiting_for_money(asker, run)
