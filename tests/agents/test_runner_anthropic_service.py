"""What the service is asked, what it refuses, and how a long conversation is kept short."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agents.runners import prices
from agents.runners.anthropic_api import TRIES
from agents.runners.anthropic_stream import Trouble, wait_before
from tests.agents.anthropic_talks import KEY, results, talk, words
from tests.agents.factories import events, mailbox, outcome, texts
from tests.doubles.messages_api import (
    MessagesApi,
    Turn,
    end,
    start,
    text_block,
    thinking_block,
    tool_block,
)

LOOK = Turn.tools(("bash", {"command": "true"}))


@pytest.fixture(autouse=True)
def no_ambient_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


# ------------------------------------------------------------------------- model, effort, caching


def test_the_instructions_own_model_and_effort_come_before_the_repositorys(tmp_path: Path) -> None:
    options = {"model": "claude-haiku-5-5", "effort": "low"}
    with MessagesApi([Turn.text("Ok.")]) as api:
        talk(api, tmp_path, model="claude-sonnet-5", effort="high")
        talk(api, tmp_path, model="claude-sonnet-5", effort="high", options=options)
        talk(api, tmp_path)
    asked = [(r["model"], r.get("output_config")) for r in api.requests]
    assert asked == [
        ("claude-sonnet-5", {"effort": "high"}),
        ("claude-haiku-5-5", {"effort": "low"}),
        (prices.DEFAULT_MODEL, None),
    ]


def test_thoughts_are_asked_for_only_where_a_model_can_show_them(tmp_path: Path) -> None:
    with MessagesApi([Turn.text("Ok.")]) as api:
        talk(api, tmp_path)
        talk(api, tmp_path, model="claude-haiku-4-5")
        talk(api, tmp_path, model="made-up-1")
    asked = [request.get("thinking") for request in api.requests]
    assert asked == [{"type": "adaptive", "display": "summarized"}, None, None]


def test_a_model_that_the_service_does_not_know_is_the_users_fault(tmp_path: Path) -> None:
    with MessagesApi([Turn.error(404, "not_found_error", "model: claude-opus-9")]) as api:
        ended = outcome(talk(api, tmp_path, model="claude-opus-9"))
    assert (ended.status, ended.fault, ended.retry) == ("error", "user", False)
    assert "no model named 'claude-opus-9'" in ended.reason
    assert ".honk.toml" in ended.reason
    assert len(api.requests) == 1


def test_an_effort_that_does_not_exist_is_the_users_fault_and_nothing_is_asked(
    tmp_path: Path,
) -> None:
    with MessagesApi([Turn.text("never")]) as api:
        ended = outcome(talk(api, tmp_path, options={"effort": "heroic"}))
    assert (ended.status, ended.fault) == ("error", "user")
    assert "low, medium, high, xhigh, max" in ended.reason
    assert api.requests == []


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("output_config.effort is not supported by this model", "output_config"),
        ("thinking.display: not supported for this model", "thinking"),
    ],
)
def test_what_a_model_does_not_take_is_left_out_and_told(
    tmp_path: Path, message: str, field: str
) -> None:
    refusal = Turn.error(400, "invalid_request_error", message)
    with MessagesApi([Turn.text("Ok.")], lambda r: refusal if field in r else None) as api:
        values = talk(api, tmp_path, effort="max")
    assert outcome(values).status == "passed"
    assert "Going on without" in texts(values, "note")
    assert [field in request for request in api.requests] == [True, False]


def test_another_refusal_of_the_request_ends_the_run_with_the_services_words(
    tmp_path: Path,
) -> None:
    with MessagesApi([Turn.error(400, "invalid_request_error", "messages: bad shape")]) as api:
        ended = outcome(talk(api, tmp_path))
    assert (ended.status, ended.fault, ended.retry) == ("error", "platform", False)
    assert "bad shape" in ended.reason
    assert len(api.requests) == 1


def marks(value: Any) -> int:
    """How many cache marks a request holds."""
    if isinstance(value, dict):
        return ("cache_control" in value) + sum(marks(item) for item in value.values())
    return sum(marks(item) for item in value) if isinstance(value, list) else 0


def test_rules_and_tools_and_the_moving_end_are_marked_for_the_cache(tmp_path: Path) -> None:
    with MessagesApi([LOOK, LOOK, LOOK, Turn.text("Ok.")]) as api:
        talk(api, tmp_path)
    for request in api.requests:
        assert request["system"][-1]["cache_control"] == {"type": "ephemeral"}
        assert request["cache_control"] == {"type": "ephemeral"}
        assert marks(request) <= 4
    stable = [json.dumps([r["system"], r["tools"]]) for r in api.requests]
    assert len(set(stable)) == 1
    begun = [json.dumps(r["messages"])[:-1] for r in api.requests]
    assert all(b.startswith(a) for a, b in pairwise(begun))


def test_each_call_tells_its_step_and_what_was_used_so_far(tmp_path: Path) -> None:
    cached = {"cache_read_input_tokens": 1000, "cache_creation_input_tokens": 10}
    call = tool_block(0, {"id": "t", "name": "bash", "input": {"command": "true"}})
    first = Turn(start(usage=cached) + call + end("tool_use"))
    with MessagesApi([first, Turn.text("Ok.")]) as api:
        values = talk(api, tmp_path)
    used = [e.data for e in events(values) if e.kind == "usage"]
    assert [(u["step"], u["input"], u["output"]) for u in used] == [(1, 1110, 20), (2, 1210, 40)]
    one = (100 + 10 * 1.25 + 1000 * 0.05) * 4 + 20 * 20
    assert used[0]["cost"] == pytest.approx(one / 1e6)
    assert used[1]["cost"] == pytest.approx((one + 100 * 4 + 20 * 20) / 1e6)
    assert outcome(values).usage.cost_usd == used[1]["cost"]


def test_the_key_is_in_the_header_alone(tmp_path: Path) -> None:
    look = Turn.tools(("bash", {"command": "env; cat /proc/self/environ"}))
    with MessagesApi([look, Turn.error(529, "overloaded_error"), Turn.text("Ok.")]) as api:
        values = talk(api, tmp_path)
    holders = [[name for name, value in h.items() if KEY in value] for h in api.headers]
    assert holders == [["authorization"]] * 3
    assert KEY not in json.dumps(api.requests)
    assert KEY not in json.dumps([dict(event.data) for event in events(values)])
    assert KEY not in outcome(values).session


def test_an_ambient_token_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "ambient-key")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "ambient-token")
    with MessagesApi([Turn.text("Ok.")]) as api:
        talk(api, tmp_path)
    assert "ambient" not in json.dumps(api.headers)


# ----------------------------------------------------------------------------------------- retries


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "0.4"},
        {"retry_after_ms": "400"},
        {"retry_after_ms": "400", "retry_after": "9"},
    ],
)
def test_the_services_own_waiting_time_is_honoured(
    tmp_path: Path, headers: Mapping[str, str]
) -> None:
    limited = Turn.error(429, "rate_limit_error", "slow down", **headers)
    with MessagesApi([limited, Turn.text("Fine.")]) as api:
        values = talk(api, tmp_path)
    assert outcome(values).status == "passed"
    assert 0.4 <= api.times[1] - api.times[0] < 8
    assert [headers.get("x-stainless-retry-count") for headers in api.headers] == ["0", "0"]


@pytest.mark.parametrize("status", [500, 503, 529])
def test_a_service_that_stays_down_five_times_fails_with_the_reason(
    tmp_path: Path, status: int
) -> None:  # F19
    with MessagesApi([Turn.error(status, "overloaded_error", "Overloaded")]) as api:
        ended = outcome(talk(api, tmp_path))
    assert (ended.status, ended.fault, ended.retry) == ("error", "platform", True)
    assert len(api.requests) == TRIES == 5
    assert str(status) in ended.reason
    assert "Fix the fault." in ended.session


def test_a_service_that_comes_back_on_the_last_try_is_enough(tmp_path: Path) -> None:  # F19
    down = [Turn.error(529, "overloaded_error")] * (TRIES - 1)
    with MessagesApi([*down, Turn.text("Ok.")]) as api:
        values = talk(api, tmp_path)
    assert outcome(values).status == "passed"
    assert texts(values, "note").count("trying again") == TRIES - 1


def test_each_wait_is_longer_and_none_is_the_same(tmp_path: Path) -> None:

    trouble = Trouble("down", retry=True)
    for attempt in range(1, 8):
        waits = [wait_before(attempt, trouble, 1.0) for _ in range(50)]
        longest = min(2.0 ** (attempt - 1), 60.0)
        assert longest / 2 <= min(waits) < max(waits) <= longest
    assert wait_before(1, Trouble("limited", retry=True, after=30), 1.0) == 30


# --------------------------------------------------------------------------------- long conversation


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


def test_a_call_that_is_tried_again_holds_the_very_same_words(tmp_path: Path) -> None:
    """Thoughts of the model are bound to the words before them; the cache is, too."""
    calls = [
        tool_block(2, {"id": "t1", "name": "bash", "input": {"command": "echo é; exit 3"}}),
        tool_block(3, {"id": "t2", "name": "no_such_tool", "input": {"a": [1.5, None]}}),
        tool_block(4, {"id": "t3", "name": "plan", "input": {"items": 3}}),
    ]
    said = thinking_block(0, "Hm…") + text_block(1, "Größe") + b"".join(calls)
    turns = [Turn(start() + said + end("tool_use")), LOOK]
    turns += [Turn.error(529, "overloaded_error"), Turn.text("Ok.")]
    with MessagesApi(turns) as api:
        assert outcome(talk(api, tmp_path)).status == "passed"
    _, first, by_sdk, by_us = api.requests
    assert by_us["messages"] == by_sdk["messages"]
    assert by_sdk["messages"][: len(first["messages"])] == first["messages"]
    assert by_us["messages"][1]["content"][0]["signature"] == "c2ln"
