"""Verdicts: bound to the round and the head that were seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reviews.errors import NotAllowed, NotThere, Refused, ReviewError, Stale
from reviews.models import Change, Comment, Person, Verdict
from reviews.services import discuss, judge, places, steer
from reviews.services.judge import Seen
from reviews.states import ChangeStatus, Role, RoundStatus, RunStatus
from tests import factories
from tests.reviews.verdicts import SEEN, change, fresh, reviewer

__all__ = ["change", "reviewer"]
pytestmark = pytest.mark.django_db


def test_an_approval_waits_for_the_undo_window(change: Change, reviewer: Person) -> None:
    approval = judge.approve(factories.actor(reviewer), change, SEEN)
    assert approval.is_new
    assert approval.takes_effect_at is not None
    assert fresh(change).status == ChangeStatus.APPROVED
    assert change.rounds.get().status == RoundStatus.APPROVED


def test_the_same_approval_again_does_nothing_more(change: Change, reviewer: Person) -> None:
    judge.approve(factories.actor(reviewer), change, SEEN)
    again = judge.approve(factories.actor(reviewer), change, SEEN)
    assert not again.is_new
    assert Verdict.objects.filter(verdict="approve").count() == 1


def test_undo_brings_the_change_back_to_review(change: Change, reviewer: Person) -> None:
    judge.approve(factories.actor(reviewer), change, SEEN)
    judge.withdraw(factories.actor(reviewer), change, SEEN)
    assert fresh(change).status == ChangeStatus.AWAITING_REVIEW
    assert judge.approve(factories.actor(reviewer), change, SEEN).is_new


def test_nobody_withdraws_anothers_approval(change: Change, reviewer: Person) -> None:
    judge.approve(factories.actor(reviewer), change, SEEN)
    other = factories.member(change.repository, Role.MAINTAINER)
    with pytest.raises(NotAllowed, match="who gave an approval"):
        judge.withdraw(factories.actor(other), change, SEEN)


@pytest.mark.parametrize("verb", [judge.approve, judge.reject, judge.reprompt, judge.withdraw])
def test_who_may_not_judge_is_told_so_whatever_they_saw(verb: Callable[..., Any]) -> None:
    change = factories.reviewable()
    reader = factories.actor(factories.member(change.repository, Role.READER))
    with pytest.raises(NotAllowed):
        verb(reader, change, Seen(1, "e" * 40, reasons=["wrong"]))


@pytest.mark.parametrize("verb", [judge.approve, judge.reject, judge.reprompt, judge.withdraw])
@pytest.mark.parametrize(
    ("seen", "error", "says"),
    [
        (Seen(1, "e" * 40, reasons=["wrong"]), Stale, "is not what round 1 holds now"),
        (Seen(1, factories.HEAD[:12], reasons=["wrong"]), Refused, "full commit id"),
        (Seen(7, factories.HEAD, reasons=["wrong"]), Refused, "no round 7"),
    ],
)
def test_a_verdict_on_something_else_than_what_stands_is_refused(
    change: Change, reviewer: Person, verb: Callable[..., object], seen: Seen,
    error: type[ReviewError], says: str,
) -> None:  # fmt: skip
    with pytest.raises(error, match=says):
        verb(factories.actor(reviewer), change, seen)
    assert fresh(change).status == ChangeStatus.AWAITING_REVIEW
    assert not Verdict.objects.exists()


def test_a_verdict_on_a_replaced_round_is_stale_and_names_the_new_one(
    change: Change, reviewer: Person
) -> None:
    factories.round_(change, status=RoundStatus.FROZEN, head="d" * 40)
    with pytest.raises(Stale, match="round 2 stands now"):
        judge.approve(factories.actor(reviewer), change, SEEN)


@pytest.mark.parametrize("reasons", [[], ["because"]])
@pytest.mark.parametrize("verb", [judge.reject, judge.reprompt])
def test_reject_and_reprompt_need_a_reason_of_the_list(
    change: Change, reviewer: Person, verb: Callable[..., object], reasons: list[str]
) -> None:
    with pytest.raises(Refused, match="reason"):
        verb(factories.actor(reviewer), change, Seen(1, factories.HEAD, reasons=reasons))


def test_a_stranger_learns_nothing_and_a_reader_learns_why(change: Change) -> None:
    with pytest.raises(NotThere):
        judge.approve(factories.actor(factories.person()), change, SEEN)
    reader = factories.member(change.repository, Role.READER)
    with pytest.raises(NotAllowed, match="you need the role reviewer"):
        judge.approve(factories.actor(reader), change, SEEN)


def test_a_reprompt_takes_drafts_and_open_comments_as_one_batch(
    change: Change, reviewer: Person
) -> None:
    round_ = change.rounds.get()
    other = factories.member(change.repository, Role.REVIEWER)
    gone = factories.member(change.repository, Role.READER)  # wrote, and may no longer re-prompt
    factories.comment(round_, other)
    stranger = factories.comment(round_, gone)
    anchor = places.Anchor(1, file_index=0, line=2)
    discuss.comment(factories.actor(reviewer), change, anchor, "Say why.")
    judge.reprompt(factories.actor(reviewer), change, Seen(1, factories.HEAD, reasons=["style"]))
    sent = Comment.objects.filter(sent_in__number=2)
    assert sent.count() == 2
    assert stranger not in sent
    run = change.runs.get(status=RunStatus.QUEUED)
    assert "app.py, line 2" in run.prompt
    assert "Say why." in run.prompt
    assert change.rounds.get(number=1).status == RoundStatus.SUPERSEDED


def test_approvals_count_up_to_what_the_policy_asks(change: Change, reviewer: Person) -> None:
    change.rounds.update(policy={"review": {"approvals": 2}})
    assert judge.approve(factories.actor(reviewer), change, SEEN).takes_effect_at is None
    assert fresh(change).status == ChangeStatus.AWAITING_REVIEW
    second = factories.member(change.repository, Role.REVIEWER)
    assert judge.approve(factories.actor(second), change, SEEN).takes_effect_at is not None


def test_cancel_is_idempotent_and_ends_what_is_queued(change: Change, reviewer: Person) -> None:
    judge.reprompt(factories.actor(reviewer), change, Seen(1, factories.HEAD, reasons=["wrong"]))
    for _ in range(2):
        steer.cancel(factories.actor(change.author), change)
    assert fresh(change).status == ChangeStatus.CANCELLED
    assert not change.runs.filter(status=RunStatus.QUEUED).exists()
    reopened = steer.retry(factories.actor(change.author), fresh(change))
    assert reopened.status == ChangeStatus.QUEUED


@pytest.mark.parametrize(
    ("anchor", "says"),
    [
        (places.Anchor(1, file_index=0, line=3), "has 2 lines on the new side"),
        (places.Anchor(1, file_index=0, line=2, end_line=1), "line 2 to 1"),
        (places.Anchor(1, file_index=0, line=1, side="left"), "old or new"),
        (places.Anchor(1, file_index=4, line=1), "no such file"),
    ],
)
def test_a_comment_beside_the_code_is_refused(
    change: Change, reviewer: Person, anchor: places.Anchor, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        discuss.comment(factories.actor(reviewer), change, anchor, "Why?")


def test_drafts_are_their_writers_own_and_publish_as_one_review(
    change: Change, reviewer: Person
) -> None:
    anchor = places.Anchor(1, path="app.py", line=1)
    draft = discuss.comment(factories.actor(reviewer), change, anchor, "Why?")
    other = factories.member(change.repository, Role.REVIEWER)
    with pytest.raises(NotThere):
        discuss.edit_draft(factories.actor(other), draft, "Mine now")
    discuss.edit_draft(factories.actor(reviewer), draft, "Why not?")
    assert discuss.publish(factories.actor(reviewer), change) == 1
    published = Comment.objects.get(pk=draft.pk)
    assert (published.body, published.thread.quote) == ("Why not?", "one")
    with pytest.raises(NotThere):
        discuss.discard_draft(factories.actor(reviewer), published)
