"""A run that is paused, or waits for an answer, goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agents import engine
from agents.runners.anthropic_conversation import NOT_RUN
from tests.agents.anthropic_talks import (
    LOOK,
    assert_valid,
    first_request,
    results,
    runner,
    talk,
    words,
)
from tests.agents.factories import events, job, mailbox, message, outcome, texts
from tests.doubles.messages_api import MessagesApi, Turn
from tests.doubles.plain_sandbox import PlainSandbox

ASK = Turn.tools(("ask", {"question": "Red or blue?"}), ("bash", {"command": "echo beside"}))


def test_a_pause_parks_before_the_next_model_call_and_the_next_run_goes_on(tmp_path: Path) -> None:
    box = mailbox()
    with MessagesApi([LOOK, Turn.text("never")]) as api:
        values = []
        for value in engine.run(job(tmp_path), runner(api), PlainSandbox(), box, grace_s=1):
            values.append(value)
            if any(event.kind == "tool" for event in events([value])):
                box.pause("paused by anna")
    parked = outcome(values)
    assert (parked.status, parked.reason) == ("parked", "paused by anna")
    assert (parked.resume or {})["waits_for"] == "pause"
    assert len(api.requests) == 1
    request, _ = first_request(tmp_path, session=parked.session, resume=parked.resume)
    assert_valid(request)
    assert words(request).count("Fix the fault.") == 1
    assert request["messages"][-1]["content"][0]["content"] == "seen\nexit 0"


def test_a_pause_ends_the_waiting_for_a_service_that_is_down(tmp_path: Path) -> None:
    box = mailbox()
    with MessagesApi([Turn.error(529, "overloaded_error")]) as api:
        values = []
        claude = runner(api, backoff_s=50.0)
        for value in engine.run(job(tmp_path), claude, PlainSandbox(), box, grace_s=1):
            values.append(value)
            if texts([value], "note"):
                box.pause("paused by anna")
    assert (outcome(values).resume or {})["waits_for"] == "pause"
    assert len(api.requests) == 1


def test_a_message_that_came_during_a_pause_is_left_for_the_next_run(tmp_path: Path) -> None:
    box = mailbox()
    box.pause("paused by anna")
    box.deliver(message("and mind the docs"))
    with MessagesApi([Turn.text("never")]) as api:
        claude = runner(api).run(job(tmp_path), PlainSandbox(), box)
        assert outcome(claude).status == "parked"  # type: ignore[arg-type]
    assert [each.text for each in box.take_messages()] == ["and mind the docs"]


def parked_question(root: Path) -> dict[str, Any]:
    with MessagesApi([ASK]) as api:
        parked = outcome(talk(api, root, ask_s=0.1))
    assert (parked.status, bool(parked.session)) == ("parked", True)
    stored: dict[str, Any] = json.loads(json.dumps(parked.resume))
    assert stored["waits_for"] == "answer"
    return {"resume": stored, "session": parked.session}


def test_a_parked_question_goes_on_with_its_answer_and_the_results_beside_it(
    tmp_path: Path,
) -> None:
    parked = parked_question(tmp_path)
    box = mailbox()
    box.answer(parked["resume"]["ask"], message("blue"))
    request, values = first_request(tmp_path, box=box, **parked)
    assert_valid(request)
    answered = "anna answers:\n\n```\nblue\n```"
    assert [r["content"] for r in results(request)] == [answered, "beside\nexit 0"]
    assert [e.kind for e in events(values) if e.kind in ("ask", "answer")] == ["answer"]


def test_a_parked_question_that_is_not_answered_parks_again(tmp_path: Path) -> None:
    parked = parked_question(tmp_path)
    with MessagesApi([Turn.text("never")]) as api:
        again = outcome(talk(api, tmp_path, ask_s=0.1, **parked))
    assert again.status == "parked"
    assert (again.resume or {})["ask"] == parked["resume"]["ask"]
    assert api.requests == []


def test_a_question_that_is_given_up_for_a_reprompt_counts_as_not_run(tmp_path: Path) -> None:
    parked = parked_question(tmp_path)
    request, _ = first_request(tmp_path, session=parked["session"], prompt="Never mind.")
    assert_valid(request)
    assert NOT_RUN in {r["content"] for r in results(request)}


def test_questions_that_a_service_calls_the_same_are_two_questions(tmp_path: Path) -> None:
    box, asked = mailbox(), []
    with MessagesApi([ASK, ASK, Turn.text("Both.")]) as api:
        values = []
        for value in engine.run(job(tmp_path), runner(api), PlainSandbox(), box, grace_s=1):
            values.append(value)
            for event in events([value]):
                if event.kind == "ask":
                    asked.append(event.part)
                    box.answer(event.part, message(f"answer {len(asked)}"))
    assert outcome(values).summary == "Both."
    assert len(set(asked)) == 2
    assert {event.dedup for event in events(values) if event.kind == "ask"} == set(asked)
    assert "answer 2" in json.dumps(api.requests[2]["messages"][-1])
