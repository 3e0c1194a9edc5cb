"""Runs of Claude through the API against the stand-in, for several files of tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents import engine
from agents.control import Mailbox
from agents.events import JSON
from agents.job import Check, Limits
from agents.ports import Sandbox
from agents.runners.anthropic_api import AnthropicRunner
from tests.agents.factories import job, mailbox, outcome
from tests.doubles.messages_api import MessagesApi, Turn
from tests.doubles.plain_sandbox import PlainSandbox

KEY = "sk-canary-4711"
EDIT = "str_replace_based_edit_tool"
LOOK = Turn.tools(("bash", {"command": "echo seen"}), say="I look.")


def runner(api: MessagesApi, **more: Any) -> AnthropicRunner:
    """A runner that speaks with the stand-in and waits for next to nothing."""
    settings: dict[str, Any] = {"backoff_s": 0.01, "ask_s": 5, **more}
    return AnthropicRunner(key=KEY, base_url=api.url, **settings)


def talk(
    api: MessagesApi,
    root: Path,
    *,
    box: Mailbox | None = None,
    limits: Limits | None = None,
    prompt: str = "Fix the fault.",
    options: Mapping[str, JSON] | None = None,
    resume: Mapping[str, JSON] | None = None,
    session: str = "",
    checks: tuple[Check, ...] = (),
    sandbox: Sandbox | None = None,
    **more: Any,
) -> list[engine.Value]:
    """Everything that one run gives, through the engine."""
    asked = job(root, prompt=prompt, limits=limits, options=options, resume=resume)
    asked = replace(asked, session=session, checks=checks)
    return list(
        engine.run(
            asked, runner(api, **more), sandbox or PlainSandbox(), box or mailbox(), grace_s=1
        )
    )


def results(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tool results in the last message of a request."""
    content = request["messages"][-1]["content"]
    return [block for block in content if block["type"] == "tool_result"]


def words(request: Mapping[str, Any]) -> str:
    """All text of a request's messages, roles left out."""
    return "\n".join(_text(message["content"]) for message in request["messages"])


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(
        block["text"] if block["type"] == "text" else _text(block.get("content", ""))
        for block in content
    )


def session_of(root: Path, *turns: Turn, **more: Any) -> str:
    """What a run with these answers stores of its conversation."""
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
