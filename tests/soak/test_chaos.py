"""Kills of any process at random moments, many times: nothing lost, nothing lands twice."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import modes
from tests.e2e.chaos import TARGETS, after, interrupted_agent, interrupted_merge, strike
from tests.e2e.house import House

ROUNDS = int(os.environ.get("HONK_TEST_CHAOS", "60"))
LONGEST = 4.0  # seconds: an agent's run with its verifier, or a merge with its undo window
CALM = 15.0  # seconds a target is left alone, for five deaths within a minute end `up`


@pytest.mark.soak
def test_any_process_killed_at_any_moment_loses_nothing(
    tmp_path: Path, count: Callable[..., None]
) -> None:
    seed = int(os.environ.get("HONK_TEST_SEED", time.time_ns() % 10**6))
    print(f"HONK_TEST_SEED={seed}")
    chance, last = random.Random(seed), dict.fromkeys(TARGETS, 0.0)
    with modes.database() as database:
        house = House(tmp_path / "house", database).set_up().start()
        try:
            for number in range(ROUNDS):
                _one(house, chance, last, number)
                count(kills=2 * (number + 1), seed=seed)
        finally:
            house.end()


def _one(house: House, chance: random.Random, last: dict[str, float], number: int) -> None:
    """One change from instruction to merge with two kills in it."""
    house.wait_ready()
    name, origin = house.origin()
    first, second = (_blow(house, chance, last) for _ in range(2))
    change = interrupted_agent(house, name, first)
    interrupted_merge(house, origin, change, second)
    print(f"{number + 1} of {ROUNDS}", flush=True)


def _blow(house: House, chance: random.Random, last: dict[str, float]) -> Callable[[], None]:
    seconds = chance.uniform(0, LONGEST)
    order = chance.sample(list(TARGETS), len(TARGETS))

    def deed() -> None:
        target = next((t for t in order if time.monotonic() - last[t] > CALM), order[0])
        last[target] = time.monotonic()
        print(f"  {target} after {seconds:.2f} s", flush=True)
        house.wait_ready()
        strike(house, target)

    return after(seconds, deed)
