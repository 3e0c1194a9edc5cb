"""A Unix socket on which one program reaches one host, with a key that it never sees.

A program in the sandbox has no network. The folder's socket is mounted into its view; what it says
there over HTTP/1.1 is said to `base_url` with our headers instead of its own credentials, and
only if it is one of `routes` and its body makes the service reach no other host. HTTP is read by
uvicorn and spoken by httpx2, in one thread of this process that ends with the context. A meter
reads what model calls cost, from a copy of the answers, and says when no more may begin.

    with Forwarder("https://a.test", {"x-api-key": key}, folder, routes=ROUTES) as forwarder:
        ... Mount(forwarder.socket, "/run/api.sock") ...
        forwarder.uploaded
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from agents.errors import PlatformFault
from agents.forwarder_bodies import MAX_REQUEST, Bodies, Gone, Unfit
from agents.forwarder_http import holds, left, listen, relay, say
from agents.meter import Call, Meter
from agents.request_bodies import refusal
from agents.routes import Route, Routes, is_model_call, passed_on

NAME = "api.sock"
_AT_ONCE = 64  # connections and requests
_CAPPED_AT_ONCE = 4  # model calls under a cap: it may be exceeded by what those under way cost
_TIMES = httpx2.Timeout(connect=20, read=900, write=120, pool=20)  # seconds


class _Unreached(Exception):
    """The service could not be asked. is_free: it cannot have heard anything."""

    status = 502

    def __init__(self, error: httpx2.HTTPError) -> None:
        super().__init__(f"The model service cannot be reached ({type(error).__name__}).")
        self.is_free = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)


class Forwarder:
    """See the module. Entering starts it; leaving closes every connection and ends its thread.

    headers: added to each request, in place of the program's own of the same names.
    token: where set, requests must carry it, as x-api-key, x-goog-api-key or a bearer's token.
    routes: what may be asked for, before the base's own path is put in front. uploaded: bytes
    of all request bodies so far; asked: how many requests were passed on. meter: counts model
    calls, and holds its cap.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        folder: Path,
        token: str = "",
        *,
        routes: Sequence[Route],
        meter: Meter | None = None,
        max_request: int = MAX_REQUEST,
    ) -> None:
        base = httpx2.URL(base_url)
        if base.scheme not in ("http", "https") or not base.host:
            raise PlatformFault("The address of the model service must be an http or https URL.")
        self.socket = folder / NAME
        self.asked = 0
        self._base = base
        self._headers = {name.lower().encode(): value.encode() for name, value in headers.items()}
        self._token = token.encode()
        self._routes = Routes(routes)
        self._bodies = Bodies(max_request)
        self._meter = meter or Meter()
        self._turns = asyncio.Semaphore(_AT_ONCE if self._meter.cap is None else _CAPPED_AT_ONCE)
        self._client: httpx2.AsyncClient
        config = uvicorn.Config(
            self._answer, interface="asgi3", http="h11", ws="none", lifespan="off", loop="asyncio",
            log_config=None, access_log=False, server_header=False, date_header=False,
            proxy_headers=False, timeout_graceful_shutdown=1, limit_concurrency=_AT_ONCE,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="forwarder", daemon=True)

    @property
    def uploaded(self) -> int:
        """Bytes of all bodies so far."""
        return self._bodies.uploaded

    def __enter__(self) -> Self:
        self._listener = listen(self.socket, _AT_ONCE)
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
        refused = self._refusal(scope)
        if refused is not None:
            await say(send, *refused, scope["raw_path"])
            return
        body_read = asyncio.Event()
        is_call = is_model_call(scope["method"], scope.get("raw_path") or b"")
        passes = self._model_call if is_call else self._pass_on
        passing = asyncio.create_task(passes(scope, receive, send, body_read))
        leaving = asyncio.create_task(left(receive, body_read))
        try:
            await asyncio.wait((passing, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (leaving, passing):
                if not task.done():
                    task.cancel()
            with suppress(asyncio.CancelledError, httpx2.HTTPError, Gone):
                await passing

    def _refusal(self, scope: HTTPScope) -> tuple[int, str] | None:
        raw = scope.get("raw_path") or b""
        if scope["method"] == "CONNECT" or not raw.startswith(b"/"):
            return 400, "Only paths of one service can be asked for here, not other addresses."
        closed = self._routes.refusal(scope["method"], raw, scope["query_string"])
        if closed:
            return 403, closed
        if self._token and not holds(scope, self._token):
            return 401, "This request does not carry the run's token."
        given = dict(scope["headers"])
        length = given.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._bodies.most:
            return 413, self._bodies.too_large
        if given.get(b"content-encoding", b"").strip().lower() not in (b"", b"identity"):
            return 415, "A request may not be compressed: what it asks for has to be read."
        return None

    async def _model_call(
        self,
        scope: HTTPScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        body_read: asyncio.Event,
    ) -> None:
        """Pass a request on that costs money, unless there is none left for it."""
        async with self._turns:
            closed = self._meter.refusal()
            if closed:
                with suppress(Unfit):  # one that is still speaking would not hear the answer
                    async with self._bodies.whole(receive):
                        pass
                await say(send, 400, closed, scope["raw_path"])
                return
            call = self._meter.begin(scope["raw_path"])
            try:
                await self._pass_on(scope, receive, send, body_read, call)
            finally:
                call.end()

    async def _pass_on(
        self,
        scope: HTTPScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        body_read: asyncio.Event,
        call: Call | None = None,
    ) -> None:
        path = scope["raw_path"]
        try:
            async with self._bodies.whole(receive) as body:
                body_read.set()
                answer = await self._send(scope, body)
                try:
                    await relay(answer, send, call)
                finally:
                    await answer.aclose()
        except (Unfit, _Unreached) as why:
            if call and (isinstance(why, Unfit) or why.is_free):
                call.is_refused()
            await say(send, why.status, str(why), path)

    async def _send(self, scope: HTTPScope, body: bytes) -> httpx2.Response:
        method, url, headers = scope["method"], self._url(scope), self._sent(scope)
        if why := refusal(body, scope["raw_path"]):
            self._meter.refuses(why)
            raise Unfit(400, why)
        self.asked += 1
        if body:  # read as JSON here, so it is said to be that there
            headers.append((b"content-type", b"application/json"))
        request = self._client.build_request(method, url, headers=headers, content=body or None)
        try:
            return await self._client.send(request, stream=True)
        except httpx2.HTTPError as error:
            raise _Unreached(error) from error

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
        kept = [(n, v) for n, v in passed_on(given) if n not in gone]
        return [*kept, *self._headers.items(), (b"accept-encoding", b"identity")]
