"""`make soak`: long counts, each kept in var/soak.json with how many and how long."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import modes
from tests.e2e.house import House
from tests.soak.leaks import own_place

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / "var" / "soak.json"
Count = Callable[..., None]


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Count:
    """Call with what was counted, `count(examples=10_000)`; the last call of a test is kept."""
    found: dict[str, dict[str, int | float | str]] = request.session.stash.setdefault(COUNTS, {})

    def keep(**numbers: float | str) -> None:
        found[request.node.name] = dict(numbers)

    return keep


COUNTS = pytest.StashKey[dict[str, dict[str, int | float | str]]]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write what was counted, when this is a soak run."""
    if os.environ.get("HONK_TEST_SOAK") != "1" or COUNTS not in session.stash:
        return
    KEPT.parent.mkdir(exist_ok=True)
    passed = int(exitstatus) == 0
    KEPT.write_text(json.dumps({"passed": passed, "tests": session.stash[COUNTS]}, indent=2) + "\n")


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation with a temporary folder of its own, for the tests that leave it whole."""
    with modes.database() as database:
        made = House(tmp_path_factory.mktemp("soak") / "house", database)
        own_place(made)
        made.set_up().start()
        try:
            yield made
        finally:
            made.end()
