"""What an agent had done when its worker died: kept before the next run begins, or told as lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from agents import runners
from agents.control import Mailbox
from agents.events import Event
from agents.job import Job, Outcome
from agents.ports import Control, Sandbox
from reviews.models import Change, Person, Repository, Run
from reviews.services import identity, keeping, place, recover, steer, tidy, work, work_agent
from reviews.services.bench import Bench
from reviews.services.claim import claim
from reviews.services.finish import finish
from reviews.services.recorder import Recorder
from reviews.states import RunStatus
from tests import factories
from tests.agents.factories import FunctionRunner
from tests.reviews.steered_runs import S, agents_of, opened, store
from tests.reviews.whole_runs import owner, queued, work_off

__all__ = ["owner", "store"]
pytestmark = pytest.mark.django_db(transaction=True)
DEAD = ":".join([*identity.worker_name().split(":")[:-1], "1"])  # this pid, at another time


class _Killed(BaseException):
    """The moment at which the worker is dead."""


class Talker(FunctionRunner):
    name = "talker"
    said = ""

    def left(self, _root: Path) -> str:
        return self.said


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """What the agents were given; each adds a file, and the second and later ones come to an end."""
    seen: list[Job] = []

    def body(job: Job, _sandbox: Sandbox, _control: Control) -> Iterator[object]:
        seen.append(job)
        yield Event("step", {"number": 1})
        (job.workspace.root / f"part{len(seen)}.txt").write_text("x\n")
        yield Outcome("passed", session=f'["{len(seen)}"]')

    monkeypatch.setattr(runners, "load", lambda *_a, **_k: Talker(body))
    return seen


@pytest.fixture
def struck(
    store: Repository, owner: Person, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Change]:
    """A change whose agent's worker died as its agent had worked: the tree lies as it was left."""

    def strike(before: Callable[[Run], None] = lambda _run: None) -> Change:
        change = opened(owner, store, runner="told")
        run = queued(change)[0]
        die_in(run, monkeypatch)
        before(run)
        return change

    return strike


def die_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Carry the run out as a worker that is killed when the agent is done, before it keeps it."""

    def killed(*_args: object) -> None:
        raise _Killed

    claimed = claim(run.pk, DEAD)
    assert claimed is not None
    mailbox = Mailbox()
    bench = Bench(claimed, Recorder(claimed, mailbox), mailbox)
    with monkeypatch.context() as patch:
        patch.setattr(work_agent, "_keep_work", killed)
        with pytest.raises(_Killed):
            work_agent.carry_out(bench)


def files_of(change: Change) -> set[str]:
    return {file.display for file in change.rounds.get().files.all()}


def test_a_retry_goes_on_from_what_a_dead_workers_agent_had_done(
    struck: Callable[..., Change], owner: Person, jobs: list[Job]
) -> None:
    change = struck()
    recover.sweep()
    assert agents_of(change)[0].status == RunStatus.RUNNING, "nothing begins before it is kept"
    recover.keep_left()
    recover.keep_left()
    change.refresh_from_db()
    lost = agents_of(change)[0]
    assert (change.status, lost.status) == (S.FAILED, RunStatus.LOST)
    assert "Its work so far was kept" in change.reason
    assert lost.tree
    assert not place.folder_of(lost).exists()
    assert not place.note_of(lost).exists()
    steer.retry(factories.actor(owner), change)
    assert work_off(change).status == S.AWAITING_REVIEW, change.reason
    assert files_of(change) == {"part1.txt", "part2.txt"}
    assert jobs[1].prompt.startswith("You were interrupted")
    assert jobs[1].prompt.endswith(jobs[0].prompt)


def test_what_a_leaving_worker_left_is_gone_on_with_by_itself(
    struck: Callable[..., Change], jobs: list[Job]
) -> None:
    change = struck()
    recover.hand_back()
    assert "Its work so far was kept" in agents_of(change)[0].reason
    assert work_off(change).status == S.AWAITING_REVIEW, change.reason
    assert files_of(change) == {"part1.txt", "part2.txt"}
    assert jobs[1].prompt.startswith("You were interrupted")


def test_a_run_is_handed_back_although_it_is_found_dead_before_the_worker_says_so(
    struck: Callable[..., Change],
) -> None:
    change = struck()
    recover.mark_handed_back({DEAD})
    recover.keep_left()
    change.refresh_from_db()
    assert (change.status, len(queued(change))) == (S.RUNNING, 1)


def test_a_second_death_keeps_the_work_of_both_and_the_conversation_before(
    struck: Callable[..., Change], owner: Person, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    change = struck()
    recover.hand_back()
    die_in(queued(change)[0], monkeypatch)
    recover.hand_back()
    assert work_off(change).status == S.AWAITING_REVIEW, change.reason
    assert files_of(change) == {"part1.txt", "part2.txt", "part3.txt"}
    assert jobs[2].prompt.count("You were interrupted") == 1


def test_the_conversation_that_lies_beside_the_tree_goes_on_masked(
    struck: Callable[..., Change], jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "ghp_" + "a1B2" * 9
    monkeypatch.setattr(Talker, "said", f'["I looked, with {secret}"]')
    change = struck()
    recover.hand_back()
    assert work_off(change).status == S.AWAITING_REVIEW, change.reason
    assert jobs[1].session.startswith('["I looked, with ')
    assert secret not in jobs[1].session
    assert jobs[1].prompt.startswith("You were interrupted")


def test_what_the_agent_handed_over_at_its_end_outlives_a_kill_before_it_is_stored(
    struck: Callable[..., Change], jobs: list[Job]
) -> None:
    change = struck()
    recover.hand_back()
    work_off(change)
    assert jobs[1].session == '["1"]'


def test_a_conversation_that_cannot_be_read_costs_no_work(
    struck: Callable[..., Change], jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> str:
        raise OSError

    monkeypatch.setattr(Talker, "left", broken)
    change = struck()
    recover.hand_back()
    assert "Its work so far was kept" in agents_of(change)[0].reason
    assert work_off(change).status == S.AWAITING_REVIEW, change.reason
    assert files_of(change) == {"part1.txt", "part2.txt"}


def test_a_tree_that_a_snapshot_refuses_is_kept_as_far_as_it_can_be(
    struck: Callable[..., Change],
) -> None:
    def trap(run: Run) -> None:
        os.mkfifo(place.folder_of(run) / "pipe")

    change = struck(trap)
    recover.keep_left()
    lost = agents_of(change)[0]
    assert lost.tree
    assert "pipe" in lost.reason
    assert "The rest of its work is kept" in lost.reason


def test_a_tree_that_nobody_changed_is_kept_for_the_conversation_about_it(
    struck: Callable[..., Change], jobs: list[Job]
) -> None:
    change = struck(lambda run: (place.folder_of(run) / "part1.txt").unlink())
    recover.hand_back()
    work_off(change)
    assert jobs[1].session == '["1"]'
    assert files_of(change) == {"part2.txt"}


def test_a_tree_that_nobody_changed_keeps_nothing(struck: Callable[..., Change]) -> None:
    def undo(run: Run) -> None:
        (place.folder_of(run) / "part1.txt").unlink()
        note = place.note_of(run)
        note.write_text(json.dumps({**json.loads(note.read_text()), "has_ended": False}))

    change = struck(undo)
    recover.keep_left()
    lost = agents_of(change)[0]
    assert (lost.status, lost.tree, lost.resume) == (RunStatus.LOST, "", None)
    assert "It had changed nothing" in lost.reason


def test_a_worktree_that_was_not_laid_when_the_worker_died_is_not_taken_for_work(
    struck: Callable[..., Change],
) -> None:
    change = struck(lambda run: place.note_of(run).unlink())
    recover.sweep()
    lost = agents_of(change)[0]
    assert (lost.status, lost.tree) == (RunStatus.LOST, "")
    assert "begins from what was stored before" in lost.reason
    tidy.tidy()
    assert not place.folder_of(lost).exists()


@pytest.mark.parametrize("fault", [OSError("no room"), ValueError("odd")])
def test_a_run_whose_work_cannot_be_kept_ends_all_the_same_and_says_so(
    struck: Callable[..., Change], monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def broken(*_args: object) -> None:
        raise fault

    change = struck()
    monkeypatch.setattr(keeping, "snapshot_of", broken)
    recover.keep_left()
    lost = agents_of(change)[0]
    assert (lost.status, lost.tree) == (RunStatus.LOST, "")
    assert "was not kept: the server failed" in lost.reason


def test_a_keeping_that_takes_too_long_is_given_up_and_its_work_comes_too_late(
    struck: Callable[..., Change], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = keeping.left_by

    def slow(run: Run) -> object:
        past = timezone.now() - timedelta(seconds=1)
        assert Run.objects.filter(pk=run.pk).update(lease_expires_at=past)
        recover.end_lost()
        return real(run)

    change = struck()
    monkeypatch.setattr(keeping, "left_by", slow)
    recover.keep_left()
    lost = agents_of(change)[0]
    assert (lost.status, lost.tree) == (RunStatus.LOST, "")
    assert lost.events.filter(kind="end").count() == 1


def test_the_dead_workers_own_last_word_is_not_taken_while_its_work_is_kept(
    struck: Callable[..., Change],
) -> None:
    change = struck()
    lost = agents_of(change)[0]
    assert keeping.take(lost) is not None
    assert keeping.take(lost) is None, "one keeps it"
    assert not finish(lost.pk, RunStatus.PASSED, worker=DEAD)


def test_work_on_another_machine_is_left_there_and_the_run_waits_for_its_lease(
    struck: Callable[..., Change],
) -> None:
    change = struck()
    Run.objects.filter(change=change).update(worker="elsewhere:1:1:1")
    recover.keep_left()
    recover.sweep()
    assert agents_of(change)[0].status == RunStatus.RUNNING
    past = timezone.now() - timedelta(seconds=1)
    Run.objects.filter(change=change).update(lease_expires_at=past)
    recover.sweep()
    lost = agents_of(change)[0]
    assert (lost.status, lost.tree) == (RunStatus.LOST, "")
    assert "What it had not stored is lost" in lost.reason


def test_a_run_that_ended_leaves_no_note(store: Repository, owner: Person, jobs: list[Job]) -> None:
    change = opened(owner, store, runner="told")
    run = queued(change)[0]
    work.carry_out(run.pk, identity.worker_name())
    assert len(jobs) == 1
    assert list(Path(place.folder_of(run)).parent.iterdir()) == []
