"""Programs that say or start far too much: what the worker holds, and whether pages still come."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.e2e.house import House
from tests.soak.leaks import resident

MIB = 1 << 20
MOST = 100 * MIB  # what a worker may grow by
LINE = "a line of output that is said again and again until nobody can want to hear it"
POLICY = f"""
[runners.loud]
argv = ["sh", "-c", "yes '{LINE}' | head -c $(cat bytes)"]
[runners.unbroken]
argv = ["sh", "-c", "yes '{LINE}' | tr -d '\\\\n' | head -c $(cat bytes)"]
[runners.bomb]
argv = ["python3", "bomb.py"]
"""
BOMB = """
import os, time
print("begun", flush=True)
until = time.monotonic() + 8
while time.monotonic() < until:
    try: os.fork()
    except OSError: pass
"""


class Grown:
    """How much the processes that carry agents' runs grew, at most, above what they were."""

    def __init__(self, house: House) -> None:
        self._pids = house.find("celery", "--queues agent")
        self._before = {pid: resident(pid) for pid in self._pids}
        self.bytes = 0

    def look(self) -> None:
        now = max(resident(pid) - self._before[pid] for pid in self._pids)
        self.bytes = max(self.bytes, now)


@contextmanager
def watched(look: Callable[[], None], every_s: float = 0.05) -> Iterator[None]:
    """Look again and again meanwhile."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(every_s):
            look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def say(house: House, runner: str, size: int) -> tuple[int, float]:
    """Let an agent print `size` bytes; the worker's growth, and seconds it took."""
    name, _ = house.origin({"bytes": str(size)}, policy=POLICY)
    small, _ = house.origin({"bytes": "200000"}, policy=POLICY)
    for _ in range(2):  # warm: each of the worker's processes has carried a run
        numbers = [house.admin.open(small, "Say it.", runner) for _ in range(4)]
        for number in numbers:
            house.admin.until(number, "awaiting_review")
    grown, began = Grown(house), time.monotonic()
    with watched(grown.look):
        number = house.admin.open(name, "Say it.", runner)
        change = house.admin.until(number, "awaiting_review", seconds=600)
    run = house.admin.run(change)
    tail = house.admin.get(f"/runs/{run['id']}/events", tail=20)["events"]
    assert any("not kept" in str(event["data"].get("text", "")) for event in tail), tail
    return grown.bytes, time.monotonic() - began


@pytest.mark.parametrize("runner", ["loud", "unbroken"])
def test_much_output_leaves_the_worker_small(house: House, runner: str) -> None:
    bytes_, _ = say(house, runner, 128 * MIB)
    assert bytes_ < MOST


@pytest.mark.soak
def test_a_gigabyte_of_output_leaves_the_worker_small(
    house: House, count: Callable[..., None]
) -> None:
    bytes_, took = say(house, "loud", 1024 * MIB)
    count(mib_said=1024, mib_grown=bytes_ >> 20, seconds=round(took, 1))
    assert bytes_ < MOST


def latency(house: House, seconds: float) -> tuple[float, float]:
    """(median, 95th of a hundred) seconds of the queue's page, asked for so long."""
    taken = []
    client: httpx.Client = house.page.client
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        assert client.get("/").status_code == 200
        taken.append(time.perf_counter() - began)
        time.sleep(0.01)
    parts = statistics.quantiles(taken, n=20)
    return statistics.median(taken), parts[-1]


def test_a_fork_bomb_leaves_pages_quick(house: House) -> None:
    name, _ = house.origin({"bomb.py": BOMB}, policy=POLICY + "[limits]\nprocesses = 200\n")
    latency(house, 1)
    calm = latency(house, 4)
    number = house.admin.open(name, "Fork.", "bomb")
    house.admin.wait_for_log(number, "begun")
    struck = latency(house, 4)
    print(f"p50, p95 calm {calm}, during a fork bomb {struck}, ratio {struck[1] / calm[1]:.2f}")
    house.admin.until(number, "awaiting_review", "failed", seconds=60)
    assert struck[1] < max(2 * calm[1], 0.5)
