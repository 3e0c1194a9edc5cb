"""What a tool call gives back: to the model, and to those who watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.events import JSON, Event
from agents.text import cut

MAX_RESULT = 30_000  # characters
_SHOWN = 4000  # characters of a result in its event


class Misuse(Exception):
    """The call's arguments are not what the tool takes."""


@dataclass(frozen=True)
class Image:
    """A picture for the model: media type, and its bytes in base64."""

    kind: str
    data: str


@dataclass(frozen=True)
class Result:
    """What goes back to the model. is_misuse: unknown tool or wrong arguments."""

    text: str
    is_error: bool = False
    is_misuse: bool = False
    image: Image | None = None

    @property
    def content(self) -> str | list[dict[str, Any]]:
        """As the API takes it: words, or words and a picture."""
        words = self.text or "(nothing)"
        if self.image is None:
            return words
        source = {"type": "base64", "media_type": self.image.kind, "data": self.image.data}
        return [{"type": "text", "text": words}, {"type": "image", "source": source}]

    def block(self, call: str) -> dict[str, Any]:
        """The tool_result of the call with that id."""
        block = {"type": "tool_result", "tool_use_id": call, "content": self.content}
        return {**block, "is_error": True} if self.is_error else block


def string_of(given: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """An argument that must be a string; raises Misuse."""
    value = given.get(key, default)
    if not isinstance(value, str):
        raise Misuse(f"'{key}' must be a string.")
    return value


def result_event(part: str, result: Result, seconds: float) -> Event:
    """The event that ends a call."""
    data: dict[str, JSON] = {
        "exit": None,
        "ok": not result.is_error,
        "seconds": round(seconds, 3),
        "text": cut(result.text, _SHOWN),
    }
    return Event("result", data, part)
