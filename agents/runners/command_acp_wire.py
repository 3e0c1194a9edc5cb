"""JSON-RPC over a program's standard streams, as the Agent Client Protocol speaks it.

One line is one message. Whatever the program writes is bounded and never an exception: what is no
message is handed on as it is, an answer nobody waits for is dropped, and a flood of broken messages
ends the conversation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agents.events import JSON
from agents.ports import Process
from agents.runners.command_lines import Lines, record, table, text

MAX_BROKEN = 1000  # lines that are no message, before the conversation is given up
METHOD_NOT_FOUND, INVALID_PARAMS, REFUSED = -32601, -32602, -32000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request or a notification of the program; id None when no answer is wanted."""

    method: str
    params: Mapping[str, Any]
    id: int | str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The program's answer to request `id` of ours; error is a sentence, with its code."""

    id: int
    result: Mapping[str, Any]
    error: str = ""
    code: int = 0


@dataclass(frozen=True, slots=True)
class Noise:
    """A line that is no message: what a program prints beside the protocol."""

    line: bytes


Heard = Asked | Answer | Noise


class Wire:
    """One conversation. broken: lines so far that were no message; is_gone: it reads no more."""

    def __init__(self, process: Process) -> None:
        self.broken = 0
        self.is_gone = False
        self._process = process
        self._lines = Lines()
        self._last = 0
        self._open: set[int] = set()

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing sensible can be expected any more."""
        return self.broken + self._lines.dropped > MAX_BROKEN

    def ask(self, method: str, params: Mapping[str, JSON]) -> int:
        """Send a request; its number."""
        self._last += 1
        self._open.add(self._last)
        self._send({"id": self._last, "method": method, "params": dict(params)})
        return self._last

    def tell(self, method: str, params: Mapping[str, JSON]) -> None:
        """Send a notification."""
        self._send({"method": method, "params": dict(params)})

    def answer(self, asked: Asked, result: Mapping[str, JSON]) -> None:
        """Answer a request of the program."""
        if asked.id is not None:
            self._send({"id": asked.id, "result": dict(result)})

    def refuse(self, asked: Asked, code: int, why: str) -> None:
        """Answer a request of the program with an error."""
        if asked.id is not None:
            self._send({"id": asked.id, "error": {"code": code, "message": why}})

    def feed(self, data: bytes) -> Iterator[Heard]:
        """The messages in some output; empty data is its end."""
        for line in self._lines.feed(data) if data else self._lines.end():
            heard = self._message(line)
            if heard is not None:
                yield heard

    def _send(self, message: Mapping[str, JSON]) -> None:
        if not self.is_gone:
            line = json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
            self.is_gone = not self._process.write(line)

    def _message(self, line: bytes) -> Heard | None:
        found = record(line)
        if found is None or found.get("jsonrpc") != "2.0":
            self.broken += 1
            return Noise(line)
        number = found.get("id")
        if "method" in found:
            is_id = isinstance(number, int | str) and not isinstance(number, bool)
            params = table(found.get("params"))
            return Asked(text(found["method"], 200), params, number if is_id else None)
        if not isinstance(number, int) or number not in self._open:
            self.broken += 1
            return None
        self._open.discard(number)
        error = table(found.get("error"))
        if "error" not in found:
            return Answer(number, table(found.get("result")))
        code = error.get("code")
        known = code if isinstance(code, int) else 0
        return Answer(number, {}, _why(error), known)


def _why(error: Mapping[str, Any]) -> str:
    message = text(error.get("message"), 1000) or "It gave no reason."
    data = error.get("data")
    more = text(table(data).get("details"), 1000) or text(data, 1000)
    return f"{message} {more}".strip()
