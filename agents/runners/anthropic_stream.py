"""Judges a stream of the model API: an Answer, or a Trouble.

An answer counts only when its stream came to its end with a stop reason that is known and every
tool input is whole JSON: the SDK itself passes cut streams on as finished, and completes cut JSON.
What comes after the end is dropped.
"""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from agents.errors import Fault
from agents.events import Event
from agents.runners.prices import MOST_TOKENS, Tokens
from agents.text import clean

STOP_REASONS = frozenset(
    {
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "pause_turn",
        "compaction",
        "refusal",
        "model_context_window_exceeded",
    }
)
_COUNTED = (
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
)


@dataclass(frozen=True)
class Answer:
    """One finished answer. content: its blocks as JSON, to be sent back as they are."""

    content: list[dict[str, Any]]
    stop_reason: str
    is_exact: bool  # else the SDK's own copy holds more or other than this, and is not to be used

    @property
    def text(self) -> str:
        """Its words."""
        texts = [str(block.get("text", "")) for block in self.content if block["type"] == "text"]
        return "\n".join(texts)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Its tool calls: {id, name, input}."""
        return [block for block in self.content if block["type"] == "tool_use"]


class Trouble(Exception):
    """No usable answer. retry: another try may help, not before `after` seconds.

    about: what of the request was refused, where that can be left out and the rest asked again:
    length, image, thinking or effort; else empty. began: whether an answer may have begun to come.
    """

    def __init__(
        self,
        message: str,
        *,
        retry: bool,
        after: float = 0.0,
        fault: Fault = "platform",
        about: str = "",
        began: bool = True,
    ) -> None:
        super().__init__(message)
        self.retry = retry
        self.after = after
        self.fault: Fault = fault
        self.about = about
        self.began = began


def with_more(answer: Answer) -> Answer:
    """The same answer, after whose end more came."""
    return Answer(answer.content, answer.stop_reason, is_exact=False)


class Check:
    """Follows one stream's raw events and keeps what the SDK forgives."""

    def __init__(self) -> None:
        self._json: dict[int, str] = {}
        self._inputs: dict[int, Any] = {}
        self._usage: dict[str, int] = {}
        self._summaries = Tokens()

    def take(self, event: Any, part: str) -> Generator[Event, None, None]:
        """Events to show for one event of the stream."""
        index = getattr(event, "index", 0)
        if event.type == "content_block_delta":
            delta = event.delta
            if delta.type == "text_delta":
                yield Event("text", {"text": delta.text}, f"{part}-{index}")
            elif delta.type == "thinking_delta":
                yield Event("think", {"text": delta.thinking}, f"{part}-{index}")
            elif delta.type == "input_json_delta":
                self._json[index] = self._json.get(index, "") + delta.partial_json
        elif event.type == "content_block_stop" and self._json.get(index):
            with contextlib.suppress(ValueError, RecursionError):  # judged once it is to be run
                self._inputs[index] = json.loads(self._json[index])
        elif event.type in ("message_start", "message_delta"):
            self._count(event.message.usage if event.type == "message_start" else event.usage)

    def _count(self, usage: Any) -> None:
        self._usage.update(_counts(usage))
        steps = getattr(usage, "iterations", None)
        if isinstance(steps, list):  # a summary is billed beside the answer's own tokens
            summaries = [_counts(s) for s in steps if getattr(s, "type", "") == "compaction"]
            of_each = [Tokens(*(each.get(name, 0) for name in _COUNTED)) for each in summaries]
            self._summaries = sum(of_each, Tokens())

    def tokens(self) -> Tokens:
        """What the stream said it used, so far."""
        return Tokens(*(self._usage.get(name, 0) for name in _COUNTED)) + self._summaries

    def answer(self, message: Any) -> Answer:
        """The message as an Answer; raises Trouble unless it says how it ended."""
        reason = message.stop_reason
        if reason is None:
            raise Trouble("The model's answer does not say how it ended.", retry=True)
        if reason not in STOP_REASONS:
            said = clean(str(reason))[:60]
            raise Trouble(f"The model stopped for a reason that is not known: {said}.", retry=False)
        content = [block.to_dict(mode="json") for block in message.content]
        is_exact = True
        for index, block in enumerate(content):
            if block.get("type") == "tool_use":
                self._same_input(index, block, reason)
            elif block.get("type") == "text":
                text = clean(str(block.get("text", "")))
                is_exact = is_exact and text == block.get("text")
                block["text"] = text
        return Answer(content, reason, is_exact)

    def _same_input(self, index: int, block: dict[str, Any], reason: str) -> None:
        if reason != "tool_use":
            return  # never run, and a cut one is expected
        if index in self._json and index not in self._inputs:
            raise Trouble("A tool call of the model is not whole.", retry=True)
        if not isinstance(block.get("input"), dict):
            raise Trouble("A tool call of the model has no object as its input.", retry=True)
        if index in self._inputs and self._inputs[index] != block["input"]:
            raise Trouble("A tool call of the model can be read in two ways.", retry=True)


def _counts(usage: Any) -> dict[str, int]:
    """The counters of a usage record that can be true."""
    values = {name: getattr(usage, name, None) for name in _COUNTED}
    return {
        name: min(max(value, 0), MOST_TOKENS)
        for name, value in values.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }


def wait_before(attempt: int, trouble: Trouble, first_s: float) -> float:
    """Seconds before try number `attempt` + 1: doubling with jitter, never less than asked for."""
    backoff = min(first_s * 2 ** (attempt - 1), 60.0)
    return float(max(trouble.after, backoff * random.uniform(0.5, 1.0)))  # noqa: S311 - spreads load
