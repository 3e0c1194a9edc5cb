"""The review verbs as a state machine, with two reviewers who may look at stale pages.

Whatever they press and in whatever order the workers answer: never two winners, never a merge of
a head that nobody approved.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reviews.errors import ReviewError, Stale
from reviews.models import Change, MergeIntent, Person, Round, Run, Transition, Verdict
from reviews.services import judge, recover, steer
from reviews.services.claim import claim
from reviews.services.finish import finish
from reviews.states import MOVES, RUN_LIVE, ChangeStatus, Role, RoundStatus, RunKind, RunStatus
from tests import factories

ACTORS = st.sampled_from(["ana", "ben"])
LANDING = {ChangeStatus.APPROVED, ChangeStatus.MERGING, ChangeStatus.MERGED}


@dataclasses.dataclass
class Page:
    """What a reviewer's browser shows: perhaps of yesterday."""

    round_number: int
    head: str


class Verdicts(RuleBasedStateMachine):
    """Two reviewers, one author, one change; workers that win or lose."""

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()
        repository = factories.repository()
        author = factories.member(repository, Role.AUTHOR)
        self.people = {
            name: factories.member(repository, Role.MAINTAINER) for name in ("ana", "ben")
        }
        self.change = factories.reviewable(author, repository=repository)
        self.pages: dict[str, Page] = {}
        self.heads = 1
        for name in self.people:
            self.look(name)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.sandbox.__exit__(None, None, None)

    def _round(self) -> Round:
        return self.change.rounds.order_by("-number")[0]

    def _fresh(self) -> Change:
        return Change.objects.get(pk=self.change.pk)

    def look(self, who: str) -> None:
        current = self._round()
        self.pages[who] = Page(current.number, current.head)

    def _press(self, who: str, verb: Callable[..., object], **told: Any) -> bool:
        """Press a button on whatever page the person has; True when it was taken."""
        page = self.pages[who]
        before = self._fresh()
        seen = judge.Seen(page.round_number, page.head, **told)
        try:
            verb(factories.actor(self.people[who]), before, seen)
        except ReviewError:
            assert self._fresh().status == before.status, "a refusal moved the change"
            return False
        current = self.change.rounds.get(number=page.round_number)
        assert current.head == page.head, "a stale page was taken"
        return True

    @rule(who=ACTORS)
    def reload_the_page(self, who: str) -> None:
        self.look(who)

    @rule(who=ACTORS)
    def approve(self, who: str) -> None:
        self._press(who, judge.approve)

    @rule(who=ACTORS)
    def undo(self, who: str) -> None:
        self._press(who, judge.withdraw)

    @rule(who=ACTORS)
    def reject(self, who: str) -> None:
        self._press(who, judge.reject, reasons=["wrong"])

    @rule(who=ACTORS)
    def reprompt(self, who: str) -> None:
        if self._press(who, judge.reprompt, reasons=["incomplete"], message="More."):
            assert self._fresh().status == ChangeStatus.QUEUED

    @rule(who=ACTORS, verb=st.sampled_from([steer.cancel, steer.retry, steer.give_up_merge]))
    def steer(self, who: str, verb: Callable[..., object]) -> None:
        before = self._fresh().status
        try:
            verb(factories.actor(self.people[who]), self._fresh())
        except ReviewError:
            assert self._fresh().status == before

    @rule()
    def the_undo_window_passes(self) -> None:
        Change.objects.filter(status=ChangeStatus.APPROVED).update(
            takes_effect_at=timezone.now() - timedelta(seconds=1)
        )
        recover.take_effect()

    @precondition(lambda self: self._live(RunKind.AGENT))
    @rule(outcome=st.sampled_from([RunStatus.PASSED, RunStatus.FAILED, RunStatus.LOST]))
    def an_agent_runs(self, outcome: RunStatus) -> None:
        run = claim(self._live(RunKind.AGENT)[0].pk, "worker")
        if run is None:
            return
        if outcome == RunStatus.PASSED:
            self.heads += 1
            run.round.head, run.round.tree = f"{self.heads:040x}", f"{self.heads:040x}"
            run.round.save()
        finish(run.pk, outcome, worker="worker", reason="x", fault="agent")

    @precondition(lambda self: self._live(RunKind.MERGE))
    @rule(
        outcome=st.sampled_from(
            [RunStatus.PASSED, RunStatus.FAILED, RunStatus.ERROR, RunStatus.LOST]
        )
    )
    def a_merge_runs(self, outcome: RunStatus) -> None:
        run = claim(self._live(RunKind.MERGE)[0].pk, "worker")
        if run is None:
            return
        if outcome == RunStatus.PASSED:
            self._check_may_land(run)
            MergeIntent.objects.create(
                change=self.change, round=run.round, old="1" * 40, new="2" * 40,
                tree=run.round.tree, is_verified=True, state="landed",
            )  # fmt: skip
        finish(run.pk, outcome, worker="worker", reason="x", fault="platform")

    def _live(self, kind: RunKind) -> list[Run]:
        return list(Run.objects.filter(change=self.change, kind=kind, status__in=RUN_LIVE))

    def _check_may_land(self, run: Run) -> None:
        approvals = Verdict.objects.filter(
            round=run.round, head=run.round.head, verdict="approve", withdrawn_at__isnull=True
        )
        assert approvals.exists(), "a merge of a head that nobody approves"
        assert run.round_id == self._round().pk

    @invariant()
    def every_step_is_in_the_table_and_in_the_record(self) -> None:
        moves = list(Transition.objects.filter(change=self.change).order_by("pk"))
        for move in moves:
            assert not move.source or move.target in MOVES[ChangeStatus(move.source)]
        for earlier, later in pairwise(moves):
            assert earlier.target == later.source
        if moves:
            assert moves[-1].target == self._fresh().status

    @invariant()
    def an_approved_change_has_its_approval_and_no_other_has_a_merge(self) -> None:
        change, current = self._fresh(), self._round()
        if change.status in LANDING:
            assert current.status == RoundStatus.APPROVED
            assert Verdict.objects.filter(
                round=current, head=current.head, verdict="approve", withdrawn_at__isnull=True
            ).exists()
            assert all(run.round_id == current.pk for run in self._live(RunKind.MERGE))
        else:
            assert not self._live(RunKind.MERGE), "a merge waits that nobody wants any more"

    @invariant()
    def at_most_one_merge_and_one_agent_are_live(self) -> None:
        assert len(self._live(RunKind.MERGE)) <= 1
        assert len(self._live(RunKind.AGENT)) <= 1


@pytest.fixture
def approved() -> tuple[Change, Person, Person]:
    """A change whose undo window has passed: its merge is in the queue. With author and approver."""
    repository = factories.repository()
    author = factories.member(repository, Role.AUTHOR)
    ana = factories.member(repository, Role.MAINTAINER)
    change = factories.reviewable(author, repository=repository)
    current = change.rounds.get()
    judge.approve(factories.actor(ana), change, judge.Seen(1, current.head))
    Change.objects.update(takes_effect_at=timezone.now() - timedelta(seconds=1))
    recover.take_effect()
    change.refresh_from_db()
    return change, author, ana


@pytest.mark.django_db
def test_an_approval_that_is_withdrawn_takes_its_queued_merge_along(
    approved: tuple[Change, Person, Person],
) -> None:
    change, _, ana = approved
    judge.withdraw(factories.actor(ana), change, judge.Seen(1, change.rounds.get().head))
    merge = change.runs.get(kind=RunKind.MERGE)
    assert (merge.status, change.runs.filter(status__in=RUN_LIVE).count()) == ("cancelled", 0)


@pytest.mark.django_db
def test_only_a_failed_merge_can_be_given_up(approved: tuple[Change, Person, Person]) -> None:
    change, _, ana = approved
    with pytest.raises(Stale, match="Only a merge that failed"):
        steer.give_up_merge(factories.actor(ana), change)
    change.refresh_from_db()
    assert change.status == ChangeStatus.APPROVED


@pytest.mark.django_db
def test_a_merge_of_a_round_that_stands_approved_no_more_is_not_claimed(
    approved: tuple[Change, Person, Person],
) -> None:
    change, _, _ = approved
    Verdict.objects.update(withdrawn_at=timezone.now())
    merge = change.runs.get(kind=RunKind.MERGE)
    assert claim(merge.pk, "worker") is None
    merge.refresh_from_db()
    assert merge.status == RunStatus.CANCELLED


@pytest.mark.django_db
def test_two_stale_reviewers_never_make_two_winners_or_land_what_nobody_approved() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Verdicts,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
