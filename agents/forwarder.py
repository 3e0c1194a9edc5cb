"""A Unix socket on which one program reaches one host, with a key that it never sees.

A program in the sandbox has no network. The folder's socket is mounted into its view; what it says
there over HTTP/1.1 is said to `base_url` with our headers instead of its own credentials, and
only if it is one of `routes`. HTTP is read by uvicorn and spoken by httpx2, in one thread of this
process that ends with the context.

    with Forwarder("https://a.test", {"x-api-key": key}, folder, routes=ROUTES) as forwarder:
        ... Mount(forwarder.socket, "/run/api.sock") ...
        forwarder.uploaded
"""

from __future__ import annotations

import asyncio
import hmac
import os
import socket
import threading
from collections.abc import AsyncIterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import httpx2
import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from agents.errors import PlatformFault
from agents.routes import Route, Routes, passed_on

NAME = "api.sock"
MAX_REQUEST = 64 * 1024 * 1024  # bytes of one request's body
_AT_ONCE = 64  # connections and requests
_TIMES = httpx2.Timeout(connect=20, read=900, write=120, pool=20)  # seconds
# Of one connection only, so never passed back.
_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer "
    b"transfer-encoding upgrade expect".split()
)
_NOT_BACK = _HOP | frozenset((b"set-cookie",))


class _TooLarge(Exception):
    """The body is longer than one request may be."""


class _Gone(Exception):
    """The program went away in the middle of its request."""


class Forwarder:
    """See the module. Entering starts it; leaving closes every connection and ends its thread.

    headers: added to each request, in place of the program's own of the same names.
    token: where set, requests must carry it, as x-api-key, x-goog-api-key or a bearer's token.
    routes: what may be asked for, before the base's own path is put in front. uploaded: bytes
    of all request bodies so far; asked: how many requests were passed on.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        folder: Path,
        token: str = "",
        *,
        routes: Sequence[Route],
        max_request: int = MAX_REQUEST,
    ) -> None:
        base = httpx2.URL(base_url)
        if base.scheme not in ("http", "https") or not base.host:
            raise PlatformFault("The address of the model service must be an http or https URL.")
        self.socket = folder / NAME
        self.uploaded = self.asked = 0
        self._base = base
        self._headers = {name.lower().encode(): value.encode() for name, value in headers.items()}
        self._token = token.encode()
        self._routes = Routes(routes)
        self._max = max_request
        self._client: httpx2.AsyncClient
        config = uvicorn.Config(
            self._answer, interface="asgi3", http="h11", ws="none", lifespan="off", loop="asyncio",
            log_config=None, access_log=False, server_header=False, date_header=False,
            proxy_headers=False, timeout_graceful_shutdown=1, limit_concurrency=_AT_ONCE,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="forwarder", daemon=True)

    def __enter__(self) -> Self:
        self._listener = _listen(self.socket)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()
        self.socket.unlink(missing_ok=True)

    def _serve(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        # No proxies, no credentials of a .netrc, no redirects: one host and nothing else.
        async with httpx2.AsyncClient(
            trust_env=False, follow_redirects=False, timeout=_TIMES
        ) as self._client:
            await self._server.serve(sockets=[self._listener])

    async def _answer(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """One request: refused, or passed on until both sides are done or one goes away."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _say(send, *refusal)
            return
        body_read = asyncio.Event()
        passing = asyncio.create_task(self._pass_on(scope, receive, send, body_read))
        leaving = asyncio.create_task(_left(receive, body_read))
        try:
            await asyncio.wait((passing, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (leaving, passing):
                if not task.done():
                    task.cancel()
            with suppress(asyncio.CancelledError, httpx2.HTTPError, _Gone):
                await passing

    def _refusal(self, scope: HTTPScope) -> tuple[int, str] | None:
        raw = scope.get("raw_path") or b""
        if scope["method"] == "CONNECT" or not raw.startswith(b"/"):
            return 400, "Only paths of one service can be asked for here, not other addresses."
        closed = self._routes.refusal(scope["method"], raw, scope["query_string"])
        if closed:
            return 403, closed
        if self._token and not _holds(scope, self._token):
            return 401, "This request does not carry the run's token."
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._max:
            return 413, f"A request may have at most {self._max} bytes."
        return None

    async def _pass_on(
        self,
        scope: HTTPScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        body_read: asyncio.Event,
    ) -> None:
        self.asked += 1
        request = self._client.build_request(
            scope["method"],
            self._url(scope),
            headers=self._sent(scope),
            content=self._body(receive, body_read),
        )
        try:
            answer = await self._client.send(request, stream=True)
        except _TooLarge:
            await _say(send, 413, f"A request may have at most {self._max} bytes.")
            return
        except httpx2.HTTPError as error:
            await _say(send, 502, f"The model service cannot be reached ({type(error).__name__}).")
            return
        try:
            await _relay(answer, send)
        finally:
            await answer.aclose()

    def _url(self, scope: HTTPScope) -> httpx2.URL:
        path = self._base.raw_path.split(b"?")[0].rstrip(b"/") + scope["raw_path"]
        if scope["query_string"]:
            path += b"?" + scope["query_string"]
        return self._base.copy_with(raw_path=path)

    def _sent(self, scope: HTTPScope) -> list[tuple[bytes, bytes]]:
        """The program's headers as far as the service is to see them, and ours."""
        given = list(scope["headers"])
        named = b",".join(value for name, value in given if name == b"connection").lower()
        gone = {name.strip() for name in named.split(b",")} | self._headers.keys()
        return [*((n, v) for n, v in passed_on(given) if n not in gone), *self._headers.items()]

    async def _body(
        self, receive: ASGIReceiveCallable, body_read: asyncio.Event
    ) -> AsyncIterator[bytes]:
        size = 0
        is_more = True
        while is_more:
            message = cast(MutableMapping[str, Any], await receive())
            if message["type"] != "http.request":
                raise _Gone
            part = message.get("body", b"")
            size += len(part)
            self.uploaded += len(part)
            if size > self._max:
                raise _TooLarge
            is_more = message.get("more_body", False)
            if part:
                yield part
        body_read.set()


def _listen(place: Path) -> socket.socket:
    """A listening socket at `place`, ours alone; its folder's path may be longer than 107 bytes."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(place.parent, os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        place.unlink(missing_ok=True)
        listener.bind(f"/proc/self/fd/{folder}/{place.name}")
        place.chmod(0o600)
        listener.listen(_AT_ONCE)
    except OSError as error:
        listener.close()
        raise PlatformFault("The way to the model service could not be opened.") from error
    finally:
        os.close(folder)
    return listener


def _holds(scope: HTTPScope, token: bytes) -> bool:
    given = dict(scope["headers"])
    scheme, _, bearer = given.get(b"authorization", b"").partition(b" ")
    said = [given.get(b"x-api-key", b""), given.get(b"x-goog-api-key", b"")]
    said += [bearer] if scheme.lower() == b"bearer" else []
    return any(hmac.compare_digest(each.strip(), token) for each in said)


async def _left(receive: ASGIReceiveCallable, body_read: asyncio.Event) -> None:
    """Return when the program has gone away after its request."""
    await body_read.wait()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _relay(answer: httpx2.Response, send: ASGISendCallable) -> None:
    headers = [(n.lower(), v) for n, v in answer.headers.raw if n.lower() not in _NOT_BACK]
    await send(
        {
            "type": "http.response.start",
            "status": answer.status_code,
            "headers": headers,
            "trailers": False,
        }
    )
    async for part in answer.aiter_raw():  # as it came: nothing waits, nothing is unpacked
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _say(send: ASGISendCallable, status: int, message: str) -> None:
    """Refuse in the words that clients of model services understand; the connection ends."""
    kind = "api_error" if status >= 500 else "invalid_request_error"
    answer = httpx2.Response(
        status, json={"type": "error", "error": {"type": kind, "message": message}}
    )
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send(
        {"type": "http.response.start", "status": status, "headers": headers, "trailers": False}
    )
    await send({"type": "http.response.body", "body": answer.content, "more_body": False})
