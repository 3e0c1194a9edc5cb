"""What people see of a judge: the block on the change page, the API, the bar, and the figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from reviews.models import Change, Person, Run, Verdict
from reviews.queries.figures import Share, figures_for
from reviews.queries.queue import queue_for
from reviews.services.people import create_token
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories as make
from tests.reviews.judgings import judged

pytestmark = pytest.mark.django_db
FINDING = {
    "kind": "out_of_scope",
    "text": "Nobody asked for <b>zwei</b>.",
    "path": "app.py",
    "line": 2,
}
ADVISORY, BLOCKING = {"judge": {"mode": "advisory"}}, {"judge": {"mode": "blocking"}}


def page(client: Client, person: Person, change: Change) -> str:
    client.force_login(person)
    return client.get(f"/changes/{change.pk}/").content.decode()


def api(change: Change, number: int = 1) -> Any:
    token = create_token(make.administrator())
    client = Client(headers={"Authorization": f"Bearer {token}"})
    return client.get(f"/api/v1/changes/{change.pk}/rounds/{number}").json()["judge"]


def test_a_veto_is_shown_as_a_models_opinion_with_links_into_the_diff(client: Client) -> None:
    away = {"kind": "unmet", "text": "No test.", "path": "tests/test_app.py", "line": 9}
    far = {"kind": "risky", "text": "See here.", "path": "app.py", "line": 900}
    change = judged(make.reviewable(), findings=[FINDING, away, far])
    html = page(client, make.administrator(), change)
    assert "a model&#x27;s opinion, blocking" in html or "a model's opinion, blocking" in html
    assert "Vetoed" in html
    assert "Nobody asked for &lt;b&gt;zwei&lt;/b&gt;." in html
    assert f'href="/changes/{change.pk}/rounds/1/#f0n2"' in html
    assert f'href="/changes/{change.pk}/rounds/1/#f0"' in html
    assert "tests/test_app.py:9</span>" in html


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "Not asked yet"),
        (RunStatus.QUEUED, "Will be asked"),
        (RunStatus.RUNNING, "Reads the change"),
        (RunStatus.PASSED, "Passes it"),
        (RunStatus.ERROR, "Could not be judged"),
        (RunStatus.TIMED_OUT, "Could not be judged"),
    ],
)
def test_each_state_of_the_judge_has_its_words(
    client: Client, status: RunStatus | None, words: str
) -> None:
    change = judged(make.reviewable(), status)
    assert words in page(client, make.administrator(), change)


def test_an_advisory_veto_says_so_and_leaves_approve_as_it_is(client: Client) -> None:
    change = judged(make.reviewable(), mode="advisory", findings=[FINDING])
    html = page(client, make.member(change.repository, Role.REVIEWER), change)
    assert "Would veto it" in html
    assert 'id="approve-form"' in html


def test_without_a_judge_there_is_no_block(client: Client) -> None:
    change = make.reviewable()
    assert 'id="judge-title"' not in page(client, make.administrator(), change)
    assert api(change) is None


def test_a_blocking_veto_locks_approve_and_lets_a_maintainer_override(client: Client) -> None:
    change = judged(make.reviewable())
    reviewer = make.member(change.repository, Role.REVIEWER)
    maintainer = make.member(change.repository, Role.MAINTAINER)
    html = page(client, reviewer, change)
    assert "The judge vetoed it." in html
    assert 'id="approve-form"' not in html
    assert 'id="override-sheet"' not in html
    assert 'id="override-sheet"' in page(client, maintainer, change)
    seen = {"round": 1, "head": make.HEAD, "verdict": "approve"}
    address = f"/changes/{change.pk}/verdict/"
    assert client.post(address, seen).status_code == 422
    client.force_login(reviewer)
    assert client.post(address, {**seen, "override": "Fine"}).status_code == 403
    client.force_login(maintainer)
    assert client.post(address, {**seen, "override": "It is wanted."}).status_code == 302
    change.refresh_from_db()
    assert change.status == ChangeStatus.APPROVED


def test_a_vetoed_change_is_for_whoever_may_send_it_back() -> None:
    change = judged(make.reviewable())
    sections = {s.key: s.cards for s in queue_for(change.author).sections}
    assert not sections["you"]  # the author has no role here
    make.member(change.repository, Role.REVIEWER)
    author = make.member(change.repository, Role.AUTHOR)
    own = judged(make.reviewable(author, repository=change.repository))
    sections = {s.key: s.cards for s in queue_for(author).sections}
    assert own.pk in [card.number for card in sections["you"]]


def test_the_api_tells_the_judgement() -> None:
    assert api(judged(make.reviewable(), None)) == {
        "status": "none", "mode": "blocking", "verdict": None, "summary": "", "findings": [],
        "run": None, "asked_again": [],
    }  # fmt: skip
    change = judged(make.reviewable(), findings=[FINDING], mode="advisory")
    assert api(change) == {
        "status": "failed", "mode": "advisory", "verdict": "veto", "summary": "It does more.",
        "findings": [FINDING], "run": change.runs.get(kind=RunKind.JUDGE).pk,
        "asked_again": [],
    }  # fmt: skip
    assert api(judged(make.reviewable(), RunStatus.ERROR))["verdict"] is None


# --- figures -------------------------------------------------------------------------------------


def decided(change: Change, verdict: str, **fields: Any) -> None:
    Verdict.objects.create(
        change=change, round=change.rounds.get(), head=make.HEAD, verdict=verdict,
        person=make.person(), channel="web", at=timezone.now(), **fields,
    )  # fmt: skip


def veto_then_pass(change: Change) -> Change:
    round_ = change.rounds.get()
    make.run(round_, kind=RunKind.JUDGE, status=RunStatus.FAILED, commit="d" * 40,
             ended_at=timezone.now())  # fmt: skip
    return judged(change, RunStatus.PASSED)


def test_the_figures_count_rounds_and_tell_unknown_for_none() -> None:
    store, other = make.repository("store"), make.repository("other")
    boss = make.administrator()
    nothing = figures_for(boss).total
    assert (nothing.judged, nothing.vetoed.words, nothing.agreed.words) == (0, "unknown", "unknown")

    def new(repository: Any = store) -> Change:
        return make.reviewable(repository=repository)

    decided(judged(new(), RunStatus.PASSED), "approve")
    decided(judged(new(), RunStatus.PASSED), "reprompt")
    decided(judged(new(), RunStatus.FAILED), "approve", override="It is wanted.")
    decided(judged(new(), RunStatus.FAILED), "reject")
    decided(veto_then_pass(new()), "approve")
    judged(new(), RunStatus.ERROR)  # no verdict, no figure
    decided(judged(new(other), RunStatus.PASSED), "approve", withdrawn_at=timezone.now())
    found = figures_for(boss)
    assert [line.name for line in found.lines] == ["other", "store"]
    line = found.lines[1]
    assert line.judged == 5
    assert line.vetoed == Share(3, 5)
    assert line.repaired == Share(1, 3)
    assert line.agreed == Share(3, 5)
    assert line.overruled == Share(1, 2)
    assert line.let_through == Share(1, 3)
    assert found.lines[0].agreed == Share(0, 0)
    assert found.total.judged == 6


def test_the_figures_hold_for_the_days_that_are_asked_for() -> None:
    old = judged(make.reviewable(), RunStatus.PASSED)
    Run.objects.filter(change=old, kind=RunKind.JUDGE).update(
        ended_at=timezone.now() - timedelta(days=40)
    )
    boss = make.administrator()
    assert figures_for(boss, "30").total.judged == 0
    assert figures_for(boss, "90").total.judged == 1
    assert figures_for(boss, "9999").days == "30"


def test_figures_are_of_the_repositories_that_the_asker_may_see(client: Client) -> None:
    change = judged(make.reviewable(repository=make.repository("secret-store")))
    client.force_login(make.person())
    html = client.get("/figures/").content.decode()
    assert "secret-store" not in html
    assert "unknown" in html
    client.force_login(make.member(change.repository, Role.READER))
    html = client.get("/figures/?days=90").content.decode()
    assert "secret-store" in html
    assert "100 %" in html


def test_the_figures_ask_as_often_for_many_repositories_as_for_few(
    django_assert_max_num_queries: Any,
) -> None:
    boss = make.administrator()
    for _ in range(6):
        decided(judged(make.reviewable()), "approve")
    with django_assert_max_num_queries(3):
        assert figures_for(boss).total.judged == 6
