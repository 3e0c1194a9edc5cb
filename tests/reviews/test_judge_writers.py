"""Who wrote what the agent was told does not approve it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from reviews.errors import NotAllowed
from reviews.models import Change, GuardItem, Message, Person, Verdict
from reviews.services import judge, messages, steer
from reviews.services.judge import Seen
from reviews.services.permissions import may_approve
from reviews.states import ChangeStatus, Role, RoundStatus, RunStatus
from tests import factories
from tests.reviews.verdicts import SEEN, change, fresh, reviewer

__all__ = ["change", "reviewer"]
pytestmark = pytest.mark.django_db


def test_the_writer_of_an_instruction_does_not_approve_it(change: Change, reviewer: Person) -> None:
    factories.Membership.objects.filter(person=change.author).update(role=Role.REVIEWER)
    with pytest.raises(NotAllowed, match="rita may"):
        judge.approve(factories.actor(change.author), change, SEEN)


def test_who_reprompted_in_free_text_wrote_a_part_and_who_ticked_reasons_did_not() -> None:
    repository = factories.repository()
    author = factories.member(repository, Role.AUTHOR)
    first, second = (factories.member(repository, Role.REVIEWER) for _ in range(2))
    for writer, message, allowed in ((first, "Use a deque.", False), (second, "", True)):
        change = factories.reviewable(author, repository=repository)
        judge.reprompt(
            factories.actor(writer), change,
            Seen(1, factories.HEAD, reasons=["incomplete"], message=message),
        )  # fmt: skip
        change.runs.filter(status=RunStatus.QUEUED).update(status=RunStatus.PASSED)
        change.rounds.filter(number=2).update(status=RoundStatus.FROZEN, head="d" * 40)
        Change.objects.filter(pk=change.pk).update(status=ChangeStatus.AWAITING_REVIEW)
        refusal = may_approve(writer, fresh(change).rounds.get(number=2))
        assert (refusal is None) is allowed


def told(change: Change, writer: Person, text: str = "Use a deque.", ask: str = "") -> Message:
    """Words that an agent of the change's newest round was handed, by the queue they wait in."""
    status = change.status
    Change.objects.filter(pk=change.pk).update(status=ChangeStatus.RUNNING)
    sent = steer.send_message(factories.actor(writer), change, text)
    Message.objects.filter(pk=sent.pk).update(ask=ask)
    run = change.runs.order_by("pk").last()
    assert run is not None
    assert messages.hand_over(sent, run) is not None
    Change.objects.filter(pk=change.pk).update(status=status)
    return sent


@pytest.mark.parametrize("ask", ["", "ask-1"])
def test_who_told_the_agent_something_at_work_does_not_approve_it(
    change: Change, reviewer: Person, ask: str
) -> None:
    other = factories.member(change.repository, Role.REVIEWER, "omar")
    told(change, reviewer, ask=ask)
    with pytest.raises(NotAllowed, match=r"a message or an answer\), so .* omar may"):
        judge.approve(factories.actor(reviewer), change, SEEN)
    assert judge.approve(factories.actor(other), change, SEEN).is_new


def test_words_that_no_agent_was_handed_and_line_comments_are_no_writing(
    change: Change, reviewer: Person
) -> None:
    factories.member(change.repository, Role.REVIEWER)
    factories.comment(change.rounds.get(), reviewer)
    for cancelled in (None, timezone.now()):
        Message.objects.create(change=change, author=reviewer, text="Late", cancelled_at=cancelled)
    assert judge.approve(factories.actor(reviewer), change, SEEN).is_new


def test_what_a_later_round_was_told_is_no_writing_of_an_earlier_one(
    change: Change, reviewer: Person
) -> None:
    factories.member(change.repository, Role.REVIEWER)
    later = factories.round_(change, status=RoundStatus.FROZEN, head="d" * 40)
    factories.run(later)
    told(change, reviewer)
    assert may_approve(reviewer, change.rounds.get(number=1)) is None
    assert isinstance(may_approve(reviewer, later), NotAllowed)


def test_a_writer_ticks_nothing_for_who_will_approve(change: Change, reviewer: Person) -> None:
    factories.Membership.objects.filter(person=change.author).update(role=Role.REVIEWER)
    item = factories.guard_item(change.rounds.get())
    with pytest.raises(NotAllowed, match="rita may"):
        judge.acknowledge(factories.actor(change.author), change, 1, [item.pk])
    seen = Seen(1, factories.HEAD, acknowledged=[item.pk])
    with pytest.raises(NotAllowed, match="rita may"):
        judge.approve(factories.actor(change.author), change, seen)
    assert not GuardItem.objects.filter(acknowledged_by__isnull=False).exists()
    judge.acknowledge(factories.actor(reviewer), change, 1, [item.pk])
    assert GuardItem.objects.get().acknowledged_by == reviewer


def test_where_nobody_else_is_left_a_maintainer_ticks_and_overrides(change: Change) -> None:
    change.repository.policy = {"review": {"two_person": True}}
    change.repository.save()
    factories.Membership.objects.filter(person=change.author).update(role=Role.MAINTAINER)
    also = factories.member(change.repository, Role.REVIEWER)
    told(change, also)
    item = factories.guard_item(change.rounds.get())
    with pytest.raises(NotAllowed, match="you need the role maintainer"):
        judge.acknowledge(factories.actor(also), change, 1, [item.pk])
    judge.acknowledge(factories.actor(change.author), change, 1, [item.pk])
    with pytest.raises(NotAllowed, match="written reason"):
        judge.approve(factories.actor(change.author), change, SEEN)
    forced = Seen(1, factories.HEAD, override="The fair begins today.")
    assert judge.approve(factories.actor(change.author), change, forced).is_new


def test_alone_in_a_repository_one_ticks_for_oneself() -> None:
    alone = factories.administrator()
    change = factories.reviewable(alone)
    item = factories.guard_item(change.rounds.get())
    judge.acknowledge(factories.actor(alone), change, 1, [item.pk])
    assert judge.approve(factories.actor(alone), change, SEEN).is_new


def test_alone_in_a_repository_one_approves_oneself_and_the_record_says_so() -> None:
    alone = factories.administrator()
    change = factories.reviewable(alone)
    judge.approve(factories.actor(alone), change, SEEN)
    assert Verdict.objects.get().is_self_approved
