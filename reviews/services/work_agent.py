"""One agent run: pin the base, lay the tree, let the runner work, keep what it left."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction

from agents import engine, policy, runners, sample, worktree
from agents.errors import AgentsError, PlatformFault, SnapshotRefused
from agents.git import Mirror
from agents.job import NOTHING_USED, Check, Job, Limits, Outcome, Workspace
from agents.parking import ended_as, pause
from agents.salvage import Rest, rest_of
from agents.worktree import Snapshot
from reviews.models import Change, Round, Run
from reviews.services import (
    blobs,
    brief,
    environment,
    freeze,
    goes_on,
    imports,
    keeping,
    known_values,
    live_service,
    money,
    network,
    parking,
    place,
    runs,
    suggest,
)
from reviews.services.bench import Bench
from reviews.services.finish import finish
from reviews.services.instruct import IMPORT
from reviews.services.model_keys import model_keys
from reviews.services.pin import pin
from reviews.states import RoundOrigin, RunStatus

logger = logging.getLogger(__name__)
# The agent's work may have cost hours and money: a full disk or a busy database is waited out.
KEEP_AGAIN_S = (1.0, 5.0, 20.0)
ENDED: dict[str, RunStatus] = {
    "passed": RunStatus.PASSED,
    "failed": RunStatus.FAILED,
    "no_tests": RunStatus.NO_TESTS,
    "error": RunStatus.ERROR,
    "cancelled": RunStatus.CANCELLED,
    "timed_out": RunStatus.TIMED_OUT,
}


def carry_out(bench: Bench) -> None:
    """Take the round one agent run further; its end moves the change on."""
    mirror = place.mirror_of(bench.change.repository)
    pinned = pin(bench, mirror)
    if bench.change.runner == IMPORT and bench.round.number == 1:
        snapshot = imports.snapshot_of(bench, mirror)
        _keep(bench, mirror, snapshot, Outcome("passed", summary=bench.change.title))
        return
    still = _stands_still(bench)
    if still is not None:
        _settle(bench, still, {})
        return
    start = goes_on.start_of(bench, mirror)
    folder = place.folder_of(bench.run)
    workspace = worktree.open_worktree(mirror, folder, bench.round.base, start.tree)
    try:
        workspace = environment.prepared(bench, mirror, workspace, pinned)
    except AgentsError:
        if not bench.mailbox.stop_reason():
            raise
        _settle(
            bench, Outcome("cancelled", bench.mailbox.stop_reason(), "user", usage=NOTHING_USED), {}
        )
        return
    keeping.note(bench.run, workspace, start.session, bench.run.resume)
    outcome = _run(bench, workspace, pinned, start.session)
    if outcome.session:
        keeping.note(bench.run, workspace, outcome.session, outcome.resume, has_ended=True)
    _keep_work(bench, mirror, workspace, pinned, outcome)


def _keep_work(
    bench: Bench, mirror: Mirror, workspace: Workspace, pinned: policy.Policy, outcome: Outcome
) -> None:
    """Store what the agent left, before anything is cleared; a tree that is refused fails it.

    A refusal stands: what is kept of such a tree is a failed run's work, never a round.
    """
    rest: Rest | None = None
    for seconds in (*KEEP_AGAIN_S, None):
        try:
            rest = rest or _keep_whole(bench, mirror, workspace, pinned, outcome)
            if rest is not None:
                _keep_rest(bench, mirror, rest, outcome)
            return
        except (PlatformFault, OperationalError):
            if seconds is None:
                raise
            logger.warning("the work of run %s could not be kept yet", bench.run.pk, exc_info=True)
            time.sleep(seconds)


def _keep_whole(
    bench: Bench, mirror: Mirror, workspace: Workspace, pinned: policy.Policy, outcome: Outcome
) -> Rest | None:
    """Store the whole tree; of one that is refused, what can be kept is given back."""
    try:
        tree = worktree.tree_of(workspace, pinned.limits)
    except SnapshotRefused as refusal:
        return rest_of(workspace, pinned.limits, refusal)
    _keep(bench, mirror, keeping.snapshot_of(bench.run, mirror, tree), outcome)
    return None


def _keep_rest(bench: Bench, mirror: Mirror, rest: Rest, outcome: Outcome) -> None:
    """End a run whose tree was refused, with what of it can be gone on with."""
    tree, reason = rest.taken()
    failed = replace(outcome, status="failed", reason=reason, fault="agent")
    if not tree:
        _end(bench, failed)
        return
    snapshot = keeping.snapshot_of(bench.run, mirror, tree)
    pack = blobs.put(snapshot.pack)
    _end(bench, failed, commit=snapshot.commit, tree=snapshot.tree, pack=pack)


def _stands_still(bench: Bench) -> Outcome | None:
    """How a run ends that was stopped or paused before its agent began; None: it begins."""
    orders = runs.orders(bench.run)
    if orders.stop_reason:
        return Outcome(
            "cancelled", orders.stop_reason, "user", resume=bench.run.resume, usage=NOTHING_USED
        )
    if orders.pause_reason:
        held = Outcome("parked", resume=bench.run.resume, usage=NOTHING_USED)
        return ended_as(held, pause(orders.pause_reason), None)  # what it asks stays open
    return None


def _run(bench: Bench, workspace: Workspace, pinned: policy.Policy, session: str) -> Outcome:
    change, run = bench.change, bench.run
    name = runs.runner_of(change, bench.round)
    is_suggestion = name == runners.SUGGESTED
    runner = runners.load(
        name, pinned, key=settings.HONK_AGENT_KEY, base_url=settings.HONK_AGENT_URL,
        keys=model_keys(),
    )  # fmt: skip
    limits = _limits(run, pinned)
    bench.recorder.believed.hold(limits.money_usd)
    job = Job(
        run_id=run.pk, change=change.pk, round=bench.round.number, attempt=run.attempt,
        prompt=run.prompt, instruction=change.instruction, workspace=workspace,
        limits=limits, options=_options(bench), resume=run.resume,
        session=session, checks=_checks(pinned),
        comments=len(brief.comments_of(bench.round)),
    )  # fmt: skip
    if not is_suggestion:  # messages wait for an agent that can read them
        job = goes_on.with_words(job, bench)
    redactor = known_values.redactor()
    with network.surroundings(bench, pinned) as around:
        values = engine.run(
            job, runner, around.sandbox, bench.mailbox, redactor=redactor,
            pause_grace_s=settings.HONK_PAUSE_SECONDS,
        )  # fmt: skip
        bench.recorder.has_begun = True
        outcome = bench.recorder.drive(around.told(values))
    bench.recorder.give_back()
    live_service.note(name, outcome)
    return outcome


def _limits(run: Run, pinned: policy.Policy) -> Limits:
    """The policy's limits; money as the run's own cap says when it has one."""
    return replace(pinned.limits, money_usd=money.cap_at_work(run, pinned.limits.money_usd))


def _checks(pinned: policy.Policy) -> tuple[Check, ...]:
    """The repository's verifiers, as the agent may run them itself."""
    return tuple(
        Check(spec.name, tuple(spec.argv), spec.timeout, spec.required) for spec in pinned.verifiers
    )


def _options(bench: Bench) -> dict[str, Any]:
    """The runner's own settings; on our sample the script plays what fits the instruction."""
    change = bench.change
    if bench.round.origin == RoundOrigin.SUGGESTION:
        return {"edits": suggest.edits_of(bench.round)}
    if change.runner == "scripted" and change.repository.is_sample:
        return {"recording": sample.recording_for(change.instruction), **change.options}
    return dict(change.options)


def _keep(bench: Bench, mirror: Mirror, snapshot: Snapshot, outcome: Outcome) -> None:
    """Store what the run left and end it in one transaction; its work is kept however it ended."""
    pack = blobs.put(snapshot.pack)
    kept = {"commit": snapshot.commit, "tree": snapshot.tree, "pack": pack}
    if outcome.status != "passed":
        _settle(bench, outcome, kept)
        return
    material = freeze.examine(mirror, bench.round, bench.round.base, snapshot.commit)
    with transaction.atomic():
        round_ = Round.objects.select_for_update(no_key=True).get(pk=bench.round.pk)
        bench.run.round = round_
        freeze.store(bench.run, snapshot, pack, material, outcome.summary)
        _end(bench, outcome, **kept)


def _settle(bench: Bench, outcome: Outcome, kept: dict[str, Any]) -> None:
    """End a run that did not pass, or let it stand still for a person.

    The change is held meanwhile: either a cancel comes first, and the run ends with it, or it
    finds a parked run and ends that.
    """
    with transaction.atomic():
        change = Change.objects.select_for_update(no_key=True).get(pk=bench.change.pk)
        if parking.parks(outcome, change):
            kept = {**kept, **_told(bench, outcome)}
            parking.park(bench.run, change, outcome, kept)
        else:
            _end(bench, outcome, **kept)


def _end(bench: Bench, outcome: Outcome, **fields: Any) -> None:
    status = ENDED.get(outcome.status, RunStatus.CANCELLED)  # parked, but its change is over
    finish(
        bench.run.pk, status, worker=bench.run.worker, reason=outcome.reason,
        fault=outcome.fault or "", summary=outcome.summary, may_retry=outcome.retry,
        exit_code=outcome.exit_code, excerpt=outcome.excerpt, **_told(bench, outcome), **fields,
    )  # fmt: skip


def _told(bench: Bench, outcome: Outcome) -> dict[str, Any]:
    """Columns of what the runner handed over: its name, its conversation and what it used."""
    session = blobs.put(outcome.session.encode("utf-8", "replace")) if outcome.session else None
    return {
        "name": runs.runner_of(bench.change, bench.round),
        "session": session,
        **bench.recorder.used(outcome.usage),
    }
