"""What an answer of a model service says of its model and its tokens, whichever service it is.

Pure functions of one frame: a whole JSON answer, or one event of a stream. The Messages API,
OpenAI's two and Gemini's name things differently, so a frame is known by its own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.runners.prices import MOST_TOKENS, Tokens

_USUAL = {
    "service_tier": ("standard", "batch", "default", "auto"),
    "speed": ("standard",),
    "inference_geo": ("global", "not_available"),
}
Counts = Mapping[str, int]  # names of Tokens' fields to running totals of one answer


@dataclass(frozen=True, slots=True)
class Reading:
    """One frame. model: empty when it names none. counts: empty when it tells no usage.

    beside: tokens of summaries, which are billed beside the answer's own. is_begun: totals that
    are only the beginning of an answer. is_dearer: it costs more than tokens at the list price.
    """

    model: str = ""
    counts: Counts = field(default_factory=dict)
    beside: Tokens | None = None
    is_begun: bool = False
    is_dearer: bool = False


def reading(frame: Mapping[str, Any]) -> Reading:
    """What a frame tells; nothing of it has to be there."""
    inner = next((x for x in map(frame.get, ("message", "response")) if isinstance(x, dict)), frame)
    model = inner.get("model") or inner.get("modelVersion")
    places = (inner.get("usage"), frame.get("usage"), inner.get("usageMetadata"))
    usage: Mapping[str, Any] = next((each for each in places if isinstance(each, dict)), {})
    return Reading(
        model[:200] if isinstance(model, str) else "",
        _counts(usage),
        _summaries(usage),
        is_begun=frame.get("type") == "message_start",
        is_dearer=_is_dearer(usage),
    )


def _counts(usage: Mapping[str, Any]) -> Counts:
    if "promptTokenCount" in usage:
        cached = _whole(usage.get("cachedContentTokenCount"))
        asked = _whole(usage.get("promptTokenCount")) + _whole(usage.get("toolUsePromptTokenCount"))
        said = _whole(usage.get("candidatesTokenCount")) + _whole(usage.get("thoughtsTokenCount"))
        return {"input": max(asked - cached, 0), "cache_read": cached, "output": said}
    for asked_name, said_name, details in _OPENAI:
        if asked_name in usage and (asked_name == "prompt_tokens" or details in usage):
            inner = usage.get(details)
            cached = _whole(inner.get("cached_tokens")) if isinstance(inner, dict) else 0
            asked, said = _whole(usage.get(asked_name)), _whole(usage.get(said_name))
            return {"input": max(asked - cached, 0), "cache_read": cached, "output": said}
    return _messages(usage)


_OPENAI = (
    ("prompt_tokens", "completion_tokens", "prompt_tokens_details"),
    ("input_tokens", "output_tokens", "input_tokens_details"),
)
_MESSAGES = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_creation_input_tokens": "cache_write",
    "cache_read_input_tokens": "cache_read",
}


def _messages(usage: Mapping[str, Any]) -> Counts:
    """Of the Messages API, whose later events repeat only what has grown."""
    found = {
        ours: _whole(usage[name]) for name, ours in _MESSAGES.items() if _is_count(usage, name)
    }
    written = usage.get("cache_creation")
    if isinstance(written, dict) and _is_count(written, "ephemeral_1h_input_tokens"):
        found["cache_write_hour"] = _whole(written["ephemeral_1h_input_tokens"])
    return found


def _summaries(usage: Mapping[str, Any]) -> Tokens | None:
    steps = usage.get("iterations")
    if not isinstance(steps, list):
        return None
    each = [s for s in steps if isinstance(s, dict) and s.get("type") == "compaction"]
    return sum((Tokens(**_messages(step)) for step in each), Tokens())


def _is_dearer(usage: Mapping[str, Any]) -> bool:
    """Tools of the service that cost by the use, and manners that cost more than the list says."""
    tools = usage.get("server_tool_use")
    uses = tools.values() if isinstance(tools, dict) else ()
    return any(map(_whole, uses)) or any(
        isinstance(usage.get(name), str) and usage[name] not in usual
        for name, usual in _USUAL.items()
    )


def _is_count(table: Mapping[str, Any], name: str) -> bool:
    return isinstance(table.get(name), int) and not isinstance(table[name], bool)


def _whole(value: object) -> int:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), MOST_TOKENS) if is_count and isinstance(value, int) else 0
