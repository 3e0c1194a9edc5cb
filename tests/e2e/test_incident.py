"""The switch of the first incident on a whole installation, with a worker killed under it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import modes
from tests.e2e.chaos import strike
from tests.e2e.house import House
from tests.e2e.repos import do
from tests.installation import wait_for


@pytest.fixture(scope="module")
def paused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation that these tests pause; a program gets a second to park."""
    with modes.database() as name:
        settings = {"HONK_PAUSE_SECONDS": "1"}
        made = House(tmp_path_factory.mktemp("paused"), name, settings).set_up().start()
        try:
            yield made
        finally:
            made.end()


def test_work_stops_with_everything_kept_and_goes_on_after_a_worker_died(paused: House) -> None:
    name, origin = paused.origin()
    api = paused.admin
    begun = api.open(name, do("write app.txt half", "say begun", "sleep 8", "write app.txt done"))
    api.wait_for_log(begun, "begun")
    assert "Paused since" in paused.manage("pause", "--reason", "A key may have leaked")
    stopped = api.until(begun, "needs_input")
    assert [run["status"] for run in stopped["runs"]] == ["waiting"]
    wait_for(lambda: not paused.find("tools/agent.py"), lambda: str(paused.processes()))

    strike(paused, "celery of agent")
    waits = api.open(name, do("write other.txt done"))
    paused.wait_ready()
    paused.manage("sweep")
    assert api.change(waits)["status"] == "queued"
    assert api.change(begun)["status"] == "needs_input"

    assert "Work goes on." in paused.manage("resume")
    api.until(waits, "awaiting_review")
    done = api.until(begun, "awaiting_review")
    assert "half" not in api.patch(begun).decode()
    api.merged(done)
    assert origin.show("app.txt") == "done"
