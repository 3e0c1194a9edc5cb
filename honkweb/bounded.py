"""Request bodies are bounded before Django reads them.

Django takes a whole body in before it looks at anything; a hundred megabytes of JSON would cost a
disk file and half a second first. Here they are let fall as they come.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from reviews.errors import TooLarge
from reviews.http import API, API_LIMIT

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

PAGE_LIMIT = 24 * 1024 * 1024  # bytes of one form, an imported patch among them
LET_FALL = 512 * 1024 * 1024  # bytes read away at most, so that a plain client gets to the answer


class BoundedBody:
    """Answers 413 to a body over the limit of its address; hands all others on unchanged."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        limit = API_LIMIT if scope["path"].startswith(API) else PAGE_LIMIT
        if _declared(scope) > limit:
            await _refuse(receive, send, limit)
            return
        held, size, more = [], 0, True
        while more and size <= limit:
            message = await receive()
            held.append(message)
            size += len(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
        if size > limit:
            await _refuse(receive, send, limit, is_at_end=not more)
            return
        await self._app(scope, _replay(held, receive), send)


def _declared(scope: MutableMapping[str, Any]) -> int:
    """The Content-Length, or 0 when there is none that can be read."""
    for name, value in scope.get("headers", []):
        if name == b"content-length" and value.isdigit() and len(value) < 19:
            return int(value)
    return 0


def _replay(held: list[Message], receive: Receive) -> Receive:
    """Messages already taken, then those that follow (a client that goes away)."""
    waiting = iter(held)

    async def next_message() -> Message:
        for message in waiting:
            return message
        return await receive()

    return next_message


async def _refuse(receive: Receive, send: Send, limit: int, *, is_at_end: bool = False) -> None:
    """Answer at once; then let the rest fall, for a client that reads only when it has sent all."""
    body = json.dumps(TooLarge(limit).as_json()).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": TooLarge.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    fallen = 0
    while not is_at_end and fallen < LET_FALL:
        message = await receive()
        fallen += len(message.get("body", b""))
        is_at_end = message["type"] != "http.request" or not message.get("more_body", False)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
