"""Many changes at once through a storm: nothing is lost, nothing lands twice."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests import modes
from tests.e2e.chaos import check_truth
from tests.e2e.house import House
from tests.e2e.repos import Origin, do
from tests.installation import wait_for
from tests.soak.storm import Storm

RUNS = int(os.environ.get("HONK_TEST_CHAOS_RUNS", "200"))
AT_ONCE = 6
PATIENCE_S = 300.0  # without any change moving
TRIES = 30  # of one change; each blow costs at most one
COUNTED = (
    "from reviews.models import Transition as T;"
    "print(T.objects.filter(target='merged').count(),"
    " T.objects.filter(target='merged').values('change').distinct().count())"
)


class Flow:
    """Changes carried to their merge, a few at a time, by whatever they need next."""

    def __init__(self, house: House, name: str, count: int) -> None:
        self.house = house
        self.name = name
        self.todo = [f"file{number}.txt" for number in range(count)]
        self.open: dict[int, str] = {}
        self.merged: list[int] = []
        self.tries: Counter[int] = Counter()

    def run(self) -> None:
        """Until every change is merged."""
        moved, seen = time.monotonic(), ""
        while self.todo or self.open:
            while self.todo and len(self.open) < AT_ONCE:
                file = self.todo.pop()
                lines = do(f"write {file} done", "say begun", "sleep 0.3")
                self.open[self.house.admin.open(self.name, lines)] = file
            states = {n: self._turn(n) for n in list(self.open)}
            if str(states) != seen:
                moved, seen = time.monotonic(), str(states)
            assert time.monotonic() - moved < PATIENCE_S, f"{states}\n{self.house.said()[-3000:]}"
            time.sleep(0.2)

    def _turn(self, number: int) -> str:
        change = self.house.admin.change(number)
        status = str(change["status"])
        if status == "merged":
            del self.open[number]
            self.merged.append(number)
            if len(self.merged) % 10 == 0:
                print(f"{len(self.merged)} merged", flush=True)
        elif status == "failed":
            self._ask(number, "retry", {})
        elif status == "awaiting_review":
            newest = change["rounds"][-1]
            told = {"verdict": "approve", "round": newest["number"], "head": newest["head"]}
            self._ask(number, "verdict", told)
        assert status not in ("rejected", "cancelled", "needs_input"), change
        return f"{status} {change['runs'][-1]['id']}"

    def _ask(self, number: int, verb: str, body: dict[str, object]) -> None:
        """Ask for the next step; 409 means that somebody was faster, which the next look tells."""
        self.tries[number] += 1
        assert self.tries[number] <= TRIES, self.house.admin.told(self.house.admin.change(number))
        client: httpx.Client = self.house.admin.client
        answer = client.post(f"/changes/{number}/{verb}", json=body)
        assert answer.status_code in (200, 202, 409), answer.text


def check_all(house: House, origin: Origin, flow: Flow, before: int) -> None:
    """Each change landed once and each run ended once, in its log too."""
    assert len(flow.merged) == len(set(flow.merged))
    assert len(origin.commits()) == before + len(flow.merged)
    assert house.manage("shell", "-v", "0", "-c", COUNTED).split() == [str(len(flow.merged))] * 2
    for number in flow.merged:
        check_truth(house, house.admin.change(number))
    work = house.data / "work"
    wait_for(lambda: not list(work.iterdir()), lambda: str(list(work.iterdir())), 120)


def storm(
    folder: Path, runs: int, seed: int, every_s: tuple[float, float], most: int
) -> dict[str, int]:
    """Carry `runs` changes through at most so many blows; how many of each kind there were."""
    with modes.database() as database:
        house = House(folder / "house", database).set_up().start()
        try:
            name, origin = house.origin()
            before = len(origin.commits())
            flow = Flow(house, name, runs)
            with Storm(house, seed, every_s=every_s, most=most) as raging:
                flow.run()
            check_all(house, origin, flow, before)
            return dict(raging.blows)
        finally:
            house.end()


@pytest.mark.embedded_only
def test_a_few_changes_come_through_a_storm(tmp_path: Path) -> None:
    # A slow machine would be struck faster than it starts again: few blows, not a short time.
    assert sum(storm(tmp_path, 4, seed=11, every_s=(0.1, 0.5), most=12).values()) > 3


@pytest.mark.soak
@pytest.mark.embedded_only
def test_many_changes_come_through_a_storm(tmp_path: Path, count: Callable[..., None]) -> None:
    seed = int(os.environ.get("HONK_TEST_SEED", time.time_ns() % 10**6))
    print(f"HONK_TEST_SEED={seed}")
    began = time.monotonic()
    blows = storm(tmp_path, RUNS, seed, every_s=(0.3, 2.0), most=100 * RUNS)
    count(changes=RUNS, seed=seed, seconds=round(time.monotonic() - began, 1), **blows)
