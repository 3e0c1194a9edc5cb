"""What a page shows of steering an agent: where it stands, what may be done, what waits for it."""

from __future__ import annotations

from django import template

from reviews.models import Change, Person, Run
from reviews.queries import steering
from reviews.services.evidence import is_void

register = template.Library()


@register.simple_tag
def steering_of(change: Change, asker: Person) -> steering.Steering:
    """`{% steering_of change user as steering %}`"""
    return steering.steering_of(asker, change)


@register.filter
def stands(run: Run) -> str:
    """The status of a run for `run_state`: a parked one by what it waits for, a void verifier."""
    return "void" if is_void(run) else steering.stands(run.status, run.waits_for)
