"""What programs tell of their own cost: it may be a lie, and then it spends nobody else's money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from agents.control import Mailbox
from agents.events import JSON, Event
from agents.job import Usage
from reviews.models import Installation, Repository, Run
from reviews.services import money
from reviews.services.claim import claim
from reviews.services.recorder import Recorder
from reviews.services.told_cost import MOST_BELIEVED
from reviews.states import RunKind, RunStatus
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)
USD = Decimal
LIE = 900_000.0


def queued(of: Repository, runner: str = "claude_code", **options: str) -> Run:
    change = f.change(repository=of, runner=runner, options=options)
    return f.run(f.round_(change), name=runner, status=RunStatus.QUEUED)


def at_work(of: Repository, runner: str = "claude_code", **options: str) -> Run:
    run = claim(queued(of, runner, **options).pk, "w")
    assert run
    return run


def tell(run: Run, *costs: JSON, seen: float | None = None) -> Run:
    """The run ends after these totals, the last of them told by its end as well; seen: by us."""
    recorder = Recorder(run, Mailbox())
    for cost in costs:
        recorder.take(Event("usage", {"input": 1, "output": 1, "cost": cost, "seen": seen}))
    recorder.flush()
    last = costs[-1]
    known = float(last) if isinstance(last, int | float) else None
    columns = recorder.used(Usage(1, 1, known, seen))
    Run.objects.filter(pk=run.pk).update(status=RunStatus.PASSED, worker="", **columns)
    return Run.objects.get(pk=run.pk)


def notes(run: Run) -> list[str]:
    return [str(event.data["text"]) for event in run.events.filter(kind="note")]


def test_a_lie_counts_up_to_the_runs_cap_and_is_told_of_once() -> None:
    store = f.repository("store", cap_run=2, cap_day=10)
    run = tell(at_work(store), 0.5, LIE, LIE + 1)
    assert run.cost == 2
    assert notes(run) == ["The program says $900,000.00, not believed; $2.00 count."]
    assert money.spent_today(store) == money.spent_today() == 2
    assert at_work(store).cap == 2  # the next run of the day begins


@pytest.mark.parametrize("store_caps", [{"cap_run": 2}, {"cap_day": 20}, {}])
def test_a_lie_never_makes_another_repository_wait(store_caps: dict[str, int]) -> None:
    Installation.objects.create(pk=1, cap_day=100)
    store, other = f.repository("store", **store_caps), f.repository("other", cap_run=5)
    tell(at_work(store), LIE)
    assert at_work(other).cap == 5


def test_where_only_a_day_holds_a_lie_adds_nothing_to_what_was_told_before() -> None:
    Installation.objects.create(pk=1, cap_day=100)
    run = tell(at_work(f.repository("store")), 0.5, LIE)
    assert run.cost == USD("0.5")
    assert notes(run) == ["The program says $900,000.00, not believed; $0.50 count."]


def test_what_is_a_little_over_the_room_of_the_day_uses_it_up() -> None:
    Installation.objects.create(pk=1, cap_day=10)
    assert tell(at_work(f.repository("store")), 10.4).cost == 10


def test_without_any_cap_a_stated_bound_holds() -> None:
    run = tell(at_work(f.repository("store")), 1e300)
    assert run.cost == MOST_BELIEVED


@pytest.mark.parametrize("later", [0.1, 0, None, -5, "0", float("nan")])
def test_a_told_cost_never_falls_within_a_run(later: JSON) -> None:
    run = tell(at_work(f.repository("store", cap_run=5)), 1.5, later)
    assert run.cost == USD("1.5")


@pytest.mark.parametrize("cost", ["9", True, [], {}, -1, float("nan"), None])
def test_what_is_no_amount_is_unknown(cost: JSON) -> None:
    recorder = Recorder(at_work(f.repository("store")), Mailbox())
    recorder.take(Event("usage", {"input": 1, "output": 1, "cost": cost}))
    recorder.flush()
    assert Run.objects.get(pk=recorder.run.pk).cost is None


def test_a_cap_that_is_read_only_at_the_base_commit_holds_as_well() -> None:
    run = at_work(f.repository("store"))
    recorder = Recorder(run, Mailbox())
    recorder.believed.hold(3.0)
    assert recorder.used(Usage(1, 1, LIE))["cost"] == 3


def test_what_we_count_ourselves_is_taken_as_it_is() -> None:
    run = tell(at_work(f.repository("store", cap_run=2), "anthropic_api"), 1.9, 2.3, seen=2.3)
    assert run.cost == USD("2.3")
    assert notes(run) == []
    assert {event.data.get("seen") for event in run.events.filter(kind="usage")} == {None}
    round_ = f.round_(f.change(runner="claude_code"))
    judge = f.run(
        round_, kind=RunKind.JUDGE, name="judge", cap=1, started_at=timezone.now(),
        status=RunStatus.RUNNING, worker="w",
    )  # fmt: skip
    assert tell(judge, 1.2, seen=1.2).cost == USD("1.2")


@pytest.mark.parametrize(
    ("told", "seen", "counts"),
    [(None, 0.3, "0.3"), (0.1, 0.3, "0.3"), (0.5, 0.3, "0.5"), (LIE, 0.3, "2"), (0.5, None, "0.5"),
     (LIE, 2.5, "2.5"), (None, None, None)],
)  # fmt: skip
def test_of_what_is_told_and_what_is_seen_the_larger_counts(
    told: JSON, seen: float | None, counts: str | None
) -> None:
    run = tell(at_work(f.repository("store", cap_run=2)), told, seen=seen)
    assert run.cost == (None if counts is None else USD(counts))
