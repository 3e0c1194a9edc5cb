"""What stands against an approval: empty rounds, red verifiers, guard items."""

from __future__ import annotations

from typing import Any

import pytest

from reviews.errors import NotAllowed, Refused, Stale
from reviews.models import Change, GuardItem, Person, Run, Verdict
from reviews.services import judge
from reviews.services.judge import Seen
from reviews.states import Role, RunKind, RunStatus
from tests import factories
from tests.reviews.verdicts import SEEN, change, reviewer

__all__ = ["change", "reviewer"]
pytestmark = pytest.mark.django_db


def test_an_empty_round_has_nothing_to_approve(change: Change, reviewer: Person) -> None:
    change.rounds.update(is_empty=True)
    with pytest.raises(Refused, match="nothing to approve"):
        judge.approve(factories.actor(reviewer), change, SEEN)


def red(change: Change, **fields: Any) -> Run:
    values = {"name": "tests", "status": RunStatus.FAILED, "commit": factories.HEAD, **fields}
    return factories.run(change.rounds.get(), kind=RunKind.VERIFIER, **values)


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.NO_TESTS, RunStatus.ERROR])
def test_what_is_not_green_is_not_approvable(
    change: Change, reviewer: Person, status: RunStatus
) -> None:
    red(change, status=status)
    with pytest.raises(Refused, match=r"Required verifiers are not green: tests"):
        judge.approve(factories.actor(reviewer), change, SEEN)


def test_a_maintainer_overrides_red_in_writing_and_a_reviewer_does_not(
    change: Change, reviewer: Person
) -> None:
    red(change)
    seen = Seen(1, factories.HEAD, override="The test server is down; run by hand.")
    with pytest.raises(NotAllowed, match="maintainer"):
        judge.approve(factories.actor(reviewer), change, seen)
    maintainer = factories.member(change.repository, Role.MAINTAINER)
    assert judge.approve(factories.actor(maintainer), change, seen).is_new
    assert Verdict.objects.get().override.startswith("The test server")


def test_a_found_verifier_whose_tool_is_missing_is_in_nobodys_way(
    change: Change, reviewer: Person
) -> None:
    missing = {"options": {"found": True}, "reason": "Cannot run: jest is not there."}
    red(change, status=RunStatus.ERROR, **missing)
    assert judge.approve(factories.actor(reviewer), change, SEEN).is_new


@pytest.mark.parametrize(
    ("ran_before", "reason"),
    [(True, "Cannot run: jest is not there."), (False, "It changed the files it was to judge.")],
)
def test_a_found_verifier_that_could_run_blocks_whatever_it_printed(
    change: Change, reviewer: Person, *, ran_before: bool, reason: str
) -> None:
    if ran_before:
        other = factories.round_(factories.change(repository=change.repository))
        factories.run(other, kind=RunKind.VERIFIER, name="tests", status="passed")
    red(change, status=RunStatus.ERROR, options={"found": True}, reason=reason)
    with pytest.raises(Refused, match=r"Required verifiers are not green: tests"):
        judge.approve(factories.actor(reviewer), change, SEEN)


def test_guard_items_are_ticked_by_name_before_approving(change: Change, reviewer: Person) -> None:
    item = factories.guard_item(change.rounds.get())
    with pytest.raises(Stale, match="1 guard item is not ticked"):
        judge.approve(factories.actor(reviewer), change, SEEN)
    seen = Seen(1, factories.HEAD, acknowledged=[item.pk])
    assert judge.approve(factories.actor(reviewer), change, seen).is_new
    assert GuardItem.objects.get().acknowledged_by == reviewer


def test_a_refused_approval_ticks_nothing(change: Change, reviewer: Person) -> None:
    items = [factories.guard_item(change.rounds.get()) for _ in range(2)]
    with pytest.raises(Stale):
        judge.approve(
            factories.actor(reviewer), change, Seen(1, factories.HEAD, acknowledged=[items[0].pk])
        )
    assert not GuardItem.objects.filter(acknowledged_by__isnull=False).exists()


def test_an_item_that_cannot_be_ticked_stops_every_approval(
    change: Change, reviewer: Person
) -> None:
    item = factories.guard_item(change.rounds.get(), is_tickable=False, text="A secret was added.")
    with pytest.raises(Stale, match="cannot be ticked"):
        judge.approve(
            factories.actor(reviewer), change, Seen(1, factories.HEAD, acknowledged=[item.pk])
        )
