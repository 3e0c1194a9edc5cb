"""Words to a running agent, pausing, stopping and going on, and trying again."""

from __future__ import annotations

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from reviews.errors import NotAllowed, Refused, Stale
from reviews.events import announce
from reviews.models import Change, Message, Run
from reviews.services import lifecycle, messages, money, parking, rounds, runs
from reviews.services.advance import advance, newest_round
from reviews.services.finish import stop_all
from reviews.services.instruct import checked_text
from reviews.services.parking import ANSWER
from reviews.services.permissions import (
    SYSTEM,
    Actor,
    may_cancel,
    may_give_up_merge,
    may_go_on,
    may_message,
    may_pause,
    may_retry,
    may_stop,
    require,
)
from reviews.states import (
    CANCELLABLE,
    MOVES,
    RUN_LIVE,
    ChangeStatus,
    RoundStatus,
    RunKind,
    RunStatus,
)

MAX_MESSAGE = 16 * 1024  # bytes
S = ChangeStatus


def send_message(actor: Actor, change: Change, text: str, *, ask: str = "") -> Message:
    """Leave words for the agent; while it waits for an answer they are the answer.

    Handed over before the agent's next step, or with the next run of the change.
    """
    require(may_message(actor.who, change))
    text = checked_text(text, "message", MAX_MESSAGE)
    with transaction.atomic():
        change = Change.objects.select_for_update(no_key=True).get(pk=change.pk)
        if change.status not in (S.QUEUED, S.RUNNING, S.NEEDS_INPUT, S.VERIFYING):
            raise Stale(
                f"Change #{change.pk} is {change.status.replace('_', ' ')}: no agent is listening. "
                + (
                    "Re-prompt it instead."
                    if S.QUEUED in MOVES[S(change.status)]
                    else "Give a new instruction instead."
                )
            )
        run = _live_agent(change)
        question = messages.open_ask(run) if run else ""
        if ask and ask != question:
            raise Stale("That question has been answered, or is asked no more.")
        message = Message.objects.create(change=change, author=actor.who, text=text, ask=question)
        if run and question and not run.worker:
            parking.wake(run, actor, change)
        announce("change", change.pk)
    return message


def _live_agent(change: Change) -> Run | None:
    return (
        Run.objects.filter(change=change, kind=RunKind.AGENT, status__in=RUN_LIVE)
        .select_related("change", "round")
        .first()
    )


def edit_message(actor: Actor, message: Message, text: str) -> Message:
    """Put other words in the place of one's own, as long as no agent was handed them."""
    _require_own(actor, message, "change")
    text = checked_text(text, "message", MAX_MESSAGE)
    return _touch(message, text=text, edited_at=timezone.now())


def cancel_message(actor: Actor, message: Message) -> Message:
    """Take one's own message back, as long as no agent was handed it; twice is no error."""
    _require_own(actor, message, "take back")
    if message.cancelled_at is not None:
        return message
    return _touch(message, cancelled_at=timezone.now())


def _require_own(actor: Actor, message: Message, verb: str) -> None:
    require(may_message(actor.who, message.change))
    if message.author_id != actor.who.pk:
        raise NotAllowed(f"Only {message.author.name}, who wrote this message, may {verb} it.")


def _touch(message: Message, **fields: object) -> Message:
    """Change a message that still waits; the hand-over is a conditional update as well."""
    with transaction.atomic():
        if not messages.waiting(message.change_id).filter(pk=message.pk).update(**fields):
            message.refresh_from_db()
            raise Stale(
                "This message was taken back."
                if message.cancelled_at
                else "Already handed over to the agent. Send another message instead."
            )
        announce("change", message.change_id)
    message.refresh_from_db()
    return message


def pause(actor: Actor, change: Change) -> Change:
    """Let the agent stand still at its next step, with its work kept, until somebody goes on.

    Pausing what stands still already does nothing.
    """
    require(may_pause(actor.who, change))
    with transaction.atomic():
        change, run = _at_work(change)
        if run.worker or run.status == RunStatus.QUEUED:
            _ask(run, pause_reason=f"Paused by {actor.who.name}."[:300])
    return change


def stop(actor: Actor, change: Change) -> Change:
    """End the agent now (interrupt, then kill), with its work kept; going on stays possible.

    An agent that waits for an answer keeps its question: at work it is paused, and where it stands
    still already the question is set aside until somebody goes on.
    """
    require(may_stop(actor.who, change))
    with transaction.atomic():
        change, run = _at_work(change)
        reason = f"Stopped by {actor.who.name}."[:300]
        if run.status == RunStatus.WAITING and run.worker:
            _ask(run, pause_reason=reason)
        elif run.status == RunStatus.WAITING:
            parking.set_aside(run, reason)
        else:
            _ask(run, stop_reason=reason)
    return change


def _at_work(change: Change) -> tuple[Change, Run]:
    """The change, held, and its agent's run; refused when no agent is at work."""
    change = Change.objects.select_for_update(no_key=True).get(pk=change.pk)
    run = _live_agent(change)
    if run is None:
        raise Stale(
            f"Change #{change.pk} is {change.status.replace('_', ' ')}: no agent is at work on it."
        )
    return change, run


def _ask(run: Run, **wish: str) -> None:
    """Write down what a worker is to do with a live run; the first wish of a kind stays."""
    ((name, reason),) = wish.items()
    Run.objects.filter(pk=run.pk, **{name: ""}).update(**{name: reason})
    announce("run", run.pk)
    announce("change", run.change_id)


def go_on(actor: Actor, change: Change, extra_usd: Decimal | None = None) -> Change:
    """Let a run that stands still for a person or for money go on, as a new run.

    extra_usd: US dollars that it may spend beyond what stopped it. The server itself (SYSTEM) goes
    on with what it paused.
    """
    if actor != SYSTEM:
        require(may_go_on(actor.who, change))
    extra = _checked_extra(extra_usd)
    with transaction.atomic():
        change = Change.objects.select_for_update(no_key=True).get(pk=change.pk)
        parked = parking.parked_run(change)
        if parked is None:
            raise Stale(_not_parked(change))
        if parked.waits_for in ("", ANSWER):
            raise Stale("The agent waits for an answer to its question. Answer it to go on.")
        if parking.is_set_aside(parked):
            parking.take_up(parked, actor, change)
            return change
        if extra_usd is not None and actor != SYSTEM:
            require(money.may_grant(actor.who, parked, extra_usd))
        if parked.waits_for == parking.MONEY and actor != SYSTEM:
            money.require_enough(parked, extra_usd)
        parking.wake(parked, actor, change, **extra)
    return change


def _checked_extra(extra_usd: Decimal | None) -> dict[str, str]:
    if extra_usd is None:
        return {}
    if not extra_usd.is_finite() or not 0 < extra_usd <= money.MOST_EXTRA:
        raise Refused(f"Give an amount above 0 and at most {money.MOST_EXTRA:,} US dollars.")
    return {"extra_usd": str(extra_usd)}


def _not_parked(change: Change) -> str:
    run = _live_agent(change)
    if run and (run.pause_reason or run.stop_reason):
        return "The agent is only just coming to a stop. Go on when it stands still."
    return f"Change #{change.pk} is not paused, so there is nothing to go on with."


def cancel(actor: Actor, change: Change) -> Change:
    """End a change; its work is kept. Cancelling what is cancelled does nothing."""
    require(may_cancel(actor.who, change))
    with transaction.atomic():
        change = Change.objects.select_for_update(no_key=True).get(pk=change.pk)
        if change.status == S.CANCELLED:
            return change
        if change.status not in CANCELLABLE:
            raise Stale(
                f"Change #{change.pk} is {change.status.replace('_', ' ')} and can no longer be "
                "cancelled."
            )
        lifecycle.move(change, S.CANCELLED, actor, f"Cancelled by {actor.who.name}.")
        round_ = newest_round(change)
        round_.status = RoundStatus.ABANDONED
        round_.save(update_fields=["status"])
        stop_all(change, f"Cancelled by {actor.who.name}.")
    return change


def retry(actor: Actor, change: Change) -> Change:
    """Try the failed stage again, or open a cancelled change again with a new round."""
    require(may_retry(actor.who, change))
    try:
        with transaction.atomic():
            return _retry(actor, Change.objects.select_for_update(no_key=True).get(pk=change.pk))
    except IntegrityError as fault:
        raise Refused(
            "Another change is being merged into the same branch. Retry when it has landed."
        ) from fault


def _retry(actor: Actor, change: Change) -> Change:
    round_ = newest_round(change)
    if change.status == S.CANCELLED:
        rounds.begin_next(actor, change, round_)
        lifecycle.move(change, S.QUEUED, actor, f"Reopened by {actor.who.name}.")
    elif change.status == S.FAILED and change.failed_stage == S.MERGING:
        lifecycle.move(change, S.MERGING, actor, f"Retried by {actor.who.name}.")
        runs.queue(change, round_, RunKind.MERGE, "merge")
    elif change.status == S.FAILED:
        lifecycle.move(change, S.QUEUED, actor, f"Retried by {actor.who.name}.")
    else:
        raise Stale(
            f"Change #{change.pk} is {change.status.replace('_', ' ')}; only what failed or was "
            "cancelled can be tried again."
        )
    lost = Run.objects.filter(round=round_, kind=RunKind.AGENT).order_by("pk").last()
    advance(change.pk)
    if lost and lost.status == RunStatus.LOST:
        runs.take_over(lost)
    return change


def give_up_merge(actor: Actor, change: Change) -> Change:
    """Bring a change whose merge failed back to review."""
    require(may_give_up_merge(actor.who, change))
    with transaction.atomic():
        change = Change.objects.select_for_update(no_key=True).get(pk=change.pk)
        if (change.status, change.failed_stage) != (S.FAILED, S.MERGING):
            raise Stale(
                f"Change #{change.pk} is {change.status.replace('_', ' ')}. Only a merge that "
                "failed can be given up."
            )
        lifecycle.move(change, S.AWAITING_REVIEW, actor, f"{actor.who.name} gave the merge up.")
        rounds.back_to_review(newest_round(change))
    return change
