"""Whose turn it is, and why, in a sentence: the first question of every card and page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reviews.models import Person, Round, Run
from reviews.queries.facts import Facts
from reviews.states import ChangeStatus, Role, RoundOrigin, RunKind, RunStatus

S = ChangeStatus
Whose = Literal["you", "agent", "others", "done"]
WITH_AGENT = frozenset({S.QUEUED, S.RUNNING, S.VERIFYING, S.APPROVED, S.MERGING, S.DEPLOYING})
DONE = frozenset({S.MERGED, S.DEPLOYED, S.ROLLED_BACK, S.REJECTED, S.CANCELLED})
_SERVER_WORDS = {
    S.QUEUED: "Queued for an agent.",
    S.RUNNING: "The agent is at work.",
    S.VERIFYING: "The server checks what the agent made.",
    S.APPROVED: "Approved; it merges when the time to undo has passed.",
    S.MERGING: "Being merged.",
    S.DEPLOYING: "Being deployed.",
    S.MERGED: "Merged.",
    S.DEPLOYED: "Deployed.",
    S.ROLLED_BACK: "Rolled back.",
    S.REJECTED: "Rejected.",
    S.CANCELLED: "Cancelled.",
}
_WAITS = {
    RunKind.AGENT: "Waits for a free agent.",
    RunKind.VERIFIER: "Waits to be checked.",
    RunKind.JUDGE: "Waits for the judge.",
    RunKind.MERGE: "Waits for its turn to be merged.",
}
_HELD = "Nothing is started while everything is paused."
_STANDS_STILL = {"pause": "Paused", "money": "Needs money"}


@dataclass(frozen=True, slots=True)
class Turn:
    """whose: you, agent, others or done. why: the sentence. badge: its word; with an agent the name
    of another badge than that of the change's status."""

    whose: Whose
    badge: str
    why: str


def turn_of(facts: Facts) -> Turn:
    """Whose turn it is for the asker of these facts."""
    status = ChangeStatus(facts.change.status)
    if status in WITH_AGENT:
        return Turn("agent", "queued" if waits(facts) else "", _server_words(facts))
    if status in DONE:
        return Turn("done", "", facts.change.reason or _SERVER_WORDS[status])
    if status == S.NEEDS_INPUT:
        return _answering(facts)
    if status == S.FAILED:
        return _mending(facts)
    return _judging(facts)


def waits(facts: Facts) -> bool:
    """Whether the change is with the server, and its run has not been taken by a worker."""
    status = ChangeStatus(facts.change.status)
    if status not in WITH_AGENT or status == S.APPROVED:
        return False
    return status == S.QUEUED or (facts.run is not None and facts.run.status == RunStatus.QUEUED)


def _server_words(facts: Facts) -> str:
    status = ChangeStatus(facts.change.status)
    if status == S.APPROVED and facts.is_held:
        return "Approved. Nothing is merged while everything is paused."
    if not waits(facts):
        return _SERVER_WORDS[status]
    if facts.is_held:
        return _HELD
    if status == S.QUEUED or facts.run is None:
        return _SERVER_WORDS[S.QUEUED]
    return _WAITS.get(RunKind(facts.run.kind), _SERVER_WORDS[status])


def may_steer(facts: Facts) -> bool:
    """The same rule as services.permissions.may_steer, over rows already read."""
    people, change = facts.people, facts.change
    if change.author_id == people.asker.pk:
        return people.has(change.repository_id, Role.AUTHOR)
    return people.has(change.repository_id, Role.REVIEWER)


def _answering(facts: Facts) -> Turn:
    data = facts.event.data if facts.event and _asks(facts) else {}
    question = str((data or {}).get("question", ""))
    words = f"The agent asks: {question}" if question else "The agent waits for an answer."
    badge = "Needs an answer"
    if facts.run and facts.run.waits_for in _STANDS_STILL:
        words = facts.change.reason or words
        badge = _STANDS_STILL[facts.run.waits_for]
    if facts.change.author_id == facts.people.asker.pk:
        return Turn("you", badge, words)
    return Turn("others", f"Waiting for {facts.change.author.name}", words)


def _asks(facts: Facts) -> bool:
    return facts.event is not None and facts.event.kind == "ask"


def _mending(facts: Facts) -> Turn:
    why = facts.change.reason or "It failed, and nothing more is known."
    if facts.change.author_id == facts.people.asker.pk:
        return Turn("you", "Your turn", why)
    return Turn("others", f"Waiting for {facts.change.author.name}", why)


def _judging(facts: Facts) -> Turn:
    asker, change = facts.people.asker, facts.change
    stands_against = facts.blocking or facts.judge_refusal or facts.round.conflicts
    if (facts.round.is_empty or stands_against) and may_steer(facts):
        return Turn("you", "Your turn", _review_words(facts))
    approvers = approvers_of(facts)
    if asker.pk in approvers:
        return Turn("you", "Your turn", _review_words(facts))
    if not approvers:
        everyone = facts.people.reviewers.get(change.repository_id, {})
        if asker.pk in everyone and asker.pk not in _approved_by(facts):
            return Turn("you", "Your turn", "Everybody who may approve it wrote a part of it.")
        return Turn("others", "Waiting for a reviewer", "No other reviewer is left to approve it.")
    names = sorted(p.name for p in approvers.values())
    whom = names[0] if len(names) == 1 else f"{names[0]} or {len(names) - 1} more"
    return Turn("others", f"Waiting for {whom}", f"Waiting for {whom}. {_review_words(facts)}")


def approvers_of(facts: Facts) -> dict[int, Person]:
    """Who may still approve the newest round, by id."""
    reviewers = facts.people.reviewers.get(facts.change.repository_id, {})
    if two_person_rule(facts):
        reviewers = {pk: p for pk, p in reviewers.items() if pk not in writers_of(facts)}
    return {pk: p for pk, p in reviewers.items() if pk not in _approved_by(facts)}


def may_tick(facts: Facts) -> bool:
    """The same rule as services.permissions.may_tick, over rows already read."""
    people, repository_id = facts.people, facts.change.repository_id
    reviewers = people.reviewers.get(repository_id, {}).keys()
    if not two_person_rule(facts) or people.asker.pk not in writers_of(facts):
        return people.asker.pk in reviewers
    is_anybody_left = bool(reviewers - writers_of(facts))
    return not is_anybody_left and people.has(repository_id, Role.MAINTAINER)


def two_person_rule(facts: Facts) -> bool:
    """As services.permissions.two_person_rule, over rows already read."""
    wanted = (facts.change.repository.policy.get("review") or {}).get("two_person")
    if isinstance(wanted, bool):
        return wanted
    return len(facts.people.reviewers.get(facts.change.repository_id, {})) > 1


def writers_of(facts: Facts) -> set[int]:
    """As services.permissions.wrote, for the newest round: who wrote what the agent was told,
    or suggested or applied an edit."""
    reprompts = {r.author_id for r in facts.rounds if r.message or _applies(r)}
    return {facts.change.author_id} | reprompts | facts.told_by


def _applies(round_: Round) -> bool:
    return round_.origin == RoundOrigin.SUGGESTION and bool(round_.head)


def _approved_by(facts: Facts) -> set[int]:
    return {verdict.person_id for verdict in facts.approvals}


def _review_words(facts: Facts) -> str:
    return " ".join(part for part in (_how_far(facts), *matters_of(facts)) if part)


def matters_of(facts: Facts) -> list[str]:
    """What a reader is to look at before a verdict, in sentences; a told reason is not repeated."""
    found = [] if facts.change.reason else [_checks_words(facts), _veto_words(facts)]
    if facts.guard_left:
        items = "item" if facts.guard_left == 1 else "items"
        found.append(f"{facts.guard_left} guard {items} to look at.")
    if facts.judge and facts.judge.status == RunStatus.FAILED and not _is_blocking(facts.judge):
        found.append("The judge advises against it.")
    return [words for words in found if words]


def _checks_words(facts: Facts) -> str:
    odd = [run for run in facts.verifiers if run.status != RunStatus.PASSED and not run.is_live]
    if not odd:
        return ""
    red = all(run.status in (RunStatus.FAILED, RunStatus.TIMED_OUT) for run in odd)
    how = "failed" if red else "did not pass"
    return f"{len(odd)} of {len(facts.verifiers)} verifiers {how}."


def _veto_words(facts: Facts) -> str:
    judge = facts.judge
    if judge is None or judge.is_live or judge.status in (RunStatus.PASSED, RunStatus.CANCELLED):
        return ""
    if judge.status != RunStatus.FAILED:
        return "The judge could not judge it."
    return "The judge vetoed it." if _is_blocking(judge) else ""


def _is_blocking(judge: Run) -> bool:
    return bool(judge.options.get("mode") == "blocking")


def _how_far(facts: Facts) -> str:
    """The reason or the count of approvals; empty when something is to be looked at first."""
    if facts.change.reason:
        return _ended(facts.change.reason)
    if facts.round.is_empty:
        return "The agent changed nothing."
    needed = int((facts.round.policy.get("review") or {}).get("approvals") or 1)
    if needed > 1:
        return f"Approval {len(facts.approvals) + 1} of {needed}."
    if matters_of(facts):
        return "" if facts.round.number == 1 else f"Round {facts.round.number}:"
    if facts.round.number > 1:
        return f"Round {facts.round.number} is ready to be read."
    return "Ready to be read."


def _ended(words: str) -> str:
    """Words that others are put behind, with a full stop."""
    return words if words.rstrip()[-1:] in ".!?" else f"{words}."
