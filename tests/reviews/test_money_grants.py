"""What a grant does: it reaches the run, it is enough, and the form offers what would go on."""

from __future__ import annotations

from contextlib import nullcontext
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from reviews.errors import NotAllowed, Stale
from reviews.models import Change, Person, Repository, Run
from reviews.queries.grant import waiting_for_money
from reviews.queries.run import limits_of
from reviews.services import money, steer
from reviews.services.claim import claim
from reviews.states import ChangeStatus, Role, RunStatus
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)
S = ChangeStatus
CLAUDE = "anthropic_api"
USD = Decimal


@pytest.fixture
def store() -> Repository:
    return f.repository("store")


def parked(of: Repository, author: Person, cost: str = "2", **options: Any) -> Run:
    change = f.change(author, repository=of, runner=CLAUDE, status=S.NEEDS_INPUT, options=options)
    return f.run(
        f.round_(change), name=CLAUDE, status=RunStatus.WAITING, waits_for="money",
        resume={"waits_for": "money"}, cost=USD(cost), started_at=timezone.now(),
    )  # fmt: skip


def claimed() -> Run | None:
    return claim(Run.objects.get(status=RunStatus.QUEUED).pk, "w")


def refused_before_it_began(of: Repository, author: Person) -> Run:
    change = f.change(author, repository=of, runner=CLAUDE)
    f.run(f.round_(change), name=CLAUDE, status=RunStatus.QUEUED)
    assert claimed() is None
    return Run.objects.select_related("change").get(waits_for="money")


def test_a_grant_to_a_run_that_was_refused_before_it_began_reaches_its_work() -> None:
    store = f.repository(policy={"limits": {"money_usd": 0.002}})
    keeper = f.member(store, Role.MAINTAINER)
    refused = refused_before_it_began(store, keeper)
    assert "This run may cost under $0.01 and has cost $0.00." in refused.reason
    steer.go_on(f.actor(keeper), refused.change, USD(1))
    run = claimed()
    assert run
    assert run.cap == USD("1.002")
    assert money.cap_at_work(run, 0.002) == 1.002  # what the base commit says, and the grant
    assert money.cap_at_work(run, 0.5) == 1.002
    assert money.cap_at_work(run, None) == 1.002


def test_a_policy_that_is_read_only_now_still_holds_a_first_run() -> None:
    store = f.repository(cap_run=USD(5))
    change = f.change(repository=store, runner=CLAUDE)
    f.run(f.round_(change), name=CLAUDE, status=RunStatus.QUEUED)
    run = claimed()
    assert run
    assert (run.cap, money.cap_at_work(run, 2.5), money.cap_at_work(run, 9)) == (5, 2.5, 5)


def test_the_least_that_is_named_is_enough_and_less_is_not() -> None:
    store = f.repository(policy={"limits": {"money_usd": 0.002}})
    keeper = f.member(store, Role.MAINTAINER)
    refused = refused_before_it_began(store, keeper)
    with pytest.raises(Stale, match=r"at least \$0\.01 more"):
        steer.go_on(f.actor(keeper), refused.change, USD("0.005"))
    steer.go_on(f.actor(keeper), refused.change, USD("0.01"))
    run = claimed()
    assert run
    assert run.cap == USD("0.012")


def test_a_repair_has_its_cap_anew_even_when_it_is_parked() -> None:
    store = f.repository(cap_run=USD(2))
    round_ = f.round_(f.change(repository=store, runner=CLAUDE, status=S.NEEDS_INPUT))
    f.run(round_, name=CLAUDE, cost=USD("1.90"), started_at=timezone.now())
    waiting = f.run(
        round_, name=CLAUDE, status=RunStatus.WAITING, waits_for="money", cost=USD("0.50"),
        resume={"waits_for": "money"}, started_at=timezone.now(),
    )  # fmt: skip
    assert money.run_cap(waiting).left == USD("1.50")


def test_a_run_that_replaces_a_lost_one_shares_its_cap_with_what_both_go_on_from() -> None:
    store = f.repository(cap_run=USD(2))
    round_ = f.round_(f.change(repository=store, runner=CLAUDE))
    told: dict[str, Any] = {"name": CLAUDE, "resume": {"waits_for": "money"}}
    f.run(round_, waits_for="money", cost=USD(2), started_at=timezone.now(), **told)
    extra = {"extra_usd": "3"}
    f.run(round_, status=RunStatus.LOST, cost=USD(1), options=extra, **told)
    again = f.run(round_, status=RunStatus.QUEUED, **told)
    assert money.run_cap(again) == money.RunCap(USD(2), USD(2), USD(3), USD(3))


@pytest.mark.parametrize(
    ("cap", "spent", "suggested"),
    [
        ("0.01", "0.0104", "0.02"),
        ("0.01", "0.75", "0.75"),
        ("0.50", "0.80", "0.80"),
        ("2", "2", "2.00"),
        ("2", "2.0374", "2.50"),
        ("12", "12.30", "13.00"),
    ],
)
def test_the_amount_that_is_offered_lets_the_run_go_on(
    client: Client, cap: str, spent: str, suggested: str
) -> None:
    store = f.repository("store", cap_run=USD(cap))
    keeper = f.member(store, Role.MAINTAINER)
    run = parked(store, keeper, spent)
    found = waiting_for_money(keeper, run)
    assert (str(found.suggested), found.may_go_on) == (suggested, True)
    client.force_login(keeper)
    address = f"/changes/{run.change_id}/"
    assert f'value="{suggested}"' in client.get(address).content.decode()
    client.post(f"{address}go-on/", {"extra_usd": suggested})
    following = claimed()
    assert following
    assert following.cap == USD(cap) + USD(suggested) - USD(spent)


@pytest.mark.parametrize(("spent", "may"), [("2.99", True), ("2.995", False), ("4", False)])
def test_going_on_is_offered_only_where_the_most_one_may_grant_is_enough(
    spent: str, may: bool
) -> None:
    store = f.repository(cap_run=USD(3))
    author = f.member(store, Role.AUTHOR)
    run = parked(store, author, spent, cap_usd="2")
    found = waiting_for_money(author, run)
    assert (found.may_go_on, found.suggested) == (may, USD(1) if may else None)
    with nullcontext() if may else pytest.raises(Stale, match=r"at least \$"):
        steer.go_on(f.actor(author), run.change, USD(1))  # the most that an author may grant here
    assert Run.objects.filter(status=RunStatus.QUEUED).exists() is may


def test_the_form_and_the_meter_tell_small_money_apart(client: Client) -> None:
    store = f.repository("store", cap_run=USD("0.01"))
    keeper = f.member(store, Role.MAINTAINER)
    run = parked(store, keeper, "0.0104")
    client.force_login(keeper)
    page = client.get(f"/changes/{run.change_id}/").content.decode()
    assert "This run has cost $0.0104 of $0.0100." in page
    Run.objects.update(cap=USD("0.01"))
    run.refresh_from_db()
    meter = limits_of(run)[0]
    assert (meter.name, meter.used, meter.allowed, meter.percent) == (
        "Money", "$0.0104", "$0.0100", 100,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cost", "cap", "words"),
    [(None, None, ("unknown", "")), ("0.004", None, ("under $0.01", "")),
     ("0.004", "5", ("under $0.01", "$5.00")), (None, "5", ("unknown", "$5.00"))],
)  # fmt: skip
def test_the_meter_of_money_never_shows_something_as_nothing(
    cost: str | None, cap: str | None, words: tuple[str, str]
) -> None:
    begun = {"started_at": timezone.now()}
    run = f.run(f.round_(f.change()), cost=cost and USD(cost), cap=cap and USD(cap), **begun)
    meter = limits_of(run)[0]
    assert (meter.used, meter.allowed) == words


def test_a_run_that_has_not_begun_has_cost_nothing() -> None:
    assert limits_of(f.run(f.round_(f.change())))[0].used == "$0.00"


def test_an_author_grants_more_of_their_own_cap_and_the_run_goes_on_with_it(
    store: Repository,
) -> None:
    Repository.objects.update(cap_run=5)
    author = f.member(store, Role.AUTHOR)
    run = parked(store, author, cap_usd="2")
    steer.go_on(f.actor(author), run.change, USD("1.50"))
    following = claim(Run.objects.get(status=RunStatus.QUEUED).pk, "w")
    assert following
    assert following.cap == USD("1.50")  # 2 + 1.50 allowed, 2 spent


def test_an_author_cannot_grant_more_than_a_maintainers_cap_and_a_maintainer_can(
    store: Repository,
) -> None:
    Repository.objects.update(cap_run=5)
    author, keeper = f.member(store, Role.AUTHOR), f.member(store, Role.MAINTAINER)
    run = parked(store, author, cap_usd="2")
    with pytest.raises(NotAllowed, match=r"up to \$3\.00"):
        steer.go_on(f.actor(author), run.change, USD("3.01"))
    steer.go_on(f.actor(keeper), run.change, USD(20))
    following = claim(Run.objects.get(status=RunStatus.QUEUED).pk, "w")
    assert following
    assert following.cap == 20


@pytest.mark.parametrize("extra", [None, "0.009"])
def test_going_on_without_enough_money_is_refused_and_changes_nothing(
    store: Repository, extra: str | None
) -> None:
    Repository.objects.update(cap_run=2)
    author = f.member(store, Role.AUTHOR)
    run = parked(store, author)
    with pytest.raises(NotAllowed, match="A maintainer may grant it more"):
        steer.go_on(f.actor(author), run.change, USD(1))
    keeper = f.member(store, Role.MAINTAINER)
    with pytest.raises(
        Stale, match=r"has cost \$2.00 and may cost \$2.00: .* at least \$0.01 more"
    ):
        steer.go_on(f.actor(keeper), run.change, None if extra is None else USD(extra))
    run.refresh_from_db()
    assert (run.status, run.waits_for, run.change.runs.count()) == (RunStatus.WAITING, "money", 1)


def test_one_cap_holds_for_a_run_and_all_that_it_goes_on_from(store: Repository) -> None:
    Repository.objects.update(cap_run=2)
    keeper = f.member(store, Role.MAINTAINER)
    run = parked(store, keeper)
    for extra in (1, 1):
        steer.go_on(f.actor(keeper), run.change, USD(extra))
        following = claim(Run.objects.get(status=RunStatus.QUEUED).pk, "w")
        assert following
        assert following.cap == extra
        Run.objects.filter(pk=following.pk).update(
            status=RunStatus.WAITING, worker="", waits_for="money", cost=extra
        )
        Change.objects.update(status=S.NEEDS_INPUT)
    last = Run.objects.latest("pk")
    assert money.run_cap(last) == money.RunCap(USD(2), USD(2), USD(2), USD(4))


def test_a_new_round_has_its_cap_anew(store: Repository) -> None:
    Repository.objects.update(cap_run=2)
    store.refresh_from_db()
    change = f.change(repository=store)
    f.run(f.round_(change), name=CLAUDE, cost=2, started_at=timezone.now())
    later = f.run(f.round_(change), name=CLAUDE, status=RunStatus.QUEUED)
    assert money.run_cap(later).left == 2


@pytest.mark.parametrize(
    ("role", "own", "cap_day", "said", "has_button"),
    [
        (Role.AUTHOR, "2", None, "You may grant up to $3.00", True),
        (Role.AUTHOR, None, None, "a maintainer may grant it", False),
        (Role.MAINTAINER, None, None, "Grant it more", True),
        (Role.AUTHOR, "2", 1, "A maintainer of store may raise its cap", False),
        (Role.MAINTAINER, "2", 1, "/repositories/store/#caps", False),
    ],
)
def test_the_page_of_a_run_that_waits_for_money_offers_what_the_asker_may(
    store: Repository, client: Client, role: Role, own: str | None, cap_day: int | None,
    said: str, has_button: bool,
) -> None:  # fmt: skip
    Repository.objects.update(cap_run=5, cap_day=cap_day)
    asker = f.member(store, role)
    run = parked(store, asker, "2" if own else "5", **({"cap_usd": own} if own else {}))
    client.force_login(asker)
    address = f"/changes/{run.change_id}/"
    page = client.get(address).content.decode()
    assert said in page
    assert ("Go on</button>" in page) is has_button
    if has_button:
        client.post(f"{address}go-on/", {"extra_usd": "1.50"})
        assert Run.objects.get(status=RunStatus.QUEUED).options == {"extra_usd": "1.50"}
