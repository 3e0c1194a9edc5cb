"""The durable queue of words for a change's agent: handed over once, given back when not read."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agents.prompt import quoted
from reviews.events import announce
from reviews.models import Change, Message, Person, Run
from reviews.services.permissions import may_message


def waiting(change_id: int) -> QuerySet[Message]:
    """What no agent has been handed and nobody has taken back, oldest first."""
    found = Message.objects.filter(
        change_id=change_id, delivered_at__isnull=True, cancelled_at__isnull=True
    )
    return found.select_related("author").order_by("pk")


def deliverable(change_id: int) -> list[Message]:
    """What waits and may be handed over: its writer may still write to this agent."""
    found = list(waiting(change_id))
    barred = barred_of(found)
    return [message for message in found if message.author_id not in barred]


def barred_of(found: Iterable[Message]) -> dict[int, Person]:
    """Writers of one change's messages who have lost the right to write to its agent, by id."""
    found = list(found)
    if not found:
        return {}
    change = Change.objects.select_related("repository").get(pk=found[0].change_id)
    writers = {message.author_id: message.author for message in found}
    return {pk: who for pk, who in writers.items() if may_message(who, change) is not None}


def hand_over(message: Message, run: Run) -> Message | None:
    """Mark a message as this run's and read its words; None when somebody was faster, or when its
    writer may no longer write to this agent.

    Marked before it is read, so that neither an edit nor a crash can make two of it.
    """
    with transaction.atomic():
        taken = waiting(run.change_id).filter(pk=message.pk)
        # read anew: a worker's own copy of a person may be older than what an administrator did
        if barred_of(taken) or not taken.update(delivered_at=timezone.now(), delivered_to=run):
            return None
        announce("change", run.change_id)
        announce("run", run.pk)
        return Message.objects.select_related("author").get(pk=message.pk)


def give_back(run: Run, ids: Iterable[int] | None = None) -> None:
    """Put messages back into the queue that this run was handed and did not read (None: all)."""
    handed = Message.objects.filter(delivered_to=run)
    if ids is not None:
        handed = handed.filter(pk__in=list(ids))
    if handed.update(delivered_at=None, delivered_to=None):
        announce("change", run.change_id)


def hand_over_all(run: Run, *, with_answers: bool) -> list[Message]:
    """Everything that waits, as this run's; answers too when it reads them with its prompt."""
    wanted = [m for m in deliverable(run.change_id) if with_answers or not m.ask]
    return [mine for message in wanted if (mine := hand_over(message, run))]


def said_before(run: Run) -> list[Message]:
    """What earlier runs of the round were told, for one that knows no conversation."""
    earlier = Q(delivered_to__round=run.round_id, delivered_to__pk__lt=run.pk)
    said = Message.objects.filter(earlier, change_id=run.change_id).select_related("author")
    return list(said.order_by("pk"))


def section(messages: Iterable[Message]) -> str:
    """Messages as a prompt tells them; empty without any."""
    rows = [quoted(m.author.name, m.text, answers=bool(m.ask)) for m in messages]
    if not rows:
        return ""
    return "\n\n".join(["Messages from the people of this change:", *rows]) + "\n"


def open_ask(run: Run) -> str:
    """The part of the question that a run waits to have answered; empty when it asks nothing, when
    it is told to stand still instead, and once it has its answer."""
    ask = str(run.options.get("ask", "")) if run.is_asking else ""
    return "" if has_answer(run, ask) else ask


def has_answer(run: Run, ask: str) -> bool:
    """Whether somebody has answered a question of a run, though it may not have read it yet."""
    if not ask:
        return False
    is_handed = Message.objects.filter(delivered_to=run, ask=ask).exists()
    return is_handed or any(message.ask == ask for message in deliverable(run.change_id))


def is_answered(run: Run) -> bool:
    """Whether an answer to what the run asks is in the queue."""
    ask = run.options.get("ask", "")
    return bool(ask) and any(message.ask == ask for message in deliverable(run.change_id))
