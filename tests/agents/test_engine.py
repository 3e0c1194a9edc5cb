"""The engine: one outcome, last; ticks; limits in one place; stops; nothing left behind."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import engine
from agents.errors import AgentFault, CannotRun, PlatformFault, UserFault
from agents.events import TICK, Event
from agents.job import Job, Limits, Outcome, Usage
from agents.policy import SetupSpec, VerifierSpec
from agents.ports import Control, Process, Sandbox
from agents.redact import Redactor
from tests.agents.factories import (
    FunctionRunner,
    events,
    job,
    mailbox,
    message,
    outcome,
    texts,
    workspace,
)
from tests.doubles.plain_sandbox import PlainSandbox

SECRET = "canary-4711-canary"


def run(
    root: Path,
    *items: object,
    limits: Limits | None = None,
    box: object = None,
    body: object = None,
    sandbox: PlainSandbox | None = None,
    grace_s: float = 1.0,
) -> list[engine.Value]:
    def say(_job: Job, _sandbox: Sandbox, _control: Control) -> Iterator[object]:
        yield from items

    runner = FunctionRunner(body or say)  # type: ignore[arg-type]
    values = engine.run(
        job(root, limits=limits),
        runner,  # type: ignore[arg-type]
        sandbox or PlainSandbox(),
        box or mailbox(),  # type: ignore[arg-type]
        redactor=Redactor([SECRET]),
        grace_s=grace_s,
    )
    return list(values)


def text(words: str, part: str = "p", **more: object) -> Event:
    return Event("text", {"text": words, **more}, part)  # type: ignore[dict-item]


def test_begins_with_start_and_ends_with_the_one_outcome(tmp_path: Path) -> None:
    values = run(tmp_path, text("hi"), Outcome("passed", summary="hi"), text("late"))
    assert events(values)[0] == Event(
        "start", {"runner": "function", "sandbox": "none"}, source="system"
    )
    assert outcome(values) == Outcome("passed", summary="hi")
    assert "late" not in texts(values, "text")


def test_gives_a_value_at_least_every_100_ms(tmp_path: Path) -> None:
    def body(*_: object) -> Iterator[object]:
        time.sleep(0.5)
        yield Outcome("passed")

    gaps, last = [], time.monotonic()
    for _ in engine.run(job(tmp_path), FunctionRunner(body), PlainSandbox(), mailbox()):  # type: ignore[arg-type]
        gaps.append(time.monotonic() - last)
        last = time.monotonic()
    assert max(gaps) < 0.4  # 0.1 on a machine that is not busy
    assert len(gaps) >= 3


def test_joins_chunks_of_one_part_and_keeps_their_order(tmp_path: Path) -> None:
    chunks = [text(f"{n} ", part) for n in range(2000) for part in ("a", "b")]
    values = run(tmp_path, *chunks, Outcome("passed"))
    rows = [event for event in events(values) if event.kind == "text"]
    assert len(rows) < 40
    for part in ("a", "b"):
        joined = "".join(str(row.data["text"]) for row in rows if row.part == part)
        assert joined == "".join(f"{n} " for n in range(2000))


def test_a_chunk_comes_before_what_was_said_after_it(tmp_path: Path) -> None:
    values = run(
        tmp_path, text("one"), Event("plan", {"items": []}), text("two"), Outcome("passed")
    )
    assert [event.kind for event in events(values)] == ["start", "text", "plan", "text"]


def test_no_event_is_larger_than_64_kib_of_json_and_nothing_is_lost(tmp_path: Path) -> None:
    long = "ä\x01𝄞x" * 40_000
    big = {"text": "y" * 100_000, "exit": 0}
    values = run(
        tmp_path,
        text(long),
        Event("note", {"text": long}),
        Event("result", big, "r"),  # type: ignore[arg-type]
        Event("tool", {"name": "t", "input": {"a": "z" * 200_000, "b": ["z" * 9000] * 50}}),
        Outcome("passed"),
    )
    assert max(len(json.dumps(dict(event.data))) for event in events(values)) <= 64 * 1024
    assert texts(values, "text") == long
    assert texts(values, "note") == long
    assert texts(values, "output") == "y" * 100_000


def test_secrets_are_masked_everywhere_also_across_chunks(tmp_path: Path) -> None:
    pieces = [text(letter) for letter in f"before {SECRET} after"]
    values = run(
        tmp_path,
        *pieces,
        Event("tool", {"name": "t", "input": {"deep": [SECRET], SECRET: 1}}),
        object(),
        Outcome("failed", SECRET, summary=SECRET, excerpt=SECRET),
    )
    assert SECRET not in repr(values)
    assert texts(values, "text") == "before [secret] after"


def test_a_secret_is_masked_when_its_halves_come_apart_in_time(tmp_path: Path) -> None:
    def body(*_: object) -> Iterator[object]:
        yield text("x " + SECRET[:9])
        time.sleep(0.3)
        yield text(SECRET[9:] + " y")
        yield Outcome("passed")

    assert texts(run(tmp_path, body=body), "text") == "x [secret] y"


@pytest.mark.parametrize(
    "odd",
    [
        object(),
        "words",
        Event("shout", {"text": "x"}),  # type: ignore[arg-type]
        Event("text", ["x"]),  # type: ignore[arg-type]
        Event("text", {}, part=3),  # type: ignore[arg-type]
    ],
)
def test_what_nobody_understands_becomes_unknown(tmp_path: Path, odd: object) -> None:
    values = run(tmp_path, odd, Outcome("passed"))
    assert [event.kind for event in events(values)] == ["start", "unknown"]
    assert outcome(values).status == "passed"


def test_data_that_is_no_json_is_made_storable(tmp_path: Path) -> None:
    nested: list[object] = []
    for _ in range(500):
        nested = [nested]
    data = {"a": float("nan"), "b": {1: b"x"}, "c": nested, "d": 10**5000, "e": "\0\ud800"}
    values = run(tmp_path, Event("tool", data), Outcome("passed"))  # type: ignore[arg-type]
    json.dumps(dict(events(values)[1].data), allow_nan=False).encode("utf-8")
    assert events(values)[1].data["e"] == "\u2400\ufffd"


@pytest.mark.parametrize(
    ("error", "fault", "told"),
    [
        (UserFault("Say more."), "user", "Say more."),
        (AgentFault("It broke out."), "agent", "It broke out."),
        (PlatformFault("Ours."), "platform", "Ours."),
        (CannotRun("Cannot run: x."), "user", "Cannot run: x."),
        (ValueError(f"/root/{SECRET}"), "platform", "The runner broke (ValueError)."),
        (OSError(28, "No space"), "platform", "The disk is full."),
    ],
)
def test_an_exception_is_an_error_by_its_family(
    tmp_path: Path, error: Exception, fault: str, told: str
) -> None:
    def body(*_: object) -> Iterator[object]:
        yield text("hi")
        raise error

    result = outcome(run(tmp_path, body=body))
    assert (result.status, result.fault) == ("error", fault)
    assert result.reason.startswith(told)


def test_a_runner_that_ends_without_an_outcome_is_an_error(tmp_path: Path) -> None:
    assert outcome(run(tmp_path, text("hi"))).status == "error"


def test_wall_limit_times_out_and_kills_what_ignores_the_interrupt(tmp_path: Path) -> None:
    sandbox = PlainSandbox()

    def body(asked: Job, box: Sandbox, _control: Control) -> Iterator[object]:
        argv = ["sh", "-c", "trap '' INT TERM; echo up; while :; do sleep 0.1; done"]
        process = box.start(argv, asked.workspace, asked.limits)
        while (data := process.read(1)) != b"":
            yield text((data or b"").decode())

    began = time.monotonic()
    values = run(tmp_path, body=body, limits=Limits(wall_s=0.4), sandbox=sandbox, grace_s=0.5)
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

    values = run(tmp_path, body=body, limits=Limits(idle_s=0.3))
    assert outcome(values).status == "timed_out"
    assert [event.data["name"] for event in events(values) if event.kind == "limit"] == ["idle"]


def test_waiting_for_an_answer_is_not_idle(tmp_path: Path) -> None:
    def body(_job: Job, _box: Sandbox, control: Control) -> Iterator[object]:
        yield Event("ask", {"question": "?"}, "q")
        control.wait_for_answer("q", 0.8)
        yield Outcome("passed")

    assert outcome(run(tmp_path, body=body, limits=Limits(idle_s=0.3))).status == "passed"


def test_the_step_that_is_too_many_never_begins(tmp_path: Path) -> None:
    begun = []

    def body(*_: object) -> Iterator[object]:
        for number in range(1, 6):
            yield Event("step", {"number": number})
            begun.append(number)

    values = run(tmp_path, body=body, limits=Limits(steps=3))
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

    result = outcome(run(tmp_path, body=body, limits=Limits(money_usd=1.0)))
    assert begun == [None, 0.5, 1.0]
    assert (result.status, result.resume) == ("parked", {"waits_for": "money"})
    assert result.usage == Usage(1, 2, 1.0)


def test_output_over_the_limit_is_dropped_counted_and_told_once(tmp_path: Path) -> None:
    chunks = [Event("output", {"text": "x" * 1000}, "o") for _ in range(50)]
    values = run(
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

    values = run(tmp_path, body=body, box=box, sandbox=sandbox, grace_s=20)
    assert texts(values, "text") == "up\nbye\n"
    result = outcome(values)
    assert (result.status, result.reason, result.fault) == ("cancelled", "stopped by anna", "user")
    assert (result.summary, result.exit_code) == ("half done", 3)


def test_a_stop_before_the_start_starts_no_program(tmp_path: Path) -> None:
    sandbox = PlainSandbox()

    def body(asked: Job, inner: Sandbox, _control: Control) -> Iterator[object]:
        yield Event("step", {"number": 1})
        inner.start(["true"], asked.workspace, asked.limits)

    values = run(tmp_path, body=body, box=mailbox(stop="stopped by anna"), sandbox=sandbox)
    assert outcome(values).status == "cancelled"
    assert sandbox.started == []


def test_no_process_is_left_whatever_the_runner_did(tmp_path: Path) -> None:
    sandbox = PlainSandbox()

    def body(asked: Job, inner: Sandbox, _control: Control) -> Iterator[object]:
        for _ in range(3):
            inner.start(["sleep", "60"], asked.workspace, asked.limits)
        yield Outcome("passed")

    assert outcome(run(tmp_path, body=body, sandbox=sandbox)).status == "passed"
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

    run(tmp_path, body=body, sandbox=sandbox)
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
    result = outcome(run(tmp_path, body=body, limits=Limits(wall_s=0.2), grace_s=0.2))
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


def verified(root: Path, *argv: str, timeout: float = 20, **more: object) -> list[engine.Value]:
    spec = VerifierSpec("check", argv, timeout)
    return list(
        engine.verify(
            spec, workspace(root), PlainSandbox(), Limits(), mailbox(), grace_s=0.3, **more
        )  # type: ignore[arg-type]
    )


def test_a_verifier_streams_and_is_judged_by_its_output(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import unittest\nclass A(unittest.TestCase):\n"
        "    def test_a(self): self.assertEqual(1, 2)\n    def test_b(self): pass\n"
    )
    values = verified(tmp_path, "python3", "-m", "unittest")
    result = outcome(values)
    assert (result.status, result.fault) == ("failed", "agent")
    assert result.counts == {"passed": 1, "failed": 1, "skipped": 0}
    assert "1 != 2" in result.excerpt
    assert {event.source for event in events(values)} == {"system", "verifier"}
    assert events(values)[0].data["argv"] == ["python3", "-m", "unittest"]


def test_a_verifier_that_is_not_there_cannot_run(tmp_path: Path) -> None:
    result = outcome(verified(tmp_path, "no-such-program"))
    assert (result.status, result.fault) == ("error", "user")
    assert result.reason.startswith("Cannot run: no-such-program")


def test_a_verifier_that_hangs_times_out(tmp_path: Path) -> None:
    result = outcome(verified(tmp_path, "sleep", "60", timeout=0.3))
    assert (result.status, result.retry) == ("timed_out", True)


def set_up(root: Path, spec: SetupSpec, *, allowed: bool) -> tuple[Outcome, PlainSandbox, str]:
    sandbox = PlainSandbox()
    values = list(
        engine.setup(spec, workspace(root), sandbox, Limits(), mailbox(), network_allowed=allowed)
    )
    return outcome(values), sandbox, texts(values, "note")


def test_setup_writes_its_environment_and_has_network_only_if_allowed(tmp_path: Path) -> None:
    spec = SetupSpec(("sh", "-c", "echo made > it; exit 0"), network=True)
    for allowed in (True, False):
        result, sandbox, note = set_up(tmp_path, spec, allowed=allowed)
        assert result.status == "passed"
        assert sandbox.asked[0]["network"] is allowed
        assert sandbox.asked[0]["environment_writable"] is True
        assert ("has not allowed" in note) is not allowed


def test_a_setup_that_fails_is_the_repositorys_fault(tmp_path: Path) -> None:
    result, _, _ = set_up(tmp_path, SetupSpec(("sh", "-c", "echo no; exit 4")), allowed=False)
    assert (result.status, result.fault, result.exit_code) == ("failed", "user", 4)
    assert "exit 4" in result.reason
    assert "no" in result.excerpt
