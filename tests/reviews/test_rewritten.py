"""A check that rewrites what it judges and puts it back is told, for a person to tick."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviews.models import Change, GuardItem, Person
from reviews.services import instruct
from reviews.states import ChangeStatus, RunKind, RunStatus
from tests import factories
from tests.reviews.whole_runs import data, owner, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)
POLICY = """
[runners.adder]
argv = ["sh", "-c", "echo new > new.txt"]
[[verifiers]]
name = "unit"
argv = ["sh", "check.sh"]
"""
REWRITES = "cp app.txt /tmp/kept; echo other > app.txt; cat app.txt; cp /tmp/kept app.txt"
REPLACES = "cp app.txt /tmp/kept; rm app.txt; cp /tmp/kept app.txt"
HIDES = f"{REWRITES}; touch -r lib/a.txt app.txt"


def checked_by(data: Path, owner: Person, check: str) -> Change:
    files: dict[str | bytes, str | bytes | None] = {
        ".honk.toml": POLICY, "check.sh": f"{check}\ntrue\n", "app.txt": "as it is\n",
        "lib/a.txt": "a\n",
    }  # fmt: skip
    made = repository(data, files)
    change = instruct.open_change(factories.actor(owner), made, "Add it", runner="adder")
    work_off(change)
    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    assert change.runs.get(kind=RunKind.VERIFIER).status == RunStatus.PASSED
    return change


@pytest.mark.parametrize("check", [REWRITES, REPLACES, HIDES])
def test_a_file_that_was_rewritten_meanwhile_is_an_item(
    data: Path, owner: Person, check: str
) -> None:
    change = checked_by(data, owner, check)
    item = GuardItem.objects.get(round__change=change)
    assert (item.kind, item.path, item.is_tickable) == ("rewritten", "app.txt", True)
    assert item.text.startswith("unit wrote to files of the tree while it ran")
    assert "app.txt" in item.text


@pytest.mark.parametrize(
    "check",
    ["cat app.txt lib/a.txt", "echo made > lib/made.txt; mkdir out; echo > out/x; rm -r out"],
)
def test_reading_and_building_beside_is_no_item(data: Path, owner: Person, check: str) -> None:
    change = checked_by(data, owner, check)
    assert not GuardItem.objects.filter(round__change=change).exists()
