"""Verdicts: each bound to a round and the full head commit that the person saw."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from reviews.errors import NotAllowed, NotThere, Refused, Stale
from reviews.models import Change, GuardItem, Round, Verdict
from reviews.services import judge_again, lifecycle, looks, rounds
from reviews.services.advance import advance, newest_round
from reviews.services.evidence import (
    TWO_PERSON,
    blocking_verifiers,
    judge_refusal,
    judge_runs,
    standing_against,
)
from reviews.services.finish import stop_all
from reviews.services.instruct import MAX_INSTRUCTION
from reviews.services.known_values import without_secrets
from reviews.services.permissions import (
    Actor,
    may_approve,
    may_judge,
    may_override,
    may_reprompt,
    may_tick,
    require,
    two_person_rule,
    wrote,
)
from reviews.states import ChangeStatus, Reason, RoundStatus, RunKind, VerdictKind

FULL_ID = re.compile(r"\A(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
S = ChangeStatus
MAX_OVERRIDE = 10_000  # bytes of a written reason
AFTER_APPROVAL = frozenset({S.APPROVED, S.MERGING, S.MERGED, S.DEPLOYING, S.DEPLOYED})


@dataclass(frozen=True, slots=True)
class Seen:
    """What the person judged and how: bound to the verdict for ever.

    head: the full commit id. acknowledged: guard items ticked, by id. opened: files that, as the
    browser says, were open, by index. device: its own name, cut. asks: refused while any is unread.
    """

    round_number: int
    head: str
    message: str = ""
    reasons: Sequence[str] = ()
    acknowledged: Sequence[int] = ()
    override: str = ""
    opened: Sequence[int] = ()
    device: str = ""
    asks: bool = False

    def __post_init__(self) -> None:
        for name in ("message", "override"):
            object.__setattr__(self, name, without_secrets(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Approval:
    """is_new False: the same approval had been given before, and nothing more happened."""

    change: Change
    takes_effect_at: datetime | None
    is_new: bool


def approve(actor: Actor, change: Change, seen: Seen) -> Approval:
    """Approve exactly the head that was seen; takes effect after the undo window."""
    with transaction.atomic():
        require(may_judge(actor.who, change))
        change, round_ = _locked(change, seen)
        if change.status in AFTER_APPROVAL and _standing(round_).filter(person=actor.who).exists():
            return Approval(change, change.takes_effect_at, is_new=False)
        _expect(change, S.AWAITING_REVIEW)
        require(may_approve(actor.who, round_, override=seen.override))
        overrode = _overridden(actor, round_, seen)
        _tick(actor, round_, seen.acknowledged)
        _check_guard(round_)
        looks.require_read(actor.who, round_, asks=seen.asks)
        if _standing(round_).filter(person=actor.who).exists():
            return Approval(change, None, is_new=False)
        alone = wrote(actor.who, round_) and not two_person_rule(change.repository)
        _record(actor, round_, VerdictKind.APPROVE, seen, is_self_approved=alone, overrode=overrode)
        _take_effect(actor, change, round_)
    return Approval(change, change.takes_effect_at, is_new=True)


def reject(actor: Actor, change: Change, seen: Seen) -> Change:
    """End the change with a reason; a re-prompt can open it again."""
    with transaction.atomic():
        require(may_judge(actor.who, change))
        change, round_ = _locked(change, seen)
        reasons = _checked_reasons(seen.reasons, "reject")
        _expect(change, S.AWAITING_REVIEW)
        _record(actor, round_, VerdictKind.REJECT, seen)
        judge_again.call_off(change, f"{actor.who.name} rejected the round.")
        round_.status = RoundStatus.REJECTED
        round_.save(update_fields=["status"])
        lifecycle.move(change, S.REJECTED, actor, _why(reasons, seen.message))
    return change


def reprompt(actor: Actor, change: Change, seen: Seen, *, runner: str = "") -> Change:
    """Send the agent back with a reason, all unsent comments and a message: the next round."""
    with transaction.atomic():
        require(may_reprompt(actor.who, change))
        change, round_ = _locked(change, seen)
        reasons = _checked_reasons(seen.reasons, "re-prompt")
        _expect(change, S.AWAITING_REVIEW, S.REJECTED, S.FAILED, S.CANCELLED)
        _record(actor, round_, VerdictKind.REPROMPT, seen)
        judge_again.call_off(change, f"{actor.who.name} re-prompted the round.")
        rounds.begin_next(actor, change, round_, message=seen.message, runner=runner)
        lifecycle.move(change, S.QUEUED, actor, _why(reasons, seen.message))
        advance(change.pk)
    return change


def withdraw(actor: Actor, change: Change, seen: Seen) -> Change:
    """Take one's own approval back (undo); possible until the merge has begun."""
    with transaction.atomic():
        require(may_judge(actor.who, change))
        change, round_ = _locked(change, seen)
        standing = _standing(round_).filter(person=actor.who)
        if not standing.exists():
            if _standing(round_).exists():
                raise NotAllowed("Only the person who gave an approval may withdraw it.")
            raise Refused("There is no approval of yours on this round to withdraw.")
        _expect(change, S.AWAITING_REVIEW, S.APPROVED)
        standing.update(withdrawn_at=timezone.now())
        _record(actor, round_, VerdictKind.WITHDRAW, seen)
        if change.status == S.APPROVED:
            round_.status = RoundStatus.FROZEN
            round_.save(update_fields=["status"])
            lifecycle.move(change, S.AWAITING_REVIEW, actor, "The approval was withdrawn.")
            stop_all(change, f"{actor.who.name} withdrew the approval.", [RunKind.MERGE])
    return change


def acknowledge(actor: Actor, change: Change, round_number: int, ids: Sequence[int]) -> None:
    """Tick guard items as seen by this person, who must be one to approve the round."""
    require(may_judge(actor.who, change))
    round_ = change.rounds.filter(number=round_number).first()
    if round_ is None:
        raise NotThere
    require(may_tick(actor.who, round_))
    _tick(actor, round_, ids)


def _locked(change: Change, seen: Seen) -> tuple[Change, Round]:
    """The change as it is now and its newest round, or the reason why what was seen is stale."""
    change = Change.objects.select_for_update(no_key=True).get(pk=change.pk)
    round_ = newest_round(change)
    if seen.round_number != round_.number:
        known = 1 <= seen.round_number < round_.number
        if not known:
            raise Refused(f"Change #{change.pk} has no round {seen.round_number}.")
        raise Stale(
            f"Round {seen.round_number} was replaced: round {round_.number} stands now. "
            "Nothing was decided; look at the new round."
        )
    if round_.head and not FULL_ID.match(seen.head):
        raise Refused("The head must be the full commit id that was seen, not a short one.")
    if seen.head != round_.head:
        raise Stale(
            f"The head you saw, {seen.head[:12]}, is not what round {round_.number} holds now "
            f"({round_.head[:12]}). Nothing was decided."
        )
    _bounded("message", seen.message, MAX_INSTRUCTION)
    _bounded("reason to override", seen.override, MAX_OVERRIDE)
    return change, round_


def _bounded(what: str, words: str, limit: int) -> None:
    """Refuse what is not text, or has more bytes than are kept."""
    if "\x00" in words:
        raise Refused(f"The {what} holds a NUL character, which is not text.")
    size = len(words.encode(errors="replace"))
    if size > limit:
        raise Refused(f"The {what} has {size:,} bytes; {limit:,} are the most taken.")


def _expect(change: Change, *statuses: ChangeStatus) -> None:
    if change.status in statuses:
        return
    raise Stale(
        f"Change #{change.pk} is {change.status.replace('_', ' ')} now, so this verdict no longer "
        "fits. Nothing was decided."
    )


def _standing(round_: Round) -> QuerySet[Verdict]:
    """Approvals of a round that were not withdrawn."""
    return Verdict.objects.filter(
        round=round_, verdict=VerdictKind.APPROVE, withdrawn_at__isnull=True
    )


def _overridden(actor: Actor, round_: Round, seen: Seen) -> list[str]:
    """Nothing to approve, or something firm against it: refused, or overridden in writing.

    Gives what is overridden, by name.
    """
    if round_.is_empty:
        raise Refused("The agent changed nothing in this round, so there is nothing to approve.")
    against = standing_against(round_)
    if against and not seen.override.strip():
        why, code = _against(round_, against)
        raise Refused(
            f"{why} Re-prompt, or a maintainer overrides with a written reason.", code=code
        )
    if against:
        require(may_override(actor.who, round_.change))
    is_alone = wrote(actor.who, round_) and two_person_rule(round_.change.repository)
    return [*against, TWO_PERSON] if is_alone else against


def _against(round_: Round, against: Sequence[str]) -> tuple[str, str]:
    """Why a round may not be approved without an override, with its code."""
    refusal = judge_refusal(round_, judge_runs(round_))
    reds = against[: len(blocking_verifiers(round_))]
    if not reds:
        return refusal, "not_judged"
    return f"Required verifiers are not green: {', '.join(reds)}. {refusal}".strip(), "not_verified"


def _tick(actor: Actor, round_: Round, ids: Iterable[int]) -> None:
    GuardItem.objects.filter(
        round=round_, pk__in=list(ids), is_tickable=True, acknowledged_by__isnull=True
    ).update(acknowledged_by=actor.who, acknowledged_at=timezone.now())


def _check_guard(round_: Round) -> None:
    left = list(GuardItem.objects.filter(round=round_, acknowledged_by__isnull=True))
    if not left:
        return
    firm = [item for item in left if not item.is_tickable]
    if firm:
        raise Stale(f"{firm[0].text} This cannot be ticked; re-prompt.", code="guard")
    raise Stale(
        f"{len(left)} guard {'item is' if len(left) == 1 else 'items are'} not ticked: "
        + "; ".join(item.text for item in left[:5]),
        code="guard",
    )


def _take_effect(actor: Actor, change: Change, round_: Round) -> None:
    """Move on once enough people have approved this head."""
    needed = int((round_.policy.get("review") or {}).get("approvals") or 1)
    if _standing(round_).count() < needed:
        return
    round_.status = RoundStatus.APPROVED
    round_.save(update_fields=["status"])
    effect = timezone.now() + timedelta(seconds=settings.HONK_UNDO_SECONDS)
    lifecycle.move(change, S.APPROVED, actor, takes_effect_at=effect)


def _checked_reasons(reasons: Sequence[str], verb: str) -> list[str]:
    if not reasons:
        raise Refused(f"To {verb}, give at least one reason: {', '.join(Reason)}.")
    unknown = [code for code in reasons if code not in list(Reason)]
    if unknown:
        raise Refused(f"Unknown reason {unknown[0]!r}. The reasons are: {', '.join(Reason)}.")
    return list(dict.fromkeys(reasons))


def _why(reasons: Sequence[str], message: str) -> str:
    return ", ".join(code.replace("_", " ") for code in reasons) + (
        f": {message}" if message else ""
    )


def _record(
    actor: Actor,
    round_: Round,
    kind: VerdictKind,
    seen: Seen,
    *,
    is_self_approved: bool = False,
    overrode: Sequence[str] = (),
) -> Verdict:
    return Verdict.objects.create(
        change_id=round_.change_id, round=round_, head=round_.head, verdict=kind,
        person=actor.who, reasons=list(seen.reasons), message=seen.message,
        override=seen.override, overrode=list(overrode), is_self_approved=is_self_approved,
        opened=list(seen.opened), looked=looks.looked_of(actor.who, round_),
        device=seen.device[:200], channel=actor.channel, at=timezone.now(),
    )  # fmt: skip
