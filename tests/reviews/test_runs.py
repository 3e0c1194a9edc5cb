"""Runs: claimed once, ended once, logged without a gap, and their change moved on truthfully."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.events import Event
from reviews.models import Change, Run, RunEvent
from reviews.services import identity, progress, recover, runs, steer
from reviews.services.advance import advance
from reviews.services.claim import claim
from reviews.services.finish import finish
from reviews.services.runs import RunLost
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories

pytestmark = pytest.mark.django_db
VERIFIERS = [
    {"name": "tests", "argv": ["true"], "timeout": 10, "required": True, "found": False},
    {"name": "lint", "argv": ["true"], "timeout": 10, "required": False, "found": False},
]


def queued_run() -> Run:
    """A change with its first agent run, as a door leaves it."""
    change = factories.change()
    factories.round_(change)
    advance(change.pk)
    return change.runs.get()


def verifying(policy: dict[str, object] | None = None) -> Change:
    """A change whose snapshot waits for its verifiers."""
    change = factories.change(status=ChangeStatus.RUNNING)
    round_ = factories.round_(change, policy=policy or {"verifiers": VERIFIERS})
    round_.head, round_.tree = factories.HEAD, factories.TREE
    round_.save()
    factories.run(round_, commit=factories.HEAD)
    advance(change.pk)
    change.refresh_from_db()
    return change


def follower_of(run: Run) -> Run:
    """The row as it is now."""
    return Run.objects.get(pk=run.pk)


def end_verifier(change: Change, name: str, status: RunStatus) -> None:
    run = change.runs.filter(kind=RunKind.VERIFIER, name=name).last()
    assert run is not None
    assert claim(run.pk, "worker") is not None
    finish(run.pk, status, worker="worker", reason="because")
    change.refresh_from_db()


def test_a_run_is_claimed_by_exactly_one_worker() -> None:
    run = queued_run()
    assert claim(run.pk, "one") is not None
    assert claim(run.pk, "two") is None
    run.refresh_from_db()
    assert (run.worker, run.status) == ("one", RunStatus.RUNNING)
    assert run.change.status == ChangeStatus.RUNNING


def test_a_run_of_a_cancelled_change_is_never_begun() -> None:
    run = queued_run()
    Change.objects.filter(pk=run.change_id).update(status=ChangeStatus.CANCELLED)
    assert claim(run.pk, "one") is None
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED


def test_a_run_ends_once_whoever_ends_it() -> None:
    run = queued_run()
    claim(run.pk, "one")
    assert finish(run.pk, RunStatus.FAILED, worker="one", reason="first")
    assert not finish(run.pk, RunStatus.PASSED, reason="second")
    ends = RunEvent.objects.filter(run=run, kind="end")
    assert [e.data["reason"] for e in ends] == ["first"]


def test_a_late_writer_leaves_no_trace() -> None:
    run = queued_run()
    claim(run.pk, "one")
    Run.objects.filter(pk=run.pk).update(worker="two")
    with pytest.raises(RunLost):
        progress.append(run.pk, [{"kind": "text", "source": "agent"}], worker="one")
    assert not RunEvent.objects.filter(run=run).exists()


def test_events_are_numbered_without_a_gap_over_batches() -> None:
    run = queued_run()
    for size in (1, 3, 2):
        progress.append(run.pk, [{"kind": "text", "source": "agent"}] * size)
    seqs = list(RunEvent.objects.filter(run=run).order_by("seq").values_list("seq", flat=True))
    assert seqs == [1, 2, 3, 4, 5, 6]


def test_chunks_of_one_part_become_one_row_and_others_do_not() -> None:
    chunks = [
        Event("output", {"text": "a"}, part="1"),
        Event("output", {"text": "b"}, part="1"),
        Event("output", {"text": "c"}, part="2"),
        Event("note", {"text": "d"}),
        Event("note", {"text": "e"}),
    ]
    rows = progress.as_rows(chunks)
    assert [row["data"]["text"] for row in rows] == ["ab", "c", "d", "e"]


def test_pages_of_the_log_follow_cursors_in_both_directions() -> None:
    run = queued_run()
    for _ in range(7):
        factories.event(run)
    assert progress.events_page(run, after_seq=5)["first_seq"] == 6
    assert progress.events_page(run, tail=3)["first_seq"] == 5
    older = progress.events_page(run, before_seq=5, limit=2)
    assert (older["first_seq"], older["last_seq"]) == (3, 4)


def test_green_verifiers_freeze_the_round_and_hand_it_to_people() -> None:
    change = verifying()
    assert change.status == ChangeStatus.VERIFYING
    end_verifier(change, "tests", RunStatus.PASSED)
    assert change.status == ChangeStatus.VERIFYING
    end_verifier(change, "lint", RunStatus.FAILED)  # not required: shown, and in nobody's way
    assert change.status == ChangeStatus.AWAITING_REVIEW
    assert change.rounds.get().status == "frozen"


def test_a_red_required_verifier_goes_back_to_the_agent_until_repairs_are_used_up() -> None:
    change = verifying({"verifiers": VERIFIERS[:1], "review": {"repairs": 1}})
    end_verifier(change, "tests", RunStatus.FAILED)
    assert change.status == ChangeStatus.RUNNING
    repair = change.runs.filter(kind=RunKind.AGENT).last()
    assert repair is not None
    claim(repair.pk, "worker")
    round_ = change.rounds.get()
    round_.head = "d" * 40
    round_.save()
    finish(repair.pk, RunStatus.PASSED, worker="worker")
    end_verifier(change, "tests", RunStatus.FAILED)
    assert change.status == ChangeStatus.AWAITING_REVIEW
    assert "Still red after 1 repair: tests" in change.reason


def test_a_verifier_whose_worker_died_is_run_once_more_and_then_told() -> None:
    change = verifying({"verifiers": VERIFIERS[:1]})
    end_verifier(change, "tests", RunStatus.LOST)
    assert change.status == ChangeStatus.VERIFYING
    end_verifier(change, "tests", RunStatus.LOST)
    assert change.status == ChangeStatus.AWAITING_REVIEW
    assert change.reason == "Could not be checked: tests."


def test_the_sweep_ends_runs_of_dead_workers_and_says_so() -> None:
    run = queued_run()
    mine = identity.worker_name()
    dead = ":".join([*mine.split(":")[:-1], "1"])  # this pid, started at another time
    claim(run.pk, dead)
    recover.end_lost()
    run.refresh_from_db()
    assert run.status == RunStatus.LOST
    change = Change.objects.get(pk=run.change_id)
    assert (change.status, change.failed_stage) == (ChangeStatus.FAILED, "running")
    assert "died" in change.reason


def test_the_sweep_leaves_living_runs_alone_until_their_lease_runs_out() -> None:
    run = queued_run()
    claim(run.pk, "elsewhere:boot:1:1")
    recover.end_lost()
    assert Run.objects.get(pk=run.pk).status == RunStatus.RUNNING
    past = timezone.now() - timedelta(seconds=1)
    Run.objects.filter(pk=run.pk).update(lease_expires_at=past)
    recover.end_lost()
    assert Run.objects.get(pk=run.pk).status == RunStatus.LOST


@pytest.mark.parametrize(
    ("options", "status", "runs_then"),
    [({}, ChangeStatus.FAILED, 1), ({"handed_back": True}, ChangeStatus.NEEDS_INPUT, 2)],
)
def test_a_run_that_died_with_its_question_leaves_nobody_waiting(
    options: dict[str, object], status: ChangeStatus, runs_then: int
) -> None:
    run = queued_run()
    claim(run.pk, "one")
    Change.objects.update(status=ChangeStatus.NEEDS_INPUT)
    finish(run.pk, RunStatus.LOST, reason="It died.", fault="platform", options=options)
    change = Change.objects.get(pk=run.change_id)
    assert (change.status, change.runs.count()) == (status, runs_then)
    newest = change.runs.last()
    if runs_then == 2:
        assert newest is not None
        assert claim(newest.pk, "two") is not None
        change.refresh_from_db()
        assert change.status == ChangeStatus.RUNNING


def test_a_lost_run_can_be_retried_by_its_author() -> None:
    run = queued_run()
    claim(run.pk, "one")
    finish(run.pk, RunStatus.LOST, reason="The worker died.", fault="platform")
    change = Change.objects.get(pk=run.change_id)
    factories.Membership.objects.create(
        person=change.author, repository=change.repository, role=Role.AUTHOR
    )
    steer.retry(factories.actor(change.author), change)
    again = change.runs.last()
    assert again is not None
    assert (again.attempt, again.status) == (2, RunStatus.QUEUED)
    assert claim(again.pk, "two") is not None


def test_only_one_change_merges_into_a_branch_at_a_time() -> None:
    repository = factories.repository()
    merges = []
    for _ in range(2):
        change = factories.approved(repository=repository)
        merges.append(runs.queue(change, change.rounds.get(), RunKind.MERGE, "merge"))
    assert claim(merges[0].pk, "one") is not None
    assert claim(merges[1].pk, "two") is None
    assert Run.objects.get(pk=merges[1].pk).status == RunStatus.QUEUED
    finish(merges[0].pk, RunStatus.FAILED, worker="one", reason="conflict", fault="user")
    assert claim(merges[1].pk, "two") is not None


def test_a_sweep_lease_has_one_holder_until_it_expires_or_its_holder_dies() -> None:
    assert recover.hold_lease("sweep", "elsewhere:boot:1:1", 60)
    assert not recover.hold_lease("sweep", identity.worker_name(), 60)
    assert recover.hold_lease("sweep", "elsewhere:boot:1:1", -1)
    assert recover.hold_lease("sweep", identity.worker_name(), 60)


def test_an_answer_to_a_parked_question_goes_on_with_a_new_run() -> None:
    change = factories.change(status=ChangeStatus.NEEDS_INPUT)
    round_ = factories.round_(change)
    parked = factories.run(
        round_, status=RunStatus.WAITING, options={"ask": "q1"}, resume={"step": 4}, tree="t"
    )
    factories.Membership.objects.create(
        person=change.author, repository=change.repository, role=Role.AUTHOR
    )
    steer.send_message(factories.actor(change.author), change, "Keep the first")
    parked.refresh_from_db()
    assert parked.status == RunStatus.PASSED
    follower = change.runs.last()
    assert follower is not None
    assert follower.resume == {"step": 4}
    assert claim(follower.pk, "worker") is not None
    assert [m.text for m in runs.orders(follower_of(follower)).messages] == ["Keep the first"]
    assert Change.objects.get(pk=change.pk).status == ChangeStatus.RUNNING


def test_what_a_leaving_worker_hands_back_is_queued_again_by_itself() -> None:
    run = queued_run()
    mine = identity.worker_name()
    claim(run.pk, ":".join([*mine.split(":")[:-1], "1"]))
    recover.hand_back()
    change = Change.objects.get(pk=run.change_id)
    assert change.status == ChangeStatus.RUNNING
    again = change.runs.last()
    assert again is not None
    assert (again.attempt, again.status) == (2, RunStatus.QUEUED)


def test_a_round_that_began_with_a_conflict_says_so_when_it_comes_to_review() -> None:
    change = verifying({"verifiers": VERIFIERS[:1]})
    change.rounds.update(conflicts=["app.py"], origin="conflict")
    end_verifier(change, "tests", RunStatus.PASSED)
    assert change.reason == "This round began with a merge conflict in app.py."
