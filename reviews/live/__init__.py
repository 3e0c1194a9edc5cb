"""Live view: hears doorbells, wakes the sockets that watch, and feeds them rows of the log."""

from __future__ import annotations

import asyncio

from django.conf import settings

from reviews.events import Doorbell
from reviews.live import notice
from reviews.live.hub import Hub
from reviews.live.news import Topic

__all__ = ["hub", "on_doorbell"]

_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
_hints = notice.Hints()


def on_doorbell(doorbell: Doorbell) -> None:
    """Wake the watchers of other processes; in the embedded mode the database itself does that."""
    if settings.IS_FLEET and doorbell.topic not in {"queued", "colour"}:
        _hints.give(doorbell)


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        for closed in [known for known in _hubs if known.is_closed()]:
            del _hubs[closed]
        _hubs[loop] = _hub_by_hints(loop) if settings.IS_FLEET else _hub_by_version(loop)
    return _hubs[loop]


def _hub_by_version(loop: asyncio.AbstractEventLoop) -> Hub:
    def ring() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(made.ring)

    version = notice.DataVersion(settings.DATABASES["default"]["NAME"], ring)
    made = Hub(on_busy=version.want)
    return made


def _hub_by_hints(loop: asyncio.AbstractEventLoop) -> Hub:
    hearing: list[asyncio.Task[None]] = []

    def on_hint(topic: str, number: int) -> None:
        if topic != "run" or made.watches(Topic("run", number)):
            made.ring()

    def on_busy(is_busy: bool) -> None:
        if is_busy:
            hearing.append(loop.create_task(notice.hear_hints(on_hint)))
        else:
            hearing.pop().cancel()

    made = Hub(on_busy)
    return made
