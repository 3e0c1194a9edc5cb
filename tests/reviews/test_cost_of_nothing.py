"""A run in which nothing was started cost nothing; where something was, unknown stays unknown."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import LazySettings

from reviews.models import Person
from reviews.queries import money as queries
from reviews.services import instruct, work_agent
from reviews.states import ChangeStatus, RunKind
from tests import factories
from tests.reviews.whole_runs import data, owner, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)
POLICY = """
[runners.gone]
argv = ["no-such-program-4711"]

[runners.gone_acp]
protocol = "acp"
argv = ["no-such-program-4711"]

[runners.keyless]
preset = "gemini"

[runners.breaks]
argv = ["sh", "-c", "exit 1"]

[runners.silent]
argv = ["true"]
"""
SETUP = '[setup]\nargv = ["false"]\n'


@pytest.mark.parametrize(
    ("runner", "setup", "cost", "words"),
    [
        ("gone", "", Decimal(0), "$0.00"),
        ("gone_acp", "", Decimal(0), "$0.00"),
        ("keyless", "", Decimal(0), "$0.00"),
        ("anthropic_api", "", Decimal(0), "$0.00"),
        ("claude_code", "", Decimal(0), "$0.00"),
        ("silent", SETUP, Decimal(0), "$0.00"),
        ("breaks", "", None, "unknown"),
        ("silent", "", None, "unknown"),
    ],
)
def test_only_a_run_that_started_something_has_a_cost_that_nobody_knows(
    data: Path,
    owner: Person,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    runner: str,
    setup: str,
    cost: Decimal | None,
    words: str,
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    settings.HONK_AGENT_KEY = ""
    made = repository(data, {".honk.toml": setup + POLICY})
    change = instruct.open_change(factories.actor(owner), made, "Do it", runner=runner)
    work_off(change)
    run = change.runs.get(kind=RunKind.AGENT)
    assert (run.cost, queries.spent_on(change).words) == (cost, words), run.reason


def test_a_run_that_broke_after_its_program_was_started_stays_unknown(
    data: Path, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = repository(data, {".honk.toml": POLICY})

    def breaks(*_: object) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr(work_agent, "_keep_work", breaks)
    change = instruct.open_change(factories.actor(owner), made, "Do it", runner="silent")
    work_off(change)
    assert change.status == ChangeStatus.FAILED
    assert change.runs.get(kind=RunKind.AGENT).cost is None
