"""A planting agent's tree is refused through the real door; its work beside the traps is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.errors import PlatformFault
from reviews.models import Change, Person, Repository, Round, Run
from reviews.services import blobs, instruct, judge, place, work_agent
from reviews.states import ChangeStatus, RunKind
from tests import factories
from tests.reviews.test_work import data, owner, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)
# In the first round it plants and works, in the next it works on.
POLICY = """
[runners.planter]
argv = ["sh", "-c", "if [ -e work.py ]; then echo y >> work.py; else sh plant.sh; fi"]
[limits]
disk_bytes = 1048576
[[verifiers]]
name = "there"
argv = ["test", "-f", "app.py"]
"""
PLANT = """
echo x > work.py
mkfifo src-pipe; mkdir -p sub && git init -q sub && echo z > sub/code.py; mkfifo a b c d e
"""
HUGE = "echo x > work.py; mkdir data; truncate -s 1M data/dump"


def store(data: Path, plant: str) -> Repository:
    return repository(data, {"app.py": "x = 1\n", "plant.sh": plant, ".honk.toml": POLICY})


def refused(owner: Person, made: Repository) -> tuple[Change, Run]:
    change = instruct.open_change(factories.actor(owner), made, "Do it", runner="planter")
    work_off(change)
    run = change.runs.get(kind=RunKind.AGENT)
    assert (change.status, change.fault, run.status) == (ChangeStatus.FAILED, "agent", "failed")
    first = change.rounds.get()
    assert (first.head, first.tree, first.status) == ("", "", "open")  # no round of such a tree
    return change, run


def files_of(made: Repository, run: Run) -> set[bytes]:
    """What the run kept, rebuilt from what is stored alone."""
    mirror = place.mirror_of(made)
    place.with_run(run, mirror)
    return {entry.path for entry in mirror.list_tree(run.tree)}


def goes_on(owner: Person, change: Change) -> Round:
    judge.reprompt(factories.actor(owner), change, judge.Seen(1, "", "Go on", ["incomplete"]))
    work_off(change)
    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    return change.rounds.order_by("-number")[0]


def test_the_work_beside_the_traps_is_kept_told_and_gone_on_with(data: Path, owner: Person) -> None:
    made = store(data, PLANT)
    change, run = refused(owner, made)
    assert files_of(made, run) == {
        b".honk.toml", b"app.py", b"plant.sh", b"work.py", b"sub/code.py",
    }  # fmt: skip
    assert "The agent's tree cannot be taken: " in change.reason
    assert "7 paths were left out: " in change.reason
    assert "; and 2 more." in change.reason
    assert not place.folder_of(run).exists()
    newest = goes_on(owner, change)
    mirror = place.mirror_of(made)
    assert mirror.call("show", f"{newest.head}:work.py") == b"x\ny\n"


def test_of_a_tree_with_too_much_in_it_the_small_files_are_kept(data: Path, owner: Person) -> None:
    made = store(data, HUGE)
    change, run = refused(owner, made)
    assert files_of(made, run) == {b".honk.toml", b"app.py", b"plant.sh", b"work.py"}
    assert "1 file was left out: data/dump (1048576 bytes)." in change.reason


def test_a_database_that_fails_meanwhile_makes_no_round_of_what_was_refused(
    data: Path, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    put = blobs.put

    def failing(content: bytes, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise PlatformFault("The disk is full.")
        return put(content, **more)

    monkeypatch.setattr(work_agent, "KEEP_AGAIN_S", (0.0,))
    monkeypatch.setattr(blobs, "put", failing)
    made = store(data, PLANT)
    change, run = refused(owner, made)
    assert len(calls) == 2
    assert run.tree
    assert "7 paths were left out" in change.reason
