"""What happened to a change, in order: its transitions and the verdicts on its rounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reviews.models import Change, Transition, Verdict
from reviews.services.evidence import TWO_PERSON
from reviews.states import REASON_WORDS, Source, VerdictKind

_VERBS = {
    VerdictKind.APPROVE: "approved",
    VerdictKind.REJECT: "rejected",
    VerdictKind.REPROMPT: "re-prompted",
    VerdictKind.WITHDRAW: "took the approval back from",
}
# A verdict tells these moves better than the move itself.
_TOLD_BY_VERDICT = {("awaiting_review", "approved"), ("awaiting_review", "rejected")}
# Where the move goes that a person's verdict made right after it.
_MADE_BY = {VerdictKind.REPROMPT: "queued", VerdictKind.WITHDRAW: "awaiting_review"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. who: empty when the server did it."""

    at: datetime
    who: str
    words: str
    detail: str
    channel: str


def timeline_of(change: Change) -> tuple[Moment, ...]:
    """Oldest first; two queries."""
    moves = change.transitions.select_related("actor").order_by("pk")
    verdicts = change.verdicts.select_related("person", "round").order_by("pk")
    told = _made_by_verdicts(list(moves), list(verdicts))
    moments = [
        _move(t) for t in moves if (t.source, t.target) not in _TOLD_BY_VERDICT and t.pk not in told
    ]
    moments += [_verdict(verdict) for verdict in verdicts]
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _made_by_verdicts(moves: list[Transition], verdicts: list[Verdict]) -> set[int]:
    """Primary keys of the moves that a re-prompt or a withdrawal made: the next of its person."""
    told: set[int] = set()
    for verdict in verdicts:
        target = _MADE_BY.get(VerdictKind(verdict.verdict), "")
        made = next(
            (
                move.pk
                for move in moves
                if move.target == target
                and move.actor_id == verdict.person_id
                and move.at >= verdict.at
            ),
            0,
        )
        told.add(made)
    return told


def _move(move: Transition) -> Moment:
    words = f"{move.target.replace('_', ' ').capitalize()}"
    return Moment(move.at, move.actor.name if move.actor else "", words, move.reason, move.channel)


def _verdict(verdict: Verdict) -> Moment:
    words = f"{_VERBS[VerdictKind(verdict.verdict)]} round {verdict.round.number}"
    if verdict.is_self_approved:
        words += ", self-approved"
    evidence = [name for name in verdict.overrode if name != TWO_PERSON]
    if evidence:
        words += f", overriding {', '.join(evidence)}"
    if TWO_PERSON in verdict.overrode:
        words += ", alone under the two-person rule"
    if verdict.overrode:
        words += ", with a written reason"
    words += _unread_words(verdict)
    reasons = ", ".join(REASON_WORDS.get(code, code) for code in verdict.reasons)
    detail = ". ".join(part for part in (reasons, verdict.message, verdict.override) if part)
    return Moment(verdict.at, verdict.person.name, words, detail, verdict.channel)


def _unread_words(verdict: Verdict) -> str:
    """What an approval on the pages says of files that were not on the person's screen.

    Programs open nothing, so nothing is said of theirs. What a browser only claims (`opened`) does
    not count.
    """
    total = verdict.round.file_count
    if verdict.verdict != VerdictKind.APPROVE or verdict.channel != Source.WEB or not total:
        return ""
    seen = {look[0] for look in verdict.looked}
    files = f"{total:,} file{'' if total == 1 else 's'}"
    if not seen:  # or its browser ran no script that could tell
        return f", with no record of opening any of {files}"
    unread = total - len(seen)
    return f", without opening {unread:,} of {files}" if unread > 0 else ""
