"""What the service is asked, and what it refuses: model, effort, cache and key."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agents.runners import prices
from tests.agents.anthropic_talks import KEY, LOOK, talk
from tests.agents.factories import events, outcome, texts
from tests.doubles.messages_api import MessagesApi, Turn, end, start, tool_block


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
