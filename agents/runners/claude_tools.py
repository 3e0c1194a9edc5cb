"""Claude Code's tool calls and their results as events, and the plan that some of them keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.events import JSON, Event
from agents.job import WORKSPACE

Plan = tuple[tuple[str, str, str], ...]  # (id, text, state) in order
_PLANNERS = frozenset(("TaskCreate", "TaskUpdate", "TodoWrite"))
_STATES = {"pending": "todo", "in_progress": "doing", "completed": "done"}
_ITEMS = 200
_NOTHING = "(Bash completed with no output)"
_EXIT = re.compile(r"Exit code (\d{1,4})\b")
_WRAPPED = re.compile(r"</?tool_use_error>")


@dataclass(frozen=True, slots=True)
class Tool:
    """A call whose result is awaited. at: ISO time of its frame, as the program says it."""

    id: str
    name: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    at: str = ""

    @property
    def changes_plan(self) -> bool:
        """Whether it keeps the list of what is to do."""
        return self.name in _PLANNERS


def tool_use(block: Mapping[str, Any], parent: str, at: str) -> tuple[Tool, tuple[Event, ...]]:
    """The call of a tool_use block, and its event; plans are told as plans only."""
    given = block.get("input")
    tool = Tool(
        str(block.get("id", "")),
        str(block.get("name", "")),
        given if isinstance(given, dict) else {},
        parent,
        at,
    )
    if tool.changes_plan or tool.name == "AskUserQuestion":
        return tool, ()
    data: dict[str, JSON] = {"name": tool.name, "input": {**tool.given}, "title": _title(tool)}
    return tool, (Event("tool", data, tool.id, parent),)


def _title(tool: Tool) -> str:
    path = tool.given.get("file_path") or tool.given.get("path")
    if isinstance(path, str):
        return f"{tool.name} {_short(path)}"[:500]
    words = tool.given.get("command") or tool.given.get("pattern") or tool.name
    return str(words)[:500]


def _short(path: str) -> str:
    return path.removeprefix(f"{WORKSPACE}/")


def tool_result(tool: Tool, block: Mapping[str, Any], frame: Mapping[str, Any]) -> list[Event]:
    """What a tool answered: its output, the lines it changed, and how it ended."""
    if tool.changes_plan or tool.name == "AskUserQuestion":
        return []
    text = _WRAPPED.sub("", _content(block.get("content")))
    is_error = block.get("is_error") is True
    found = _EXIT.match(text) if is_error else None
    code = int(found[1]) if found else 0 if tool.name == "Bash" and not is_error else None
    data: dict[str, JSON] = {
        "exit": code,
        "ok": not is_error,
        "seconds": _seconds(tool.at, frame.get("timestamp")),
    }
    is_told = text and text != _NOTHING
    events = [Event("output", {"text": text}, tool.id, tool.parent)] if is_told else []
    events += _changed(tool, frame.get("tool_use_result"))
    return [*events, Event("result", data, tool.id, tool.parent)]


def _content(content: object) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    texts = [block.get("text") for block in blocks if isinstance(block, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


def _changed(tool: Tool, told: object) -> list[Event]:
    """The `diff` event of an edit, counted from the patch that the program tells."""
    path = told.get("filePath") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(path, str):
        return []
    hunks = told.get("structuredPatch")
    lines = [
        str(line)
        for hunk in (hunks if isinstance(hunks, list) else [])
        if isinstance(hunk, dict) and isinstance(hunk.get("lines"), list)
        for line in hunk["lines"]
    ]
    made = told.get("content") if told.get("type") == "create" else ""
    added = sum(line.startswith("+") for line in lines) + len(str(made or "").splitlines())
    removed = sum(line.startswith("-") for line in lines)
    data: dict[str, JSON] = {"path": _short(path), "added": added, "removed": removed}
    return [Event("diff", data, tool.id, tool.parent)]


def _seconds(began: str, ended: object) -> float:
    """Time between two of the program's own stamps, 0 where they tell nothing."""
    try:
        told = datetime.fromisoformat(str(ended)) - datetime.fromisoformat(began)
        return round(min(max(told.total_seconds(), 0.0), 1e6), 3)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def planned(tool: Tool) -> tuple[Event, ...]:
    """The plan event of a call that gives the whole list at once."""
    items: list[JSON] = [{"text": text, "state": how} for _, text, how in _todos(tool)]
    return (Event("plan", {"items": items}),) if items else ()


def _todos(tool: Tool) -> Plan:
    rows = tool.given.get("todos") if tool.name == "TodoWrite" else None
    rows = rows if isinstance(rows, list) else []
    return tuple(
        (
            str(number),
            str(row.get("content", ""))[:500],
            _STATES.get(str(row.get("status")), "todo"),
        )
        for number, row in enumerate(rows[:_ITEMS])
        if isinstance(row, dict)
    )


def updated(plan: Plan, tool: Tool, told: object, block: Mapping[str, Any]) -> Plan:
    """The plan after a call that changes one item of it has answered."""
    if block.get("is_error") is True or not isinstance(told, dict):
        return plan
    if tool.name == "TaskCreate":
        task = told.get("task")
        task = task if isinstance(task, dict) else {}
        text = str(task.get("subject") or tool.given.get("subject", ""))[:500]
        return (*plan, (str(task.get("id", "")), text, "todo"))[:_ITEMS]
    if tool.name != "TaskUpdate":
        return plan
    number, status = str(tool.given.get("taskId", "")), str(tool.given.get("status", ""))
    if status == "deleted":
        return tuple(item for item in plan if item[0] != number)
    text = str(tool.given.get("subject", ""))[:500]
    return tuple(
        (key, text or old, _STATES.get(status, how)) if key == number else (key, old, how)
        for key, old, how in plan
    )
