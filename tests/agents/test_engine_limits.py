"""The engine's limits: time, idleness, steps, money and output, each in one place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from agents import engine
from agents.events import TICK, Event
from agents.job import Job, Limits, Outcome, Usage
from agents.ports import Control, Sandbox
from tests.agents.engine_runs import run, said, text
from tests.agents.factories import (
    FunctionRunner,
    events,
    job,
    mailbox,
    outcome,
    texts,
)
from tests.doubles.plain_sandbox import PlainSandbox


def test_wall_limit_times_out_and_kills_what_ignores_the_interrupt(tmp_path: Path) -> None:
    sandbox = PlainSandbox()

    def body(asked: Job, box: Sandbox, _control: Control) -> Iterator[object]:
        argv = ["sh", "-c", "trap '' INT TERM; echo up; while :; do sleep 0.1; done"]
        process = box.start(argv, asked.workspace, asked.limits)
        while (data := process.read(1)) != b"":
            yield text((data or b"").decode())

    began = time.monotonic()
    values = run(tmp_path, body, limits=Limits(wall_s=0.4), sandbox=sandbox, grace_s=0.5)
    assert 0.8 < time.monotonic() - began < 6
    result = outcome(values)
    assert (result.status, result.fault, result.retry) == ("timed_out", "agent", True)
    assert [event.data["name"] for event in events(values) if event.kind == "limit"] == ["wall"]
    assert [each.interrupted and each.killed for each in sandbox.started] == [True]
    assert sandbox.started[0].wait(0) is not None


def test_only_the_agents_own_events_refresh_liveness(tmp_path: Path) -> None:
    def body(_job: Job, _box: Sandbox, control: Control) -> Iterator[object]:
        for _ in range(100):
            time.sleep(0.05)
            yield Event("note", {"text": "beat"}, source="system")
            yield TICK
            if control.stop_reason():
                return

    values = run(tmp_path, body, limits=Limits(idle_s=0.3))
    assert outcome(values).status == "timed_out"
    assert [event.data["name"] for event in events(values) if event.kind == "limit"] == ["idle"]


def test_waiting_for_an_answer_is_not_idle(tmp_path: Path) -> None:
    def body(_job: Job, _box: Sandbox, control: Control) -> Iterator[object]:
        yield Event("ask", {"question": "?"}, "q")
        control.wait_for_answer("q", 0.8)
        yield Outcome("passed")

    assert outcome(run(tmp_path, body, limits=Limits(idle_s=0.3))).status == "passed"


def test_the_step_that_is_too_many_never_begins(tmp_path: Path) -> None:
    begun = []

    def body(*_: object) -> Iterator[object]:
        for number in range(1, 6):
            yield Event("step", {"number": number})
            begun.append(number)

    values = run(tmp_path, body, limits=Limits(steps=3))
    assert begun == [1, 2, 3]
    assert (outcome(values).status, outcome(values).fault) == ("failed", "agent")
    assert [event.data["name"] for event in events(values) if event.kind == "limit"] == ["steps"]


def test_money_stops_at_the_step_edge_and_unknown_cost_does_not(tmp_path: Path) -> None:
    begun = []

    def body(*_: object) -> Iterator[object]:
        for cost in (None, 0.5, 1.0, 2.0):
            yield Event("step", {"number": 1})
            begun.append(cost)
            yield Event("usage", {"input": 1, "output": 2, "cost": cost})

    result = outcome(run(tmp_path, body, limits=Limits(money_usd=1.0)))
    assert begun == [None, 0.5, 1.0]
    assert (result.status, result.resume) == ("parked", {"waits_for": "money"})
    assert result.usage == Usage(1, 2, 1.0)


def test_output_over_the_limit_is_dropped_counted_and_told_once(tmp_path: Path) -> None:
    chunks = [Event("output", {"text": "x" * 1000}, "o") for _ in range(50)]
    values = said(
        tmp_path, *chunks, text("and on"), Outcome("passed"), limits=Limits(output_bytes=10_500)
    )
    assert texts(values, "output") == "x" * 10_500
    assert outcome(values).status == "passed"
    assert [event.data["name"] for event in events(values) if event.kind == "limit"] == ["output"]
    assert "39506 bytes" in texts(values, "note")


def test_a_flood_of_output_needs_little_memory_and_no_end(tmp_path: Path) -> None:
    def body(*_: object) -> Iterator[object]:
        for _ in range(3000):
            yield Event("output", {"text": "x" * 60_000}, "o")
        yield Outcome("passed")

    rows = 0
    runner = FunctionRunner(body)
    limits = Limits(output_bytes=1_000_000)
    for value in engine.run(job(tmp_path, limits=limits), runner, PlainSandbox(), mailbox()):  # type: ignore[arg-type]
        rows += isinstance(value, Event)
    assert rows < 40
