"""A conversation by itself: what people say, what is stored and bounded, what is read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents.runners import anthropic_conversation as conversations
from agents.runners.anthropic_conversation import LEFT_OUT, Conversation, load
from tests.agents.anthropic_talks import (
    LOOK,
    assert_valid,
    session_of,
)
from tests.doubles.messages_api import (
    Turn,
)


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
