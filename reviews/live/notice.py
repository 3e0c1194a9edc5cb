"""How a web process learns that there may be news: from SQLite itself, or by hints of others.

Embedded: `pragma data_version` on a plain connection in a thread of its own, asked every 50 ms
while somebody watches; Django's connections would not see what they wrote themselves. Fleet:
hints over the channel layer. A hint may be lost; the hub's slow look makes up for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from channels.layers import get_channel_layer

from reviews.events import Doorbell

logger = logging.getLogger(__name__)
# It tells of each failed second with a traceback; /readyz tells that the server is away.
logging.getLogger("channels_redis").setLevel(logging.CRITICAL)
POLL = 0.05  # seconds between two questions to SQLite
GATHER = 0.02  # seconds for which hints are gathered before they are sent together
HINT_PATIENCE = 2.0
RETRY = 1.0
GROUP = "live"


class DataVersion:
    """Calls `on_change` (in its own thread) after each commit of another connection."""

    def __init__(self, database: Path, on_change: Callable[[], None]) -> None:
        self._database = database
        self._on_change = on_change
        self._is_wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self, is_wanted: bool) -> None:
        """Ask, or stop asking."""
        if not is_wanted:
            self._is_wanted.clear()
            return
        self._is_wanted.set()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="live-notice", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        pause = threading.Event()
        while True:
            self._is_wanted.wait()
            try:
                self._poll(pause)
            except sqlite3.Error as trouble:
                logger.warning("The database cannot be watched (%s); trying again.", trouble)
                pause.wait(RETRY)

    def _poll(self, pause: threading.Event) -> None:
        connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)
        try:
            before = None
            while self._is_wanted.is_set():
                (version,) = connection.execute("PRAGMA data_version").fetchone()
                if version != before:
                    before = version
                    self._on_change()
                pause.wait(POLL)
        finally:
            connection.close()


class Hints:
    """Sends hints to the other processes from a thread of its own, gathered, never waited for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pending: set[tuple[str, int]] = set()
        self._sender = 0  # pid in which the thread runs: a fork leaves threads behind

    def give(self, doorbell: Doorbell) -> None:
        """Have the hint sent soon, if at all."""
        if self._sender != os.getpid():
            self._changed = threading.Condition()
            self._pending = set()
            self._sender = os.getpid()
            threading.Thread(target=self._work, name="live-hints", daemon=True).start()
        with self._changed:
            self._pending.add((doorbell.topic, doorbell.id))
            self._changed.notify()

    def _work(self) -> None:
        with asyncio.Runner() as runner:
            while True:
                try:
                    runner.run(self._send(self._take()))
                except Exception as trouble:  # noqa: BLE001 - a hint is best effort, whatever fails
                    logger.info("Live hints are not delivered (%s).", trouble)
                    threading.Event().wait(RETRY)

    def _take(self) -> list[tuple[str, int]]:
        with self._changed:
            self._changed.wait_for(lambda: self._pending)
        threading.Event().wait(GATHER)
        with self._changed:
            taken = list(self._pending)
            self._pending.clear()
        return taken

    async def _send(self, topics: list[tuple[str, int]]) -> None:
        layer: Any = get_channel_layer()
        async with asyncio.timeout(HINT_PATIENCE):
            await layer.group_send(GROUP, {"type": "look", "topics": topics})


async def hear_hints(on_hint: Callable[[str, int], None]) -> None:
    """Call `on_hint(topic, id)` for each hint, for ever."""
    while True:
        try:
            layer: Any = get_channel_layer()
            channel = await layer.new_channel()
            await layer.group_add(GROUP, channel)
            while True:
                message = await layer.receive(channel)
                for topic, number in message["topics"]:
                    on_hint(topic, number)
        except Exception as trouble:  # noqa: BLE001 - whatever it is, the slow look goes on
            logger.info("Live hints are not heard (%s).", trouble)
            await asyncio.sleep(RETRY)
