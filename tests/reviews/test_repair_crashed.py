"""A repair that the agent itself breaks: the round stands on the snapshot before it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from reviews.errors import Refused
from reviews.models import Change, Person
from reviews.services import instruct, judge
from reviews.states import ChangeStatus, RunKind, RunStatus
from tests import factories
from tests.doubles.messages_api import MessagesApi
from tests.reviews import judged_runs
from tests.reviews.judged_runs import FINDING, approval, turn
from tests.reviews.whole_runs import data, owner, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)
POLICY = """
[review]
repairs = 2

[limits]
wall_s = 2

[runners.agent]
argv = ["sh", "agent.sh"]

[[verifiers]]
name = "tests"
argv = ["sh", "-c", "exit 1"]
"""
# Works once; told to mend that, leaves half of something and breaks.
ONCE = "cat > told.txt; test -e first.txt && { echo half > half.txt; %s; }; echo 1 > first.txt\n"


def agents_of(change: Change) -> list[RunStatus]:
    runs = change.runs.filter(kind=RunKind.AGENT).order_by("pk")
    return [RunStatus(status) for status in runs.values_list("status", flat=True)]


@pytest.mark.parametrize(
    ("breaks", "ending", "told"),
    [
        ("exit 1", RunStatus.FAILED, "The repair failed: agent ended with exit 1. "),
        ("sleep 60", RunStatus.TIMED_OUT, "The repair failed: Stopped after 2 s, "),
    ],
)
def test_a_repair_that_breaks_brings_the_snapshot_before_it_to_people(
    data: Path, owner: Person, breaks: str, ending: RunStatus, told: str
) -> None:
    made = repository(data, {".honk.toml": POLICY, "agent.sh": ONCE % breaks})
    change = instruct.open_change(factories.actor(owner), made, "Do it", runner="agent")
    work_off(change)

    assert (change.status, change.fault) == (ChangeStatus.AWAITING_REVIEW, "agent")
    assert change.reason.startswith(told)
    assert "Still red after 1 repair: tests. Re-prompt, or a maintainer" in change.reason
    assert agents_of(change) == [RunStatus.PASSED, ending]  # a second repair is not tried
    round_ = change.rounds.get()
    first, repair = change.runs.filter(kind=RunKind.AGENT).order_by("pk")
    assert (round_.status, round_.repairs, round_.head) == ("frozen", 1, first.commit)
    assert {f.display for f in round_.files.all()} == {"first.txt", "told.txt"}
    assert repair.commit not in ("", first.commit)  # what it left is kept, beside the round
    ways = list(change.transitions.order_by("pk").values_list("source", "target"))
    assert ways[-2:] == [("running", "verifying"), ("verifying", "awaiting_review")]

    with pytest.raises(Refused, match=r"not green: tests \(failed\)"):
        judge.approve(factories.actor(owner), change, approval(change))
    judge.approve(factories.actor(owner), change, approval(change, override="It is known."))
    change.refresh_from_db()
    assert change.status == ChangeStatus.APPROVED


def test_a_repair_after_a_veto_that_breaks_does_the_same(
    data: Path, owner: Person, settings: LazySettings
) -> None:
    agent = 'cat > told.txt; grep -q "Nobody asked" told.txt && exit 3; echo "x = 2" > app.py\n'
    made = judged_runs.repository(data, "blocking", repairs=2, agent=agent)
    with MessagesApi([turn("veto", FINDING)]) as api:
        change = judged_runs.through(owner, made, settings, api)
        assert len(api.requests) == 1
    assert change.status == ChangeStatus.AWAITING_REVIEW
    assert change.reason.startswith("The repair failed: agent ended with exit 3. ")
    assert "The judge vetoed it after 1 repair: It is a veto." in change.reason
    assert agents_of(change) == [RunStatus.PASSED, RunStatus.FAILED]


def test_a_first_run_that_breaks_still_fails_the_change(data: Path, owner: Person) -> None:
    made = repository(data, {".honk.toml": POLICY, "agent.sh": "exit 1\n"})
    change = instruct.open_change(factories.actor(owner), made, "Do it", runner="agent")
    work_off(change)
    assert (change.status, change.failed_stage) == (ChangeStatus.FAILED, "running")
