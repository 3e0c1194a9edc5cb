"""Writes what the engine says while a run goes on, and hands in what people want of it.

One per run, in the worker's main thread. The lease is renewed from a thread of its own, so that
a busy database or a long silence of the engine does not cost the run.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from agents.control import Mailbox
from agents.events import JSON, Event, Source, Tick
from agents.job import Message as Words
from agents.job import Outcome, Usage
from reviews.models import Message, Run
from reviews.services import lifecycle, messages, progress, runs
from reviews.services.permissions import SYSTEM
from reviews.services.runs import RunLost
from reviews.services.told_cost import Believed
from reviews.states import ChangeStatus, RunStatus

logger = logging.getLogger(__name__)
FLUSH_S = 0.1
ORDERS_S = 0.4
FLUSH_ROWS = 200


class Recorder:
    """Takes events and ticks; raises RunLost once the run belongs to somebody else.

    has_begun: whether the agent itself was let loose, and may have cost something.
    """

    def __init__(self, run: Run, mailbox: Mailbox) -> None:
        self.run = run
        self.believed = Believed(run)
        self.has_begun = False
        self._mailbox = mailbox
        self._rows: list[Event] = []
        self._flushed = time.monotonic()
        self._asked = -ORDERS_S  # an answer or a pause may wait already: looked for at once

    def note(self, text: str, source: Source = "system") -> None:
        """Say something of our own in the log, at once."""
        self.take(Event("note", {"text": text}, source=source))
        self.flush()

    def drive(self, values: Iterator[Event | Tick | Outcome]) -> Outcome:
        """Record everything an engine's iterator gives; returns its outcome."""
        outcome = Outcome("error", "The engine ended without an outcome.", "platform", retry=True)
        with contextlib.closing(values):  # type: ignore[type-var] # generators close
            for value in values:
                if isinstance(value, Outcome):
                    outcome = value
                else:
                    self.take(value)
        self.flush()
        return outcome

    def take(self, value: Event | Tick) -> None:
        """Keep an event, flush when due, and look for orders."""
        if isinstance(value, Event):
            self._rows.append(self._checked(value) if value.kind == "usage" else value)
            if value.kind in ("ask", "answer"):
                self.flush()
                self._turn(value)
        if self._mailbox.wants_messages():
            self._hand_over()
        now = time.monotonic()
        if self._rows and (now - self._flushed > FLUSH_S or len(self._rows) >= FLUSH_ROWS):
            self.flush()
        if now - self._asked > ORDERS_S:
            self._asked = now
            self._look_for_orders()

    def used(self, usage: Usage) -> dict[str, Any]:
        """Columns of what the run used, as its runner tells at its end."""
        cost = self.believed.take(usage.cost_usd, usage.seen_usd)
        return usage_columns(usage.input_tokens, usage.output_tokens, cost)

    def _checked(self, event: Event) -> Event:
        """A usage event with the cost that counts; the first one that lies is told of."""
        was_honest = self.believed.said is None
        cost = self.believed.take(event.data.get("cost"), event.data.get("seen"))
        if was_honest and self.believed.said is not None:
            self._rows.append(Event("note", {"text": self.believed.words}, source="system"))
        told = {name: value for name, value in event.data.items() if name != "seen"}
        return replace(event, data={**told, "cost": None if cost is None else float(cost)})

    def flush(self) -> None:
        """Store what is kept, with the run's counters, in one transaction."""
        if not self._rows:
            return
        events, self._rows = self._rows, []
        self._flushed = time.monotonic()
        with transaction.atomic():
            progress.append(self.run.pk, progress.as_rows(events), worker=self.run.worker)
            counters = _counters(events)
            if counters:
                Run.objects.filter(pk=self.run.pk).update(**counters)

    def _turn(self, event: Event) -> None:
        """A question stops the change for a person; its answer sets it going again."""
        asks = event.kind == "ask"
        status = RunStatus.WAITING if asks else RunStatus.RUNNING
        target = ChangeStatus.NEEDS_INPUT if asks else ChangeStatus.RUNNING
        question = event.part if asks else ""
        with transaction.atomic():
            self.run.options = {**self.run.options, "ask": question}
            mine = Run.objects.filter(pk=self.run.pk, worker=self.run.worker)
            mine.update(status=status, options=self.run.options)
            self.run.change.refresh_from_db()
            if self.run.change.status != target:
                text = str(event.data.get("question", "")) if asks else ""
                lifecycle.move(self.run.change, target, SYSTEM, text)

    def _look_for_orders(self) -> None:
        orders = runs.orders(self.run)
        if not orders.is_ours:
            raise RunLost(f"Run {self.run.pk} is no longer this worker's.")
        if orders.pause_reason:
            self._mailbox.pause(orders.pause_reason)
        if orders.stop_reason:
            self._mailbox.stop(orders.stop_reason)
        for message in orders.messages:
            if message.ask:
                self._answer(message)
        self._mailbox.say_waiting(any(not message.ask for message in orders.messages))

    def _answer(self, message: Message) -> None:
        """Hand an answer in at once; nobody waits longer for it than needed."""
        mine = messages.hand_over(message, self.run)
        if mine:
            self._mailbox.answer(mine.ask, _words(mine))

    def _hand_over(self) -> None:
        """Give the agent the messages it asks for; until now they could be edited."""
        mine = messages.hand_over_all(self.run, with_answers=False)
        self.tell(mine)
        self._mailbox.hand_over(_words(message) for message in mine)

    def tell(self, said: Iterable[Message]) -> None:
        """Put what people said to the agent into the log."""
        for message in said:
            data: dict[str, JSON] = {"text": message.text, "by": message.author.name}
            self._rows.append(Event("note", data, source="user"))

    def give_back(self) -> None:
        """What the agent was handed and never took goes back into the queue."""
        unread = self._mailbox.unread()
        if unread:
            messages.give_back(self.run, unread)


def _words(message: Message) -> Words:
    return Words(message.pk, message.text, message.author.name)


def _counters(events: list[Event]) -> dict[str, Any]:
    """Columns of Run that these events move."""
    found: dict[str, Any] = {}
    output = sum(len(str(e.data.get("text", ""))) for e in events if e.kind == "output")
    if output:
        found["output_bytes"] = F("output_bytes") + output
    for event in events:
        if event.kind == "step":
            found["steps"] = int(event.data.get("number") or 0)  # type: ignore[arg-type]
        if event.kind == "usage":
            found |= usage_columns(
                event.data.get("input"), event.data.get("output"), event.data.get("cost")
            )
        if event.kind == "start":
            found["sandbox"] = str(event.data.get("sandbox", ""))[:40]
    return found


def usage_columns(input_tokens: JSON, output_tokens: JSON, cost: JSON | Decimal) -> dict[str, Any]:
    """Token and money columns; cost None stays unknown."""
    return {
        "input_tokens": _whole(input_tokens),
        "output_tokens": _whole(output_tokens),
        "cost": None if cost is None else Decimal(str(cost)),
    }


def _whole(value: JSON) -> int:
    """A count as the database takes it; whatever is none counts nothing."""
    return min(max(int(value), 0), 2**62) if isinstance(value, int | float) else 0


@contextlib.contextmanager
def kept_alive(run: Run) -> Iterator[None]:
    """Renew the run's lease from a thread while the block runs."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(settings.HONK_LEASE_SECONDS / 4):
            try:
                runs.beat(run)
            except Exception:  # the database is away: the next beat, or the sweep, decides
                logger.warning("heartbeat of run %s failed", run.pk, exc_info=True)
            finally:
                connection.close()

    thread = threading.Thread(target=renew, name=f"beat-{run.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)
