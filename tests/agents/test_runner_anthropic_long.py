"""How a long conversation is kept short enough for its model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.agents.anthropic_talks import LOOK, results, talk, words
from tests.agents.factories import mailbox, outcome, texts
from tests.doubles.messages_api import MessagesApi, Turn, end, start, text_block


def used(turn: Turn, tokens: int) -> Turn:
    """The same answer, to a prompt of so many tokens."""
    return Turn(turn.body.replace(b'"input_tokens": 100', f'"input_tokens": {tokens}'.encode()))


BIG = Turn.tools(("bash", {"command": "head -c 20000 /dev/zero | tr '\\0' x"}))
LONG = used(LOOK, 200_000)


def wants_summary(request: Mapping[str, Any]) -> bool:
    return "compaction" in request


def test_a_long_conversation_goes_on_from_the_services_summary(tmp_path: Path) -> None:
    def special(request: Mapping[str, Any]) -> Turn | None:
        return Turn.summary("We looked.") if wants_summary(request) else None

    with MessagesApi([LONG, LOOK, Turn.text("Ok.")], special) as api:
        values = talk(api, tmp_path)
    assert outcome(values).status == "passed"
    _, summary, after, last = api.requests
    assert summary["compaction"] == {"type": "summarize"}
    assert len(summary["messages"]) == 3
    assert [m["role"] for m in after["messages"]] == ["assistant", "user"]
    assert after["messages"][0]["content"][0]["content"] == "We looked."
    assert after["messages"][0]["content"][0]["signature"] == "c2ln"
    assert "Fix the fault." in words({"messages": after["messages"][1:]})
    assert last["messages"][:2] == after["messages"]
    betas = [headers.get("anthropic-beta", "") for headers in api.headers]
    assert ["compact-2026-09-04" in beta for beta in betas] == [False, True, True, True]
    assert "goes on from a summary" in texts(values, "note")
    stored = outcome(values).session
    assert "We looked." in stored
    with MessagesApi([Turn.text("Ok.")]) as api:
        talk(api, tmp_path, session=stored)
    assert words({"messages": api.requests[0]["messages"][1:]}).count("Fix the fault.") == 1
    assert "compact-2026-09-04" in api.headers[0]["anthropic-beta"]


def test_a_service_that_refuses_summaries_is_told_and_old_results_are_left_out(
    tmp_path: Path,
) -> None:
    def special(request: Mapping[str, Any]) -> Turn | None:
        refusal = "anthropic-beta: unexpected value compact-2026-09-04"
        wanted = wants_summary(request)
        return Turn.error(400, "invalid_request_error", refusal) if wanted else None

    turns = [BIG, BIG, BIG, used(BIG, 200_000), LOOK, LOOK, used(LOOK, 200_000), Turn.text("Ok.")]
    with MessagesApi(turns, special) as api:
        values = talk(api, tmp_path)
    assert outcome(values).status == "passed"
    assert sum(wants_summary(request) for request in api.requests) == 1  # it is not asked twice
    assert "unexpected value" in texts(values, "note")
    assert "left out" in texts(values, "note")
    before, after = api.requests[4], api.requests[5]
    assert len(json.dumps(after["messages"])) < len(json.dumps(before["messages"])) - 15_000
    assert after["messages"][0]["content"] == "Fix the fault."
    assert "x" * 1000 in results(after)[0]["content"]  # the last ones stay


def test_a_summary_that_failed_counts_as_refused(tmp_path: Path) -> None:
    def special(request: Mapping[str, Any]) -> Turn | None:
        return Turn.summary(None) if wants_summary(request) else None

    with MessagesApi([LONG, Turn.text("Ok.")], special) as api:
        values = talk(api, tmp_path)
    assert outcome(values).status == "passed"
    assert "gets no summary" in texts(values, "note")
    assert len(api.requests[-1]["messages"]) == 3


def test_a_full_window_is_made_room_in_and_tried_again(tmp_path: Path) -> None:
    def special(request: Mapping[str, Any]) -> Turn | None:
        return Turn.summary("All of it.") if wants_summary(request) else None

    full = Turn(start() + text_block(0, "I was") + end("model_context_window_exceeded"))
    with MessagesApi([LOOK, full, Turn.text("Ok.")], special) as api:
        values = talk(api, tmp_path)
    assert outcome(values).status == "passed"
    assert outcome(values).summary == "Ok."
    assert [wants_summary(r) for r in api.requests] == [False, False, True, False]


@pytest.mark.parametrize(
    "full",
    [
        Turn.text("I was", "model_context_window_exceeded"),
        Turn.error(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
        Turn.error(413, "request_too_large", "Request exceeds the maximum size"),
    ],
)
def test_a_window_that_stays_full_ends_the_run_with_the_reason(tmp_path: Path, full: Turn) -> None:
    with MessagesApi([full]) as api:
        ended = outcome(talk(api, tmp_path))
    assert (ended.status, ended.fault) == ("failed", "agent")
    assert "too long" in ended.reason
    assert len(api.requests) <= 4


def test_tokens_of_a_summary_inside_an_answer_are_paid_too(tmp_path: Path) -> None:
    one = {"input_tokens": 5000, "output_tokens": 700, "type": "compaction"}
    step = {**one, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    body = start(usage={"iterations": [step]}) + text_block(0, "Ok.") + end()
    with MessagesApi([Turn(body)]) as api:
        usage = outcome(talk(api, tmp_path)).usage
    assert (usage.input_tokens, usage.output_tokens) == (5100, 720)


def test_a_stop_during_a_summary_ends_the_run(tmp_path: Path) -> None:
    box = mailbox()

    def special(request: Mapping[str, Any]) -> Turn | None:
        if not wants_summary(request):
            return None
        box.stop("stopped by anna")
        return Turn(Turn.summary("x").body, slow_s=0.2)

    with MessagesApi([LONG, Turn.text("never")], special) as api:
        values = talk(api, tmp_path, box=box)
    assert outcome(values).status == "cancelled"
    assert len(api.requests) == 2
