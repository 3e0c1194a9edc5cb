"""Sockets: the live log of a run, and bells for pages. They let in, replay and forward.

Nothing that a client sends is looked at; a chatty one is put out. Whoever signs out, is
deactivated or loses the role is put out within RECHECK seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import abstractmethod
from collections import Counter
from collections.abc import Coroutine
from typing import Any, ClassVar, cast
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError
from django.urls import path, re_path

from reviews import live
from reviews.live import frames, handshake, news
from reviews.live.hub import Watcher

logger = logging.getLogger(__name__)
RECHECK = 3.0  # seconds between two looks at whether the person may still watch
PER_PERSON = 200  # sockets of one person in one process
CHATTY = 20  # messages of a client after which it is put out
LINGER = 1.0  # seconds a socket stays open after the run's last frame
BELL_REST = 0.3
NO_LONGER_ALLOWED = 4403  # the client is not to come back with the same credentials
MAX_SEQ = 2**62
_sockets: Counter[int] = Counter()  # open ones, by person


class Refused(AsyncWebsocketConsumer):
    """Whatever else is asked for under a socket's scheme."""

    channel_layer_alias = ""  # no socket of ours listens on the channel layer; the hub does

    async def connect(self) -> None:
        await self.close()


class Watching(AsyncWebsocketConsumer):
    """A socket that watches one topic for a person who may see it."""

    channel_layer_alias = ""
    kind: ClassVar[news.Kind]

    async def connect(self) -> None:
        """403 unless the person may see the topic now."""
        self.heard = 0
        self.is_over = False
        self.tasks: list[asyncio.Task[None]] = []
        self.person_id = 0
        self.topic = news.Topic(self.kind, self.scope["url_route"]["kwargs"].get("id", 0))
        self.given = handshake.credentials(self.scope)
        if not self.is_well_asked() or not await self._let_in():
            await self.close()
            return
        try:
            await self.accept()
        except OSError:  # gone before it was let in
            self._let_out()
            raise StopConsumer from None
        self.tasks = [self._start(self._follow()), self._start(self._recheck())]

    def is_well_asked(self) -> bool:
        """Whether the query makes sense."""
        return True

    async def _let_in(self) -> bool:
        """Whether the person may watch, and has not too many sockets; counts this one."""
        try:
            person_id = await self._may_watch()
        except DatabaseError:
            return False
        if not person_id or _sockets[person_id] >= PER_PERSON:
            return False
        self.person_id = person_id
        _sockets[person_id] += 1
        return True

    def _let_out(self) -> None:
        """Give the person's place free again, once."""
        if self.person_id:
            _sockets[self.person_id] -= 1
            if not _sockets[self.person_id]:
                del _sockets[self.person_id]
            self.person_id = 0

    async def _may_watch(self) -> int:
        """The id of the person if they may watch now, else 0."""
        if self.given is None:
            return 0
        watch = handshake.may_watch
        person = await live.hub().read(watch, self.given, self.topic.kind, self.topic.id)
        return person.pk if person else 0

    async def websocket_receive(self, message: Any) -> None:  # noqa: ARG002 - unread
        """Read-only: what comes in is dropped unread."""
        self.heard += 1
        if self.heard > CHATTY:
            await self.close(1008)

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 - Channels passes it
        """Stop everything that the socket had going."""
        for task in self.tasks:
            task.cancel()
        self._let_out()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(self._guarded(work))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Run one of the socket's tasks; when it fails the client is sent away to come again."""
        try:
            await work
        except OSError:
            pass  # the client has gone; its disconnect is on the way
        except Exception:
            if not self.is_over:
                logger.warning("A socket on %s failed.", self.topic, exc_info=True)
                await self._close_quietly(1011)

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK)
            if not await self._may_watch():
                await self._close_quietly(NO_LONGER_ALLOWED)
                return

    async def _close_quietly(self, code: int) -> None:
        """Close a socket that may have gone already."""
        self.is_over = True
        with contextlib.suppress(Exception):
            await self.close(code)

    async def _follow(self) -> None:
        """Join before anything is read, so that nothing falls between reading and following."""
        watcher = await live.hub().join(self.topic)
        try:
            await self.forward(watcher)
        finally:
            live.hub().leave(watcher)

    @abstractmethod
    async def forward(self, watcher: Watcher) -> None:
        """Send what the watcher hears until there is nothing more to come."""


class RunLog(Watching):
    """`/ws/runs/{id}/?after_seq=N`: frames of the log after N, then as they come, to the end.

    Closes normally (1000) after the run's last frame.
    """

    kind = "run"

    def is_well_asked(self) -> bool:
        """after_seq is a count from 0, once, or absent."""
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        values = query.get("after_seq", ["0"])
        if len(values) != 1 or not values[0].isascii() or not values[0].isdigit():
            return False
        self.cursor = min(int(values[0][:20]), MAX_SEQ)
        return True

    async def forward(self, watcher: Watcher) -> None:
        is_done = await self._replay()
        while not is_done:
            frame = await watcher.next()
            if frame is not None and frame.first == self.cursor + 1:
                is_done = await self._pass_on(frame)
            elif frame is None or frame.last > self.cursor or frame.is_final:
                is_done = await self._replay()  # a gap, or an overlap
        await asyncio.sleep(LINGER)
        await self._close_quietly(1000)

    async def _replay(self) -> bool:
        """Send the rows after the cursor, to the end of the log; whether the run has ended."""
        rows = frames.FIRST_ROWS
        while True:
            page = await live.hub().read(frames.page_after, self.topic.id, self.cursor, rows)
            for frame in page:
                if frame.last < frame.first and not frame.is_final:
                    self.cursor = frame.last
                    return False
                if await self._pass_on(frame):
                    return True
            rows = frames.PAGE_ROWS

    async def _pass_on(self, frame: frames.Frame) -> bool:
        await self.send(text_data=frame.text)
        self.cursor = frame.last
        return frame.is_final


class Bell(Watching):
    """`{"changed": true}` whenever a page ought to look again.

    A page looks once itself when its socket opens: what changed before that is not told.
    """

    async def forward(self, watcher: Watcher) -> None:
        while True:
            await watcher.next()
            await self.send(text_data=news.BELL.text)
            await asyncio.sleep(BELL_REST)


class ChangeBell(Bell):
    kind = "change"


class QueueBell(Bell):
    kind = "queue"


routes: list[Any] = [  # Channels routes with Django's patterns to things that are no views
    path("ws/runs/<int:id>/", cast("Any", RunLog.as_asgi())),
    path("ws/changes/<int:id>/", cast("Any", ChangeBell.as_asgi())),
    path("ws/queue/", cast("Any", QueueBell.as_asgi())),
    re_path(r"", cast("Any", Refused.as_asgi())),
]
