"""A page sent in pieces: what is there goes out at once, what has to be made follows."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

Make = Callable[[], str]


class Slots:
    """Places in a page whose HTML is made after the page itself has begun to arrive.

    A template writes `slots.of(index)`; nobody can guess the mark, so nothing foreign is one.
    """

    def __init__(self, makes: Mapping[int, Make]) -> None:
        self._makes = makes
        self._mark = f"<!--{secrets.token_hex(12)}:"

    def of(self, index: int) -> str:
        """The mark that stands for a piece; empty when there is none of this number."""
        return f"{self._mark}{index}-->" if index in self._makes else ""

    def pieces(self, page: str) -> Iterator[str | Make]:
        """The page as text and as what makes text, in order."""
        first, *others = page.split(self._mark)
        yield first
        for other in others:
            index, _, rest = other.partition("-->")
            yield self._makes[int(index)]
            yield rest


def streamed(request: HttpRequest, pieces: Iterable[str | Make]) -> HttpResponseBase:
    """Piece by piece where the server can; at once for a client that waits for all anyway."""
    if not isinstance(request, ASGIRequest):
        return HttpResponse("".join(_made(piece) for piece in pieces))
    return StreamingHttpResponse(_sent(pieces))


async def _sent(pieces: Iterable[str | Make]) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece if isinstance(piece, str) else await sync_to_async(piece)()


def _made(piece: str | Make) -> str:
    return piece if isinstance(piece, str) else piece()
