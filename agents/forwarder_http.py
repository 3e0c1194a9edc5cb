"""The forwarder's own HTTP: its socket, its token, and what it says back."""

from __future__ import annotations

import asyncio
import hmac
import os
import socket
from pathlib import Path
from typing import Any

import httpx2
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from agents.errors import PlatformFault
from agents.meter import Call
from agents.request_bodies import is_gemini

# Of one connection only, so never passed back.
_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer "
    b"transfer-encoding upgrade expect".split()
)
_NOT_BACK = _HOP | frozenset((b"set-cookie",))


def listen(place: Path, backlog: int) -> socket.socket:
    """A listening socket at `place`, ours alone; its folder's path may be longer than 107 bytes."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(place.parent, os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        place.unlink(missing_ok=True)
        listener.bind(f"/proc/self/fd/{folder}/{place.name}")
        place.chmod(0o600)
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise PlatformFault("The way to the model service could not be opened.") from error
    finally:
        os.close(folder)
    return listener


def holds(scope: HTTPScope, token: bytes) -> bool:
    """Whether a request carries the token."""
    given = dict(scope["headers"])
    scheme, _, bearer = given.get(b"authorization", b"").partition(b" ")
    said = [given.get(b"x-api-key", b""), given.get(b"x-goog-api-key", b"")]
    said += [bearer] if scheme.lower() == b"bearer" else []
    return any(hmac.compare_digest(each.strip(), token) for each in said)


async def left(receive: ASGIReceiveCallable, body_read: asyncio.Event) -> None:
    """Return when the program has gone away after its request."""
    await body_read.wait()
    while (await receive())["type"] != "http.disconnect":
        pass


async def relay(answer: httpx2.Response, send: ASGISendCallable, call: Call | None) -> None:
    """Pass an answer back as it comes; `call` reads a copy of it."""
    headers = [(n.lower(), v) for n, v in answer.headers.raw if n.lower() not in _NOT_BACK]
    if call:
        named = dict(headers)
        kind, coding = named.get(b"content-type", b""), named.get(b"content-encoding", b"")
        call.answers(answer.status_code, kind, coding)
    await send(
        {
            "type": "http.response.start",
            "status": answer.status_code,
            "headers": headers,
            "trailers": False,
        }
    )
    async for part in answer.aiter_raw():  # as it came: nothing waits, nothing is unpacked
        if call:
            call.feed(part)  # first: a program that leaves with what it got must not leave unseen
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def say(send: ASGISendCallable, status: int, message: str, path: bytes) -> None:
    """Refuse in the words that clients of the service at `path` understand; the connection ends."""
    answer = httpx2.Response(status, json=_error(status, message, path))
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send(
        {"type": "http.response.start", "status": status, "headers": headers, "trailers": False}
    )
    await send({"type": "http.response.body", "body": answer.content, "more_body": False})


def _error(status: int, message: str, path: bytes) -> dict[str, Any]:
    if is_gemini(path):
        word = "UNAVAILABLE" if status >= 500 else "INVALID_ARGUMENT"
        return {"error": {"code": status, "message": message, "status": word}}
    kind = "api_error" if status >= 500 else "invalid_request_error"
    return {"type": "error", "error": {"type": kind, "message": message}}
