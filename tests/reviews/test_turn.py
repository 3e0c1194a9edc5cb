"""Whose turn it is, in true words: what is to be looked at, and what a queued run waits for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from reviews.models import Change, Installation, Person, Run
from reviews.queries.card import card_of
from reviews.queries.facts import facts_of
from reviews.queries.timeline import timeline_of
from reviews.queries.turn import turn_of
from reviews.services import judge
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> Person:
    return make.member(make.repository(), Role.REVIEWER)


def reviewable(reviewer: Person) -> Change:
    repository = reviewer.memberships.get().repository
    return make.reviewable(make.member(repository, Role.AUTHOR), repository=repository)


def at_work(reviewer: Person, status: ChangeStatus) -> Change:
    repository = reviewer.memberships.get().repository
    change = make.change(repository=repository, status=status)
    make.round_(change)
    return change


def why(change: Change, asker: Person) -> str:
    return turn_of(facts_of([change], asker)[0]).why


def cost(change: Change, asker: Person) -> str:
    return card_of(facts_of([change], asker)[0]).cost


def judged(change: Change, mode: str, status: RunStatus) -> Run:
    return make.run(
        change.rounds.get(), kind=RunKind.JUDGE, name="judge", commit=make.HEAD, status=status,
        options={"mode": mode},
    )  # fmt: skip


def test_a_round_with_nothing_to_look_at_is_ready_to_be_read(reviewer: Person) -> None:
    assert why(reviewable(reviewer), reviewer) == "Ready to be read."


def test_unticked_guard_items_are_said_before_a_round_is_called_ready(reviewer: Person) -> None:
    change = reviewable(reviewer)
    for text in ("One", "Two"):
        make.guard_item(change.rounds.get(), text=text)
    assert why(change, reviewer) == "2 guard items to look at."


def test_an_advisory_veto_and_red_checks_are_said(reviewer: Person) -> None:
    change = reviewable(reviewer)
    judged(change, "advisory", RunStatus.FAILED)
    assert why(change, reviewer) == "The judge advises against it."
    make.run(
        change.rounds.get(), kind=RunKind.VERIFIER, name="style", commit=make.HEAD,
        status=RunStatus.FAILED, is_required=False,
    )  # fmt: skip
    assert why(change, reviewer) == "1 of 1 verifiers failed. The judge advises against it."


def test_a_reason_is_told_once_and_what_is_to_be_seen_behind_it(reviewer: Person) -> None:
    change = reviewable(reviewer)
    judged(change, "blocking", RunStatus.FAILED)
    make.guard_item(change.rounds.get())
    change.reason = "The judge vetoed it: too wide"
    change.save()
    assert why(change, reviewer) == "The judge vetoed it: too wide. 1 guard item to look at."


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (ChangeStatus.RUNNING, RunKind.AGENT, "Waits for a free agent."),
        (ChangeStatus.VERIFYING, RunKind.VERIFIER, "Waits to be checked."),
        (ChangeStatus.VERIFYING, RunKind.JUDGE, "Waits for the judge."),
    ],
)
def test_a_change_whose_run_is_only_queued_waits(
    reviewer: Person, client: Client, status: ChangeStatus, kind: RunKind, words: str
) -> None:
    change = at_work(reviewer, status)
    run = make.run(change.rounds.get(), kind=kind, status=RunStatus.QUEUED)
    turn = turn_of(facts_of([change], reviewer)[0])
    assert (turn.whose, turn.badge, turn.why) == ("agent", "queued", words)
    assert [s.word for s in card_of(facts_of([change], reviewer)[0]).states] == ["Queued"]
    client.force_login(reviewer)
    assert words in client.get(f"/changes/{change.pk}/").content.decode()
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING, worker="w")
    assert words not in why(change, reviewer)


def test_nothing_is_said_to_wait_for_an_agent_while_everything_is_paused(
    reviewer: Person,
) -> None:
    change = at_work(reviewer, ChangeStatus.RUNNING)
    make.run(change.rounds.get(), status=RunStatus.QUEUED)
    Installation.objects.create(pk=1, paused_at=timezone.now(), paused_by=reviewer)
    assert why(change, reviewer) == "Nothing is started while everything is paused."


def test_a_cost_that_no_program_told_is_unknown_and_a_recording_costs_nothing(
    reviewer: Person,
) -> None:
    change, recorded = reviewable(reviewer), reviewable(reviewer)
    began = timezone.now() - timedelta(minutes=1)
    done = {"status": RunStatus.PASSED, "started_at": began}
    make.run(recorded.rounds.get(), name="scripted", cost=None, **done)
    assert cost(recorded, reviewer) == ""
    make.run(change.rounds.get(), name="mine", cost=None, **done)
    assert cost(change, reviewer) == "unknown"
    make.run(change.rounds.get(), name="anthropic_api", cost=Decimal("1.20"), **done)
    assert cost(change, reviewer) == "$1.20 + unknown"


def test_a_reprompt_stands_once_in_the_timeline(reviewer: Person) -> None:
    change = reviewable(reviewer)
    seen = judge.Seen(round_number=1, head=make.HEAD, message="Go on", reasons=["incomplete"])
    judge.reprompt(make.actor(reviewer), change, seen)
    told = [moment for moment in timeline_of(change) if "Go on" in moment.detail]
    assert [moment.words for moment in told] == ["re-prompted round 1"]


def test_guard_and_checks_stand_before_the_agents_own_words(
    reviewer: Person, client: Client
) -> None:
    change = reviewable(reviewer)
    make.guard_item(change.rounds.get())
    change.rounds.update(summary="I did it.")
    client.force_login(reviewer)
    page = client.get(f"/changes/{change.pk}/").content.decode()
    parts = ["instruction", "guard", "verifiers", "summary", "judge", "timeline"]
    places = [page.index(f'id="{part}"') for part in parts]
    assert places == sorted(places)


def test_a_retry_is_not_spoken_of_where_none_is_offered(reviewer: Person, client: Client) -> None:
    change = reviewable(reviewer)
    Change.objects.filter(pk=change.pk).update(reason="Still red: tests.", fault="agent")
    client.force_login(reviewer)
    page = client.get(f"/changes/{change.pk}/").content.decode()
    assert "The fault is the agent's; re-prompt it." in " ".join(
        page.replace("&#x27;", "'").split()
    )
    assert "or retry" not in page


@pytest.mark.parametrize(
    ("stage", "fault", "badge"),
    [
        ("running", "agent", "Failed: agent"),
        ("running", "platform", "Agent interrupted"),
        ("verifying", "platform", "Failed: verify"),
    ],
)
def test_what_is_not_the_agents_fault_is_not_laid_to_it(
    reviewer: Person, client: Client, stage: str, fault: str, badge: str
) -> None:
    change = reviewable(reviewer)
    told = {"failed_stage": stage, "fault": fault, "reason": "The model API answers 529."}
    Change.objects.filter(pk=change.pk).update(status="failed", **told)
    client.force_login(reviewer)
    for path in ("/", f"/changes/{change.pk}/"):
        page = client.get(path).content.decode()
        assert badge in page
        assert (fault == "agent") == ("Failed: agent" in page)


def test_a_repositorys_page_names_every_runner_that_new_names(
    reviewer: Person, client: Client
) -> None:
    repository = reviewer.memberships.get().repository
    client.force_login(reviewer)
    page = client.get(f"/repositories/{repository.name}/").content.decode()
    assert "Claude (API)" in page
    assert "Claude Code" in page
    assert page.count(">New</a>") == 2  # beside the name, and in the bar of a phone
