"""Verdicts: bound to what was seen, refused with a sentence otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from reviews.errors import NotAllowed, NotThere, Refused, ReviewError, Stale
from reviews.models import Change, Comment, GuardItem, Message, Person, Run, Verdict
from reviews.services import discuss, judge, messages, steer
from reviews.services.judge import Seen
from reviews.services.permissions import may_approve
from reviews.states import ChangeStatus, Role, RoundStatus, RunKind, RunStatus
from tests import factories

pytestmark = pytest.mark.django_db
SEEN = Seen(1, factories.HEAD)


@pytest.fixture
def change() -> Change:
    """A change by an author, in a repository of its own."""
    repository = factories.repository()
    return factories.reviewable(factories.member(repository, Role.AUTHOR), repository=repository)


@pytest.fixture
def reviewer(change: Change) -> Person:
    return factories.member(change.repository, Role.REVIEWER, "rita")


def fresh(change: Change) -> Change:
    return Change.objects.get(pk=change.pk)


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


def test_an_empty_round_has_nothing_to_approve(change: Change, reviewer: Person) -> None:
    change.rounds.update(is_empty=True)
    with pytest.raises(Refused, match="nothing to approve"):
        judge.approve(factories.actor(reviewer), change, SEEN)


def red(change: Change, **fields: Any) -> Run:
    values = {"name": "tests", "status": RunStatus.FAILED, "commit": factories.HEAD, **fields}
    return factories.run(change.rounds.get(), kind=RunKind.VERIFIER, **values)


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.NO_TESTS, RunStatus.ERROR])
def test_what_is_not_green_is_not_approvable(
    change: Change, reviewer: Person, status: RunStatus
) -> None:
    red(change, status=status)
    with pytest.raises(Refused, match=r"Required verifiers are not green: tests"):
        judge.approve(factories.actor(reviewer), change, SEEN)


def test_a_maintainer_overrides_red_in_writing_and_a_reviewer_does_not(
    change: Change, reviewer: Person
) -> None:
    red(change)
    seen = Seen(1, factories.HEAD, override="The test server is down; run by hand.")
    with pytest.raises(NotAllowed, match="maintainer"):
        judge.approve(factories.actor(reviewer), change, seen)
    maintainer = factories.member(change.repository, Role.MAINTAINER)
    assert judge.approve(factories.actor(maintainer), change, seen).is_new
    assert Verdict.objects.get().override.startswith("The test server")


def test_a_found_verifier_whose_tool_is_missing_is_in_nobodys_way(
    change: Change, reviewer: Person
) -> None:
    missing = {"options": {"found": True}, "reason": "Cannot run: jest is not there."}
    red(change, status=RunStatus.ERROR, **missing)
    assert judge.approve(factories.actor(reviewer), change, SEEN).is_new


@pytest.mark.parametrize(
    ("ran_before", "reason"),
    [(True, "Cannot run: jest is not there."), (False, "It changed the files it was to judge.")],
)
def test_a_found_verifier_that_could_run_blocks_whatever_it_printed(
    change: Change, reviewer: Person, *, ran_before: bool, reason: str
) -> None:
    if ran_before:
        other = factories.round_(factories.change(repository=change.repository))
        factories.run(other, kind=RunKind.VERIFIER, name="tests", status="passed")
    red(change, status=RunStatus.ERROR, options={"found": True}, reason=reason)
    with pytest.raises(Refused, match=r"Required verifiers are not green: tests"):
        judge.approve(factories.actor(reviewer), change, SEEN)


def test_guard_items_are_ticked_by_name_before_approving(change: Change, reviewer: Person) -> None:
    item = factories.guard_item(change.rounds.get())
    with pytest.raises(Stale, match="1 guard item is not ticked"):
        judge.approve(factories.actor(reviewer), change, SEEN)
    seen = Seen(1, factories.HEAD, acknowledged=[item.pk])
    assert judge.approve(factories.actor(reviewer), change, seen).is_new
    assert GuardItem.objects.get().acknowledged_by == reviewer


def test_a_refused_approval_ticks_nothing(change: Change, reviewer: Person) -> None:
    items = [factories.guard_item(change.rounds.get()) for _ in range(2)]
    with pytest.raises(Stale):
        judge.approve(
            factories.actor(reviewer), change, Seen(1, factories.HEAD, acknowledged=[items[0].pk])
        )
    assert not GuardItem.objects.filter(acknowledged_by__isnull=False).exists()


def test_an_item_that_cannot_be_ticked_stops_every_approval(
    change: Change, reviewer: Person
) -> None:
    item = factories.guard_item(change.rounds.get(), is_tickable=False, text="A secret was added.")
    with pytest.raises(Stale, match="cannot be ticked"):
        judge.approve(
            factories.actor(reviewer), change, Seen(1, factories.HEAD, acknowledged=[item.pk])
        )


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
    anchor = discuss.Anchor(1, file_index=0, line=2)
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
        (discuss.Anchor(1, file_index=0, line=3), "has 2 lines on the new side"),
        (discuss.Anchor(1, file_index=0, line=2, end_line=1), "line 2 to 1"),
        (discuss.Anchor(1, file_index=0, line=1, side="left"), "old or new"),
        (discuss.Anchor(1, file_index=4, line=1), "no such file"),
    ],
)
def test_a_comment_beside_the_code_is_refused(
    change: Change, reviewer: Person, anchor: discuss.Anchor, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        discuss.comment(factories.actor(reviewer), change, anchor, "Why?")


def test_drafts_are_their_writers_own_and_publish_as_one_review(
    change: Change, reviewer: Person
) -> None:
    anchor = discuss.Anchor(1, path="app.py", line=1)
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
