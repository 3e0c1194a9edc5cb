"""Blows at random moments: agents' programs and workers killed, the broker's files spoilt."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.e2e.chaos import TARGETS
from tests.e2e.house import House

CALM = 20.0  # seconds a worker is left alone: five deaths within a minute end `up`
WORKERS = ("worker agent", "worker work", "celery of agent", "celery of work")
# What stands in a spoilt message: nothing, no JSON, JSON of another shape, a run there never was.
SPOILS = (
    "",
    "\0\0",
    "{",
    "[]",
    "{}",
    '"x"',
    "null",
    '{"body": 1, "headers": {}, "properties": {}}',
)


class Storm:
    """A context manager; `blows` counts what was struck, `most` ends it."""

    def __init__(self, house: House, seed: int, *, every_s: tuple[float, float], most: int) -> None:
        self._house = house
        self._chance = random.Random(seed)
        self._every_s = every_s
        self._most = most
        self._last = {"agent": 0.0, "work": 0.0}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._rage, name="storm", daemon=True)
        self.blows: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _rage(self) -> None:
        while self.blows.total() < self._most:
            if self._stop.wait(self._chance.uniform(*self._every_s)):
                return
            blow = self._chance.choice((self._child, self._worker, self._broker))
            with suppress(OSError, IndexError):  # what was to be struck has just gone
                blow()

    def _child(self) -> None:
        """kill -9 something of an agent's or a verifier's, or bwrap itself."""
        pids = [*self._house.find("tools/agent.py"), *self._house.find("check.sh")]
        os.kill(self._chance.choice(pids), signal.SIGKILL)
        self.blows["child"] += 1

    def _worker(self) -> None:
        target = self._chance.choice(WORKERS)
        queue = target.split()[-1]  # a worker and its Celery die together
        if time.monotonic() - self._last[queue] > CALM:
            self._last[queue] = time.monotonic()
            os.kill(self._house.find(*TARGETS[target])[0], signal.SIGKILL)
            self.blows[target] += 1

    def _broker(self) -> None:
        folder = self._house.data / "broker"
        messages = [path for path in folder.iterdir() if path.is_file()]
        blow = self._chance.choice((self._delete, self._spoil, self._repeat, self._add))
        blow(folder, messages)
        self.blows["broker"] += 1

    def _delete(self, _folder: Path, messages: list[Path]) -> None:
        for path in messages:
            path.unlink()

    def _spoil(self, _folder: Path, messages: list[Path]) -> None:
        self._chance.choice(messages).write_text(self._chance.choice(SPOILS))

    def _repeat(self, folder: Path, messages: list[Path]) -> None:
        text = self._chance.choice(messages).read_text()
        self._write(folder, self._chance.choice(("agent", "work")), text)

    def _add(self, folder: Path, _messages: list[Path]) -> None:
        queue = self._chance.choice(("agent", "work"))
        self._write(folder, queue, self._chance.choice(SPOILS))

    def _write(self, folder: Path, queue: str, text: str) -> None:
        name = f"{time.time_ns():020d}_{self._chance.getrandbits(64):x}.{queue}.msg"
        (folder / f".{name}").write_text(text)
        (folder / f".{name}").rename(folder / name)
