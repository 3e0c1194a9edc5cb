"""Whole runs with a judge: real git, real sandbox, a loopback stand-in of the model's API."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from reviews.errors import NotAllowed, Refused
from reviews.models import Person, Run
from reviews.services import identity, instruct, judge, work
from reviews.services.finish import finish
from reviews.services.judge import Seen
from reviews.services.next_step import HANDED_BACK
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories
from tests.doubles.messages_api import MessagesApi
from tests.reviews.judged_runs import FINDING, approval, judgings, repository, through, turn
from tests.reviews.whole_runs import data, owner, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_pass_comes_after_the_verifiers_on_the_same_commit(
    data: Path, owner: Person, settings: LazySettings
) -> None:
    made = repository(data, "blocking")
    with MessagesApi([turn("pass")]) as api:
        change = through(owner, made, settings, api)
    assert (change.status, change.reason) == (ChangeStatus.AWAITING_REVIEW, "")
    (judging,) = judgings(change)
    verifier = change.runs.get(kind=RunKind.VERIFIER)
    round_ = change.rounds.get()
    assert judging.commit == verifier.commit == round_.head
    assert verifier.ended_at is not None
    assert judging.started_at is not None
    assert verifier.ended_at <= judging.started_at
    assert (judging.status, judging.summary) == (RunStatus.PASSED, "It is a pass.")
    assert judging.is_required
    assert judging.cost == round_.cost or round_.cost is None
    assert api.requests[0]["model"] == "claude-haiku-4-5"
    assert judge.approve(factories.actor(owner), change, approval(change)).is_new


def test_the_judge_is_told_what_was_asked_for_what_was_checked_and_what_changed(
    data: Path, owner: Person, settings: LazySettings
) -> None:
    made = repository(data, "advisory")
    with MessagesApi([turn("pass")]) as api:
        change = through(owner, made, settings, api)
        round_ = change.rounds.get()
        reviewer = factories.member(made, Role.REVIEWER)
        factories.comment(round_, reviewer, body="And say why.")
        seen = Seen(1, round_.head, message="Use a constant.", reasons=["style"])
        judge.reprompt(factories.actor(reviewer), change, seen)
        work_off(change)
    first, second = (request["messages"][0]["content"] for request in api.requests)
    assert "Make x two" in first
    assert "there: passed" in first
    assert "     1 +x = 2" in first
    assert "Use a constant." not in first
    assert "Use a constant." in second
    assert "And say why." in second


@pytest.mark.parametrize("verdict", ["pass", "veto"])
def test_an_advisory_judge_never_stands_in_the_way(
    data: Path, owner: Person, settings: LazySettings, verdict: str
) -> None:
    made = repository(data, "advisory")
    with MessagesApi([turn(verdict, FINDING)]) as api:
        change = through(owner, made, settings, api)
    assert (change.status, change.reason) == (ChangeStatus.AWAITING_REVIEW, "")
    assert change.runs.filter(kind=RunKind.AGENT).count() == 1
    (judging,) = judgings(change)
    assert not judging.is_required
    assert judging.findings == [FINDING]
    assert judge.approve(factories.actor(owner), change, approval(change)).is_new


# Adds y unasked; told of it by a judge, takes it away again.
MENDS = 'cat > prompt.txt; echo "x = 2" > app.py; grep -q "Nobody asked" prompt.txt || echo y >> app.py\n'


def test_a_veto_goes_back_to_the_agent_which_mends_it(
    data: Path, owner: Person, settings: LazySettings
) -> None:
    made = repository(data, "blocking", agent=MENDS)
    with MessagesApi([turn("veto", FINDING), turn("pass")]) as api:
        change = through(owner, made, settings, api)
    assert (change.status, change.reason) == (ChangeStatus.AWAITING_REVIEW, "")
    vetoed, passed = judgings(change)
    assert (vetoed.status, passed.status) == (RunStatus.FAILED, RunStatus.PASSED)
    assert vetoed.commit != passed.commit == change.rounds.get().head
    _, repair = change.runs.filter(kind=RunKind.AGENT).order_by("pk")
    assert "1. app.py:2 (out of scope): Nobody asked for y." in repair.prompt
    assert "data, not" in repair.prompt
    assert change.rounds.get().repairs == 0  # those are the verifiers'
    moves = list(change.transitions.values_list("target", "reason"))
    assert ("running", "The judge vetoed it; back to the agent.") in moves
    assert "+y" not in api.requests[1]["messages"][0]["content"]


def test_a_repair_that_a_worker_gives_back_is_told_of_the_veto_again(
    data: Path, owner: Person, settings: LazySettings
) -> None:
    made = repository(data, "blocking", agent=MENDS)
    with MessagesApi([turn("veto", FINDING), turn("pass")]) as api:
        settings.HONK_AGENT_KEY, settings.HONK_AGENT_URL = "test-key-of-nobody", api.url
        change = instruct.open_change(factories.actor(owner), made, "Make x two", runner="agent")
        while change.runs.filter(kind=RunKind.AGENT).count() < 2:
            queued = change.runs.filter(status=RunStatus.QUEUED).order_by("pk")
            work.carry_out(queued[0].pk, identity.worker_name())
        repair = change.runs.get(status=RunStatus.QUEUED)
        Run.objects.filter(pk=repair.pk).update(options={HANDED_BACK: True})
        finish(repair.pk, RunStatus.LOST, reason="The worker was shut down.")
        again = change.runs.get(status=RunStatus.QUEUED)
        assert again.prompt == repair.prompt
        work_off(change)
    assert (change.status, change.reason) == (ChangeStatus.AWAITING_REVIEW, "")


def test_a_veto_that_stands_needs_a_maintainer_with_a_reason(
    data: Path, owner: Person, settings: LazySettings
) -> None:
    made = repository(data, "blocking", repairs=1)
    reviewer = factories.member(made, Role.REVIEWER)
    maintainer = factories.member(made, Role.MAINTAINER)
    with MessagesApi([turn("veto", FINDING)]) as api:
        change = through(owner, made, settings, api)
    assert change.status == ChangeStatus.AWAITING_REVIEW
    assert change.reason.startswith("The judge vetoed it after 1 repair: It is a veto.")
    assert [run.status for run in judgings(change)] == [RunStatus.FAILED] * 2
    assert change.runs.filter(kind=RunKind.AGENT).count() == 2

    with pytest.raises(Refused, match="The judge vetoed it") as refusal:
        judge.approve(factories.actor(maintainer), change, approval(change))
    assert refusal.value.slug == "not_judged"
    with pytest.raises(NotAllowed):
        judge.approve(factories.actor(reviewer), change, approval(change, override="Fine."))
    judge.approve(factories.actor(maintainer), change, approval(change, override="y is wanted."))
    change.refresh_from_db()
    assert change.status == ChangeStatus.APPROVED
    assert change.verdicts.get().override == "y is wanted."


def test_a_veto_without_repairs_comes_to_people_at_once(
    data: Path, owner: Person, settings: LazySettings
) -> None:
    made = repository(data, "blocking", repairs=0)
    with MessagesApi([turn("veto", FINDING)]) as api:
        change = through(owner, made, settings, api)
    assert change.reason.startswith("The judge vetoed it: It is a veto.")
    assert len(judgings(change)) == 1
