"""An agent that leaves a comment unanswered is asked for it once, whichever Claude it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents import engine
from agents.answers import Batch
from agents.runners.anthropic_api import AnthropicRunner
from tests.agents import claude_runs
from tests.agents.factories import job, mailbox, outcome
from tests.doubles.messages_api import MessagesApi, Turn
from tests.doubles.plain_sandbox import PlainSandbox

FIRST, LATER = Turn.text("Mended.\n\n1. Done: a.py."), Turn.text("2. Not done: by design.")


def by_api(root: Path, *turns: Turn) -> tuple[Any, list[dict[str, Any]]]:
    with MessagesApi(turns) as api:
        runner = AnthropicRunner(key="test", base_url=api.url)
        asked = replace(job(root), comments=2)
        values = list(engine.run(asked, runner, PlainSandbox(), mailbox()))
    return outcome(values), api.requests


def test_what_is_missing_is_named_and_asked_for_once() -> None:
    batch = Batch(3)
    assert "no answer for: 1, 3." in batch.missing_after("2. Done.")
    assert batch.missing_after("1. Done") == ""
    assert batch.summary == "2. Done.\n\n1. Done"
    assert Batch(0).missing_after("Nothing was asked.") == ""


def test_claude_through_the_api_is_asked_again_and_both_parts_are_its_summary(
    tmp_path: Path,
) -> None:
    ended, requests = by_api(tmp_path, FIRST, LATER)
    assert "no answer for: 2." in json.dumps(requests[1]["messages"][-1])
    assert ended.status == "passed"
    assert ended.summary == "Mended.\n\n1. Done: a.py.\n\n2. Not done: by design."


def test_an_agent_that_still_says_nothing_is_let_go(tmp_path: Path) -> None:
    ended, requests = by_api(tmp_path, Turn.text("Mended."), Turn.text("As I said."))
    assert (ended.status, len(requests)) == ("passed", 2)
    ended, requests = by_api(tmp_path, Turn.text("1. Done\n2. Done"))
    assert len(requests) == 1


@pytest.mark.claude_code
@pytest.mark.timeout(240)
def test_claude_code_is_asked_again_and_both_parts_are_its_summary(tmp_path: Path) -> None:
    asked = claude_runs.job_in(tmp_path / "run-1", comments=2)
    done = claude_runs.run(asked, [FIRST, LATER])
    assert "no answer for: 2." in json.dumps(done.requests[-1]["messages"])
    assert done.outcome.status == "passed"
    assert done.outcome.summary == "Mended.\n\n1. Done: a.py.\n\n2. Not done: by design."
