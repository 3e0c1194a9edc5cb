"""Carries out what `next_step` says, in one transaction; called at a run's end and by the sweep."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from reviews.events import announce
from reviews.models import Change, MergeIntent, Round, Run
from reviews.services import brief, lifecycle, rounds, runs
from reviews.services.evidence import judge_spec
from reviews.services.next_step import HANDED_BACK, State, Step, next_step
from reviews.services.permissions import SYSTEM
from reviews.states import ChangeStatus, RoundOrigin, RoundStatus, RunKind


def advance(change_id: int) -> None:
    """Do what comes next for a change until it waits for somebody (bounded)."""
    for _ in range(6):
        with transaction.atomic():
            change = Change.objects.select_for_update(no_key=True).get(pk=change_id)
            step = next_step(read_state(change))
            if step.kind == "wait":
                return
            _STEPS[step.kind](change, newest_round(change), step)


def newest_round(change: Change) -> Round:
    """The round that the change stands in."""
    return change.rounds.order_by("-number")[0]


def read_state(change: Change) -> State:
    """The rows that decide, read together.

    What a person suggested is not mended by an agent unasked: it comes to review as it is.
    """
    round_ = newest_round(change)
    specs = round_.policy.get("verifiers", [])
    allowed = (round_.policy.get("review") or {}).get("repairs", settings.HONK_REPAIRS)
    judge = judge_spec(round_)
    is_mended = round_.origin != RoundOrigin.SUGGESTION
    return State(
        change=change,
        round=round_,
        runs=list(round_.runs.order_by("pk")),
        intent=MergeIntent.objects.filter(round=round_).exclude(state="abandoned").last(),
        verifiers=specs,
        repairs_left=allowed - round_.repairs if is_mended else 0,
        now=timezone.now(),
        judge=judge,
        judge_repairs=int(judge.get("repairs", 1)) if is_mended else 0,
    )


def _agent(change: Change, round_: Round, _step: Step) -> None:
    """What a worker gave back is told again as it was: it may have been output to mend."""
    before = round_.runs.filter(kind=RunKind.AGENT).last()
    given_back = before.prompt if before and before.options.get(HANDED_BACK) else ""
    is_suggestion = round_.origin == RoundOrigin.SUGGESTION
    prompt = "" if is_suggestion else given_back or brief.prompt_of(round_)
    runs.queue(change, round_, RunKind.AGENT, runs.runner_of(change, round_), prompt=prompt)


def _verifying(change: Change, _round: Round, step: Step) -> None:
    lifecycle.move(change, ChangeStatus.VERIFYING, SYSTEM, step.reason)


def _verify(change: Change, round_: Round, step: Step) -> None:
    for spec in step.specs:
        runs.queue(
            change, round_, RunKind.VERIFIER, spec["name"],
            commit=step.commit, options=dict(spec), is_required=spec.get("required", True),
        )  # fmt: skip


def _repair(change: Change, round_: Round, step: Step) -> None:
    round_.repairs += 1
    round_.save(update_fields=["repairs"])
    names = ", ".join(run.name for run in step.reds)
    lifecycle.move(change, ChangeStatus.RUNNING, SYSTEM, f"{names} failed; back to the agent.")
    prompt = brief.prompt_of(round_, step.reds)
    runs.queue(change, round_, RunKind.AGENT, change.runner, prompt=prompt)


def _judge(change: Change, round_: Round, step: Step) -> None:
    """Ask the judge about exactly this commit; required is one whose veto blocks."""
    spec = dict(step.specs[0])
    runs.queue(
        change, round_, RunKind.JUDGE, "judge",
        commit=step.commit, options=spec, is_required=spec.get("mode") == "blocking",
    )  # fmt: skip


def _mend(change: Change, round_: Round, step: Step) -> None:
    """The veto goes back; counted by the runs themselves, apart from the verifiers' repairs."""
    lifecycle.move(change, ChangeStatus.RUNNING, SYSTEM, "The judge vetoed it; back to the agent.")
    prompt = brief.prompt_of(round_, veto=step.veto)
    runs.queue(change, round_, RunKind.AGENT, change.runner, prompt=prompt)


def _review(change: Change, round_: Round, step: Step) -> None:
    """Freeze the round on its last snapshot and hand it to people."""
    if round_.status == RoundStatus.OPEN:
        round_.status, round_.frozen_at = RoundStatus.FROZEN, timezone.now()
        round_.cost = cost_of(round_)
        round_.save(update_fields=["status", "frozen_at", "cost"])
    else:
        rounds.back_to_review(round_)
    MergeIntent.objects.filter(round=round_, state="prepared").update(state="abandoned")
    lifecycle.move(change, ChangeStatus.AWAITING_REVIEW, SYSTEM, step.reason, fault=step.fault)


def _say(change: Change, _round: Round, step: Step) -> None:
    """Other words for why it waits for people; it stays where it is."""
    Change.objects.filter(pk=change.pk).update(reason=step.reason, fault=step.fault)
    announce("change", change.pk)


def _merge(change: Change, round_: Round, step: Step) -> None:
    if step.commit:
        MergeIntent.objects.filter(round=round_, new=step.commit).update(is_verified=True)
    runs.queue(change, round_, RunKind.MERGE, "merge")


def _landed(change: Change, _round: Round, step: Step) -> None:
    lifecycle.move(change, ChangeStatus.MERGED, SYSTEM, landed=step.commit)


def _fail(change: Change, _round: Round, step: Step) -> None:
    lifecycle.move(
        change, ChangeStatus.FAILED, SYSTEM, step.reason,
        fault=step.fault or "platform", failed_stage=change.status,
    )  # fmt: skip


_STEPS = {
    "agent": _agent,
    "verifying": _verifying,
    "verify": _verify,
    "repair": _repair,
    "judge": _judge,
    "mend": _mend,
    "review": _review,
    "say": _say,
    "merge": _merge,
    "landed": _landed,
    "fail": _fail,
}


def count_again(round_: Round) -> None:
    """The cost of a frozen round, when one more run of it has ended."""
    if round_.status != RoundStatus.OPEN:
        Round.objects.filter(pk=round_.pk).update(cost=cost_of(round_))


def cost_of(round_: Round) -> Decimal | None:
    """Money of the round's agents and judges; None when one of them did not say."""
    spent = Run.objects.filter(round=round_).filter(
        Q(kind=RunKind.AGENT) | Q(kind=RunKind.JUDGE, started_at__isnull=False)
    )
    if spent.filter(cost__isnull=True).exists():
        return None
    total: Decimal | None = spent.aggregate(total=Sum("cost"))["total"]
    return total
