"""Whole runs of a program that lies about its cost: what its forwarder saw is what counts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from agents.runners import claude_binary
from reviews.models import Change, Person, Repository
from reviews.services import instruct, money, steer
from reviews.states import ChangeStatus, RunStatus
from tests import factories as f
from tests.doubles import claude_program
from tests.doubles.messages_api import MessagesApi, Turn, end, start, text_block
from tests.reviews.paid_runs import EACH, api, author, store
from tests.reviews.whole_runs import work_off

__all__ = ["api", "author", "store"]
pytestmark = pytest.mark.django_db(transaction=True)
S = ChangeStatus


def lying(monkeypatch: pytest.MonkeyPatch, folder: Path, *steps: Sequence[Any]) -> None:
    """The worker's Claude Code does these steps."""
    binary = claude_program.written(folder, steps)
    monkeypatch.setattr(claude_binary, "find", lambda: binary)
    monkeypatch.setattr(claude_binary, "why_not", lambda: "")


def begun(author: Person, store: Repository, **options: Any) -> Change:
    return work_off(
        instruct.open_change(f.actor(author), store, "Work", runner="claude_code", **options)
    )


@pytest.mark.parametrize("told", [0.01, None])
def test_calls_beside_the_program_are_in_the_cost_of_its_run_and_of_the_day(
    store: Repository, author: Person, api: MessagesApi, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, client: Client, told: float | None,
) -> None:  # fmt: skip
    lying(monkeypatch, tmp_path, ["made", "new.txt"], ["ask"], ["ask"], ["ask"], ["tell", told])
    change = begun(author, store)
    assert change.status == S.AWAITING_REVIEW, change.reason
    run = change.runs.get(kind="agent")
    assert (run.cost, run.input_tokens, run.output_tokens) == (3 * EACH, 300_000, 60)
    assert money.spent_today(store) == 3 * EACH
    costs = [event.data for event in run.events.filter(kind="usage").order_by("seq")]
    assert costs[-1]["cost"] == float(3 * EACH)
    assert all("seen" not in each for each in costs)
    client.force_login(author)
    assert "$1.20" in client.get(f"/changes/{change.pk}/").content.decode()


@pytest.mark.parametrize("cap", ["own", "repository", "day"])
def test_a_cap_holds_against_calls_that_are_never_told_and_the_work_is_kept(
    store: Repository, author: Person, api: MessagesApi, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, cap: str,
) -> None:  # fmt: skip
    if cap != "own":
        Repository.objects.update(**{"cap_run" if cap == "repository" else "cap_day": "0.50"})
    own = {"cap_usd": "0.50"} if cap == "own" else {}
    lying(monkeypatch, tmp_path, ["made", "kept.txt"], *[["ask"]] * 9, ["tell", 0.0])
    change = begun(author, store, **own)
    assert change.status == S.NEEDS_INPUT, change.reason
    assert change.reason == "$0.80 are spent and $0.50 are allowed. The work so far is kept."
    parked = change.runs.get()
    assert (parked.waits_for, parked.cost, parked.cap) == ("money", 2 * EACH, Decimal("0.50"))
    assert len(api.requests) == 2
    if cap != "own":
        return
    lying(monkeypatch, tmp_path, ["ask"], ["tell", 0.0])
    steer.go_on(f.actor(author), change, Decimal(1))
    assert work_off(change).status == S.AWAITING_REVIEW, change.reason
    assert [file.display for file in change.rounds.get().files.all()] == ["kept.txt"]


def test_calls_without_a_price_leave_the_cost_unknown(
    store: Repository, author: Person, api: MessagesApi, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    api.turns = [Turn(start("model-of-tomorrow") + text_block(0, "x") + end())]
    lying(monkeypatch, tmp_path, ["made", "new.txt"], ["ask"], ["tell", None])
    run = begun(author, store).runs.get(kind="agent")
    assert (run.status, run.cost, run.input_tokens) == (RunStatus.PASSED, None, 100)
