"""One watch per watched thing in each web process, fanned out to bounded queues.

A ring means "look again": one look reads what is new of everything watched, in a thread of its
own, and hands each watcher the same frames. A watcher whose queue is full loses the queue, not
the log: it is told that it is behind and reads the rows after its cursor itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection

from reviews.live import news
from reviews.live.frames import Frame
from reviews.live.news import Topic, Version

logger = logging.getLogger(__name__)
QUEUE_FRAMES = 32
SLOW_LOOK = 2.0  # seconds after which a look is made though nobody rang
BELL_GAP = 0.25  # seconds between two looks at changes and the queue
TROUBLE_PAUSE = 1.0


class Watcher:
    """One socket's place in a watch: a bounded queue of frames."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self._frames: deque[Frame] = deque()
        self._is_behind = False
        self._something = asyncio.Event()

    def offer(self, frame: Frame) -> None:
        """Queue a frame, or, when full, drop the queue and say so."""
        if len(self._frames) >= QUEUE_FRAMES:
            self._frames.clear()
            self._is_behind = True
        if not self._is_behind:
            self._frames.append(frame)
        self._something.set()

    async def next(self) -> Frame | None:
        """The next frame; None when frames were dropped and rows must be read again."""
        await self._something.wait()
        if self._is_behind:
            self._is_behind = False
            self._something.clear()
            return None
        frame = self._frames.popleft()
        if not self._frames:
            self._something.clear()
        return frame


@dataclass(slots=True)
class Watch:
    """What is known of one topic, and who watches it. is_known: set after the first look."""

    version: Version | None = None
    watchers: set[Watcher] = field(default_factory=set)
    is_known: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """All watches of one event loop."""

    def __init__(self, on_busy: Callable[[bool], None]) -> None:
        """on_busy: told True when the first watcher comes and False when the last has gone."""
        self._watches: dict[Topic, Watch] = {}
        self._rung = asyncio.Event()
        self._on_busy = on_busy
        self._looker = ThreadPoolExecutor(1, "live-look")
        self._readers = ThreadPoolExecutor(4, "live-read")
        self._pump: asyncio.Task[None] | None = None
        self._bells_due = 0.0

    def ring(self) -> None:
        """Have a look made soon; call it in the loop."""
        self._rung.set()

    def watches(self, topic: Topic) -> bool:
        """Whether somebody watches it; a ring about anything else may be left alone."""
        return topic in self._watches

    async def join(self, topic: Topic) -> Watcher:
        """Watch a topic; every frame stored after this returns comes to the watcher."""
        watcher = Watcher(topic)
        watch = self._watches.setdefault(topic, Watch())
        watch.watchers.add(watcher)
        if self._pump is None:
            self._pump = asyncio.create_task(self._keep_looking())
            self._on_busy(True)
        if not watch.is_known.is_set():
            self._bells_due = 0.0
            self.ring()
            await watch.is_known.wait()
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Stop watching; harmless when done twice."""
        watch = self._watches.get(watcher.topic)
        if watch is None:
            return
        watch.watchers.discard(watcher)
        if not watch.watchers:
            del self._watches[watcher.topic]
        if not self._watches and self._pump is not None:
            self._pump.cancel()
            self._pump = None
            self._on_busy(False)

    async def read[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that reads the database, in a thread that keeps its connection."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._readers, lambda: _reading(function, *args, **kwargs)
        )

    async def _keep_looking(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(SLOW_LOOK):
                    await self._rung.wait()
            except TimeoutError:
                pass
            self._rung.clear()
            try:
                due = self._due()
                fresh = await loop.run_in_executor(self._looker, _reading, news.read, due)
            except DatabaseError:
                logger.warning("The live view cannot read the database; it tries again.")
                await asyncio.sleep(TROUBLE_PAUSE)
                continue
            self._spread(fresh)
            self._settle(due)

    def _due(self) -> dict[Topic, Version | None]:
        """What this look is about: runs always, the rest no more often than pages can follow."""
        loop = asyncio.get_running_loop()
        is_bell_time = loop.time() >= self._bells_due
        due = {t: w.version for t, w in self._watches.items() if is_bell_time or t.kind == "run"}
        if is_bell_time:
            self._bells_due = loop.time() + BELL_GAP
        elif len(due) < len(self._watches):
            loop.call_at(self._bells_due, self.ring)
        return due

    def _spread(self, fresh: list[news.News]) -> None:
        for item in fresh:
            watch = self._watches.get(item.topic)
            if watch is None:
                continue
            watch.version = item.version
            for watcher in watch.watchers:
                for frame in item.frames:
                    watcher.offer(frame)

    def _settle(self, asked: dict[Topic, Version | None]) -> None:
        """Let those in who wait for the first look at their topic, if this look was it."""
        for topic, version in asked.items():
            watch = self._watches.get(topic)
            if watch is None:
                continue
            if watch.version is None and version is not None:
                self.ring()  # left and joined again during the look: it was about the earlier watch
            else:
                watch.is_known.set()


def _reading(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call it; a connection that has gone bad is closed, so that the next call has a fresh one."""
    try:
        return function(*args, **kwargs)
    except DatabaseError:
        connection.close()
        raise
