"""Pausing, stopping, going on and cancelling, as rows; whole runs are in test_steer_runs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agents.job import Outcome
from reviews.errors import NotAllowed, Refused, Stale
from reviews.models import Change, Repository, Run
from reviews.services import parking, steer
from reviews.services.claim import claim
from reviews.services.finish import finish
from reviews.services.permissions import SYSTEM, Actor
from reviews.states import ChangeStatus, RunStatus
from tests import factories as f
from tests.reviews.steered import S, agent, author, begun, change, now

__all__ = ["author", "change"]
pytestmark = pytest.mark.django_db


def test_a_pause_is_written_down_for_the_worker_and_the_first_reason_stays(
    change: Change, author: Actor
) -> None:
    begun(change)
    steer.pause(author, change)
    steer.pause(author, change)
    assert agent(change).pause_reason == f"Paused by {change.author.name}."
    assert now(change).status == S.RUNNING


def parked(change: Change, waits_for: str = "pause", **resume: object) -> Run:
    """The change's agent run, begun and then parked as a worker does it."""
    run = begun(change)
    outcome = Outcome("parked", f"For {waits_for}", resume={"waits_for": waits_for, **resume})  # type: ignore[dict-item]
    parking.park(run, now(change), outcome, {"tree": "t"})
    return agent(change)


def test_a_parked_run_holds_no_worker_and_its_change_waits_for_a_person(change: Change) -> None:
    run = parked(change, step=4)
    assert (run.status, run.worker, run.waits_for) == (RunStatus.WAITING, "", "pause")
    assert run.resume == {"waits_for": "pause", "step": 4}
    assert (now(change).status, now(change).reason) == (
        S.NEEDS_INPUT, "For pause. The work so far is kept.",
    )  # fmt: skip
    assert run.events.get(kind="note").data["text"] == now(change).reason
    assert not run.events.filter(kind="end").exists()


def test_going_on_ends_the_parked_run_and_queues_one_with_all_it_kept(
    change: Change, author: Actor
) -> None:
    before = parked(change, "money", step=4)
    Run.objects.filter(pk=before.pk).update(prompt="Do it.")
    Repository.objects.update(cap_run=1)
    with pytest.raises(NotAllowed, match="A maintainer may grant"):
        steer.go_on(author, change, Decimal("2.50"))
    steer.go_on(f.actor(f.administrator()), change, Decimal("2.50"))
    after = agent(change)
    assert (after.status, after.prompt, after.resume) == (RunStatus.QUEUED, "Do it.", before.resume)
    assert after.options == {"extra_usd": "2.50"}
    assert now(change).status == S.RUNNING
    before.refresh_from_db()
    assert before.status == RunStatus.PASSED
    assert begun(change).pk == after.pk


@pytest.mark.parametrize("extra", ["0", "-1", "NaN", "Infinity", "10001"])
def test_an_amount_that_makes_no_sense_is_refused(
    change: Change, author: Actor, extra: str
) -> None:
    parked(change, "money")
    with pytest.raises(Refused):
        steer.go_on(author, change, Decimal(extra))
    assert agent(change).status == RunStatus.WAITING


def test_going_on_twice_or_with_nothing_parked_is_told(change: Change, author: Actor) -> None:
    with pytest.raises(Stale, match="not paused"):
        steer.go_on(author, change)
    parked(change)
    steer.go_on(author, change)
    with pytest.raises(Stale, match="not paused"):
        steer.go_on(author, change)
    assert change.runs.count() == 2


def test_going_on_before_the_agent_stands_still_is_told(change: Change, author: Actor) -> None:
    begun(change)
    steer.pause(author, change)
    with pytest.raises(Stale, match="only just coming to a stop"):
        steer.go_on(author, change)


def test_a_question_is_gone_on_with_by_an_answer_only(change: Change, author: Actor) -> None:
    parked(change, "answer")
    with pytest.raises(Stale, match="Answer it"):
        steer.go_on(author, change)


def test_the_server_goes_on_with_what_it_paused(change: Change) -> None:
    parked(change)
    steer.go_on(SYSTEM, change)
    assert agent(change).status == RunStatus.QUEUED


def test_pausing_and_stopping_what_stands_still_does_nothing(change: Change, author: Actor) -> None:
    parked(change)
    steer.pause(author, change)
    steer.stop(author, change)
    run = agent(change)
    assert (run.status, run.pause_reason, run.stop_reason) == (RunStatus.WAITING, "", "")


@pytest.mark.parametrize("status", [S.AWAITING_REVIEW, S.MERGED, S.CANCELLED, S.FAILED])
def test_where_no_agent_is_at_work_there_is_nothing_to_pause(status: ChangeStatus) -> None:
    done = f.reviewable(f.administrator(), status=status)
    for verb in (steer.pause, steer.stop):
        with pytest.raises(Stale, match="no agent is at work"):
            verb(f.actor(done.author), done)


def test_a_stop_parks_a_run_that_waits_for_an_answer_with_its_question(
    change: Change, author: Actor
) -> None:
    run = begun(change)
    Run.objects.filter(pk=run.pk).update(status=RunStatus.WAITING)
    steer.stop(author, change)
    assert agent(change).stop_reason == ""
    assert agent(change).pause_reason == f"Stopped by {change.author.name}."


def test_a_cancel_before_the_start_ends_the_run_unclaimed(change: Change, author: Actor) -> None:
    steer.pause(author, change)
    steer.cancel(author, change)
    steer.cancel(author, change)
    assert agent(change).status == RunStatus.CANCELLED
    assert claim(agent(change).pk, "one") is None
    assert now(change).status == S.CANCELLED


def test_a_cancel_at_the_same_time_as_a_pause_wins(change: Change, author: Actor) -> None:
    run = begun(change)
    steer.pause(author, change)
    steer.cancel(author, change)
    outcome = Outcome("parked", "Paused", resume={"waits_for": "pause"})
    assert not parking.parks(outcome, now(change))
    finish(run.pk, RunStatus.CANCELLED, worker="one", reason="Cancelled")
    assert [change.runs.count(), now(change).status] == [1, S.CANCELLED]


def test_a_cancel_of_a_parked_run_ends_it_and_going_on_is_over(
    change: Change, author: Actor
) -> None:
    parked(change)
    steer.cancel(author, change)
    assert agent(change).status == RunStatus.CANCELLED
    assert agent(change).events.filter(kind="end").count() == 1
    with pytest.raises(Stale):
        steer.go_on(author, change)


def test_a_cancel_after_the_end_is_told_and_changes_nothing() -> None:
    done = f.reviewable(f.administrator(), status=S.MERGED)
    with pytest.raises(Stale, match="can no longer be cancelled"):
        steer.cancel(f.actor(done.author), done)
