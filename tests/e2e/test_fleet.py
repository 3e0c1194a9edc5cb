"""Web and workers that share a database, a broker and git origins, and no disk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import modes
from tests.e2e.house import Fleet
from tests.e2e.repos import do


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Four machines, as far as their folders go."""
    with modes.database() as name:
        made = Fleet(tmp_path_factory.mktemp("fleet"), name)
        made.set_up()
        try:
            yield made.start()
        finally:
            made.end()


@pytest.mark.fleet_only
def test_rounds_made_on_one_machine_are_shown_verified_and_merged_on_others(fleet: Fleet) -> None:
    api = fleet.admin
    name, origin = fleet.origin()
    numbers = [api.open(name, do("sleep 0.3", f"write part{i}.txt {i}")) for i in range(6)]
    for number in numbers:
        again = api.reprompted(api.until(number, "awaiting_review"), f"write more{number}.txt more")
        assert len(api.get(f"/changes/{number}/rounds/2/files")["files"]) == 2
        page = fleet.page.client.get(f"/changes/{number}/rounds/2/")
        assert f"more{number}.txt" in page.text
        api.merged(again)
    assert len(origin.commits()) == 7
    assert not list((fleet.folder / "web").glob("mirrors/[0-9]*.git"))
    used = [(fleet.folder / m / "mirrors").exists() for m in ("agents1", "agents2", "work")]
    assert used == [True, True, True]


@pytest.mark.fleet_only
def test_a_large_round_and_a_busy_queue_lose_nothing(fleet: Fleet) -> None:
    api = fleet.admin
    name, _ = fleet.origin()
    number = api.open(name, do("spam 3000", "write big.txt " + "large " * 4000))
    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(lambda i: api.open(name, do(f"write n{i}.txt {i}")), range(10)))
    for each in (number, *opened):
        api.until(each, "awaiting_review", seconds=90)
    log = api.log(api.run(api.change(number))["id"])
    assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
    assert "line 2999" in str(log[-4:])
