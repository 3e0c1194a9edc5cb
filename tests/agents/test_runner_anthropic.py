"""Claude through the API, against a loopback stand-in that speaks the streaming protocol."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from agents import engine
from agents.job import Limits
from agents.runners import prices
from agents.runners.anthropic_api import AnthropicRunner
from tests.agents.anthropic_talks import EDIT, talk
from tests.agents.factories import events, job, mailbox, message, outcome, texts
from tests.doubles.messages_api import (
    MessagesApi,
    Turn,
    end,
    start,
    text_block,
    tool_block,
)
from tests.doubles.plain_sandbox import PlainSandbox


def test_a_whole_task_is_done_with_tools_in_the_sandbox(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    turns = [
        Turn.tools(("bash", {"command": "cat a.py"}), say="I look."),
        Turn.tools(
            (EDIT, {"command": "str_replace", "path": "/workspace/a.py", "old_str": "1",
                    "new_str": "2"}),
            (EDIT, {"command": "create", "path": "b/c.py", "file_text": "y\n"}),
            (EDIT, {"command": "insert", "path": "b/c.py", "insert_line": 1, "insert_text": "z"}),
            (EDIT, {"command": "view", "path": "b/c.py", "view_range": [2, -1]}),
        ),
        Turn.text("x is 2 now."),
    ]  # fmt: skip
    with MessagesApi(turns) as api:
        values = talk(api, tmp_path)
    assert outcome(values).status == "passed"
    assert outcome(values).summary == "x is 2 now."
    assert (tmp_path / "a.py").read_text() == "x = 2\n"
    assert (tmp_path / "b/c.py").read_text() == "y\nz\n"
    assert texts(values, "output") == "x = 1\n"
    assert [e.data["number"] for e in events(values) if e.kind == "step"] == [1, 2, 3]
    assert api.requests[1]["messages"][-1]["content"][0]["content"] == "x = 1\nexit 0"
    assert api.requests[2]["messages"][-1]["content"][3]["content"] == "2\tz"


def test_the_request_holds_history_cache_mark_and_house_rules_and_no_thread(
    tmp_path: Path,
) -> None:
    with MessagesApi([Turn.tools(("bash", {"command": "true"})), Turn.text("Done.")]) as api:
        talk(api, tmp_path)
    first, second = api.requests
    assert first["messages"] == [{"role": "user", "content": "Fix the fault."}]
    assert len(second["messages"]) == 3
    assert second["stream"] is True
    assert second["cache_control"] == {"type": "ephemeral"}
    assert "thread" not in second
    assert "/workspace" in first["system"][0]["text"]
    assert {tool["name"] for tool in first["tools"]} == {"bash", EDIT, "plan", "ask"}


def test_tokens_and_money_are_added_up_and_unknown_prices_stay_unknown(tmp_path: Path) -> None:
    with MessagesApi([Turn.tools(("bash", {"command": "true"})), Turn.text("Done.")]) as api:
        known = outcome(talk(api, tmp_path)).usage
    with MessagesApi([Turn.text("Done.")]) as api:
        unknown = outcome(talk(api, tmp_path, model="made-up-1")).usage
    assert (known.input_tokens, known.output_tokens) == (200, 40)
    assert known.cost_usd == pytest.approx((200 * 4 + 40 * 20) / 1e6)
    assert unknown.cost_usd is None
    assert unknown.output_tokens == 20


def test_cached_input_has_its_own_price() -> None:
    tokens = prices.Tokens(input=10, output=0, cache_write=100, cache_read=1000)
    assert prices.cost("claude-sonnet-5-5", tokens) == pytest.approx((10 + 125 + 50) * 2 / 1e6)
    assert prices.cost("claude-opus-5", tokens) == pytest.approx((10 + 125 + 100) * 5 / 1e6)
    assert prices.cost("claude-fable-5-1", tokens) == pytest.approx((10 + 125 + 25) * 10 / 1e6)


def test_a_long_prompt_costs_more_where_the_price_list_says_so() -> None:
    short = prices.Tokens(input=100_000, output=10)
    long = prices.Tokens(input=50_000, output=10, cache_read=50_001)
    assert prices.cost("claude-haiku-5-5", short) == pytest.approx((1e5 * 0.1 + 5) / 1e6)
    assert prices.cost("claude-haiku-5-5", long) == pytest.approx((55_000.1 * 0.5 + 25) / 1e6)


@pytest.mark.parametrize(
    ("model", "is_known"),
    [
        ("claude-opus-4-5-20251101", True),
        ("claude-haiku-4-5", True),
        ("claude-sonnet-55", False),
        ("claude-fable-5-2", False),
        ("claude-opus-5-5-preview", False),
        ("", False),
    ],
)
def test_only_a_model_of_the_list_or_a_dated_name_of_one_has_a_price(
    model: str, is_known: bool
) -> None:
    assert (prices.cost(model, prices.Tokens(input=1)) is not None) is is_known


def test_money_that_is_used_up_parks_the_run_before_the_next_model_call(tmp_path: Path) -> None:
    spent = start(usage={"output_tokens": 1}) + tool_block(
        0, {"id": "t1", "name": "bash", "input": {"command": "touch made"}}
    )
    turns = [Turn(spent + end("tool_use", output=10**30))]
    with MessagesApi(turns) as api:
        values = talk(api, tmp_path, limits=Limits(money_usd=1.0))
    assert outcome(values).status == "parked"
    assert (outcome(values).resume or {})["waits_for"] == "money"
    assert "touch made" in outcome(values).session
    assert [e.data["name"] for e in events(values) if e.kind == "limit"] == ["money"]
    assert len(api.requests) == 1


@pytest.mark.parametrize("tokens", [0, -5])
def test_answers_that_do_not_tell_what_they_used_cost_unknown_and_end_under_a_cap(
    tmp_path: Path, tokens: int
) -> None:
    call = tool_block(0, {"id": "t1", "name": "bash", "input": {"command": "true"}})
    used = {"input_tokens": tokens, "output_tokens": tokens}
    turn = Turn(start(usage=used) + call + end("tool_use", output=tokens))
    with MessagesApi([turn]) as api:
        values = talk(api, tmp_path, limits=Limits(money_usd=5.0))
    ended = outcome(values)
    assert (ended.status, ended.usage.cost_usd) == ("failed", None)
    assert "did not tell what they used" in ended.reason
    assert len(api.requests) == 11


def test_a_refused_key_is_not_tried_again_and_not_told(tmp_path: Path) -> None:
    with MessagesApi([Turn.error(401, "authentication_error", "bad key test")]) as api:
        result = outcome(talk(api, tmp_path))
    assert len(api.requests) == 1
    assert result.retry is False
    assert "key" in result.reason
    assert "test" not in result.reason


def test_nobody_listening_is_a_platform_fault(tmp_path: Path) -> None:
    with MessagesApi([Turn.text("never")]) as api:
        pass
    result = outcome(talk(api, tmp_path))
    assert (result.status, result.fault, result.retry) == ("error", "platform", True)


def test_an_unknown_stop_reason_and_a_refusal_end_the_run(tmp_path: Path) -> None:
    with MessagesApi([Turn.text("x", "sunspots")]) as api:
        unknown = outcome(talk(api, tmp_path))
    with MessagesApi([Turn.text("", "refusal")]) as api:
        refused = outcome(talk(api, tmp_path))
    assert unknown.status == "error"
    assert "sunspots" in unknown.reason
    assert refused.status == "failed"
    assert "declined" in refused.reason


def test_tools_are_not_run_unless_the_answer_stopped_for_them(tmp_path: Path) -> None:
    call = tool_block(0, {"id": "t", "name": "bash", "input": {"command": "touch bad"}})
    turns = [
        Turn(start() + call + end("end_turn")),
    ]
    with MessagesApi(turns) as api:
        talk(api, tmp_path)
    assert not (tmp_path / "bad").exists()


def test_an_answer_cut_at_its_longest_goes_on_without_its_cut_tool_call(tmp_path: Path) -> None:
    cut = tool_block(1, {"id": "t", "name": "bash", "input": {}}, '{"command": "touch ba')
    turns = [
        Turn(start() + text_block(0, "Long") + cut + end("max_tokens")),
        Turn.text("Done."),
    ]
    with MessagesApi(turns) as api:
        assert outcome(talk(api, tmp_path)).summary == "Done."
    assert "tool_use" not in json.dumps(api.requests[1]["messages"])
    assert "smaller steps" in api.requests[1]["messages"][-1]["content"]


def test_an_answer_that_is_always_cut_ends_the_run(tmp_path: Path) -> None:
    with MessagesApi([Turn.text("Long", "max_tokens")]) as api:
        result = outcome(talk(api, tmp_path))
    assert (result.status, len(api.requests)) == ("failed", 3)


def test_a_message_goes_in_before_the_next_call_or_at_the_end(tmp_path: Path) -> None:
    box = mailbox()
    one = Turn(Turn.text("One.").body, slow_s=0.1)
    turns = [Turn.tools(("bash", {"command": "sleep 1"})), one, Turn.text("Two.")]
    with MessagesApi(turns) as api:
        runner = AnthropicRunner(key="test", base_url=api.url)
        values = []
        for value in engine.run(job(tmp_path), runner, PlainSandbox(), box):
            values.append(value)
            if [event.kind for event in events([value])] == ["tool"]:
                box.deliver(message("also this"))
            if "One." in texts(values, "text"):
                box.deliver(message("and that", 2))
    assert "also this" in json.dumps(api.requests[1]["messages"][-1])
    assert "and that" in json.dumps(api.requests[2]["messages"][-1])
    assert outcome(values).summary == "Two."


ASK = Turn.tools(("ask", {"question": "Red or blue?", "answers": ["red"]}), ("plan", {"items": []}))


def test_a_question_waits_for_its_answer(tmp_path: Path) -> None:
    box = mailbox()
    with MessagesApi([ASK, Turn.text("Red it is.")]) as api:
        runner = AnthropicRunner(key="test", base_url=api.url)
        values = []
        for value in engine.run(job(tmp_path), runner, PlainSandbox(), box):
            values.append(value)
            for event in events([value]):
                if event.kind == "ask":
                    box.answer(event.part, message("red"))
    assert [e.kind for e in events(values) if e.kind in ("ask", "answer")] == ["ask", "answer"]
    results = api.requests[1]["messages"][-1]["content"]
    assert [each["content"] for each in results] == ["anna answers:\n\n```\nred\n```", "Shown."]
    assert outcome(values).status == "passed"


def test_a_question_without_answer_parks_and_the_answer_goes_on_in_a_new_run(
    tmp_path: Path,
) -> None:
    with MessagesApi([ASK]) as api:
        parked = outcome(talk(api, tmp_path, ask_s=0.1))
    assert parked.status == "parked"
    stored = json.loads(json.dumps(parked.resume))
    box = mailbox()
    box.answer(stored["ask"], message("blue"))
    with MessagesApi([Turn.text("Blue it is.")]) as api:
        values = talk(api, tmp_path, box=box, resume=stored)
    assert outcome(values).summary == "Blue it is."
    sent = api.requests[0]["messages"]
    assert sent[0]["content"] == "Fix the fault."
    assert sent[-1]["content"][0]["content"] == "anna answers:\n\n```\nblue\n```"
    assert not [e for e in events(values) if e.kind == "ask"]


def test_a_stop_while_the_model_talks_ends_soon(tmp_path: Path) -> None:
    box = mailbox()
    slow = Turn(start() + text_block(0, "word " * 2000, pieces=500) + end(), slow_s=0.02)
    with MessagesApi([slow]) as api:
        runner = AnthropicRunner(key="test", base_url=api.url)
        began = time.monotonic()
        values = []
        for value in engine.run(job(tmp_path), runner, PlainSandbox(), box):
            values.append(value)
            if texts([value], "text"):
                box.stop("stopped by anna")
    assert time.monotonic() - began < 9
    ended = outcome(values)
    assert (ended.status, ended.reason, ended.fault) == ("cancelled", "stopped by anna", "user")
    assert "Fix the fault." in ended.session


def test_without_a_key_it_says_so(tmp_path: Path) -> None:
    result = outcome(engine.run(job(tmp_path), AnthropicRunner(), PlainSandbox(), mailbox()))
    assert result.status == "error"
    assert "ANTHROPIC_API_KEY" in result.reason
