"""What stands for and against a round: the newest run of each verifier on its head, and a judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.verifiers.base import CANNOT_RUN, IS_VOID
from reviews.models import Round, Run
from reviews.states import RoundOrigin, RunKind, RunStatus

ASKED_BY = "asked_by"  # option of a judge's run: the name of the person who asked again
SECOND_WORD = "second_word"  # and there was a verdict on this commit before: figures leave it out
TWO_PERSON = "two-person rule"  # beside what `standing_against` names, which ends in a bracket
BEING_ASKED = "The judge is being asked."
VETOED = "The judge vetoed it."
NOT_JUDGED = "It could not be judged."
_REFUSED = {BEING_ASKED: "not answered yet", VETOED: "veto", NOT_JUDGED: "could not judge"}
_ENDED: dict[str, str] = {RunStatus.ERROR: "cannot run", RunStatus.NO_TESTS: "ran no tests"}


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


def stands_in_the_way(round_: Round) -> bool:
    """Whether the judge of a round blocks it."""
    return judge_spec(round_).get("mode") == "blocking"


def judge_runs(round_: Round) -> list[Run]:
    """The judge's runs on the round's head, oldest first; several where it was asked again."""
    if not round_.head:
        return []
    found = Run.objects.filter(round=round_, kind=RunKind.JUDGE, commit=round_.head)
    return list(found.order_by("pk"))


def standing_against(round_: Round) -> list[str]:
    """What an approval of the round overrides, by name: each required verifier that is not green,
    with how it ended, and a blocking judge."""
    against = [f"{run.name} ({_ending(run)})" for run in blocking_verifiers(round_)]
    refusal = judge_refusal(round_, judge_runs(round_))
    return [*against, f"judge ({_REFUSED[refusal]})"] if refusal else against


def is_void(run: Run) -> bool:
    """Whether a verifier ran, but changed what it was to judge, so that its result is void."""
    is_error = run.kind == RunKind.VERIFIER and run.status == RunStatus.ERROR
    return is_error and run.reason.startswith(IS_VOID)


def _ending(run: Run) -> str:
    if is_void(run):
        return "void: it changed files"
    return _ENDED.get(run.status) or run.status.replace("_", " ")


def has_verdict(run: Run) -> bool:
    """Whether a judge's run said pass or veto."""
    return run.status in (RunStatus.PASSED, RunStatus.FAILED)


def judge_word(judged: Sequence[Run]) -> Run | None:
    """The run whose word stands (of `judge_runs`): the newest verdict, else the newest run.

    An asking that came to nothing takes no verdict back.
    """
    verdicts = [run for run in judged if has_verdict(run)]
    return next(reversed(verdicts or list(judged)), None)


def judge_refusal(round_: Round, judged: Sequence[Run]) -> str:
    """Why a blocking judge keeps the round from being approved, as a sentence; else empty.

    judged: `judge_runs` of the round. One that could not judge blocks as a verifier that could not
    run, and one that is being asked until it has answered.
    """
    if not stands_in_the_way(round_):
        return ""
    if any(run.is_live for run in judged):
        return BEING_ASKED
    word = judge_word(judged)
    if word is not None and word.status == RunStatus.PASSED:
        return ""
    if word is not None and word.status == RunStatus.FAILED:
        return VETOED
    return NOT_JUDGED
