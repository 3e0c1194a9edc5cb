"""What a person may do to the agent now, and the words that wait for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reviews.models import Change, Message, Person, Run
from reviews.queries.bar import LISTENING, REPROMPTABLE
from reviews.services import messages, permissions
from reviews.states import ChangeStatus, RunKind, RunStatus

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Words:
    """A message with where it stands. state: waiting, handed_over, taken_back or not_delivered.

    why: why it is not delivered, as a sentence; else empty. is_barred: its writer may no longer
    write to this agent, so it is handed over only should they get the right again.
    """

    message: Message
    state: str
    is_own: bool
    why: str = ""
    is_barred: bool = False

    @property
    def may_change(self) -> bool:
        waits = self.state in ("waiting", "not_delivered")
        return self.is_own and waits and not self.is_barred


@dataclass(frozen=True, slots=True)
class Steering:
    """The agent's live run, if any. waits_for: answer, pause or money when it stands still.

    is_stopping: somebody has paused or stopped it, and it has not come to a stop yet. may_stop: it
    is at work, or stands still with a question that can be set aside.
    """

    run: Run | None
    waits_for: str
    is_stopping: bool
    may_pause: bool
    may_stop: bool
    may_go_on: bool
    waiting: tuple[Words, ...]
    handed_over: tuple[Words, ...]


def steering_of(asker: Person, change: Change) -> Steering:
    """How the agent of a change can be steered by the asker."""
    run = Run.objects.filter(
        change=change, kind=RunKind.AGENT, status__in=["queued", "running", "waiting"]
    ).first()
    may = permissions.may_pause(asker, change) is None
    is_parked = run is not None and run.status == RunStatus.WAITING and not run.worker
    waits_for = (run.waits_for or "answer") if run and is_parked else ""
    stopping = bool(run and not is_parked and (run.pause_reason or run.stop_reason))
    words = words_of(_messages(change), asker, change)
    return Steering(
        run=run, waits_for=waits_for, is_stopping=stopping,
        may_pause=may and run is not None and not is_parked and not stopping,
        may_stop=may and run is not None and not stopping and waits_for in ("", "answer"),
        may_go_on=may and waits_for in ("pause", "money"),
        waiting=tuple(w for w in words if w.state in ("waiting", "not_delivered")),
        handed_over=tuple(w for w in words if w.state == "handed_over")[-MOST_SHOWN:],
    )  # fmt: skip


def _messages(change: Change) -> list[Message]:
    found = Message.objects.filter(change=change).select_related("author", "delivered_to")
    return list(found.order_by("pk"))


def words_of(found: Iterable[Message], asker: Person, change: Change) -> list[Words]:
    """Where messages of one change stand (with their authors), in their order."""
    found = list(found)
    barred = messages.barred_of(m for m in found if not (m.delivered_at or m.cancelled_at))
    return [_stands(each, asker, change, is_barred=each.author_id in barred) for each in found]


def _stands(message: Message, asker: Person, change: Change, *, is_barred: bool) -> Words:
    is_own = message.author_id == asker.pk
    if message.delivered_at:
        return Words(message, "handed_over", is_own)
    if message.cancelled_at:
        return Words(message, "taken_back", is_own)
    if is_barred:
        why = f"Not delivered: {message.author.name} may no longer write to this agent."
        return Words(message, "not_delivered", is_own, why, is_barred=True)
    if change.status in LISTENING:
        return Words(message, "waiting", is_own)
    return Words(message, "not_delivered", is_own, f"No agent is at work. {_when(change)}")


def _when(change: Change) -> str:
    """What would have an agent handed the words that wait for none, as a sentence."""
    status, is_made = ChangeStatus(change.status), change.failed_stage in ("merging", "deploying")
    if status == ChangeStatus.FAILED and not is_made:
        return "Retry hands it over in this round, a re-prompt with the next."
    if status == ChangeStatus.CANCELLED:
        return "Retry or a re-prompt starts the next round and hands it over."
    if status in REPROMPTABLE:
        return "A re-prompt hands it over with the next round."
    if status in (ChangeStatus.APPROVED, ChangeStatus.MERGING):
        return "Should it come back to review, a re-prompt hands it over with the next round."
    return "This change has no next round, so it stays undelivered."


def stands(status: str, waits_for: str) -> str:
    """A run's status as pages say it: paused, or money, where it waits for that."""
    names = {"pause": "paused", "money": "money"}
    return names.get(waits_for, status) if status == RunStatus.WAITING else status
