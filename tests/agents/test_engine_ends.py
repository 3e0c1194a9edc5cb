"""How a run is stopped and what people say reaches it; no process is left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from agents import engine
from agents.errors import PlatformFault
from agents.events import TICK, Event
from agents.job import Job, Limits, Outcome
from agents.ports import Control, Process, Sandbox
from tests.agents.engine_runs import run, text
from tests.agents.factories import (
    FunctionRunner,
    job,
    mailbox,
    message,
    outcome,
    texts,
)
from tests.doubles.plain_sandbox import PlainSandbox


def test_a_stop_interrupts_and_keeps_what_was_said(tmp_path: Path) -> None:
    box, sandbox = mailbox(), PlainSandbox()

    def body(asked: Job, inner: Sandbox, _control: Control) -> Iterator[object]:
        argv = [
            "sh",
            "-c",
            "trap 'echo bye; exit 3' INT TERM; echo up; while :; do sleep 0.05; done",
        ]
        process = inner.start(argv, asked.workspace, asked.limits)
        while (data := process.read(1)) != b"":
            yield text((data or b"").decode())
            if data == b"up\n":
                box.stop("stopped by anna")
        yield Outcome("failed", "killed", summary="half done", exit_code=process.wait())

    values = run(tmp_path, body, box=box, sandbox=sandbox, grace_s=20)
    assert texts(values, "text") == "up\nbye\n"
    result = outcome(values)
    assert (result.status, result.reason, result.fault) == ("cancelled", "stopped by anna", "user")
    assert (result.summary, result.exit_code) == ("half done", 3)


def test_a_stop_before_the_start_starts_no_program(tmp_path: Path) -> None:
    sandbox = PlainSandbox()

    def body(asked: Job, inner: Sandbox, _control: Control) -> Iterator[object]:
        yield Event("step", {"number": 1})
        inner.start(["true"], asked.workspace, asked.limits)

    values = run(tmp_path, body, box=mailbox(stop="stopped by anna"), sandbox=sandbox)
    assert outcome(values).status == "cancelled"
    assert sandbox.started == []


def test_no_process_is_left_whatever_the_runner_did(tmp_path: Path) -> None:
    sandbox = PlainSandbox()

    def body(asked: Job, inner: Sandbox, _control: Control) -> Iterator[object]:
        for _ in range(3):
            inner.start(["sleep", "60"], asked.workspace, asked.limits)
        yield Outcome("passed")

    assert outcome(run(tmp_path, body, sandbox=sandbox)).status == "passed"
    assert [each.wait(0) is not None for each in sandbox.started] == [True] * 3


def test_a_run_that_has_ended_can_start_nothing_more(tmp_path: Path) -> None:
    sandbox, late = PlainSandbox(), []

    def body(asked: Job, inner: Sandbox, _control: Control) -> Iterator[object]:
        def start_later() -> Process | None:
            time.sleep(0.3)
            try:
                return inner.start(["sleep", "60"], asked.workspace, asked.limits)
            except PlatformFault as fault:
                late.append(fault)
                return None

        thread = threading.Thread(target=start_later)
        late.append(thread)
        thread.start()
        yield Outcome("passed")

    run(tmp_path, body, sandbox=sandbox)
    late[0].join()
    assert isinstance(late[1], PlatformFault)
    assert sandbox.started == []


def test_a_caller_that_goes_away_leaves_no_process(tmp_path: Path) -> None:
    sandbox = PlainSandbox()

    def body(asked: Job, inner: Sandbox, _control: Control) -> Iterator[object]:
        process = inner.start(["sleep", "60"], asked.workspace, asked.limits)
        while process.read(1) != b"":
            yield TICK

    values = engine.run(job(tmp_path), FunctionRunner(body), sandbox, mailbox())  # type: ignore[arg-type]
    while not sandbox.started:
        next(values)
    values.close()  # type: ignore[attr-defined]
    assert sandbox.started[0].wait(0) is not None


def test_a_runner_that_hangs_for_ever_is_given_up(tmp_path: Path) -> None:
    free = threading.Event()

    def body(*_: object) -> Iterator[object]:
        free.wait(30)
        yield Outcome("passed")

    began = time.monotonic()
    result = outcome(run(tmp_path, body, limits=Limits(wall_s=0.2), grace_s=0.2))
    free.set()
    assert result.status == "timed_out"
    assert time.monotonic() - began < 8


def test_answers_and_messages_reach_the_runner(tmp_path: Path) -> None:
    box = mailbox()

    def body(_job: Job, _box: Sandbox, control: Control) -> Iterator[object]:
        yield Event("ask", {"question": "Red?"}, "q1")
        answer = control.wait_for_answer("q1", 5)
        said = [each.text for each in control.take_messages()]
        yield Outcome("passed", summary=f"{answer and answer.text} {said}")

    values = []
    for value in engine.run(job(tmp_path), FunctionRunner(body), PlainSandbox(), box):  # type: ignore[arg-type]
        values.append(value)
        if isinstance(value, Event) and value.kind == "ask":
            box.deliver(message("one", 7))
            box.deliver(message("one", 7))
            box.answer("q1", message("yes"))
            box.answer("q1", message("no"))
    assert outcome(values).summary == "yes ['one']"
