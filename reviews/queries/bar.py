"""What the asker may decide about a change now, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.queries.facts import Facts
from reviews.queries.reading import Reading, reading_of
from reviews.queries.turn import approvers_of, may_steer, may_tick, two_person_rule, writers_of
from reviews.services.permissions import TELLING
from reviews.states import CANCELLABLE, ChangeStatus, Role

S = ChangeStatus
REPROMPTABLE = frozenset({S.AWAITING_REVIEW, S.REJECTED, S.FAILED, S.CANCELLED})
LISTENING = frozenset({S.QUEUED, S.RUNNING, S.NEEDS_INPUT, S.VERIFYING})


@dataclass(frozen=True, slots=True)
class Bar:
    """The verdict bar. left: what is still to be seen, or why approving is not possible.

    is_ready: everything seen, so Approve is solid. refusal: the sentence that locks Approve.
    may_override: a maintainer may approve all the same, with a written reason. may_tick: say that
    guard items were seen. reading: what was opened of the round; None when there is no approving.
    """

    is_shown: bool
    may_approve: bool
    is_ready: bool
    refusal: str
    may_override: bool
    may_reject: bool
    may_tick: bool
    may_reprompt: bool
    may_comment: bool
    may_cancel: bool
    may_retry: bool
    may_give_up: bool
    may_message: bool
    left: str
    guard_left: int
    will_be_self_approved: bool
    reading: Reading | None


def bar_of(facts: Facts) -> Bar:
    """The bar of the newest round for the asker."""
    change, people = facts.change, facts.people
    status = ChangeStatus(change.status)
    reviewer = people.has(change.repository_id, Role.REVIEWER)
    maintainer = people.has(change.repository_id, Role.MAINTAINER)
    in_review = status == S.AWAITING_REVIEW
    steers = may_steer(facts)
    refusal = _refusal(facts) if in_review and reviewer else ""
    verdicts = in_review and reviewer
    reprompts = steers and status in REPROMPTABLE
    owner = change.author_id == people.asker.pk and people.has(change.repository_id, Role.AUTHOR)
    return Bar(
        is_shown=verdicts or reprompts,
        may_approve=verdicts and not refusal,
        is_ready=verdicts and not refusal and not facts.guard_left,
        refusal=refusal,
        may_override=bool(refusal) and maintainer and _is_overridable(facts),
        may_reject=verdicts, may_tick=verdicts and may_tick(facts), may_reprompt=reprompts,
        may_comment=reviewer,
        may_cancel=(owner or maintainer) and status in CANCELLABLE,
        may_retry=_may_retry(facts, steers, maintainer),
        may_give_up=maintainer and status == S.FAILED and change.failed_stage == S.MERGING,
        may_message=steers and status in LISTENING,
        left=_left(facts), guard_left=facts.guard_left,
        will_be_self_approved=verdicts and not two_person_rule(facts)
        and people.asker.pk in writers_of(facts),
        reading=reading_of(people.asker, facts.round) if verdicts and not refusal else None,
    )  # fmt: skip


def _may_retry(facts: Facts, steers: bool, maintainer: bool) -> bool:
    change = facts.change
    if change.status == S.CANCELLED:
        return steers
    if change.status != S.FAILED:
        return False
    return maintainer if change.failed_stage == S.MERGING else steers


def _refusal(facts: Facts) -> str:
    """Why nobody, or not this person, may approve the newest round."""
    if facts.round.is_empty:
        return "The agent changed nothing, so there is nothing to approve."
    if facts.round.conflicts and not facts.round.head:
        return "It does not merge yet."
    if facts.people.asker.pk in {verdict.person_id for verdict in facts.approvals}:
        return "You approved it. It waits for another approval."
    blocking = facts.blocking
    if blocking:
        names = ", ".join(f"{run.name} ({run.status.replace('_', ' ')})" for run in blocking)
        return f"Not green: {names}."
    if facts.judge_refusal:
        return facts.judge_refusal
    if facts.people.asker.pk in approvers_of(facts):
        return ""
    if approvers_of(facts):
        names = ", ".join(sorted(p.name for p in approvers_of(facts).values())[:3])
        return f"You wrote what the agent was told ({TELLING}). {names} may approve."
    return "Everybody who may approve it wrote a part of it."


def _is_overridable(facts: Facts) -> bool:
    """Red verifiers, or nobody left under the two-person rule; never an empty round."""
    if facts.round.is_empty or facts.people.asker.pk in {v.person_id for v in facts.approvals}:
        return False
    others = {pk for pk in approvers_of(facts) if pk != facts.people.asker.pk}
    alone = facts.people.asker.pk not in approvers_of(facts)
    return not (alone and others)


def _left(facts: Facts) -> str:
    if facts.guard_left:
        return f"{facts.guard_left} guard item{'' if facts.guard_left == 1 else 's'}"
    return ""
