"""Kills at chosen or random moments, and what must be true afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.api import JSON, Api
from tests.e2e.house import House
from tests.e2e.repos import Origin, do
from tests.installation import wait_for

TARGETS: dict[str, tuple[str, ...]] = {
    "web": ("uvicorn",),
    "worker agent": ("manage.py", " worker agent"),
    "worker work": ("manage.py", " worker work"),
    "celery of agent": ("celery", "--queues agent"),
    "celery of work": ("celery", "--queues work"),
    "up": ("manage.py", " up"),
}
RESTS = ("awaiting_review", "failed", "merged")
LEFT = "4325"  # seconds that a child of the agent would sleep: its mark
WORK = (f"child {LEFT}", "say begun", "sleep 1", "write app.txt done", "say ended")

# The first run waits to be struck; the next one, which finds its file, does not.
ONCE = (f"child {LEFT}", "once early.txt first", "write app.txt second")


def strike(house: House, target: str) -> None:
    """kill -9 one process; `up` is started again when that was it."""
    if target == "pool process of agent":
        os.kill(_at_work(house), signal.SIGKILL)
        return
    house.kill(*TARGETS[target])
    if target != "up":
        return
    assert house.process is not None
    house.process.wait(timeout=10)
    house.wait_gone()
    house.start()


def _at_work(house: House) -> int:
    """The worker's process that carries a run: the only one of its kind with a child of its own."""
    _celery, *pool = house.find(*TARGETS["celery of agent"])
    return next(pid for pid in pool if _children(pid))


def _children(pid: int) -> list[str]:
    folders = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for file in folders for child in file.read_text().split()]


def settled(house: House, number: int, seconds: float = 90) -> JSON:
    """The change once it waits for a person or has ended; the API may be away meanwhile."""
    wait_for(lambda: _status(house.admin, number) in RESTS, lambda: _tell(house, number), seconds)
    return house.admin.change(number)


def _status(api: Api, number: int) -> str:
    import httpx

    try:
        return str(api.change(number)["status"])
    except httpx.TransportError:
        return "away"


def _tell(house: House, number: int) -> str:
    return f"{house.admin.told(house.admin.change(number))}\n{house.said()[-3000:]}"


def interrupted_agent(house: House, name: str, strike_now: Callable[[], None]) -> JSON:
    """An agent's run with a strike in it; retried until it is through. Returns the change."""
    house.wait_ready()
    number = house.admin.open(name, do(*WORK))
    strike_now()
    change = settled(house, number)
    check_truth(house, change)
    for _ in range(3):
        if change["status"] == "awaiting_review":
            break
        assert change["status"] == "failed"
        assert change["failed_stage"] in ("queued", "running", "verifying")
        assert house.admin.run(change)["status"] in ("lost", "error")
        house.admin.post(f"/changes/{number}/retry")
        change = settled(house, number)
    assert change["status"] == "awaiting_review", _tell(house, number)
    check_truth(house, change)
    return change


def interrupted_merge(
    house: House, origin: Origin, change: JSON, strike_now: Callable[[], None]
) -> None:
    """An approval with a strike before, in or after its merge: lands exactly once."""
    before = origin.commits()
    house.wait_ready()
    house.admin.verdict(change, "approve", 202)
    strike_now()
    number = change["number"]
    wait_for(
        lambda: _status(house.admin, number) in ("merged", "failed"), lambda: _tell(house, number),
        90,
    )  # fmt: skip
    if house.admin.change(number)["status"] == "failed":
        assert house.admin.change(number)["failed_stage"] == "merging"
        house.admin.post(f"/changes/{number}/retry")
    merged = house.admin.until(number, "merged", seconds=60)
    assert origin.commits()[1:] == before
    assert origin.tree_of(origin.tip()) == merged["rounds"][-1]["tree"]
    check_truth(house, merged)


def check_truth(house: House, change: JSON) -> None:
    """Nothing claims to run, every log is whole, and no process of an agent is left."""
    for run in change["runs"]:
        assert run["status"] not in ("queued", "running", "waiting"), change
        log = house.admin.log(run["id"])
        assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
        assert [e["kind"] for e in log].count("end") == 1
        assert log[-1]["kind"] == "end"
    wait_for(lambda: not house.find("sleep", LEFT), lambda: str(house.processes()), 20)


def after(seconds: float, deed: Callable[[], None]) -> Callable[[], None]:
    """The deed, a while later."""

    def wait_and_do() -> None:
        time.sleep(seconds)
        deed()

    return wait_and_do
