"""What comes next for a change, as a pure function of its rows; `advance` carries it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from reviews.models import Change, MergeIntent, Round, Run
from reviews.services.evidence import ASKED_BY, judge_word
from reviews.services.next_words import blind_sentence, crash_sentence, red_sentence, veto_sentence
from reviews.states import ChangeStatus, RunKind, RunStatus

HANDED_BACK = "handed_back"  # option of a run that a worker gave back when it was told to end
MAX_ATTEMPTS = 3  # of one stage, when workers die under it
RED = frozenset({RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.NO_TESTS})
CRASHED = frozenset({RunStatus.FAILED, RunStatus.ERROR, RunStatus.TIMED_OUT})  # of a repair
Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """A change and the rows of its newest round, read in one transaction.

    verifiers: specs in force. runs: of the newest round, oldest first. intent: newest merge
    intent of the round, if any. repairs_left: how often red may still go back to the agent.
    judge: what `[judge]` says, empty when there is none. judge_repairs: how often a veto may go
    back to the agent, those that did included.
    """

    change: Change
    round: Round
    runs: Sequence[Run]
    intent: MergeIntent | None
    verifiers: Sequence[Spec]
    repairs_left: int
    now: datetime
    judge: Spec = field(default_factory=dict)
    judge_repairs: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, or nothing (`wait`).

    agent: queue an agent run. verifying: the snapshot goes to the verifiers. verify: queue these
    specs on `commit`. repair: the red output goes back to the agent. judge: queue a judge on
    `commit`. mend: the judge's `veto` goes back to the agent. review: freeze and hand over to
    people. say: other words for why it waits for them. merge: queue a merge run. landed: the branch
    holds it. fail: tell the truth.
    """

    kind: Literal[
        "wait", "agent", "verifying", "verify", "repair", "judge", "mend", "review", "say", "merge",
        "landed", "fail",
    ]  # fmt: skip
    reason: str = ""
    fault: str = ""
    specs: Sequence[Spec] = ()
    commit: str = ""
    reds: Sequence[Run] = ()
    veto: Run | None = None


WAIT = Step("wait")


def next_step(state: State) -> Step:
    """The one thing to do now for this change."""
    decide = {
        ChangeStatus.QUEUED: _queued,
        ChangeStatus.RUNNING: _running,
        ChangeStatus.NEEDS_INPUT: _asking,
        ChangeStatus.VERIFYING: _verifying,
        ChangeStatus.AWAITING_REVIEW: _asked_again,
        ChangeStatus.APPROVED: _approved,
        ChangeStatus.MERGING: _merging,
    }.get(ChangeStatus(state.change.status))
    return decide(state) if decide else WAIT


def _latest(state: State, kind: RunKind) -> Run | None:
    """The newest run of a kind."""
    return next((run for run in reversed(state.runs) if run.kind == kind), None)


def _queued(state: State) -> Step:
    run = _latest(state, RunKind.AGENT)
    return WAIT if run and run.is_live else Step("agent")


def _running(state: State) -> Step:
    run = _latest(state, RunKind.AGENT)
    if run is None or run.is_live:
        return WAIT
    if run.status == RunStatus.PASSED:
        return Step("verifying")
    if _was_handed_back(run):
        return Step("agent")
    if _crashed_repair(state) is not None:
        return Step("verifying", "The repair failed; what stood before it stands.")
    return Step("fail", run.reason or "The agent's run ended without a result.", run.fault)


def _asking(state: State) -> Step:
    """A run that stands still for an answer is live; one that died with its question is not."""
    run = _latest(state, RunKind.AGENT)
    if run is None or run.status != RunStatus.LOST:
        return WAIT
    if _was_handed_back(run):
        return Step("agent")
    return Step("fail", run.reason or "The agent's worker died while it waited.", run.fault)


def _crashed_repair(state: State) -> Run | None:
    """The round's newest agent run, when it was a repair that by the agent's own fault left no
    result: the snapshot before it stands, and no other repair is tried."""
    run = _latest(state, RunKind.AGENT)
    if run is None or run.fault != "agent" or run.status not in CRASHED or state.round.is_empty:
        return None
    left = any(r.kind == RunKind.AGENT and r.status == RunStatus.PASSED for r in state.runs)
    return run if left and state.round.head else None


def _verifying(state: State) -> Step:
    if state.round.is_empty:
        return Step(
            "review", "The agent changed nothing. Re-prompt it with more to go on.", "agent"
        )
    check = _check(state, state.round.head)
    if check.kind == "review":
        return _judged(state, check)
    crashed = _crashed_repair(state)
    if check.kind != "repair" or (state.repairs_left > 0 and crashed is None):
        return check
    told = (crash_sentence(crashed), red_sentence(check.reds, state.round.repairs))
    return Step("review", " ".join(filter(None, told)), "agent", reds=check.reds)


def _judged(state: State, checked: Step) -> Step:
    """What the judge's word on the head makes of a change that the verifiers let through.

    An advisory judge changes nothing. A merged tree is verified again, not judged again.
    """
    mode, head = state.judge.get("mode", "off"), state.round.head
    if mode == "off":
        return checked
    run = next(
        (r for r in reversed(state.runs) if r.kind == RunKind.JUDGE and r.commit == head), None
    )
    if _is_due(run):
        return Step("judge", commit=head, specs=[state.judge])
    if run is None or run.is_live:
        return WAIT
    if mode == "advisory" or run.status == RunStatus.PASSED:
        return checked
    if run.status != RunStatus.FAILED:
        why = f"Could not be judged: {run.reason or 'the judge gave no answer.'}"
        return replace(checked, reason=f"{checked.reason} {why}".strip(), fault=run.fault)
    may_mend = _crashed_repair(state) is None and not _answered(state.runs, run)
    if may_mend and mended(state.runs) < state.judge_repairs:
        return Step("mend", commit=head, veto=run)
    why = veto_sentence(run, mended(state.runs))
    return replace(checked, reason=f"{checked.reason} {why}".strip(), fault="agent")


def _asked_again(state: State) -> Step:
    """What a judge that people asked again makes of a change in their hands: other words at most.

    Only words that came from an earlier judging are put anew: a failed merge, say, has its own.
    """
    head = state.round.head
    judged = [run for run in state.runs if run.kind == RunKind.JUDGE and run.commit == head]
    asked = [run for run in judged if run.options.get(ASKED_BY)]
    if not asked:
        return WAIT
    if _was_handed_back(asked[-1]) and asked[-1] is judged[-1]:
        kept = {name: value for name, value in asked[-1].options.items() if name != HANDED_BACK}
        return Step("judge", commit=head, specs=[kept])
    before = {_told(state, without=asked[number:]) for number in range(len(asked))}
    now = _told(state, without=())
    told = (state.change.reason, state.change.fault)
    return Step("say", *now) if told in before and told != now else WAIT


def _told(state: State, without: Sequence[Run]) -> tuple[str, str]:
    """Reason and fault that a round comes to people with, by the judge's word that stands."""
    runs = [run for run in state.runs if run not in without]
    judged = [run for run in runs if run.kind == RunKind.JUDGE and run.commit == state.round.head]
    word = judge_word(judged)
    kept = [run for run in runs if run not in judged or run is word]
    check = _check(replace(state, runs=kept), state.round.head)
    step = _judged(replace(state, runs=kept, judge_repairs=0), check)
    return step.reason, step.fault


def mended(runs: Sequence[Run]) -> int:
    """How often a judge's veto has gone back to the agent in a round (its runs, oldest first)."""
    return sum(r.kind == RunKind.JUDGE and _answered(runs, r) for r in runs)


def _answered(runs: Sequence[Run], veto: Run) -> bool:
    """Whether an agent has worked since this veto; on the same commit, it changed nothing."""
    if veto.status != RunStatus.FAILED:
        return False
    since = runs[list(runs).index(veto) :]
    return any(run.kind == RunKind.AGENT for run in since)


def _check(state: State, commit: str) -> Step:
    """Queue, wait for, or judge the verifiers of one commit; `repair` here only means red."""
    latest = {r.name: r for r in state.runs if r.kind == RunKind.VERIFIER and r.commit == commit}
    due = [s for s in state.verifiers if _is_due(latest.get(s["name"]))]
    if due:
        return Step("verify", specs=due, commit=commit)
    if any(run.is_live for run in latest.values()):
        return WAIT
    was_red = _red_names(state, state.round.head) if commit != state.round.head else set()
    reds = [r for r in latest.values() if _is_red(r) and r.name not in was_red]
    if reds:
        return Step("repair", reds=reds, commit=commit)
    reason = _same_again(state) or _from_conflict(state) or blind_sentence(latest.values())
    crashed = crash_sentence(_crashed_repair(state))
    told = " ".join(filter(None, (crashed, reason)))
    return Step("review", told, "agent" if crashed else "", commit=commit)


def _is_red(run: Run) -> bool:
    return run.is_required and run.status in RED


def _red_names(state: State, commit: str) -> set[str]:
    """Verifiers that were red when the round was approved: a maintainer has overridden them."""
    latest = {r.name: r for r in state.runs if r.kind == RunKind.VERIFIER and r.commit == commit}
    return {name for name, run in latest.items() if _is_red(run)}


def _is_due(run: Run | None) -> bool:
    """Never run on this commit, or its worker died and it may be tried once more."""
    if run is None:
        return True
    if _was_handed_back(run):
        return True
    died = run.status == RunStatus.LOST or (run.status == RunStatus.ERROR and run.may_retry)
    return died and run.attempt < 2


def _same_again(state: State) -> str:
    """Says so when a later round holds exactly what the one before it held."""
    same = bool(state.round.start_tree) and state.round.tree == state.round.start_tree
    return "The agent changed nothing since the round before." if same else ""


def _from_conflict(state: State) -> str:
    files = ", ".join(state.round.conflicts[:5])
    return f"This round began with a merge conflict in {files}." if files else ""


def _was_handed_back(run: Run) -> bool:
    return run.status == RunStatus.LOST and bool(run.options.get(HANDED_BACK))


def _approved(state: State) -> Step:
    due = state.change.takes_effect_at
    if due is None or due > state.now:
        return WAIT
    run = _latest(state, RunKind.MERGE)
    return WAIT if run and run.is_live else Step("merge")


def _merging(state: State) -> Step:
    run = _latest(state, RunKind.MERGE)
    if run is None:
        return Step("merge")
    if run.is_live:
        return WAIT
    if run.status == RunStatus.PASSED:
        return _after_merge_run(state)
    if run.status == RunStatus.FAILED:
        return Step("review", run.reason, run.fault)
    if run.status == RunStatus.LOST and run.attempt < MAX_ATTEMPTS:
        return Step("merge")
    return Step("fail", run.reason or "The merge did not finish.", run.fault or "platform")


def _after_merge_run(state: State) -> Step:
    """A merge run that passed has landed, or has prepared a tree that must be verified first."""
    intent = state.intent
    if intent is None or intent.state == "landed":
        return Step("landed", commit=intent.new if intent else "")
    if intent.is_verified:
        return Step("merge")
    check = _check(state, intent.new)
    if check.kind == "repair":
        names = ", ".join(run.name for run in check.reds)
        return Step("review", f"Merged with what landed meanwhile, {names} failed.", "agent")
    return Step("merge", commit=intent.new) if check.kind == "review" else check
