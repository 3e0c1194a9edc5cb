"""What stands for and against a round: the newest run of each verifier on its head, and a judge."""

from __future__ import annotations

from typing import Any

from agents.verifiers.base import CANNOT_RUN
from reviews.models import Round, Run
from reviews.states import RoundOrigin, RunKind, RunStatus


def verifier_runs(round_: Round, commit: str = "") -> list[Run]:
    """The newest run of each verifier on a commit (default: the round's head), in policy order."""
    runs = Run.objects.filter(
        round=round_, kind=RunKind.VERIFIER, commit=commit or round_.head
    ).order_by("pk")
    newest = {run.name: run for run in runs}
    order = [spec["name"] for spec in round_.policy.get("verifiers", [])]
    return sorted(newest.values(), key=lambda r: order.index(r.name) if r.name in order else 999)


def blocking_verifiers(round_: Round) -> list[Run]:
    """Required verifiers that are not green on the round's head.

    One that was only found by what the tree holds, and whose tool is missing, was asked for by
    nobody: it is shown, and does not block. The change under review may print what a missing tool
    looks like, so one that ever ran in this repository has its tool.
    """
    return [r for r in verifier_runs(round_) if r.status != RunStatus.PASSED and _blocks(r)]


def _blocks(run: Run) -> bool:
    return run.is_required and not (run.options.get("found") and _has_no_tool(run))


def _has_no_tool(run: Run) -> bool:
    if run.status != RunStatus.ERROR or not run.reason.startswith(CANNOT_RUN):
        return False
    of_it = Run.objects.filter(
        change__repository_id=run.change.repository_id, kind=RunKind.VERIFIER, name=run.name
    )
    ran = (RunStatus.PASSED, RunStatus.FAILED, RunStatus.NO_TESTS)
    return not of_it.filter(status__in=ran).exists()


def judge_spec(round_: Round) -> dict[str, Any]:
    """What `[judge]` at the base says of this round: {mode, model, repairs}; empty when off.

    An import was asked for by nobody, so there is nothing to compare it with.
    """
    spec = dict(round_.policy.get("judge") or {})
    is_on = spec.get("mode") in ("advisory", "blocking") and round_.origin != RoundOrigin.IMPORT
    return spec if is_on else {}


def judge_run(round_: Round) -> Run | None:
    """The newest judge run on the round's head."""
    if not round_.head:
        return None
    return Run.objects.filter(round=round_, kind=RunKind.JUDGE, commit=round_.head).last()


def judge_refusal(round_: Round, run: Run | None) -> str:
    """Why a blocking judge keeps the round from being approved, as a sentence; else empty.

    run: `judge_run` of the round. One that could not judge blocks as a verifier that could not run.
    """
    if judge_spec(round_).get("mode") != "blocking":
        return ""
    if run is not None and run.status == RunStatus.PASSED:
        return ""
    if run is not None and run.status == RunStatus.FAILED:
        return "The judge vetoed it."
    return "It could not be judged."
