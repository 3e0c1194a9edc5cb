"""One verifier run: a clean checkout of exactly the commit it names, and what came of it."""

from __future__ import annotations

from dataclasses import replace

from agents import engine, policy, rewritten, worktree
from agents.git import Mirror
from agents.job import Outcome
from agents.verifiers.base import IS_VOID
from reviews.models import GuardItem, MergeIntent, Run
from reviews.services import environment, known_values, place
from reviews.services.bench import Bench
from reviews.services.finish import finish
from reviews.services.work_agent import ENDED

MOST_NAMED = 5  # files in one sentence
EXCERPT = 16 * 1024  # characters kept beside the run; the log has all


def carry_out(bench: Bench) -> None:
    """Run the verifier; its end decides, with the others', what the change does next."""
    change, run = bench.change, bench.run
    mirror = place.mirror_of(change.repository)
    pinned = policy.from_json(bench.round.policy)
    _bring(bench, mirror)
    workspace = worktree.checkout(mirror, place.folder_of(run), run.commit)
    workspace = environment.prepared(bench, mirror, workspace, pinned)
    spec = spec_of(run)
    before = rewritten.stamps(workspace)
    values = engine.verify(
        spec, workspace, place.sandbox_for(change), pinned.limits, bench.mailbox,
        redactor=known_values.redactor(),
    )  # fmt: skip
    outcome = _if_untouched(bench.recorder.drive(values), worktree.touched(workspace))
    if outcome.status == "passed" and run.commit == bench.round.head:
        _tell_rewritten(bench, rewritten.since(workspace, before))
    finish(
        run.pk, ENDED[outcome.status], worker=run.worker, reason=outcome.reason,
        fault=outcome.fault or "", may_retry=outcome.retry, exit_code=outcome.exit_code,
        counts=dict(outcome.counts), excerpt=outcome.excerpt[-EXCERPT:], summary=outcome.summary,
    )  # fmt: skip


def spec_of(run: Run) -> policy.VerifierSpec:
    """The verifier's spec as it was at the base commit when the run was queued."""
    told = run.options
    return policy.VerifierSpec(
        run.name, tuple(told["argv"]), float(told["timeout"]), run.is_required,
        bool(told.get("found")),
    )  # fmt: skip


def _bring(bench: Bench, mirror: Mirror) -> None:
    """Have the judged commit in this machine's mirror: the round's head, or a prepared merge."""
    if bench.run.commit == bench.round.head:
        place.with_round(bench.round, mirror)
        return
    intent = MergeIntent.objects.get(round=bench.round, new=bench.run.commit)
    place.with_intent(intent, mirror)


def _tell_rewritten(bench: Bench, paths: list[str]) -> None:
    """An item for a person: a check that writes to what it judges may have judged something else.

    It is none that fails the check: a generator that writes anew what stands there does the same.
    """
    if not paths:
        return
    named = ", ".join(paths[:MOST_NAMED])
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    text = (
        f"{bench.run.name} wrote to files of the tree while it ran, and put them back: {named}"
        f"{more}. What it judged may not be what stands here."
    )
    GuardItem.objects.get_or_create(
        round=bench.round, kind="rewritten", text=text, defaults={"path": paths[0]}
    )


def _if_untouched(outcome: Outcome, touched: list[str]) -> Outcome:
    """A verifier that changed what it judges has judged something else: its word is void."""
    if not touched or outcome.status in ("cancelled", "error"):
        return outcome
    return replace(
        outcome, status="error", fault="user", retry=False,
        reason=f"{IS_VOID} ({', '.join(touched[:3])}), so its result "
        "does not count.",
    )  # fmt: skip
