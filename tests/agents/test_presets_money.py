"""What a preset's program asks of its model is seen, whatever it tells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agents import engine
from agents.control import Mailbox
from agents.drive import Value
from agents.runners.command import CommandRunner
from agents.runners.presets import Access, Preset
from agents.sandbox import Bubblewrap
from tests.agents import claude_runs
from tests.agents.factories import events, outcome
from tests.doubles.messages_api import MessagesApi, Turn

CALL = (100 * 4 + 20 * 20) / 1e6  # US dollars of an answer of the double
# Asks as often as it can until it is refused or told to end, and says nothing about it.
PROGRAM = """
import json, sys, time, urllib.request
left = int(sys.argv[1])
while left:
    left -= 1
    body = json.dumps({"model": "claude-opus-5-5"}).encode()
    try:
        urllib.request.urlopen("http://127.0.0.1:4180/v1/messages", body).read()
    except OSError as error:
        print(error.read().decode())
        time.sleep(60)
"""


def run(folder: Path, api: MessagesApi, calls: int, cap: float | None = None) -> list[Value]:
    argv = ("python3", "-c", PROGRAM, str(calls))
    preset = Preset("Quiet", argv, {"anthropic": Access("")})
    runner = CommandRunner("quiet", (), preset=preset, keys={"anthropic": ("key", api.url)})
    job = claude_runs.job_in(folder / "run-1")
    job = replace(job, limits=replace(job.limits, money_usd=cap))
    return list(engine.run(job, runner, Bubblewrap(), Mailbox(), grace_s=5, pause_grace_s=5))


def test_calls_of_a_program_that_tells_nothing_are_its_cost(tmp_path: Path) -> None:
    with MessagesApi([Turn.text("Hello")]) as api:
        ended = outcome(run(tmp_path, api, 2))
    assert (ended.status, ended.usage.cost_usd) == ("passed", None)
    assert ended.usage.seen_usd == pytest.approx(2 * CALL)
    assert (ended.usage.input_tokens, ended.usage.output_tokens) == (200, 40)


def test_at_the_cap_its_calls_are_refused_and_it_is_interrupted_and_parked(tmp_path: Path) -> None:
    with MessagesApi([Turn.text("Hello")]) as api:
        values = run(tmp_path, api, 9, 1.5 * CALL)
        assert len(api.requests) == 2
    ended = outcome(values)
    assert (ended.status, (ended.resume or {})["waits_for"]) == ("parked", "money")
    assert ended.reason == "$0.0016 are spent and $0.0012 are allowed."
    assert [e.data["name"] for e in events(values) if e.kind == "limit"] == ["money"]
