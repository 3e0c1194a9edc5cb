"""Runs that stand still for a person: their work stored, no process, no worker; and going on.

A parked run is a row: it survives every restart. A new run goes on from its tree and conversation.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.db.models import Q

from agents.job import Outcome
from agents.parking import INTERRUPTED, WAITS_FOR
from reviews.events import announce
from reviews.models import Change, Run
from reviews.services import lifecycle, messages, runs
from reviews.services.finish import finish
from reviews.services.permissions import SYSTEM, Actor
from reviews.services.progress import append
from reviews.services.runs import RunLost
from reviews.states import ChangeStatus, RunKind, RunStatus

S = ChangeStatus
ANSWER, PAUSE, MONEY = "answer", "pause", "money"
STANDS_STILL = frozenset({"parked", "cancelled"})
KEPT = " The work so far is kept."


def parks(outcome: Outcome, change: Change) -> bool:
    """Whether a run that ended so stands still; a stop whose change goes on is a pause at once."""
    return outcome.status in STANDS_STILL and change.status in (S.RUNNING, S.NEEDS_INPUT)


def park(run: Run, change: Change, outcome: Outcome, kept: dict[str, Any]) -> None:
    """Free the slot and let the change wait for a person. Called in the transaction of `change`.

    kept: columns of the snapshot, the conversation and what was spent. A question under which it
    was paused or stopped is set aside at once.
    """
    wants = str((outcome.resume or {}).get(WAITS_FOR) or _usual(outcome))
    stopped = _told_to_stop(run.pk) if wants == ANSWER else ""
    waits_for = PAUSE if stopped else wants
    text = _sentence(stopped or outcome.reason, waits_for)
    append(run.pk, [{"kind": "note", "source": "system", "data": {"text": text}}],
           worker=run.worker)  # fmt: skip
    resume = {**json.loads(json.dumps(dict(outcome.resume or {}))), WAITS_FOR: wants}
    ask = run.options.get("ask", "") if wants == ANSWER else ""
    mine = Run.objects.filter(
        pk=run.pk, worker=run.worker, status__in=[RunStatus.RUNNING, RunStatus.WAITING]
    )
    updated = mine.update(
        status=RunStatus.WAITING, worker="", lease_expires_at=None, stop_reason="",
        waits_for=waits_for, resume=resume, options={**run.options, "ask": ask}, reason=text,
        summary=outcome.summary, **kept,
    )  # fmt: skip
    if not updated:
        raise RunLost(f"Run {run.pk} no longer belongs to this worker.")
    if change.status == S.RUNNING:
        lifecycle.move(change, S.NEEDS_INPUT, SYSTEM, text)
    elif waits_for != ANSWER:  # it asked, and was stopped before anybody answered
        Change.objects.filter(pk=change.pk, status=S.NEEDS_INPUT).update(reason=text)
    announce("run", run.pk)
    announce("change", change.pk)
    _wake_if_answered(run.pk, change)


def park_left(run: Run, kept: dict[str, Any]) -> bool:
    """Let a run whose worker died while it waited for an answer stand still with its question.

    kept: columns of its work, with what it resumes from. False: it waited for nothing.
    """
    resume = kept.get("resume") or {}
    if resume.get(WAITS_FOR) != ANSWER or INTERRUPTED in resume:
        return False
    with transaction.atomic():
        change = Change.objects.select_for_update(no_key=True).get(pk=run.change_id)
        outcome = Outcome("parked", "Waits for an answer.", resume=resume)
        if not parks(outcome, change):
            return False
        park(run, change, outcome, {k: v for k, v in kept.items() if k != "resume"})
    return True


def _told_to_stop(run_id: int) -> str:
    """Who paused or stopped a run, as a sentence; empty when nobody did."""
    reasons = Run.objects.filter(pk=run_id).values_list("pause_reason", "stop_reason").get()
    return reasons[0] or reasons[1]


def _usual(outcome: Outcome) -> str:
    """What a run waits for that does not say: a stopped one for a person's word."""
    return PAUSE if outcome.status == "cancelled" else ANSWER


def _sentence(reason: str, waits_for: str) -> str:
    reason = reason.strip() or "It stands still."
    if waits_for == ANSWER:
        return reason
    if not reason.endswith((".", "!", "?")):
        reason += "."
    return reason + KEPT


def _wake_if_answered(run_id: int, change: Change) -> None:
    """The answer may have come while the run was being parked."""
    parked = Run.objects.select_related("change", "round").get(pk=run_id)
    if parked.waits_for == ANSWER and messages.is_answered(parked):
        change.refresh_from_db()
        wake(parked, SYSTEM, change)


def parked_run(change: Change) -> Run | None:
    """The change's agent run that stands still, if one does."""
    held = Q(status=RunStatus.WAITING, worker="", kind=RunKind.AGENT)
    return Run.objects.filter(held, change=change).select_related("change", "round").first()


def wake(parked: Run, actor: Actor, change: Change, **options: Any) -> Run:
    """End a parked run and queue the one that goes on from its tree, words and conversation."""
    finish(
        parked.pk, RunStatus.PASSED, reason="Parked while it waited; a new run goes on with it.",
        then_advance=False,
    )  # fmt: skip
    ask = parked.options.get("ask", "")
    if ask and parked.waits_for in (ANSWER, ""):  # known again should the answer not come in time
        options["ask"] = ask
    following = runs.queue(
        change, parked.round, RunKind.AGENT, parked.name,
        prompt=parked.prompt, resume=parked.resume, options=options,
    )  # fmt: skip
    if change.status == S.NEEDS_INPUT:
        lifecycle.move(change, S.RUNNING, actor, _why(parked.waits_for))
    return following


def set_aside(run: Run, reason: str) -> None:
    """Let a run that stands still with a question wait for a person's word instead: not now.

    Its question stays with it; nothing runs, before or after.
    """
    asks = Run.objects.filter(
        pk=run.pk, status=RunStatus.WAITING, worker="", waits_for__in=(ANSWER, "")
    )
    text = _sentence(reason, PAUSE)
    if asks.update(waits_for=PAUSE, pause_reason=reason, reason=text):
        _tell(run, text)


def take_up(run: Run, actor: Actor, change: Change) -> None:
    """Put the question of a run that was set aside again; one answered before goes on at once."""
    who = actor.person.name if actor.person else "The server"
    aside = Run.objects.filter(pk=run.pk, status=RunStatus.WAITING, worker="", waits_for=PAUSE)
    text = f"{who} goes on. It waits for an answer."
    if aside.update(waits_for=ANSWER, pause_reason="", reason=text):
        _tell(run, text)
        _wake_if_answered(run.pk, change)


def is_set_aside(run: Run) -> bool:
    """Whether a parked run waits for a person's word with a question still open."""
    return run.waits_for == PAUSE and bool(run.options.get("ask"))


def _tell(run: Run, text: str) -> None:
    append(run.pk, [{"kind": "note", "source": "system", "data": {"text": text}}])
    Change.objects.filter(pk=run.change_id, status=S.NEEDS_INPUT).update(reason=text)
    announce("run", run.pk)
    announce("change", run.change_id)


def _why(waits_for: str) -> str:
    return "Answered; the agent goes on." if waits_for in (ANSWER, "") else "The agent goes on."
