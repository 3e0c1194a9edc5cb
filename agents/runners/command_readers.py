"""What each program's JSON lines mean: pure functions from what was said and a line to events.

The lines are a program's own words, so nothing in them is trusted to be there or of its type. A
line that nobody understands becomes `unknown`; the exit code and the last valid end decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agents.events import JSON, Event
from agents.runners.command_lines import money, rows, table, text, whole
from agents.text import clean, cut


@dataclass(frozen=True, slots=True)
class Said:
    """What a program has told so far. is_done: it said that it had finished; failure: why not.

    cost: US dollars, None while unknown. step, block: counters of model calls and of messages.
    session: how the program calls the conversation.
    """

    summary: str = ""
    failure: str = ""
    is_done: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    step: int = 0
    block: int = 0
    session: str = ""


Read = Callable[[Said, Mapping[str, Any]], tuple[Said, list[Event]]]
_FAILURE = 1000  # characters


def codex(said: Said, line: Mapping[str, Any]) -> tuple[Said, list[Event]]:
    """A line of `codex exec --json`."""
    kind = text(line.get("type"))
    if kind in ("item.started", "item.updated", "item.completed"):
        return _codex_item(said, kind, table(line.get("item")))
    if kind == "turn.completed":
        used = table(line.get("usage"))
        said = replace(
            said, is_done=True, failure="", input_tokens=whole(used.get("input_tokens")),
            output_tokens=whole(used.get("output_tokens")),
        )  # fmt: skip
        return said, [usage(said)]
    if kind in ("turn.failed", "error"):
        why = text(table(line.get("error")).get("message")) or text(line.get("message"))
        failure = cut(why or "It gave no reason.", _FAILURE)
        is_end = kind == "turn.failed"
        note = [] if is_end and failure == said.failure else [_note(failure)]
        return replace(said, failure=failure, is_done=said.is_done and not is_end), note
    if kind == "thread.started":
        return replace(said, session=text(line.get("thread_id"), 1000)), []
    return said, [] if kind == "turn.started" else [unknown(line)]


def _codex_item(said: Said, kind: str, item: Mapping[str, Any]) -> tuple[Said, list[Event]]:
    what, part = text(item.get("type")), text(item.get("id"), 200)
    is_end = kind == "item.completed"
    if what == "todo_list":
        items: list[JSON] = [
            {"text": text(each.get("text")), "state": "done" if each.get("completed") else "todo"}
            for each in rows(item.get("items"))
        ]
        return said, [Event("plan", {"items": items}, part)]
    if what in ("agent_message", "reasoning", "error"):
        return _codex_words(said, what, item, part) if is_end else (said, [])
    tool = _codex_tool(what, item)
    if tool is None:
        return said, [unknown(item)]
    if not is_end:
        return said, [Event("tool", tool, part)] if kind == "item.started" else []
    code = item.get("exit_code")
    is_good = text(item.get("status")) == "completed" and code in (0, None)
    output = text(item.get("aggregated_output")) or text(table(item.get("error")).get("message"))
    return said, [Event("tool", tool, part), *finished(part, output, is_good, code)]


def _codex_words(
    said: Said, what: str, item: Mapping[str, Any], part: str
) -> tuple[Said, list[Event]]:
    words = text(item.get("text")) or text(item.get("message"))
    if what == "error":
        return said, [_note(cut(words, _FAILURE))]
    if what == "reasoning":
        return said, [Event("think", {"text": words}, part)]
    return replace(said, summary=words), [Event("text", {"text": words}, part)]


def _codex_tool(what: str, item: Mapping[str, Any]) -> dict[str, JSON] | None:
    if what == "command_execution":
        command = text(item.get("command"))
        return {"name": "shell", "input": {"command": command}, "title": command[:500]}
    if what == "file_change":
        paths = [text(each.get("path"), 4096) for each in rows(item.get("changes"))]
        title = f"edit {', '.join(paths)}"
        return {"name": "edit", "input": {"paths": [*paths]}, "title": title[:500]}
    if what in ("mcp_tool_call", "web_search", "collab_tool_call"):
        name = text(item.get("tool"), 200) or what
        given = text(item.get("query")) or item.get("arguments")
        return {"name": name, "input": {"given": given}, "title": name}
    return None


def gemini(said: Said, line: Mapping[str, Any]) -> tuple[Said, list[Event]]:
    """A line of `gemini --output-format stream-json`."""
    kind = text(line.get("type"))
    if kind == "message":
        if text(line.get("role")) != "assistant":
            return said, []
        words = text(line.get("content"))
        summary = f"{said.summary}{words}" if line.get("delta") is True else words
        said = replace(said, summary=summary[-20_000:])
        return said, [Event("text", {"text": words}, f"message-{said.block}")]
    if kind == "tool_use":
        return _gemini_tool(said, line)
    if kind == "tool_result":
        part = text(line.get("tool_id"), 200)
        output = text(line.get("output")) or text(table(line.get("error")).get("message"))
        return said, finished(part, output, text(line.get("status")) == "success")
    if kind == "error":
        return said, [_note(cut(text(line.get("message")) or "An error.", _FAILURE))]
    if kind == "result":
        return _gemini_end(said, line)
    if kind == "init":
        return replace(said, session=text(line.get("session_id"), 1000)), []
    return said, [unknown(line)]


def _gemini_tool(said: Said, line: Mapping[str, Any]) -> tuple[Said, list[Event]]:
    name, given = text(line.get("tool_name"), 200) or "tool", table(line.get("parameters"))
    title = text(given.get("command")) or text(given.get("file_path")) or ""
    said = replace(said, block=said.block + 1, summary="")
    data: dict[str, JSON] = {"name": name, "input": dict(given)}
    data["title"] = f"{name} {title}".strip()[:500]
    return said, [Event("tool", data, text(line.get("tool_id"), 200))]


def _gemini_end(said: Said, line: Mapping[str, Any]) -> tuple[Said, list[Event]]:
    stats, is_good = table(line.get("stats")), text(line.get("status")) == "success"
    why = text(table(line.get("error")).get("message")) or "It gave no reason."
    said = replace(
        said, is_done=is_good, failure="" if is_good else cut(why, _FAILURE),
        input_tokens=whole(stats.get("input_tokens")),
        output_tokens=whole(stats.get("output_tokens")),
    )  # fmt: skip
    return said, [usage(said)]


def opencode(said: Said, line: Mapping[str, Any]) -> tuple[Said, list[Event]]:
    """A line of `opencode run --format json`."""
    kind, part = text(line.get("type")), table(line.get("part"))
    name = text(part.get("id"), 200)
    if kind == "step_start":
        said = replace(said, step=said.step + 1, is_done=False)
        return said, [Event("step", {"number": said.step})] if said.step > 1 else []
    if kind == "text":
        words = text(part.get("text"))
        return replace(said, summary=words), [Event("text", {"text": words}, name)]
    if kind == "reasoning":
        return said, [Event("think", {"text": text(part.get("text"))}, name)]
    if kind == "tool_use":
        return said, _opencode_tool(part)
    if kind == "step_finish":
        return _opencode_step(said, part)
    if kind == "error":
        error = table(line.get("error"))
        why = text(table(error.get("data")).get("message")) or text(error.get("name"))
        failure = cut(why or "It gave no reason.", _FAILURE)
        return replace(said, failure=failure), [_note(failure)]
    return said, [unknown(line)]


def _opencode_tool(part: Mapping[str, Any]) -> list[Event]:
    state, call = table(part.get("state")), text(part.get("callID"), 200)
    name = text(part.get("tool"), 200) or "tool"
    title = f"{name} {text(state.get('title'))}".strip()[:500]
    data: dict[str, JSON] = {"name": name, "input": dict(table(state.get("input")))}
    is_good = text(state.get("status")) == "completed"
    code = table(state.get("metadata")).get("exit")
    output = text(state.get("output")) or text(state.get("error"))
    return [Event("tool", {**data, "title": title}, call), *finished(call, output, is_good, code)]


def _opencode_step(said: Said, part: Mapping[str, Any]) -> tuple[Said, list[Event]]:
    tokens, cost = table(part.get("tokens")), money(part.get("cost"))
    cached = table(tokens.get("cache"))
    read = whole(tokens.get("input")) + whole(cached.get("read")) + whole(cached.get("write"))
    said = replace(
        said, is_done=text(part.get("reason")) == "stop",
        input_tokens=said.input_tokens + read,
        output_tokens=said.output_tokens + whole(tokens.get("output")),
        cost=None if cost is None else (said.cost or 0.0) + cost,
    )  # fmt: skip
    return said, [usage(said)]


def finished(part: str, output: str, is_good: bool, code: object = None) -> list[Event]:
    """The end of a tool call: its output, if any, and its result."""
    said = [Event("output", {"text": output}, part)] if output else []
    exit_code = code if isinstance(code, int) and not isinstance(code, bool) else None
    return [*said, Event("result", {"exit": exit_code, "ok": is_good}, part)]


def usage(said: Said) -> Event:
    """What the program has used so far."""
    data: dict[str, JSON] = {
        "input": said.input_tokens, "output": said.output_tokens, "cost": said.cost,
    }  # fmt: skip
    return Event("usage", data)


def unknown(line: Mapping[str, Any]) -> Event:
    """A line that is not understood, bounded."""
    return Event("unknown", {"raw": cut(clean(repr(dict(line))[:20_000]), 4000)})


def _note(words: str) -> Event:
    return Event("note", {"text": words})


READERS: Mapping[str, Read] = {"codex": codex, "gemini": gemini, "opencode": opencode}
