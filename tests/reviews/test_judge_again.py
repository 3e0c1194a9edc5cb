"""Asking the judge again: who may, when, what its new word changes, and what it leaves as it was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from reviews.errors import NotAllowed, NotThere, Refused, Stale
from reviews.models import AuditEntry, Change, Person, Run
from reviews.queries.figures import figures_for
from reviews.queries.judging import judging_of
from reviews.services import judge, judge_again
from reviews.services.claim import claim
from reviews.services.finish import finish
from reviews.services.judge import Seen
from reviews.services.next_step import HANDED_BACK
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories as make
from tests.api.client import Api
from tests.reviews.judgings import judged

pytestmark = pytest.mark.django_db
PASS, VETO, ERROR = RunStatus.PASSED, RunStatus.FAILED, RunStatus.ERROR
VETOED = "The judge vetoed it: It does more. Re-prompt, or a maintainer overrides with a reason."
SEEN = Seen(1, make.HEAD)


@pytest.fixture
def boss() -> Person:
    return make.administrator()


def ask(who: Person, change: Change, round_number: int = 1) -> Run:
    return judge_again.ask_again(make.actor(who), change, round_number)


def answer(run: Run, status: RunStatus, **fields: Any) -> None:
    """A worker takes the run and ends it with a word."""
    assert claim(run.pk, "somebody") is not None
    finish(run.pk, status, worker="somebody", **fields)


def vetoed(**fields: Any) -> Change:
    return judged(make.reviewable(reason=VETOED, fault="agent", **fields))


def test_a_pass_lifts_the_veto_and_the_words_that_told_of_it(boss: Person) -> None:
    change = vetoed()
    with pytest.raises(Refused, match="vetoed"):
        judge.approve(make.actor(boss), change, SEEN)
    run = ask(boss, change)
    with pytest.raises(Refused, match="being asked"):
        judge.approve(make.actor(boss), change, SEEN)
    answer(run, PASS)
    change.refresh_from_db()
    assert (change.status, change.reason) == (ChangeStatus.AWAITING_REVIEW, "")
    assert judge.approve(make.actor(boss), change, SEEN).is_new


def test_a_veto_that_comes_of_it_goes_to_people_and_not_to_the_agent(boss: Person) -> None:
    change = judged(make.reviewable(), PASS)
    answer(ask(boss, change), VETO, summary="It does less.")
    change.refresh_from_db()
    assert change.status == ChangeStatus.AWAITING_REVIEW
    assert change.reason.startswith("The judge vetoed it: It does less.")
    assert change.fault == "agent"
    assert change.runs.filter(kind=RunKind.AGENT).count() == 1


@pytest.mark.parametrize("status", [ERROR, RunStatus.CANCELLED, RunStatus.LOST])
def test_an_asking_that_came_to_nothing_takes_no_verdict_back(
    boss: Person, status: RunStatus
) -> None:
    change = judged(make.reviewable(), PASS)
    answer(ask(boss, change), status, reason="The API is down.")
    judging = judging_of(change.rounds.get(), boss)
    assert judging
    assert (judging.verdict, judging.may_ask) == ("pass", True)
    change.refresh_from_db()
    assert change.reason == ""
    assert judge.approve(make.actor(boss), change, SEEN).is_new


def test_words_of_another_cause_stay(boss: Person) -> None:
    change = judged(make.reviewable(reason="It does not merge: app.py."), VETO)
    answer(ask(boss, change), PASS)
    change.refresh_from_db()
    assert change.reason == "It does not merge: app.py."


def test_one_that_a_worker_gives_back_is_asked_again_by_the_next(boss: Person) -> None:
    change = judged(make.reviewable(), ERROR)
    run = ask(boss, change)
    assert claim(run.pk, "somebody")
    Run.objects.filter(pk=run.pk).update(options={**run.options, HANDED_BACK: True})
    finish(run.pk, RunStatus.LOST, worker="somebody", reason="The worker was shut down.")
    following = change.runs.get(status=RunStatus.QUEUED)
    assert following.options == run.options


def test_who_may_ask() -> None:
    change, blocked = judged(make.reviewable(), mode="advisory"), vetoed()
    for one, role, fails in [
        (change, Role.AUTHOR, NotAllowed),
        (change, Role.REVIEWER, None),
        (blocked, Role.REVIEWER, NotAllowed),
        (blocked, Role.MAINTAINER, None),
    ]:
        who = make.member(one.repository, role)
        judging = judging_of(one.rounds.get(), who)
        assert judging
        assert judging.may_ask is (fails is None)
        if fails is None:
            ask(who, one)
        else:
            with pytest.raises(fails):
                ask(who, one)
    with pytest.raises(NotThere):
        ask(make.person(), change)


def test_a_reviewer_may_ask_a_blocking_judge_that_could_not_judge() -> None:
    change = judged(make.reviewable(), ERROR)
    assert ask(make.member(change.repository, Role.REVIEWER), change).is_required


def test_it_is_refused_with_a_sentence(boss: Person) -> None:
    change = judged(make.reviewable())
    ask(boss, change)
    with pytest.raises(Stale, match="being asked already"):
        ask(boss, change)
    with pytest.raises(Stale, match="round 1 is the newest, not round 7"):
        ask(boss, judged(make.reviewable()), 7)
    with pytest.raises(Refused, match="No judge is set"):
        ask(boss, make.reviewable())
    with pytest.raises(Refused, match="when the required verifiers are green"):
        ask(boss, judged(make.reviewable(), None))
    with pytest.raises(Stale, match="is merged"):
        ask(boss, judged(make.reviewable(status=ChangeStatus.MERGED)))
    assert Run.objects.filter(status=RunStatus.QUEUED).count() == 1


def test_a_decision_ends_the_asking(boss: Person) -> None:
    change = judged(make.reviewable())
    run = ask(boss, change)
    judge.reprompt(make.actor(boss), change, Seen(1, make.HEAD, reasons=["wrong"]))
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
    other = judged(make.reviewable())
    run = ask(boss, other)
    assert claim(run.pk, "somebody")
    judge.reject(make.actor(boss), other, Seen(1, make.HEAD, reasons=["wrong"]))
    run.refresh_from_db()
    assert run.stop_reason


def test_its_cost_is_added_to_the_rounds(boss: Person) -> None:
    change = judged(make.reviewable(), started_at="2026-01-01T00:00Z", cost=Decimal("0.10"))
    change.runs.filter(kind=RunKind.AGENT).update(cost=Decimal("1.00"))
    answer(ask(boss, change), PASS, cost=Decimal("0.20"))
    assert change.rounds.get().cost == Decimal("1.30")


def test_the_log_and_the_record_say_who_asked(boss: Person) -> None:
    run = ask(boss, judged(make.reviewable()))
    event = run.events.get()
    assert (event.source, event.data["by"]) == ("user", boss.name)
    entry = AuditEntry.objects.get(verb="ask_judge")
    assert (entry.actor, entry.data["run"]) == (boss, run.pk)


def test_asking_again_moves_no_figure_but_of_a_commit_without_a_verdict(boss: Person) -> None:
    change = vetoed()
    before = figures_for(boss).total
    answer(ask(boss, change), PASS)
    assert figures_for(boss).total == before
    answer(ask(boss, judged(make.reviewable(), ERROR)), PASS)
    after = figures_for(boss).total
    assert (after.judged, after.vetoed.part, after.repaired.part) == (2, 1, 0)


def test_page_and_api_ask_and_tell(client: Client, boss: Person) -> None:
    change = judged(make.reviewable())
    client.force_login(boss)
    page = f"/changes/{change.pk}/"
    assert "Ask again" in client.get(page).content.decode()
    assert client.post(f"{page}judge/", {"round": "1"}).url.endswith("#judge")
    html = client.get(page).content.decode()
    assert "Ask again</button>" not in html
    assert f"Asked again by {boss.name}" in html
    refused = client.post(f"{page}judge/", {"round": "1"})
    assert refused.status_code == 409
    assert "being asked already" in refused.content.decode()
    api = Api(boss)
    status, said = api.post(f"/changes/{change.pk}/judge", {"round": 1})
    assert (status, said["code"]) == (409, "stale")
    other = judged(make.reviewable())
    status, run = api.post(f"/changes/{other.pk}/judge", {"round": 1})
    assert (status, run["kind"]) == (202, "judge")
    told = api.get(f"/changes/{other.pk}/rounds/1")[1]["judge"]
    assert (told["verdict"], told["asked_again"]) == ("veto", [run["id"]])


@pytest.mark.parametrize("given", ["", "x", "1e309", "-1", "0", "9" * 30, "1\0"])
def test_a_form_that_names_no_round_is_told_so(client: Client, boss: Person, given: str) -> None:
    change = judged(make.reviewable())
    client.force_login(boss)
    answered = client.post(f"/changes/{change.pk}/judge/", {"round": given})
    assert answered.status_code == 409
    assert "The judge was not asked" in answered.content.decode()
    assert not change.runs.filter(status=RunStatus.QUEUED).exists()
