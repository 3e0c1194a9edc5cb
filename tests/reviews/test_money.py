"""What runs have cost, what they may cost, and who may say so; whole runs are in test_money_runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from agents import policy
from agents.dollars import dollars
from reviews.errors import NotAllowed, NotThere, Refused, Stale
from reviews.models import AuditEntry, Change, Installation, Person, Repository, Run
from reviews.queries import money as queries
from reviews.services import caps, instruct, money, options, people, steer
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


# --- going on -------------------------------------------------------------------------------------


def parked(store: Repository, author: Person, cost: str = "2", **options: Any) -> Run:
    """A run that was stopped by its cap, and its change that waits for somebody."""
    change = f.change(
        author, repository=store, runner=CLAUDE, status=S.NEEDS_INPUT, options=options
    )
    return f.run(
        f.round_(change), name=CLAUDE, status=RunStatus.WAITING, waits_for="money",
        resume={"waits_for": "money"}, cost=USD(cost), started_at=timezone.now(),
    )  # fmt: skip


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


# --- who sets caps --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.REVIEWER])
def test_only_maintainers_set_a_repositorys_caps(store: Repository, role: Role) -> None:
    with pytest.raises(NotAllowed):
        caps.set_repository_caps(f.actor(f.member(store, role)), store, "1", "2")
    with pytest.raises(NotThere):
        caps.set_repository_caps(f.actor(f.person()), store, "1", "2")


def test_caps_are_kept_audited_and_taken_away_again(store: Repository) -> None:
    keeper = f.actor(f.member(store, Role.MAINTAINER))
    caps.set_repository_caps(keeper, store, "2.50", "$100")
    store.refresh_from_db()
    assert (store.cap_run, store.cap_day) == (USD("2.50"), USD(100))
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.data) == ("set_caps", {"run": "2.50", "day": "100.00"})
    caps.set_repository_caps(keeper, store, "", " ")
    store.refresh_from_db()
    assert (store.cap_run, store.cap_day) == (None, None)


@pytest.mark.parametrize(
    "given",
    ["0", "-1", "abc", "NaN", "Infinity", "1.005", "1e9", "1,5", "５", "2.５0", "1_0", "+5", "٣"],
)
def test_an_amount_that_is_none_is_refused_with_a_sentence(store: Repository, given: str) -> None:
    keeper = f.actor(f.member(store, Role.MAINTAINER))
    with pytest.raises(Refused, match=r"dollars and cents between 0\.01"):
        caps.set_repository_caps(keeper, store, given, "")


def test_the_repositorys_page_keeps_caps_and_says_what_is_wrong(
    store: Repository, client: Client
) -> None:
    client.force_login(f.member(store, Role.MAINTAINER))
    answer = client.post("/repositories/store/caps/", {"cap_run": "2", "cap_day": "lots"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The cap of a day must be dollars" in page
    assert 'value="lots"' in page
    client.post("/repositories/store/caps/", {"cap_run": "2", "cap_day": "20"})
    store.refresh_from_db()
    assert (store.cap_run, store.cap_day) == (USD(2), USD(20))


def test_the_money_page_lets_administrators_cap_the_day(client: Client) -> None:
    client.force_login(f.administrator())
    assert client.post("/money/cap/", {"cap_day": "x"}).status_code == 422
    assert client.post("/money/cap/", {"cap_day": "50"}).status_code == 302
    assert Installation.objects.get(pk=1).cap_day == 50
    assert "of $50.00" in client.get("/money/").content.decode()


# --- what an instruction may say --------------------------------------------------------------------


def test_an_instruction_names_model_effort_and_cap_at_every_door(
    store: Repository, client: Client
) -> None:
    author = f.member(store, Role.AUTHOR)
    told = {"model": "claude-sonnet-5", "effort": "high", "cap_usd": "2.5"}
    given = {"repository": "store", "instruction": "Do it", "runner": CLAUDE, **told}
    token = people.create_token(author)
    answer = client.post(
        "/api/v1/changes", {**given, "cap_usd": 2.5}, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    kept = {"model": "claude-sonnet-5", "effort": "high", "cap_usd": "2.50"}
    assert Change.objects.get().options == kept


@pytest.mark.parametrize(
    ("runner", "options", "sentence"),
    [
        (CLAUDE, {"effort": "huge"}, "effort is one of low"),
        (CLAUDE, {"model": "--rm -rf"}, "model's name has letters"),
        (CLAUDE, {"cap_usd": "0"}, "cap must be dollars"),
        ("scripted", {"model": "claude-opus-5-5"}, "scripted takes no model"),
        ("tool", {"cap_usd": "1"}, "tool takes no cap. What it costs is neither"),
        ("tool", {"effort": "low"}, "tool takes no effort"),
    ],
)
def test_what_a_runner_does_not_take_is_refused(
    runner: str, options: dict[str, Any], sentence: str
) -> None:
    policy = {"runners": [{"name": "tool", "argv": ["tool"]}]}
    made = f.repository(policy=policy)
    actor = f.actor(f.member(made, Role.AUTHOR))
    with pytest.raises(Refused, match=sentence.replace(".", r"\.")):
        instruct.open_change(actor, made, "Do it", runner=runner, **options)
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    ("runner", "model", "is_taken"),
    [
        ("aider", "anthropic/claude-sonnet-5-5", True), ("aider", "anthropic/claude-of-tomorrow", False),
        ("aider", "", False), ("dear", "", True), ("dear", "openai/gpt-9", False),
        ("opencode", "openai/gpt-9", True), ("codex", "claude-opus-5-5", False),
    ],
)  # fmt: skip
def test_a_cap_is_taken_where_the_cost_is_told_or_seen(
    runner: str, model: str, is_taken: bool
) -> None:
    found = policy.parse(
        b"[runners.aider]\n[runners.opencode]\n[runners.codex]\n"
        b"[runners.dear]\npreset = 'aider'\nmodel = 'anthropic/claude-opus-5-5'"
    )
    assert options.taken_by(runner, found, model).cap is is_taken


def test_the_new_page_says_what_each_runner_takes(client: Client, settings: Any) -> None:
    settings.HONK_AGENT_KEY = "a-key-for-a-test"
    made = f.repository("mixed", policy={"runners": [{"name": "tool", "argv": ["tool"]}]})
    client.force_login(f.member(made, Role.AUTHOR))
    page = client.get("/new/").content.decode()
    assert 'value="anthropic_api" data-repository="mixed" data-takes="model effort cap"' in page
    assert 'value="tool" data-repository="mixed" data-takes=""' in page
