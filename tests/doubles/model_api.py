"""A loopback stand-in of the model services that other agents' programs speak with.

    with ModelApi([Turn(calls=(("exec_command", {"cmd": "ls"}),)), Turn("Done.")]) as api:
        ... base URL of OpenAI: f"{api.url}/v1", of Gemini: api.url ...
        api.requests[0].body["model"]

It speaks OpenAI's Responses and Chat Completions and Gemini's generateContent, as streams and as
single answers. Each request that offers tools takes the next scripted answer, the last one again
when none is left; side questions without tools (a title, a summary) are answered with `aside`. What
it cannot know is whether a live service would accept the requests; it keeps them for tests to look.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.doubles import gemini_wire, openai_wire
from tests.doubles.loopback import Handler, Loopback
from tests.doubles.model_turn import Turn

__all__ = ["Asked", "ModelApi", "Turn"]


@dataclass(frozen=True)
class Asked:
    """One request: path with its query, headers by small names, and the JSON in it."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class ModelApi(Loopback):
    """Serves on a free port of 127.0.0.1 while it is entered."""

    def __init__(self, turns: Sequence[Turn], aside: str = "A title") -> None:
        self.turns = list(turns)
        self.requests: list[Asked] = []
        self.asides: list[Asked] = []
        self._aside = Turn(aside)
        self._lock = threading.Lock()
        super().__init__(_handler(self))

    def take(self, asked: Asked) -> Turn:
        """Note a request; the answer it gets."""
        with self._lock:
            if not asked.body.get("tools") and self.turns[-1].needs_tools:
                self.asides.append(asked)
                return self._aside
            self.requests.append(asked)
            return self.turns[min(len(self.requests), len(self.turns)) - 1]


Wire = Callable[[Turn, Mapping[str, Any], int], tuple[str, bytes]]


def _wire(path: str) -> Wire | None:
    """How the service behind a path answers: (content type, body)."""
    path = path.partition("?")[0]
    if path.endswith("/responses"):
        return openai_wire.responses
    if path.endswith("/chat/completions"):
        return openai_wire.chat
    if path.endswith(":streamGenerateContent"):
        return gemini_wire.stream
    if path.endswith(":generateContent"):
        return gemini_wire.single
    return None


def _handler(api: ModelApi) -> type[Handler]:
    class Models(Handler):
        def post(self, body: bytes) -> None:
            request = json.loads(body or "{}")
            wire = _wire(self.path)
            if wire is None:
                self.say_json(404, {"error": {"message": "No such path."}})
                return
            turn = api.take(Asked(self.path, self.small_headers(), request))
            kind, content = wire(turn, request, len(api.requests))
            if turn.status == 200:
                self.say(200, kind, content)
                return
            error = {"message": turn.text, "code": turn.status, "status": "INVALID_ARGUMENT"}
            self.say_json(turn.status, {"error": error})

    return Models
