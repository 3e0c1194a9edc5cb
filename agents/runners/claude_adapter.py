"""What one line of Claude Code's stream-json means, as a pure function of what was known before.

What real recordings teach (tests/agents/recordings): one message of the model comes as several
frames with one id; the `usage` of a frame is wrong and only `result` counts; one process may say
`init` and `result` more than once, and its cost is of the whole process; a cost may be unknown;
a run that was broken off says no `result`; an edit that was declined still ends in "success", so
does a failed call of the model, and only `is_error` tells; `system` subtypes keep coming.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agents.events import JSON, Event
from agents.runners.claude_results import Result, result_of, usage_event
from agents.runners.claude_tools import Plan, Tool, planned, tool_result, tool_use, updated
from agents.text import cut

_RAW = 2000  # characters of a line that is not understood
_PENDING = 256  # tool calls that are remembered until their results come
# system lines that say nothing a reader of the log needs
_QUIET = frozenset(
    (
        *("init", "status", "notification", "thinking_tokens", "session_state_changed"),
        *("hook_started", "hook_progress", "hook_response", "files_persisted"),
        *("task_started", "task_progress", "task_updated", "task_notification"),
    )
)


@dataclass(frozen=True, slots=True)
class State:
    """What the lines so far said.

    session: id to resume. said: the model's last words. turns: model messages so far. at_edge:
    every tool that was called has answered, and the model has not spoken since. deltas: lines of
    partial messages since the last whole one. read: user messages the program has begun to heed.
    request: the control request of this very line, for its caller to answer. refused: the model
    service does not take our key. garbage: how many lines were none of the protocol's.
    """

    session: str = ""
    message: str = ""
    said: str = ""
    turns: int = 0
    blocks: int = 0
    at_edge: bool = False
    deltas: int = 0
    read: int = 0
    plan: Plan = ()
    tools: tuple[Tool, ...] = ()
    result: Result | None = None
    request: Mapping[str, Any] | None = None
    refused: bool = False
    garbage: int = 0


Adapted = tuple[State, tuple[Event, ...]]


def adapt(state: State, line: bytes) -> Adapted:
    """The state after `line` and the events it tells; never raises, whatever the bytes."""
    state = replace(state, request=None) if state.request is not None else state
    text = line.decode("utf-8", "replace").strip()
    if not text:
        return state, ()
    try:
        frame = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        return _garbage(state, text)
    kinds = {
        "assistant": _assistant,
        "user": _user,
        "result": _result,
        "system": _system,
        "stream_event": _delta,
        "control_request": _request,
        "control_response": _quiet,
        "control_cancel_request": _quiet,
        "keep_alive": _delta,
        "tool_progress": _delta,
    }
    take = kinds.get(frame["type"])
    return take(state, frame) if take else (state, (_unknown(frame),))


def _garbage(state: State, text: str) -> Adapted:
    """Words outside the protocol: what the program says on its error output comes here too."""
    first = "Claude Code said something that is not of its protocol; it follows as output."
    note = (Event("note", {"text": first}, source="system"),) if not state.garbage else ()
    said = Event("output", {"text": text + "\n"}, "claude-code")
    return replace(state, garbage=state.garbage + 1), (*note, said)


def _unknown(frame: Mapping[str, Any]) -> Event:
    return Event("unknown", {"raw": cut(json.dumps(frame), _RAW)})


def _quiet(state: State, frame: Mapping[str, Any]) -> Adapted:  # noqa: ARG001 - one shape for all
    return state, ()


def _delta(state: State, frame: Mapping[str, Any]) -> Adapted:  # noqa: ARG001
    return replace(state, deltas=state.deltas + 1), ()


def _request(state: State, frame: Mapping[str, Any]) -> Adapted:
    inner = frame.get("request")
    known = isinstance(inner, dict) and isinstance(frame.get("request_id"), str)
    return (replace(state, request=frame), ()) if known else (state, (_unknown(frame),))


def _blocks(frame: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    message = frame.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    content = content if isinstance(content, list) else []
    return [block for block in content if isinstance(block, dict)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _assistant(state: State, frame: Mapping[str, Any]) -> Adapted:
    parent = _text(frame.get("parent_tool_use_id"))
    events: list[Event] = []
    message = frame.get("message")
    number = _text(message.get("id")) if isinstance(message, dict) else ""
    if not parent and (state.at_edge or not state.turns or number != state.message):
        state = replace(state, turns=state.turns + 1, message=number)
        events.append(Event("step", {"number": state.turns}))
    state = replace(state, at_edge=False, deltas=0)
    for block in _blocks(frame):
        state, more = _block(state, block, parent, _text(frame.get("timestamp")))
        events += more
    return state, tuple(events)


def _block(state: State, block: Mapping[str, Any], parent: str, at: str) -> Adapted:
    state = replace(state, blocks=state.blocks + 1)
    part = f"message-{state.turns}-{state.blocks}"
    kind = block.get("type")
    if kind == "text" and _text(block.get("text")):
        said = block["text"]
        return replace(state, said=state.said if parent else said), (
            Event("text", {"text": said}, part, parent),
        )
    if kind == "thinking":
        text = _text(block.get("thinking"))
        return state, (Event("think", {"text": text}, part, parent),) if text else ()
    if kind == "tool_use":
        tool, events = tool_use(block, parent, at)
        return replace(state, tools=(*state.tools, tool)[-_PENDING:]), (*events, *planned(tool))
    return state, ()


def _user(state: State, frame: Mapping[str, Any]) -> Adapted:
    if frame.get("isReplay") is True:
        return replace(state, read=state.read + 1), ()
    events: list[Event] = []
    for block in _blocks(frame):
        if block.get("type") != "tool_result":
            continue
        number = _text(block.get("tool_use_id"))
        tool = next((each for each in state.tools if each.id == number), Tool(number))
        state = replace(
            state,
            tools=tuple(each for each in state.tools if each.id != number),
            plan=updated(state.plan, tool, frame.get("tool_use_result"), block),
        )
        events += tool_result(tool, block, frame)
        if tool.changes_plan and state.plan:
            items: list[JSON] = [{"text": text, "state": how} for _, text, how in state.plan]
            events.append(Event("plan", {"items": items}))
    if not _text(frame.get("parent_tool_use_id")):
        state = replace(state, at_edge=not state.tools)
    return state, tuple(events)


def _result(state: State, frame: Mapping[str, Any]) -> Adapted:
    result = result_of(state.result, frame)
    session = _text(frame.get("session_id")) or state.session
    state = replace(state, result=result, session=session, tools=(), at_edge=True, deltas=0)
    return state, (usage_event(result.usage),)


def _system(state: State, frame: Mapping[str, Any]) -> Adapted:
    subtype = _text(frame.get("subtype"))
    if subtype == "init":
        state = replace(state, session=_text(frame.get("session_id")) or state.session)
    if subtype == "api_retry":
        status = frame.get("error_status")
        refused = state.refused or status in (401, 403)
        return replace(state, refused=refused), (_note(_retry(frame)),)
    words = {
        "permission_denied": "A tool call was declined.",
        "compact_boundary": "The conversation became long and was summed up.",
        "model_refusal_no_fallback": "The model declined to answer.",
        "informational": cut(_text(frame.get("content")), 500),
    }
    if words.get(subtype):
        return state, (_note(words[subtype]),)
    return state, () if subtype in _QUIET or subtype in words else (_unknown(frame),)


def _retry(frame: Mapping[str, Any]) -> str:
    status, delay = frame.get("error_status"), frame.get("retry_delay_ms")
    why = f"answered {status}" if isinstance(status, int) else "broke off its answer"
    is_told = isinstance(delay, int | float) and 0 <= delay < 1e9
    wait = f" in {delay / 1000:.1f} s" if is_told and delay is not None else ""
    count = f"{frame.get('attempt')} of {frame.get('max_retries')}"
    return cut(f"The model service {why}; Claude Code tries again{wait} ({count}).", 300)


def _note(text: str) -> Event:
    return Event("note", {"text": text}, source="system")
