"""Asking the judge once more about the newest round: a run like its first, marked with who asked.

The commit is the same, so nothing is frozen anew; what its word changes is told by `next_step`.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from reviews.errors import Refused, Stale
from reviews.models import Change, Person, Round, Run
from reviews.services import audit, runs
from reviews.services.advance import newest_round
from reviews.services.evidence import (
    ASKED_BY,
    SECOND_WORD,
    has_verdict,
    judge_runs,
    judge_spec,
    judge_word,
    stands_in_the_way,
)
from reviews.services.finish import stop_all
from reviews.services.permissions import Actor, Refusal, may_ask_judge, require
from reviews.services.progress import append
from reviews.states import ChangeStatus, RunKind, RunStatus


def ask_again(actor: Actor, change: Change, round_number: int) -> Run:
    """Queue one more run of the judge on the head of the newest round, which waits for review.

    round_number: the one that was seen; Stale when it is not the newest, and while the judge is
    being asked already. Refused where no judge is set, or where it was never its turn.
    """
    with transaction.atomic():
        change = Change.objects.select_for_update(no_key=True).get(pk=change.pk)
        round_ = newest_round(change)
        judged = judge_runs(round_)
        require(may_ask(actor.who, round_, judged))
        if round_number != round_.number:
            raise Stale(
                f"The judge was not asked: round {round_.number} is the newest, not round "
                f"{round_number}."
            )
        run = _queue(actor, change, round_, judged)
        audit.note(actor, "ask_judge", f"change {change.pk}, round {round_.number}", run=run.pk)
    return run


def may_ask(person: Person, round_: Round, judged: Sequence[Run]) -> Refusal:
    """May the person ask the judge again about the newest round of its change now, or why not.

    judged: `judge_runs` of the round.
    """
    word = judge_word(judged)
    vetoes = word is not None and word.status == RunStatus.FAILED and stands_in_the_way(round_)
    return may_ask_judge(person, round_.change, lifts_veto=vetoes) or _nothing_to_ask(
        round_, judged
    )


def _nothing_to_ask(round_: Round, judged: Sequence[Run]) -> Refusal:
    change = round_.change
    if change.status != ChangeStatus.AWAITING_REVIEW:
        return Stale(
            f"Change #{change.pk} is {change.status.replace('_', ' ')}. The judge is asked again "
            "only about a round that waits for review."
        )
    if not judge_spec(round_):
        return Refused(
            "No judge is set for this round. Set one under [judge] in .honk.toml of "
            f"{change.repository.name}; it judges the changes that start from that commit."
        )
    if any(run.is_live for run in judged):
        return Stale("The judge is being asked already. Wait for its word.")
    if not judged:
        return Refused(
            "The judge has not been asked about this round: it is asked when the required "
            "verifiers are green. Re-prompt the agent to make them so."
        )
    return None


def _queue(actor: Actor, change: Change, round_: Round, judged: Sequence[Run]) -> Run:
    spec = judge_spec(round_)
    asked = {ASKED_BY: actor.who.name}
    if any(has_verdict(run) for run in judged):
        asked[SECOND_WORD] = "yes"
    run = runs.queue(
        change, round_, RunKind.JUDGE, "judge",
        commit=round_.head, options={**spec, **asked}, is_required=stands_in_the_way(round_),
    )  # fmt: skip
    told = {"text": "Asked the judge again.", "by": actor.who.name}
    append(run.pk, [{"kind": "note", "source": "user", "data": told}])
    return run


def call_off(change: Change, reason: str) -> None:
    """End a judge that is being asked about a round on which people have decided meanwhile."""
    stop_all(change, reason, [RunKind.JUDGE])
