"""What `session/update` of the Agent Client Protocol means: pure, from state and update to events.

A program's updates are its own words: whatever is missing, of another type or not known is left out
or told as `unknown`. A tool call's content is kept until it ends, since each update replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

from agents.events import JSON, Event
from agents.job import WORKSPACE
from agents.runners.command_lines import money, rows, table, text, whole
from agents.text import clean, cut

_SILENT = (
    "user_message_chunk",
    "available_commands_update",
    "current_mode_update",
    "config_option_update",
    "session_info_update",
)
_MAX_CALLS = 5000  # of tools in one run; what is beyond is not told
_OUTPUT = 200_000  # characters of one tool call
_LINES = 3000  # of a file whose changed lines are counted
_STATES = {"pending": "todo", "in_progress": "doing", "completed": "done"}


@dataclass(frozen=True, slots=True)
class State:
    """What is open. block: number of the message that is being said; words: of that message.

    tools: open calls by id, each with the content that was told last; ended: ids of the others.
    cost: US dollars so far.
    """

    block: int = 0
    words: str = ""
    tools: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    ended: frozenset[str] = frozenset()
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


Told = tuple[State, list[Event]]


def events_of(state: State, update: Mapping[str, Any]) -> Told:
    """One update."""
    kind = text(update.get("sessionUpdate"), 100)
    if kind in ("agent_message_chunk", "agent_thought_chunk"):
        return _chunk(state, kind, table(update.get("content")))
    if kind in ("tool_call", "tool_call_update"):
        return _tool(state, update)
    if kind == "plan":
        items: list[JSON] = [
            {
                "text": text(each.get("content")),
                "state": _STATES.get(text(each.get("status")), "todo"),
            }
            for each in rows(update.get("entries"))
        ]
        return state, [Event("plan", {"items": items}, "plan")]
    if kind == "usage_update":
        cost = table(update.get("cost"))
        amount = money(cost.get("amount")) if cost.get("currency") == "USD" else None
        return (replace(state, cost=amount), []) if amount is not None else (state, [])
    return state, [] if kind in _SILENT else [_unknown(update)]


def prompt_ended(state: State, result: Mapping[str, Any]) -> Told:
    """The answer to a prompt: tool calls that never ended are told as failed; what it used."""
    events: list[Event] = []
    for call in list(state.tools):
        state, ended = _finish(state, call, is_good=False)
        events += ended
    read, written = _tokens(result)
    state = replace(
        state, input_tokens=state.input_tokens + read, output_tokens=state.output_tokens + written
    )
    data: dict[str, JSON] = {
        "input": state.input_tokens, "output": state.output_tokens, "cost": state.cost,
    }  # fmt: skip
    return state, [*events, Event("usage", data)]


def _tokens(result: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens read and written in a turn; Gemini tells them in a place of its own."""
    used = table(result.get("usage"))
    if not used:
        quota = table(table(table(result.get("_meta")).get("quota")).get("token_count"))
        return whole(quota.get("input_tokens")), whole(quota.get("output_tokens"))
    read = [used.get(name) for name in ("inputTokens", "cachedReadTokens", "cachedWriteTokens")]
    written = [used.get(name) for name in ("outputTokens", "thoughtTokens")]
    return sum(map(whole, read)), sum(map(whole, written))


def _chunk(state: State, kind: str, content: Mapping[str, Any]) -> Told:
    words = text(content.get("text"))
    if content.get("type") != "text":
        words = f"[{text(content.get('type'), 40) or 'something'}]"
    if kind == "agent_thought_chunk":
        return state, [Event("think", {"text": words}, f"thought-{state.block}")]
    state = replace(state, words=f"{state.words}{words}"[-20_000:])
    return state, [Event("text", {"text": words}, f"message-{state.block}")]


def _tool(state: State, update: Mapping[str, Any]) -> Told:
    call = text(update.get("toolCallId"), 200)
    if not call:
        return state, [_unknown(update)]
    events: list[Event] = []
    if call not in state.tools:
        if call in state.ended or len(state.tools) + len(state.ended) >= _MAX_CALLS:
            return state, []
        state = replace(state, block=state.block + 1, words="", tools={**state.tools, call: ()})
        events = [Event("tool", _call(update), call)]
    if "content" in update:
        state = replace(state, tools={**state.tools, call: tuple(rows(update["content"]))})
    status = text(update.get("status"))
    if status in ("completed", "failed"):
        state, ended = _finish(state, call, is_good=status == "completed")
        events += ended
    return state, events


def _call(update: Mapping[str, Any]) -> dict[str, JSON]:
    given = update.get("rawInput")
    name = text(update.get("kind"), 100) or "tool"
    title = text(update.get("title"), 500) or name
    said: JSON = dict(given) if isinstance(given, Mapping) else {"given": text(given)}
    return {"name": name, "input": said if given is not None else {}, "title": title}


def _finish(state: State, call: str, *, is_good: bool) -> Told:
    content = state.tools[call]
    left = {key: value for key, value in state.tools.items() if key != call}
    events = [event for item in content for event in _content(call, item)]
    result: dict[str, JSON] = {"exit": None, "ok": is_good}
    state = replace(state, tools=left, ended=state.ended | {call})
    return state, [*events, Event("result", result, call)]


def _content(call: str, item: Mapping[str, Any]) -> list[Event]:
    kind = text(item.get("type"), 40)
    if kind == "diff":
        added, removed = _counts(text(item.get("oldText")), text(item.get("newText")))
        path = text(item.get("path"), 4096).removeprefix(f"{WORKSPACE}/")
        return [Event("diff", {"path": path, "added": added, "removed": removed}, call)]
    words = text(table(item.get("content")).get("text")) if kind == "content" else ""
    return [Event("output", {"text": cut(words, _OUTPUT)}, call)] if words else []


def _counts(before: str, after: str) -> tuple[int, int]:
    """Lines added and removed; of long files only how many more or fewer there are."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) > _LINES or len(new) > _LINES:
        return max(0, len(new) - len(old)), max(0, len(old) - len(new))
    matcher = SequenceMatcher(None, old, new, autojunk=True)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return len(new) - same, len(old) - same


def _unknown(update: Mapping[str, Any]) -> Event:
    return Event("unknown", {"raw": cut(clean(repr(dict(update))[:20_000]), 4000)})
