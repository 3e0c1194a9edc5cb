"""A loopback stand-in of the Messages API that speaks its streaming protocol, faults included.

    with MessagesApi([Turn.text("Hello")]) as api:
        ... ANTHROPIC_BASE_URL=api.url ...
        api.requests[0]["messages"]

Each request takes the next scripted answer; when none is left the last one is repeated. `special`
may answer a request by what it holds, without taking a scripted one. What the double cannot know is
whether the live service would accept the requests; it keeps them for tests to look.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.doubles.loopback import Handler, Loopback


def sse(kind: str, data: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def start(model: str = "claude-opus-5-5", usage: Mapping[str, Any] | None = None) -> bytes:
    """message_start of an empty answer."""
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 1, **(usage or {})},
    }
    return sse("message_start", {"message": message})


def text_block(index: int, text: str, pieces: int = 3) -> bytes:
    """A text block in several deltas."""
    size = max(1, -(-len(text) // pieces))
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    deltas = [{"type": "text_delta", "text": part} for part in parts]
    return _block(index, {"type": "text", "text": ""}, deltas)


def thinking_block(index: int, text: str) -> bytes:
    """A thinking block with its signature."""
    deltas = [
        {"type": "thinking_delta", "thinking": text},
        {"type": "signature_delta", "signature": "c2ln"},
    ]
    return _block(index, {"type": "thinking", "thinking": "", "signature": ""}, deltas)


def tool_block(index: int, call: Mapping[str, Any], raw: str | None = None) -> bytes:
    """A tool call {id, name, input}; raw: the input's JSON as it is sent."""
    body = json.dumps(call["input"]) if raw is None else raw
    half = len(body) // 2
    deltas = [
        {"type": "input_json_delta", "partial_json": part} for part in (body[:half], body[half:])
    ]
    block = {"type": "tool_use", "id": call["id"], "name": call["name"], "input": {}}
    return _block(index, block, deltas)


def _block(index: int, block: Mapping[str, Any], deltas: Sequence[Mapping[str, Any]]) -> bytes:
    return b"".join(
        [
            sse("content_block_start", {"index": index, "content_block": block}),
            *(sse("content_block_delta", {"index": index, "delta": delta}) for delta in deltas),
            sse("content_block_stop", {"index": index}),
        ]
    )


def summary_block(index: int, text: str | None) -> bytes:
    """The compaction block that a request for a summary is answered with; None: it failed."""
    block = {"type": "compaction", "content": None, "signature": "c2ln"}
    return _block(index, block, [{"type": "compaction_delta", "content": text}])


def end(stop_reason: str | None = "end_turn", output: int = 20) -> bytes:
    """message_delta with the stop reason, and message_stop."""
    delta = {"stop_reason": stop_reason, "stop_sequence": None}
    return sse("message_delta", {"delta": delta, "usage": {"output_tokens": output}}) + sse(
        "message_stop", {}
    )


@dataclass(frozen=True)
class Turn:
    """One scripted answer. body: raw bytes; cut: bytes after which the connection breaks."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    slow_s: float = 0.0  # before each 200 bytes

    @classmethod
    def text(cls, text: str, stop_reason: str | None = "end_turn") -> Turn:
        """An answer in words."""
        return cls(start() + sse("ping", {}) + text_block(0, text) + end(stop_reason))

    @classmethod
    def tools(cls, *calls: tuple[str, Mapping[str, Any]], say: str = "") -> Turn:
        """An answer that calls tools by (name, input)."""
        blocks = [text_block(0, say)] if say else []
        first = len(blocks)
        for number, (name, given) in enumerate(calls, first):
            call = {"id": f"toolu_{name}_{number}", "name": name, "input": given}
            blocks.append(tool_block(number, call))
        return cls(start() + b"".join(blocks) + end("tool_use"))

    @classmethod
    def summary(cls, text: str | None) -> Turn:
        """The answer to a request for a summary of the conversation."""
        return cls(start() + summary_block(0, text) + end("compaction"))

    @classmethod
    def error(cls, status: int, kind: str, message: str = "no", **headers: str) -> Turn:
        """An HTTP error as the API words it; header names with _ for -."""
        body = {"type": "error", "error": {"type": kind, "message": message}}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(json.dumps(body).encode(), status, named)

    def cut_after(self, count: int) -> Turn:
        """The same answer, broken off after `count` bytes."""
        return replace(self, cut=count)


class MessagesApi(Loopback):
    """Serves on a free port of 127.0.0.1 while it is entered; url for ANTHROPIC_BASE_URL."""

    def __init__(
        self,
        turns: Sequence[Turn],
        special: Callable[[Mapping[str, Any]], Turn | None] = lambda _request: None,
    ) -> None:
        self.turns = list(turns)
        self._special = special
        self._taken = 0
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self._lock = threading.Lock()
        super().__init__(_handler(self))

    def start_over(self) -> None:
        """Begin the scripted answers anew, and forget the requests so far."""
        with self._lock:
            self._taken = 0
            self.requests.clear()
            self.headers.clear()
            self.times.clear()

    def take(self, body: bytes, headers: Mapping[str, str]) -> Turn:
        """Note a request, its headers by small names; the answer it gets."""
        with self._lock:
            request = json.loads(body)
            turn = self._special(request)
            if turn is None:
                turn = self.turns[min(self._taken, len(self.turns) - 1)]
                self._taken += 1
            self.requests.append(request)
            self.headers.append(dict(headers))
            self.times.append(time.monotonic())
            return turn


def _handler(api: MessagesApi) -> type[Handler]:
    class Messages(Handler):
        def post(self, body: bytes) -> None:
            turn = api.take(body, self.small_headers())
            if not self.path.startswith("/v1/messages"):
                turn = Turn.error(404, "not_found_error", self.path)
            _send(self, turn)

    return Messages


def _send(handler: Handler, turn: Turn) -> None:
    is_stream = turn.status == 200
    handler.send_response(turn.status)
    handler.send_header("content-type", "text/event-stream" if is_stream else "application/json")
    handler.send_header("connection", "close")
    if turn.cut is not None:
        handler.send_header("content-length", str(len(turn.body)))
    for name, value in turn.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    try:
        for part in _parts(turn):
            handler.wfile.write(part)
            handler.wfile.flush()
    except (BrokenPipeError, ConnectionResetError):
        pass


def _parts(turn: Turn) -> Iterator[bytes]:
    body = turn.body if turn.cut is None else turn.body[: turn.cut]
    if not turn.slow_s:
        yield body
        return
    for at in range(0, len(body), 200):
        time.sleep(turn.slow_s)
        yield body[at : at + 200]
