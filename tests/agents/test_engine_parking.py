"""Pause, money and stop: where a run comes to stand, what is kept, and that nothing more begins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents import engine
from agents.control import Mailbox
from agents.errors import StepRefused
from agents.events import JSON, TICK, Event
from agents.job import Job, Limits, Outcome, Usage
from agents.kept_session import MAX_CHARACTERS
from agents.ports import Control, Sandbox
from agents.runners.scripted import ScriptedRunner
from tests.agents.engine_runs import Body, run
from tests.agents.factories import events, job, mailbox, message, outcome, texts
from tests.doubles.plain_sandbox import PlainSandbox


def used(number: int, cost: float) -> Event:
    """What a runner says that counts the model's answers itself."""
    return Event("usage", {"input": 10 * number, "output": 1, "cost": cost, "seen": cost})


def polite(begun: list[int], cost: float = 0.0, after: Callable[[int], None] = print) -> Body:
    """A runner that looks at each step edge whether it is to park, as the port asks."""

    def body(_job: Job, _sandbox: Sandbox, control: Control) -> Iterator[object]:
        for number in range(1, 200):
            if control.pause_reason():
                resume: dict[str, JSON] = {"waits_for": "pause", "step": number}
                yield Outcome("parked", "mine", resume=resume, session=f'["{number}"]')
                return
            yield Event("step", {"number": number})
            begun.append(number)
            after(number)
            yield used(number, cost * number)
        yield Outcome("passed")

    return body


def test_a_pause_parks_the_run_at_its_next_step_with_its_conversation(tmp_path: Path) -> None:
    box = mailbox()
    begun: list[int] = []
    body = polite(begun, after=lambda n: box.pause("Paused by anna.") if n == 3 else None)
    ended = outcome(run(tmp_path, body, box=box))
    assert begun == [1, 2, 3]
    assert (ended.status, ended.reason, ended.session) == ("parked", "Paused by anna.", '["4"]')
    assert ended.resume == {"waits_for": "pause", "step": 4}


def test_money_parks_a_run_before_its_next_step_and_never_fails_it(tmp_path: Path) -> None:
    begun: list[int] = []
    values = run(tmp_path, polite(begun, cost=0.25), limits=Limits(money_usd=0.5))
    ended = outcome(values)
    assert begun == [1, 2]
    assert (ended.status, ended.resume) == ("parked", {"waits_for": "money", "step": 3})
    assert ended.reason == "$0.50 are spent and $0.50 are allowed."
    assert (ended.session, ended.usage) == ('["3"]', Usage(20, 1, 0.5, 0.5))
    assert [e.data["name"] for e in events(values) if e.kind == "limit"] == ["money"]


def test_small_money_is_told_with_the_digits_that_tell_it_apart(tmp_path: Path) -> None:
    ended = outcome(run(tmp_path, polite([], cost=0.0104), limits=Limits(money_usd=0.01)))
    assert ended.reason == "$0.0104 are spent and $0.0100 are allowed."


def test_what_a_program_only_tells_is_written_as_far_as_it_is_believed(tmp_path: Path) -> None:
    def body(_job: Job, _sandbox: Sandbox, control: Control) -> Iterator[object]:
        yield Event("usage", {"input": 1, "output": 1, "cost": 900_000.0, "seen": 0.7})
        yield Outcome("parked", control.pause_reason(), resume={"waits_for": "pause"})

    values = run(tmp_path, body, limits=Limits(money_usd=2))
    assert outcome(values).reason == "$2.00 are spent and $2.00 are allowed."
    assert [e.data["used"] for e in events(values) if e.kind == "limit"] == [2]


def test_a_runner_that_never_looks_is_ended_at_its_second_step(tmp_path: Path) -> None:
    box = mailbox()
    begun: list[int] = []

    def body(_job: Job, _sandbox: Sandbox, _control: Control) -> Iterator[object]:
        try:
            for number in range(1, 200):
                yield Event("step", {"number": number})
                begun.append(number)
                if number == 1:
                    box.pause("Paused by anna.")
        except StepRefused:
            yield Outcome("cancelled", session="kept", usage=Usage(7, 8, 0.5))

    ended = outcome(run(tmp_path, body, box=box))
    assert begun == [1, 2]
    assert (ended.status, ended.resume) == ("parked", {"waits_for": "pause"})
    assert (ended.session, ended.usage) == ("kept", Usage(7, 8, 0.5))


@pytest.mark.parametrize(
    ("limits", "waits_for"), [(Limits(), "pause"), (Limits(money_usd=1), "money")]
)
def test_a_program_without_steps_is_interrupted(
    tmp_path: Path, limits: Limits, waits_for: str
) -> None:
    box = mailbox()

    def body(asked: Job, sandbox: Sandbox, _control: Control) -> Iterator[object]:
        argv = ["sh", "-c", "trap 'exit 3' INT TERM; echo up; while :; do sleep 0.05; done"]
        process = sandbox.start(argv, asked.workspace, asked.limits)
        while (data := process.read(1)) != b"":
            if data == b"up\n" and waits_for == "pause":
                box.pause("Paused by anna.")
            elif data == b"up\n":
                yield Event("usage", {"input": 1, "output": 1, "cost": 2.0})
            yield TICK
        yield Outcome("failed", summary="half", exit_code=process.wait(), session="s")

    began = time.monotonic()
    ended = outcome(run(tmp_path, body, box=box, limits=limits, pause_grace_s=0.2))
    assert (ended.status, ended.resume) == ("parked", {"waits_for": waits_for})
    assert (ended.summary, ended.exit_code, ended.session) == ("half", 3, "s")
    assert time.monotonic() - began < 30


def test_a_pause_during_a_question_parks_it_for_the_answer(tmp_path: Path) -> None:
    box = mailbox()

    def body(_job: Job, _sandbox: Sandbox, control: Control) -> Iterator[object]:
        yield Event("ask", {"question": "Which?"}, "ask-1")
        box.pause("Paused by anna.")
        assert control.wait_for_answer("ask-1", 60) is None
        yield Outcome("parked", "Waits.", resume={"waits_for": "answer", "ask": "ask-1"})

    ended = outcome(run(tmp_path, body, box=box))
    assert (ended.reason, ended.resume) == ("Waits.", {"waits_for": "answer", "ask": "ask-1"})


def test_a_run_that_finishes_before_it_can_pause_has_passed(tmp_path: Path) -> None:
    box = mailbox()
    box.pause("Paused by anna.")

    def body(*_: object) -> Iterator[object]:
        yield Outcome("passed", session="s")

    assert outcome(run(tmp_path, body, box=box)) == Outcome("passed", session="s")


def test_a_stop_is_stronger_than_a_pause_and_keeps_the_conversation(tmp_path: Path) -> None:
    box = mailbox()
    box.pause("Paused by anna.")

    def body(_job: Job, _sandbox: Sandbox, control: Control) -> Iterator[object]:
        box.stop("Cancelled by anna.")
        while not control.stop_reason():
            yield TICK
        yield Outcome("cancelled", session="s")

    ended = outcome(run(tmp_path, body, box=box))
    assert (ended.status, ended.reason, ended.session) == ("cancelled", "Cancelled by anna.", "s")


def test_a_conversation_that_is_too_large_is_dropped_and_told(tmp_path: Path) -> None:
    def body(*_: object) -> Iterator[object]:
        yield Outcome("passed", session="x" * (MAX_CHARACTERS + 1))

    values = run(tmp_path, body)
    assert outcome(values).session == ""
    assert "larger than 16 MiB" in texts(values, "note")


def test_the_scripted_runner_pauses_and_goes_on_where_it_was(tmp_path: Path) -> None:
    recording = [{"say": "one"}, {"wait": 0.05}, {"say": "two"}]
    box = mailbox()
    box.pause("Paused by anna.")
    paused = job(tmp_path, options={"recording": recording}, resume={"step": 1})  # type: ignore[dict-item]
    ended = outcome(engine.run(paused, ScriptedRunner(), PlainSandbox(), box))
    assert ended.resume == {"waits_for": "pause", "step": 1}
    again = job(tmp_path, options={"recording": recording}, resume=ended.resume)  # type: ignore[dict-item]
    values = list(engine.run(again, ScriptedRunner(), PlainSandbox(), mailbox()))
    assert (texts(values, "text"), outcome(values).status) == ("two", "passed")


def test_messages_stay_with_the_caller_until_the_runner_asks_for_them() -> None:
    box = Mailbox(hand_over_s=60)
    assert box.take_messages() == []
    box.say_waiting(True)
    taken: list[object] = []
    thread = threading.Thread(target=lambda: taken.extend(box.take_messages()))
    thread.start()
    while not box.wants_messages():
        time.sleep(0.005)
    box.hand_over([message("edited")])
    thread.join()
    assert taken == [message("edited")]
    assert (box.unread(), box.take_messages()) == ([], [])


def test_what_was_handed_in_and_never_taken_is_known() -> None:
    box = Mailbox(hand_over_s=0.01)
    box.say_waiting(True)
    assert box.take_messages() == []  # the caller did not come in time: nothing is lost
    box.hand_over([message("late", 7)])
    box.answer("q1", message("yes", 8))
    box.answer("q2", message("no", 9))
    assert box.wait_for_answer("q2", 1) == message("no", 9)
    assert box.unread() == [7, 8]
