"""A run through the real server against its command alone, and the sandbox against a process."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.harness import PAIRS, Row, bench, paired, seconds
from tests.e2e.house import House
from tests.e2e.repos import POLICY, Origin, do, git

FIRST_EVENT_MS = 1000  # instruction to first event, with a warm mirror
FILES = 5000
OVERHEAD_OF_WORKTREE = 3.0  # 1.5 s where `git worktree add` takes 0.5 s
TASK_S = 1.0


@contextmanager
def serving(files: int = 0) -> Iterator[tuple[House, str, Origin]]:
    """A house with one repository whose mirror is warm; its name, and where it is."""
    with tempfile.TemporaryDirectory(prefix="honk-bench-") as folder:
        house = House(Path(folder) / "house").set_up().start()
        try:
            many = {f"src/part{n // 100}/file{n}.txt": f"line {n}\n" * 20 for n in range(files)}
            name, made = house.origin(many, policy=POLICY)
            house.admin.reviewed(name, "say warm")
            yield house, name, made
        finally:
            house.end()


@bench("runs")
def run_rows() -> list[Row]:
    """How soon something happens, and what a run costs more than its command alone."""
    with serving() as (house, name, made):
        first = statistics.median(_first_event(house, name) for _ in range(PAIRS))
        text = "run, ms from instruction to first event, against the goal"
        soon = Row(text, round(1000 * first, 1), FIRST_EVENT_MS, round(first, 4), 1.0)
        whole = paired(
            f"run, a command of {TASK_S:.0f} s through the server, against it alone",
            lambda: house.admin.reviewed(name, f"sleep {TASK_S}"),
            lambda: _alone(made, f"sleep {TASK_S}"),
            goal=2.5,
        )
    return [soon, whole]


@bench("overhead")
def overhead_rows() -> list[Row]:
    """What the server adds to a command on 5,000 files, in `git worktree add` of the same tree."""
    with serving(FILES) as (house, name, made):
        pairs = [_overhead(house, name, made, number) for number in range(5)]
    ours, peer = (1000 * statistics.median(each[i] for each in pairs) for i in (0, 1))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    text = f"run, added by the server on {FILES} files, against git worktree"
    return [Row(text, round(ours, 1), round(peer, 1), round(ratio, 4), OVERHEAD_OF_WORKTREE)]


@bench("sandbox")
def sandbox_rows() -> list[Row]:
    """A launch in the sandbox, against a process without one and against bubblewrap alone."""
    from agents.job import Attached, Limits
    from tests.agents import boxes

    with tempfile.TemporaryDirectory(prefix="honk-bench-") as folder:
        space = boxes.plain(Path(folder) / "tree")
        relay = Attached(relays=((8765, "/none.sock"),))

        def ours(attached: Attached | None = None) -> None:
            boxes.inside(space, "true", limits=Limits(), attached=attached)

        bwrap = ["bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev",
                 "--unshare-all", "--die-with-parent", "true"]  # fmt: skip
        return [
            paired("sandbox, a launch, against a bare process", ours, lambda: _call(["true"]),
                   goal=60, pairs=30),
            paired("sandbox, a launch, against bubblewrap alone", ours, lambda: _call(bwrap),
                   goal=8, pairs=30),
            paired("sandbox, a launch with a relay, against one without",
                   lambda: ours(relay), ours, goal=4, pairs=30),
        ]  # fmt: skip


def _call(argv: list[str]) -> None:
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def _first_event(house: House, name: str) -> float:
    """Seconds from sending an instruction until the first event of its run can be read."""
    api, started = house.admin, time.perf_counter()
    number = api.open(name, do("say hello"))
    run = api.change(number)["runs"][0]["id"]
    while not api.get(f"/runs/{run}/events", limit=1)["events"]:
        time.sleep(0.005)
    took = time.perf_counter() - started
    api.until(number, "awaiting_review")
    return took


def _alone(made: Origin, *lines: str) -> None:
    """The same agent's program and the same verifier, run by hand in a clone that is there."""
    for argv in (["python3", "tools/agent.py", do(*lines)], ["sh", "check.sh"]):
        subprocess.run(argv, check=True, cwd=made.tree, capture_output=True)


def _overhead(house: House, name: str, made: Origin, number: int) -> tuple[float, float]:
    """Seconds that the server added to one command, and that `git worktree add` takes."""
    whole = seconds(lambda: house.admin.reviewed(name, f"write app.txt try{number}"))
    alone = seconds(lambda: _alone(made, "say nothing"))
    place = str(made.tree.parent / f"worktree{number}")
    added = seconds(lambda: git(made.tree, "worktree", "add", "-q", "--detach", place))
    git(made.tree, "worktree", "remove", "--force", place)
    return whole - alone, added
