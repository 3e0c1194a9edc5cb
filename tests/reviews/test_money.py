"""What runs have cost, and the room that caps leave; whole runs are in test_money_runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from agents.dollars import dollars
from reviews.models import Installation, Person, Repository, Run
from reviews.queries import money as queries
from reviews.services import money
from reviews.services.claim import claim
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)
S = ChangeStatus
CLAUDE = "anthropic_api"
USD = Decimal


@pytest.fixture
def store() -> Repository:
    return f.repository("store")


def costing(of: Repository, cost: str | None, **fields: Any) -> Run:
    """An ended run of a model that began now, on a change of its own."""
    author = fields.pop("author", None)
    round_ = f.round_(f.change(author, repository=of))
    known = None if cost is None else USD(cost)
    values = {"name": CLAUDE, "started_at": timezone.now(), "cost": known, **fields}
    return f.run(round_, **values)


def waiting_for_a_worker(of: Repository, author: Person | None = None, **options: Any) -> Run:
    change = f.change(author, repository=of, runner=CLAUDE, options=options)
    return f.run(f.round_(change), name=CLAUDE, status=RunStatus.QUEUED)


# --- sums -----------------------------------------------------------------------------------------


def test_a_sum_says_what_is_unknown_in_it(store: Repository) -> None:
    change = f.change(repository=store)
    assert queries.spent_on(change).words == "$0.00"
    round_ = f.round_(change)
    values = {"name": CLAUDE, "started_at": timezone.now()}
    f.run(round_, cost=None, **values)
    assert queries.spent_on(change).words == "unknown"
    f.run(round_, cost=USD("1.20"), **values)
    assert queries.spent_on(change).words == "$1.20 + unknown"


def test_what_calls_no_model_or_never_began_costs_nothing(store: Repository) -> None:
    change = f.change(repository=store)
    round_ = f.round_(change)
    now = timezone.now()
    f.run(round_, name="import", started_at=now)
    f.run(round_, name="scripted", started_at=now)
    f.run(round_, name="tests", kind=RunKind.VERIFIER, started_at=now)
    f.run(round_, name=CLAUDE, status=RunStatus.CANCELLED)
    assert queries.spent_on(change) == queries.Spent()


@pytest.mark.parametrize(
    ("amount", "words"),
    [("0", "$0.00"), ("0.004", "under $0.01"), ("0.125", "$0.12"), ("0.135", "$0.14"),
     ("1234.5", "$1,234.50")],
)  # fmt: skip
def test_amounts_are_rounded_to_the_cent_half_to_even_and_only_when_shown(
    amount: str, words: str
) -> None:
    assert dollars(USD(amount)) == words


def test_sums_are_of_exact_amounts(store: Repository) -> None:
    for _ in range(3):
        costing(store, "0.004")
    page = queries.money_page(f.administrator(), "1")
    assert (page.total.known, page.total.words) == (USD("0.012"), "$0.01")


def test_a_step_is_the_difference_of_running_totals(store: Repository) -> None:
    run = costing(store, "0.5")

    def step(number: int) -> None:
        f.event(run, kind="step", data={"number": number})

    def usage(tokens: int, cost: float | None) -> None:
        data = {"input": tokens, "output": tokens // 10, "cost": cost}
        f.event(run, kind="usage", data=data)

    step(1)
    usage(100, 0.1)
    step(2)
    usage(150, 0.2)
    usage(200, 0.3)
    step(3)
    usage(300, None)
    step(4)
    usage(400, 0.5)
    found = [(s.number, s.input, s.output, s.cost) for s in queries.steps_of(run)]
    assert found == [
        (1, 100, 10, USD("0.1")), (2, 100, 10, USD("0.2")), (3, 100, 10, None), (4, 100, 10, None),
    ]  # fmt: skip


def test_a_total_that_falls_says_nothing_about_its_step(store: Repository) -> None:
    run = costing(store, "0.5")
    for number, cost in ((1, 0.4), (2, 0.1)):
        f.event(run, kind="step", data={"number": number})
        f.event(run, kind="usage", data={"input": 5, "output": 5, "cost": cost})
    assert [s.cost for s in queries.steps_of(run)] == [USD("0.4"), None]


@pytest.mark.parametrize("cost", ["1.5", True, -1, [], {}])
def test_hostile_usage_is_unknown(store: Repository, cost: Any) -> None:
    run = costing(store, None)
    f.event(run, kind="step", data={"number": "x"})
    f.event(run, kind="usage", data={"input": "many", "output": -5, "cost": cost})
    assert queries.steps_of(run) == (queries.StepCost(0, 0, 0, None),)


def test_the_money_page_shows_only_what_the_asker_may_see(store: Repository) -> None:
    author = f.member(store, Role.AUTHOR, "ann")
    costing(store, "2", author=author)
    costing(store, None, author=author)
    costing(f.repository("secret"), "40", author=f.person("bob"))
    page = queries.money_page(f.member(store, Role.READER), "7")
    assert [(line.name, line.spent.words) for line in page.repositories] == [
        ("store", "$2.00 + unknown")
    ]
    assert [(line.name, line.spent.runs, line.spent.unknown) for line in page.people] == [
        ("ann", 2, 1)
    ]
    assert page.house is None
    everything = queries.money_page(f.administrator(), "7")
    assert everything.total.words == "$42.00 + unknown"
    assert [line.name for line in everything.repositories] == ["secret", "store"]


def test_a_run_counts_on_the_day_it_began_in_the_servers_zone(
    store: Repository, settings: Any
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    midnight = timezone.localtime(timezone=ZoneInfo("Asia/Tokyo")).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    costing(store, "3", started_at=midnight - timedelta(seconds=1))
    costing(store, "4", started_at=midnight)
    assert money.spent_today(store) == 4
    by_day = queries.money_page(f.administrator(), "7").by_day
    assert [line.spent.known for line in by_day] == [4, 3]
    assert by_day[0].name == f"{midnight:%-d %b %Y}"


def test_the_day_of_a_change_of_clocks_begins_at_midnight_too() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        noon = datetime(2026, 10, 25, 12, tzinfo=ZoneInfo("Europe/Berlin"))
        assert money.day_began(noon).isoformat() == "2026-10-25T00:00:00+02:00"


# --- caps -----------------------------------------------------------------------------------------


def test_without_caps_a_run_has_none(store: Repository) -> None:
    run = claim(waiting_for_a_worker(store).pk, "w")
    assert run
    assert run.cap is None


@pytest.mark.parametrize(
    ("policy", "repository", "own", "lowest"),
    [(5.0, "3", "4", "3"), (2.5, "3", "4", "2.5"), (5.0, "3", "1", "1"), (None, None, "4", "4")],
)
def test_of_the_caps_of_a_run_the_lowest_holds(
    policy: float | None, repository: str | None, own: str, lowest: str
) -> None:
    made = f.repository(
        policy={"limits": {"money_usd": policy}}, cap_run=repository and USD(repository)
    )
    run = claim(waiting_for_a_worker(made, cap_usd=own).pk, "w")
    assert run
    assert run.cap == USD(lowest)


def test_the_room_of_the_day_is_a_runs_cap_when_it_is_less(store: Repository) -> None:
    Repository.objects.update(cap_run=5, cap_day=10)
    costing(store, "7")
    costing(store, None)  # unknown takes no room
    costing(store, "100", started_at=timezone.now() - timedelta(days=1, hours=1))
    run = claim(waiting_for_a_worker(store).pk, "w")
    assert run
    assert run.cap == 3


@pytest.mark.parametrize("whose", ["store", "All repositories together"])
def test_without_room_the_run_is_parked_and_the_change_says_why(
    store: Repository, whose: str
) -> None:
    if whose == "store":
        Repository.objects.filter(pk=store.pk).update(cap_day=10)
    else:
        Installation.objects.create(pk=1, cap_day=10)
    costing(store, "10.40")
    queued = waiting_for_a_worker(store)
    assert claim(queued.pk, "w") is None
    run = Run.objects.get(pk=queued.pk)
    assert (run.status, run.waits_for, run.worker) == (RunStatus.WAITING, "money", "")
    assert run.started_at is None
    change = run.change
    assert change.status == S.NEEDS_INPUT
    assert f"{whose} may spend $10.00 a day, and $10.40 are known" in change.reason
    who = "maintainer" if whose == "store" else "administrator"
    assert f"{who} may raise that cap" in change.reason


def test_a_judge_without_room_ends_and_says_so(store: Repository) -> None:
    Repository.objects.update(cap_day=1)
    costing(store, "1")
    round_ = f.round_(f.change(repository=store, status=S.VERIFYING), head=f.HEAD, tree=f.TREE)
    queued = f.run(round_, kind=RunKind.JUDGE, name="judge", status=RunStatus.QUEUED)
    assert claim(queued.pk, "w") is None
    queued.refresh_from_db()
    assert queued.status == RunStatus.ERROR
    assert "may spend $1.00 a day" in queued.reason


def test_a_verifier_needs_no_room(store: Repository) -> None:
    Repository.objects.update(cap_day=1)
    costing(store, "1")
    round_ = f.round_(f.change(repository=store, status=S.VERIFYING))
    assert claim(f.run(round_, kind=RunKind.VERIFIER, status=RunStatus.QUEUED).pk, "w")


def test_what_a_run_at_work_may_still_spend_is_held_and_others_wait_in_the_queue(
    store: Repository,
) -> None:
    Repository.objects.update(cap_run=6, cap_day=10)
    first = claim(waiting_for_a_worker(store).pk, "w")
    assert first
    second = waiting_for_a_worker(store)
    assert claim(second.pk, "w") is None  # 4 are free, and it may cost 6
    second.refresh_from_db()
    assert (second.status, second.change.status) == (RunStatus.QUEUED, S.QUEUED)
    Run.objects.filter(pk=first.pk).update(status=RunStatus.PASSED, cost=1)
    again = claim(second.pk, "w")
    assert again
    assert again.cap == 6


def test_two_claims_at_once_never_share_room(store: Repository) -> None:
    """Each may cost 4 of the day's 10: however they come, no more than two run at once."""
    Repository.objects.update(cap_run=4, cap_day=10)
    queued = [waiting_for_a_worker(store) for _ in range(6)]
    gate = threading.Barrier(len(queued))

    def take(run: Run) -> Callable[[], None]:
        def work() -> None:
            try:
                gate.wait(60)
                claim(run.pk, f"w{run.pk}")
            finally:
                connection.close()

        return work

    threads = [threading.Thread(target=take(run)) for run in queued]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    running = Run.objects.filter(status=RunStatus.RUNNING)
    assert [run.cap for run in running] == [4, 4]
    assert Run.objects.filter(status=RunStatus.QUEUED).count() == 4
