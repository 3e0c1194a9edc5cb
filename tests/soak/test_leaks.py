"""Many runs of every ending: nothing of the machine is held by them afterwards."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable

import pytest

from tests.e2e import repos
from tests.e2e.house import House
from tests.e2e.repos import do
from tests.installation import wait_for
from tests.soak.leaks import Held, held

RUNS = int(os.environ.get("HONK_TEST_RUNS", "1000"))
FEW = 16
AT_ONCE = 8
ENDED = {"awaiting_review", "failed", "cancelled"}
# How a run ends, by what its agent does: most do a little and end well.
WAYS = (
    ("write app.txt done",),
    ("write app.txt done", "child 3177"),
    ("write new.txt x", "exit 3"),
    ("write app.txt done",),
    ("trap fifo",),
    ("say nothing",),
    ("write app.txt done", "spam 200"),
    ("sleep 60",),
)
CANCELLED = WAYS[-1]
POLICY = repos.RUNNER.replace("tools/agent.py", "tools/soak.py")
# As the usual agent, with a way to leave what no snapshot takes.
AGENT = repos.AGENT.replace('"mode":', '"trap": lambda kind: os.mkfifo(kind),\n    "mode":')


def carry_out(house: House, name: str, count: int) -> dict[str, int]:
    """Let `count` changes run, a few at a time; how many ended how."""
    api = house.admin
    endings: dict[str, int] = {}
    waiting: dict[int, tuple[str, ...]] = {}
    todo = itertools.islice(itertools.cycle(WAYS), count)
    while True:
        while len(waiting) < AT_ONCE and (way := next(todo, None)):
            waiting[api.open(name, do(*way))] = way
        if not waiting:
            return endings
        time.sleep(0.1)
        for change in api.get("/changes", limit=4 * AT_ONCE)["changes"]:
            _look(house, change, waiting, endings)


def _look(
    house: House,
    change: dict[str, object],
    waiting: dict[int, tuple[str, ...]],
    endings: dict[str, int],
) -> None:
    number, status = int(str(change["number"])), str(change["status"])
    if number not in waiting:
        return
    if status == "running" and waiting[number] == CANCELLED:
        house.admin.post(f"/changes/{number}/cancel")
    if status in ENDED:
        del waiting[number]
        endings[status] = endings.get(status, 0) + 1


def check_nothing_is_left(house: House, before: Held) -> Held:
    """Wait until all is cleared away, then compare."""

    def is_clear() -> bool:
        now = held(house)
        return not now.groups and not now.folders and now.processes == before.processes

    wait_for(is_clear, lambda: f"{held(house)} was {before}", 30)
    after = held(house)
    assert after.mounts == before.mounts
    assert after.worktrees == 0
    assert after.files <= before.files + 16, f"open files: {before.files} to {after.files}"
    assert after.sockets <= before.sockets + 8
    return after


def test_runs_of_every_ending_leave_nothing(house: House) -> None:
    name = prepared(house)
    carry_out(house, name, len(WAYS))
    before = quiet(house)
    endings = carry_out(house, name, FEW)
    check_nothing_is_left(house, before)
    assert endings == {"awaiting_review": 10, "failed": 4, "cancelled": 2}


@pytest.mark.soak
def test_a_thousand_runs_leave_nothing(house: House, count: Callable[..., None]) -> None:
    name = prepared(house)
    carry_out(house, name, 5 * len(WAYS))
    before, began = quiet(house), time.monotonic()
    endings = carry_out(house, name, RUNS)
    after = check_nothing_is_left(house, before)
    count(
        runs=RUNS, seconds=round(time.monotonic() - began, 1),
        open_files_before=before.files, open_files_after=after.files,
        mib_before=before.bytes >> 20, mib_after=after.bytes >> 20, **endings,
    )  # fmt: skip
    assert after.bytes < before.bytes + (200 << 20)


def prepared(house: House) -> str:
    """A repository whose agent can end in every way."""
    name, _ = house.origin({"tools/soak.py": AGENT}, policy=POLICY)
    return name


def quiet(house: House) -> Held:
    """What the house holds when it has nothing to do: the same at two looks, a while apart."""
    seen: list[Held] = []

    def is_quiet() -> bool:
        seen.append(held(house))
        now = seen[-1]
        return len(seen) > 3 and not now.folders and now.processes == seen[-4].processes

    wait_for(is_quiet, lambda: str(seen[-1]), 30)
    return seen[-1]
