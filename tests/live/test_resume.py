"""Fifty clients that lose their sockets and a server that is killed: the log stays whole."""

from __future__ import annotations

import contextlib
import json
import random
import statistics
import threading
import time
from typing import Any

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection

from tests.live.hand import Hand
from tests.live.server import Web, frame

pytestmark = pytest.mark.fleet
CLIENTS = 50
EVENTS = 400


class Client(threading.Thread):
    """Reads a run's log to its end, dropping the socket now and then, resuming by cursor."""

    def __init__(self, web: Web, path: str, token: str, number: int) -> None:
        super().__init__(daemon=True)
        self.web, self.path, self.token = web, path, token
        self.chance = random.Random(number)
        self.events: list[dict[str, Any]] = []
        self.drops = 0
        self.is_done = False

    def run(self) -> None:
        while not self.is_done:
            try:
                self._read_a_while()
            except (WebSocketException, OSError, TimeoutError):
                self.drops += 1
                time.sleep(0.1)

    def _read_a_while(self) -> None:
        after = self.events[-1]["seq"] if self.events else 0
        frames = self.chance.randint(1, 12)
        path = f"{self.path}?after_seq={after}"
        with self.web.open(path, Authorization=f"Bearer {self.token}") as socket:
            for _ in range(frames):
                self.events += frame(socket, timeout=15)["events"]
                if self.events and self.events[-1]["kind"] == "end":
                    self.is_done = True
                    return


def test_fifty_clients_end_with_the_stored_log_whatever_drops(web: Web, hand: Hand) -> None:
    seed = hand.do("seed")
    hand.do("write", run=seed["run"], count=60)
    path = f"/ws/runs/{seed['run']}/"
    clients = [Client(web, path, seed["token"], number) for number in range(CLIENTS)]
    hand.start("write", run=seed["run"], count=EVENTS, pause=0.03)
    for client in clients:
        client.start()
    for pause in (0.9, 1.3):
        time.sleep(pause)
        web.stop()
        web.start()
    hand.answer()
    hand.do("finish", run=seed["run"])
    for client in clients:
        client.join(timeout=60)
    stored = hand.do("log", run=seed["run"])
    as_bytes = [json.dumps(event) for event in stored]
    assert len(stored) == 60 + EVENTS + 1
    for client in clients:
        assert [json.dumps(event) for event in client.events] == as_bytes
    assert sum(client.drops for client in clients) > CLIENTS


def test_a_slow_reader_loses_nothing(web: Web, hand: Hand) -> None:
    """Its queue overflows while it sleeps; it is read to from the database then."""
    seed = hand.do("seed")
    path = f"/ws/runs/{seed['run']}/"
    with web.open(path, Authorization=f"Bearer {seed['token']}") as socket:
        hand.do("write", run=seed["run"], count=1500, size=16_000)
        hand.do("finish", run=seed["run"])
        time.sleep(1)
        seen = [event["seq"] for text in socket for event in json.loads(text)["events"]]
    assert seen == list(range(1, 1502))


def test_fifty_screens_see_events_about_as_soon_as_one(web: Web, hand: Hand) -> None:
    """As a ratio inside one run, for the machine is shared with other tests."""
    alone = p95_with(web, hand, 1)
    together = p95_with(web, hand, CLIENTS)
    print(f"event to socket, p95: {alone * 1000:.0f} ms alone, {together * 1000:.0f} ms with fifty")
    assert together < 6 * max(alone, 0.05)


def p95_with(web: Web, hand: Hand, viewers: int) -> float:
    """Seconds from storing to the socket that 95 % of arrivals keep under, with so many viewers."""
    seed = hand.do("seed")
    path = f"/ws/runs/{seed['run']}/"
    delays: list[float] = []
    with contextlib.ExitStack() as sockets:
        readers = []
        for _ in range(viewers):
            opened = web.open(path, Authorization=f"Bearer {seed['token']}")
            arguments = (sockets.enter_context(opened), delays)
            readers.append(threading.Thread(target=note_delays, args=arguments))
            readers[-1].start()
        hand.do("write_at", run=seed["run"], count=60, pause=0.02)
        hand.do("finish", run=seed["run"])
        for reader in readers:
            reader.join(timeout=60)
    assert len(delays) == 60 * viewers
    return statistics.quantiles(delays, n=20)[-1]


def note_delays(socket: ClientConnection, delays: list[float]) -> None:
    """Seconds from storing to arriving, for every event to the end of the run."""
    for text in socket:
        now = time.time()
        notes = [event for event in json.loads(text)["events"] if event["kind"] == "note"]
        delays.extend(now - event["data"]["sent"] for event in notes)
