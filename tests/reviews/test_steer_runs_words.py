"""Whole runs that are told something, and conversations that go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agents import runners
from agents.events import TICK, Event
from agents.job import Job, Outcome
from agents.ports import Control, Sandbox
from reviews.models import Message, Person, Repository, Run
from reviews.services import blobs, identity, judge, recover, steer
from reviews.states import RunStatus
from tests import factories
from tests.agents.factories import FunctionRunner
from tests.reviews.steered_runs import S, agents_of, log_of, meanwhile, opened, store, until
from tests.reviews.whole_runs import owner, queued, repository, work_off

__all__ = ["meanwhile", "owner", "store"]
pytestmark = pytest.mark.django_db(transaction=True)


def _impatient(self: Any, ask_s: float = 2.0) -> None:
    self._ask_s = ask_s


def test_an_answer_reaches_a_parked_question_after_the_worker_that_took_it_died(
    owner: Person, store: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.runners.scripted.ScriptedRunner.__init__", _impatient)
    change = opened(
        owner, store, {"edit": "one.txt", "content": "1\n"}, {"ask": "Which?"},
        {"edit": "two.txt", "content": "2\n"},
    )  # fmt: skip
    work_off(change)
    assert (change.status, change.reason) == (S.NEEDS_INPUT, "Which?")
    assert agents_of(change)[0].waits_for == "answer"
    steer.send_message(factories.actor(owner), change, "The second")
    following = queued(change)[0]
    mine = identity.worker_name()
    dead = ":".join([*mine.split(":")[:-1], "1"])
    Run.objects.filter(pk=following.pk).update(status="running", worker=dead)
    Message.objects.update(delivered_to=following, delivered_at=following.queued_at)
    recover.end_lost()
    change.refresh_from_db()
    assert change.status == S.FAILED
    steer.retry(factories.actor(owner), change)
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason
    assert {f.display for f in change.rounds.get().files.all()} == {"one.txt", "two.txt"}
    assert "The second" in log_of(agents_of(change)[-1])


def test_a_message_is_handed_over_when_the_agent_asks_and_can_be_edited_until_then(
    owner: Person, store: Repository, meanwhile: Any
) -> None:
    change = opened(
        owner, store, {"say": "begun"}, {"wait": 1.5}, {"edit": "one.txt", "content": "1\n"}
    )
    who = factories.actor(owner)

    def tell() -> None:
        until(lambda: "begun" in log_of(agents_of(change)[0]))
        kept = steer.send_message(who, change, "Use three")
        gone = steer.send_message(who, change, "Forget that")
        time.sleep(0.5)  # longer than a worker takes to look: it must leave them where they are
        steer.edit_message(who, kept, "Use two")
        steer.cancel_message(who, gone)

    meanwhile(tell)
    work_off(change)
    log = log_of(agents_of(change)[0])
    assert "Use two" in log
    assert "Use three" not in log
    assert "Forget that" not in log
    assert Message.objects.get(text="Use two").delivered_to == agents_of(change)[0]


def test_a_message_at_the_very_end_goes_with_the_next_round_and_is_never_lost(
    owner: Person, store: Repository, meanwhile: Any
) -> None:
    change = opened(owner, store, runner="told")

    def tell() -> None:
        until(lambda: agents_of(change)[0].status == RunStatus.RUNNING)
        steer.send_message(factories.actor(owner), change, "Mind the gap")

    meanwhile(tell)
    work_off(change)
    sent = Message.objects.get()
    assert change.status == S.AWAITING_REVIEW
    if sent.delivered_at is None:  # else it came just in time to go with the prompt
        seen = judge.Seen(1, change.rounds.get().head, "Again", ["incomplete"])
        judge.reprompt(factories.actor(owner), change, seen)
        work_off(change)
    told = change.rounds.order_by("number").last()
    assert told is not None
    file = told.files.get(display="told.txt")
    assert f"{owner.name}:\n\n```\nMind the gap\n```" in blobs.get(file.new).decode()


class Talker(FunctionRunner):
    """A runner with a conversation: each run adds a line to it."""

    name = "talker"


@pytest.fixture
def talked(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Jobs that a conversing runner was given; it ends as the first word of its prompt says."""
    jobs: list[Job] = []

    def body(job: Job, _sandbox: Sandbox, control: Control) -> Iterator[object]:
        jobs.append(job)
        number = len(jobs)
        (job.workspace.root / f"part{number}.txt").write_text("x\n")
        session = f'["{number}"]'
        if number == 1:
            yield Event("step", {"number": 1})
            yield Event("usage", {"input": 5, "output": 5, "cost": 9.0})
            while not (control.stop_reason() or control.pause_reason()):
                yield TICK
            yield Outcome("parked", "Paused", resume={"mine": 1}, session=session)
            return
        yield Outcome("passed", session=session, summary="Done.")

    monkeypatch.setattr(runners, "load", lambda *_a, **_k: Talker(body))
    return jobs


def test_money_parks_the_work_and_its_conversation_and_a_higher_cap_goes_on(
    owner: Person, store: Repository, talked: list[Job]
) -> None:
    Repository.objects.filter(pk=store.pk).update(cap_run=5)
    change = opened(owner, store, runner="told")
    work_off(change)
    parked = agents_of(change)[0]
    assert (parked.waits_for, float(parked.cost or 0)) == ("money", 5.0)
    assert change.reason == "$5.00 are spent and $5.00 are allowed. The work so far is kept."
    steer.go_on(factories.actor(owner), change, Decimal(20))
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason
    again = talked[1]
    assert (again.session, dict(again.resume or {})) == (
        '["1"]', {"mine": 1, "waits_for": "money"},
    )  # fmt: skip
    assert {f.display for f in change.rounds.get().files.all()} == {"part1.txt", "part2.txt"}


def test_a_retry_after_a_limit_goes_on_from_the_tree_and_the_conversation(
    owner: Person, store: Repository, talked: list[Job], tmp_path: Path
) -> None:
    hurried = repository(tmp_path / "hurried", {".honk.toml": "[limits]\nwall_s = 3\n"})
    change = opened(owner, hurried)
    work_off(change)
    assert (change.status, agents_of(change)[0].status) == (S.FAILED, RunStatus.TIMED_OUT)
    steer.retry(factories.actor(owner), change)
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason
    assert (talked[1].session, talked[1].resume) == ('["1"]', None)
    assert {f.display for f in change.rounds.get().files.all()} == {"part1.txt", "part2.txt"}


def test_a_reprompt_goes_on_with_the_conversation_of_the_round_before(
    owner: Person, store: Repository, talked: list[Job]
) -> None:
    talked.append(None)  # type: ignore[arg-type] # so that the first run is one that passes
    change = opened(owner, store)
    work_off(change)
    seen = judge.Seen(1, change.rounds.get().head, "Once more", ["incomplete"])
    judge.reprompt(factories.actor(owner), change, seen)
    work_off(change)
    assert (talked[2].session, talked[2].resume) == ('["2"]', None)
    newest = change.rounds.order_by("number").last()
    assert newest is not None
    assert {f.display for f in newest.files.all()} == {"part2.txt", "part3.txt"}
    assert [check.name for check in talked[2].checks] == ["there"]
