"""The conversation outlives its run: re-prompted, parked, paused, stopped, or ended by a limit."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from agents import engine
from agents.control import Mailbox
from agents.events import Event
from agents.job import Limits
from agents.runners import anthropic_conversation as conversations
from agents.runners.anthropic_conversation import LEFT_OUT, NOT_RUN, Conversation, load
from agents.runners.anthropic_threads import NAME
from tests.agents.anthropic_talks import results, runner, talk, words
from tests.agents.factories import events, job, mailbox, message, outcome, texts
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

LOOK = Turn.tools(("bash", {"command": "echo seen"}), say="I look.")
ASK = Turn.tools(("ask", {"question": "Red or blue?"}), ("bash", {"command": "echo beside"}))


def session_of(root: Path, *turns: Turn, **more: Any) -> str:
    with MessagesApi(turns) as api:
        return outcome(talk(api, root, **more)).session


def first_request(root: Path, **more: Any) -> tuple[dict[str, Any], list[engine.Value]]:
    """The first request of a run that goes on, and all that it gives."""
    with MessagesApi([Turn.text("Ok.")]) as api:
        values = talk(api, root, **more)
    return api.requests[0], values


def assert_valid(request: dict[str, Any]) -> None:
    """People and model take turns, people speak last, and each call has exactly its results."""
    messages = request["messages"]
    roles = [each["role"] for each in messages]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
    for said, given in zip(messages[1::2], messages[2::2], strict=True):
        blocks = said["content"] if isinstance(said["content"], list) else []
        called = [b["id"] for b in blocks if b["type"] == "tool_use"]
        answered = [b for b in given["content"] if isinstance(b, dict)]
        got = [b["tool_use_id"] for b in answered if b["type"] == "tool_result"]
        assert got == called
        assert all(b["type"] == "tool_result" for b in answered[: len(called)])


# ------------------------------------------------------------------------------------------ re-prompt


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


# ---------------------------------------------------------------------------------- stopped, limited


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


# -------------------------------------------------------------------------------------- pause, answer


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


# --------------------------------------------------------------------------------- the conversation


def call(number: int, result: str) -> list[dict[str, Any]]:
    return [
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": f"t{number}", "name": "bash", "input": {}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": f"t{number}", "content": result}]},
    ]  # fmt: skip


def test_words_of_people_join_what_they_follow() -> None:
    talked = Conversation(call(1, "ok"))
    talked.tell("one")
    talked.tell("two")
    assert [m["role"] for m in talked.messages] == ["assistant", "user"]
    assert [b.get("text") for b in talked.messages[-1]["content"]] == [None, "one", "two"]


def test_a_stored_conversation_is_bounded_by_its_oldest_results(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversations, "MAX_SESSION", 3600)
    first = {"role": "user", "content": "Fix it."}
    long = Conversation([first, *call(1, "a" * 2000), *call(2, "b" * 2000), *call(3, "c" * 500)])
    found = load(long.session())
    assert found is not None
    kept = [block["content"] for m in found.messages[2::2] for block in m["content"]]
    assert kept == [LEFT_OUT, "b" * 2000, "c" * 500]
    assert long.messages[2]["content"][0]["content"] == "a" * 2000  # what is stored is a copy


def test_a_conversation_that_cannot_be_bounded_is_not_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversations, "MAX_SESSION", 3000)
    assert Conversation([{"role": "user", "content": "x" * 4000}]).session() == ""


def test_a_call_without_result_in_the_middle_gets_one() -> None:
    messages = [{"role": "user", "content": "Go."}, call(1, "")[0], *call(2, "ok")]
    stored = json.dumps({"format": "anthropic_api 1", "messages": messages})
    found = load(stored)
    assert found is not None
    assert [m["role"] for m in found.messages] == ["user", "assistant", "user"]
    assert {b["tool_use_id"] for b in found.messages[2]["content"]} == {"t1", "t2"}


def test_every_prefix_of_a_conversation_can_be_gone_on_with(tmp_path: Path) -> None:
    turns = [LOOK, Turn.tools(("bash", {"command": "true"}), ("bash", {"command": "false"}))]
    stored = json.loads(session_of(tmp_path, *turns, Turn.text("Done.")))
    for length in range(1, len(stored["messages"]) + 1):
        part = json.dumps({**stored, "messages": stored["messages"][:length]})
        found = load(part)
        assert found is not None
        found.tell("Again.")
        assert_valid({"messages": found.messages})


def test_an_event_of_the_session_is_never_told(tmp_path: Path) -> None:
    session = session_of(tmp_path, LOOK, Turn.text("Done."))
    _, values = first_request(tmp_path, session=session, prompt="Again.")
    told = [e for e in values if isinstance(e, Event) and "I look." in json.dumps(dict(e.data))]
    assert told == []
