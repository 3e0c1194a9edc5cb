"""Requests' bodies as they come from the sandbox: whole, and never too much of them at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from uvicorn._types import ASGIReceiveCallable

MAX_REQUEST = 32 * 1024 * 1024  # bytes of one request's body
MOST_HELD = 4 * MAX_REQUEST  # of all that are under way


class Unfit(Exception):
    """A body that is not taken. status: of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Gone(Exception):
    """The program went away in the middle of its request."""


class Bodies:
    """Those of one run. uploaded: bytes of all so far, also of those that were refused."""

    def __init__(self, most: int = MAX_REQUEST, most_held: int = MOST_HELD) -> None:
        self.most = most
        self.uploaded = 0
        self._most_held = most_held
        self._held = 0

    @property
    def too_large(self) -> str:
        """What is said to a body above the limit."""
        return f"A request may have at most {self.most} bytes."

    @asynccontextmanager
    async def whole(self, receive: ASGIReceiveCallable) -> AsyncIterator[bytes]:
        """A body, counted among those that are held until the context is left.

        Raises Unfit when it is too large or there is no room for it, and Gone.
        """
        taken = 0
        parts: list[bytes] = []
        try:
            async for part in self.parts(receive):
                self._held += len(part)
                taken += len(part)
                if taken > self.most:
                    raise Unfit(413, self.too_large)
                if self._held > self._most_held:
                    raise Unfit(503, "Too many large requests at once; try again.")
                parts.append(part)
            yield b"".join(parts)
        finally:
            self._held -= taken

    async def parts(self, receive: ASGIReceiveCallable) -> AsyncIterator[bytes]:
        """A body as it comes, for reading it to its end."""
        is_more = True
        while is_more:
            message = cast(dict[str, Any], await receive())
            if message["type"] != "http.request":
                raise Gone
            part = message.get("body", b"")
            self.uploaded += len(part)
            is_more = message.get("more_body", False)
            if part:
                yield part
