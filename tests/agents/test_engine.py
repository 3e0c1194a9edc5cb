"""The engine: one outcome, last; ticks; what a runner says made storable, whole and masked."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import engine
from agents.errors import AgentFault, CannotRun, PlatformFault, UserFault
from agents.events import Event
from agents.job import Outcome
from tests.agents.engine_runs import SECRET, run, said, text
from tests.agents.factories import (
    FunctionRunner,
    events,
    job,
    mailbox,
    outcome,
    texts,
)
from tests.doubles.plain_sandbox import PlainSandbox


def test_begins_with_start_and_ends_with_the_one_outcome(tmp_path: Path) -> None:
    values = said(tmp_path, text("hi"), Outcome("passed", summary="hi"), text("late"))
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
    values = said(tmp_path, *chunks, Outcome("passed"))
    rows = [event for event in events(values) if event.kind == "text"]
    assert len(rows) < 40
    for part in ("a", "b"):
        joined = "".join(str(row.data["text"]) for row in rows if row.part == part)
        assert joined == "".join(f"{n} " for n in range(2000))


def test_a_chunk_comes_before_what_was_said_after_it(tmp_path: Path) -> None:
    values = said(
        tmp_path, text("one"), Event("plan", {"items": []}), text("two"), Outcome("passed")
    )
    assert [event.kind for event in events(values)] == ["start", "text", "plan", "text"]


def test_no_event_is_larger_than_64_kib_of_json_and_nothing_is_lost(tmp_path: Path) -> None:
    long = "ä\x01𝄞x" * 40_000
    big = {"text": "y" * 100_000, "exit": 0}
    values = said(
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
    values = said(
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

    assert texts(run(tmp_path, body), "text") == "x [secret] y"


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
    values = said(tmp_path, odd, Outcome("passed"))
    assert [event.kind for event in events(values)] == ["start", "unknown"]
    assert outcome(values).status == "passed"


def test_data_that_is_no_json_is_made_storable(tmp_path: Path) -> None:
    nested: list[object] = []
    for _ in range(500):
        nested = [nested]
    data = {"a": float("nan"), "b": {1: b"x"}, "c": nested, "d": 10**5000, "e": "\0\ud800"}
    values = said(tmp_path, Event("tool", data), Outcome("passed"))  # type: ignore[arg-type]
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

    result = outcome(run(tmp_path, body))
    assert (result.status, result.fault) == ("error", fault)
    assert result.reason.startswith(told)


def test_a_runner_that_ends_without_an_outcome_is_an_error(tmp_path: Path) -> None:
    assert outcome(said(tmp_path, text("hi"))).status == "error"
