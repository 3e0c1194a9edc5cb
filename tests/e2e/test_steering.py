"""What a page promised of a stopped agent holds after every process of the server was killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.e2e.house import House

# Works half of the way and waits; gone on with, it finds its half and ends.
PATIENT = """
[runners.patient]
argv = ["sh", "-c", '''
[ -f half.txt ] && { printf %s "$0" > told.txt; exit 0; }
echo half > half.txt; echo begun; sleep 4388''', "{instruction}"]
"""


@pytest.mark.fleet
def test_a_stopped_agent_and_its_messages_outlive_everything_and_go_on(
    own_house: Callable[..., House],
) -> None:
    house = own_house().start()
    api = house.admin
    name, _ = house.origin(policy=PATIENT)
    number = api.open(name, "Take your time", runner="patient")
    api.wait_for_log(number, "begun")
    api.post(f"/changes/{number}/messages", 201, text="Mind the gap")
    api.post(f"/changes/{number}/stop")
    stopped = api.until(number, "needs_input")
    assert stopped["waits_for"] == "pause"
    assert not house.find("4388"), "the whole tree is dead"
    for pid in house.processes():
        os.kill(pid, signal.SIGKILL)
    house.wait_gone()

    house.start()
    assert api.change(number)["waits_for"] == "pause"
    [waiting] = api.get(f"/changes/{number}/messages")["messages"]
    assert waiting["state"] == "waiting"
    api.post(f"/changes/{number}/go-on")
    done = api.until(number, "awaiting_review", seconds=90)
    assert [r["status"] for r in done["runs"] if r["kind"] == "agent"] == ["passed", "passed"]
    patch = api.patch(number).decode()
    assert "+half" in patch
    assert "Mind the gap" in patch
