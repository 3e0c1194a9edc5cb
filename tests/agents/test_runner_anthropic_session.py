"""The conversation outlives its run: re-prompted, stopped, or ended by a limit."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from agents import engine
from agents.control import Mailbox
from agents.events import Event
from agents.job import Limits
from agents.runners.anthropic_threads import NAME
from tests.agents.anthropic_talks import (
    LOOK,
    assert_valid,
    first_request,
    results,
    runner,
    session_of,
    talk,
    words,
)
from tests.agents.factories import events, job, mailbox, outcome, texts
from tests.doubles.messages_api import (
    MessagesApi,
    Turn,
    end,
    start,
    text_block,
    thinking_block,
    tool_block,
)
from tests.doubles.plain_sandbox import PlainSandbox


def test_a_reprompt_goes_on_with_the_conversation(tmp_path: Path) -> None:
    session = session_of(tmp_path, LOOK, Turn.text("Done."))
    request, values = first_request(tmp_path, session=session, prompt="Now the other one.")
    assert_valid(request)
    said = words(request)
    assert [w in said for w in ("Fix the fault.", "seen\nexit 0", "Done.")] == [True] * 3
    assert request["messages"][-1]["content"] == "Now the other one."
    assert outcome(values).status == "passed"
    assert "Now the other one." in outcome(values).session


def test_a_repair_is_told_only_what_it_does_not_know(tmp_path: Path) -> None:
    session = session_of(tmp_path, LOOK, Turn.text("Done."))
    red = "Fix the fault.\n\nThese checks are red:\n\nunit: 1 failed."
    request, _ = first_request(tmp_path, session=session, prompt=red)
    assert_valid(request)
    assert request["messages"][-1]["content"] == "These checks are red:\n\nunit: 1 failed."


@pytest.mark.parametrize("prompt", ["Fix the fault. And that.", "Fix the fault.\nAnd that.", "Fix"])
def test_other_words_with_the_same_beginning_are_told_in_full(tmp_path: Path, prompt: str) -> None:
    session = session_of(tmp_path, LOOK, Turn.text("Done."))
    request, _ = first_request(tmp_path, session=session, prompt=prompt)
    assert request["messages"][-1]["content"] == prompt


def test_the_same_words_again_let_a_finished_talk_go_on(tmp_path: Path) -> None:
    session = session_of(tmp_path, LOOK, Turn.text("Done."))
    request, _ = first_request(tmp_path, session=session)
    assert_valid(request)
    assert words(request).count("Fix the fault.") == 1
    assert "goes on now" in request["messages"][-1]["content"]


def test_a_reprompt_that_was_paused_before_it_began_is_told(tmp_path: Path) -> None:
    session = session_of(tmp_path, LOOK, Turn.text("Done."))
    request, _ = first_request(
        tmp_path, session=session, prompt="Now that.", resume={"waits_for": "pause"}
    )
    assert request["messages"][-1]["content"] == "Now that."


def test_thoughts_are_not_kept_for_another_conversation_but_in_their_own(tmp_path: Path) -> None:
    call = tool_block(1, {"id": "t", "name": "bash", "input": {"command": "true"}})
    turn = Turn(start() + thinking_block(0, "Hm") + call + end("tool_use"))
    with MessagesApi([turn, Turn.text("Done.")]) as api:
        session = outcome(talk(api, tmp_path)).session
    assert api.requests[1]["messages"][1]["content"][0]["type"] == "thinking"
    assert "thinking" not in session


@pytest.mark.parametrize(
    "session",
    [
        "oops",
        "[1]",
        '{"format": "claude_code 1", "messages": [{"role": "user", "content": "x"}]}',
        '{"format": "anthropic_api 1", "messages": []}',
        '{"format": "anthropic_api 1", "messages": [{"role": "robot", "content": "x"}]}',
        '{"format": "anthropic_api 1", "messages": [{"role": "user", "content": [7]}]}',
        '{"format": "anthropic_api 1", "messages": [{"role": "assistant", "content": "x"}]}',
        '{"format": "anthropic_api 1", "messages": [{"role": "user", "content": '
        '[{"type": "tool_use"}]}]}',
        "[" * 5000,
    ],
)
def test_a_session_that_cannot_be_read_is_ignored_with_a_note(tmp_path: Path, session: str) -> None:
    request, values = first_request(tmp_path, session=session)
    assert request["messages"] == [{"role": "user", "content": "Fix the fault."}]
    assert "cannot be read" in texts(values, "note")
    assert outcome(values).status == "passed"


def stopped_at(root: Path, box: Mailbox, kind: str, turns: list[Turn]) -> list[engine.Value]:
    """A run that is stopped as soon as an event of that kind comes."""
    with MessagesApi(turns) as api:
        values = []
        for value in engine.run(job(root), runner(api), PlainSandbox(), box, grace_s=1):
            values.append(value)
            if any(event.kind == kind for event in events([value])):
                box.stop("stopped by anna")
    return values


def test_a_stopped_run_leaves_a_conversation_whose_open_calls_are_answered(tmp_path: Path) -> None:
    turn = Turn.tools(("bash", {"command": "echo begun; sleep 60"}), ("ask", {"question": "So?"}))
    values = stopped_at(tmp_path, mailbox(), "output", [turn])
    assert outcome(values).status == "cancelled"
    request, _ = first_request(tmp_path, session=outcome(values).session, prompt="Again.")
    assert_valid(request)
    assert "begun" in words(request)
    [shell, asked] = results(request)
    assert "exit -" in shell["content"]
    assert asked["is_error"] is True


def test_a_stop_does_not_wait_for_a_service_that_is_silent(tmp_path: Path) -> None:
    silent = Turn(start() + text_block(0, "x" * 400) + end(), slow_s=30)
    box = mailbox()
    with MessagesApi([silent]) as api:
        values = []
        for value in engine.run(job(tmp_path), runner(api), PlainSandbox(), box, grace_s=20):
            values.append(value)
            if api.requests:
                box.stop("stopped by anna")
                began = time.monotonic()
        assert time.monotonic() - began < 15  # less than the grace, and than the silence
        while [each for each in threading.enumerate() if each.name == NAME]:
            assert time.monotonic() - began < 15, "the connection was not hung up"
            time.sleep(0.02)
    assert outcome(values).status == "cancelled"
    assert "Fix the fault." in outcome(values).session


def test_a_run_that_a_limit_ended_keeps_its_conversation(tmp_path: Path) -> None:
    with MessagesApi([LOOK]) as api:
        values = talk(api, tmp_path, limits=Limits(steps=2))
    assert outcome(values).status == "failed"
    request, _ = first_request(tmp_path, session=outcome(values).session, prompt="Again.")
    assert_valid(request)
    assert words(request).count("seen\nexit 0") == 2


def test_money_that_is_raised_lets_the_run_go_on_where_it_was(tmp_path: Path) -> None:
    dear = Turn(LOOK.body.replace(b'"output_tokens": 20', b'"output_tokens": 900000'))
    with MessagesApi([dear]) as api:
        parked = outcome(talk(api, tmp_path, limits=Limits(money_usd=1.0)))
    assert (parked.status, (parked.resume or {})["waits_for"]) == ("parked", "money")
    request, _ = first_request(tmp_path, session=parked.session, resume=parked.resume)
    assert_valid(request)
    assert words(request).count("Fix the fault.") == 1
    assert results(request)[0]["content"] == "seen\nexit 0"


def test_an_event_of_the_session_is_never_told(tmp_path: Path) -> None:
    session = session_of(tmp_path, LOOK, Turn.text("Done."))
    _, values = first_request(tmp_path, session=session, prompt="Again.")
    told = [e for e in values if isinstance(e, Event) and "I look." in json.dumps(dict(e.data))]
    assert told == []
