"""Drives one pump to its Outcome: ticks, limits, stopping, and what the caller may see.

Limits and stops are looked at in one place, `_check`, on each value and at least every 100 ms; a
`step` is held at the pump's gate until that was done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from agents.events import TICK, Event, Tick
from agents.faults import outcome_of
from agents.job import Outcome
from agents.kept_session import storable
from agents.limits import Breach, Watch, output_limit
from agents.parking import Parking, ended_as, pause
from agents.pump import HELD, Finished, Pump
from agents.stream import Joiner, NoRedactor, Redactor, plain, recognised, unknown
from agents.text import cut

logger = logging.getLogger(__name__)

Value = Event | Tick | Outcome
_TICK_S = 0.09
_POLL_S = 0.03
_SESSION_DROPPED = (
    "The conversation is larger than 16 MiB and is not kept; a later run of this change begins a "
    "new one."
)
_REASON, _SUMMARY, _EXCERPT = 2000, 20_000, 50_000  # characters


@dataclass(frozen=True)
class Settings:
    """How a run is driven. grace_s: time between interrupting and killing.

    park_s: time that a run has to park itself once it is asked to; None: nobody pauses it.
    """

    redactor: Redactor | None = None
    clock: Callable[[], float] = time.monotonic
    grace_s: float = 10.0
    park_s: float | None = None


class Drive:
    """One run; `values` may be iterated once."""

    def __init__(self, pump: Pump, watch: Watch, settings: Settings) -> None:
        self._pump = pump
        self._watch = watch
        self._clock = settings.clock
        self._grace_s = settings.grace_s
        self._park_s = settings.park_s
        self._joiner = Joiner(settings.redactor or NoRedactor(), time.monotonic)
        self._ending: Outcome | None = None
        self._parking: Parking | None = None
        self._kill_at = 0.0
        self._outcome: Outcome | None = None

    def values(self, start: Event) -> Iterator[Value]:
        """start, then everything that happens, then the Outcome; leaves no process."""
        self._pump.start()
        try:
            yield from self._joiner.add(start)
            yield from self._ticking()
        finally:
            if not self._pump.give_up():
                logger.warning("a runner's thread did not end in time; it can start nothing more")
        yield from self._joiner.flush()
        if self._watch.dropped_bytes:
            text = f"{self._watch.dropped_bytes} bytes of output over the limit are not kept."
            yield Event("note", {"text": text}, source="system")
        outcome = ended_as(self._outcome or outcome_of(None), self._ending, self._parking)
        fit = self._storable(outcome)
        if outcome.session and not fit.session:
            yield Event("note", {"text": _SESSION_DROPPED}, source="system")
        yield fit

    def _ticking(self) -> Iterator[Value]:
        last = time.monotonic()
        while self._outcome is None:
            for value in self._turn():
                last = time.monotonic()
                yield value
            if time.monotonic() - last >= _TICK_S:
                last = time.monotonic()
                yield TICK

    def _turn(self) -> Iterator[Value]:
        item = self._pump.get(_POLL_S)
        held = isinstance(item, Event) and item.kind in HELD
        if isinstance(item, Event):
            item = recognised(item)
            self._watch.count(item)
        if self._pump.control.waiting:
            self._watch.heard()
        breach = self._check()
        yield from breach
        if item is not None:
            yield from self._take(item)
        if held:
            self._pump.open_gate()
        yield from self._joiner.due()

    def _check(self) -> Iterator[Event]:
        """The one place where a run is stopped or parked, by a person or by a limit."""
        if self._ending is not None:
            if self._clock() >= self._kill_at:
                self._outcome = self._ending
            return
        stop = self._pump.control.stop_reason()
        if stop:
            self._end(Outcome("cancelled", stop, fault="user"))
            return
        breach = self._watch.breach()
        if breach is not None and breach.status != "parked":
            self._end(breach.outcome())
            yield from self._joiner.add(breach.event())
            return
        yield from self._park(breach)
        if self._parking is not None and self._clock() >= self._parking.until:
            self._end(self._parking.outcome)

    def _park(self, breach: Breach | None) -> Iterator[Event]:
        """Ask the run to park itself, for money or for a person; money lets no step begin.

        A program that knows no steps cannot stop at one: it is interrupted at once. Where we count
        ourselves no further call is let through, so there is time, and one step may follow: money
        is seen before the program tells of the step that it was spent on.
        """
        known = self._parking
        if breach is not None and (known is None or not known.is_for_money):
            is_seen = self._watch.usage.seen_usd is not None
            wait = (self._park_s or 0.0) if self._watch.steps or is_seen else 0.0
            self._parking = Parking(breach.outcome(), self._clock() + wait, int(is_seen))
            yield from self._joiner.add(breach.event())
        elif known is None and self._park_s is not None:
            reason = self._pump.control.pause_reason()
            if reason:
                self._parking = Parking(pause(reason), self._clock() + self._park_s, 1)
        if self._parking is not known and self._parking is not None:
            self._pump.ask_to_park(self._parking.outcome.reason)

    def _end(self, outcome: Outcome) -> None:
        self._ending = outcome
        self._kill_at = self._clock() + self._grace_s
        self._pump.interrupt(outcome.reason)

    def _take(self, item: object) -> Iterator[Event]:
        if isinstance(item, Outcome):
            self._outcome = item
        elif isinstance(item, Finished):
            self._outcome = self._outcome or self._ending or outcome_of(item.error)
        elif isinstance(item, Event):
            yield from self._event(item)
        elif not isinstance(item, Tick):
            yield from self._joiner.add(unknown(item))

    def _event(self, event: Event) -> Iterator[Event]:
        if event.kind == "step":
            self._count_down()
            if self._ending is None:
                yield from self._joiner.add(event)
            return
        before = self._watch.dropped_bytes
        room = self._watch.room(event)
        text = event.data.get("text")
        if isinstance(text, str) and room is not None and room < len(text):
            event = replace(event, data={**event.data, "text": text[:room]})
        if room is None or room > 0:
            yield from self._joiner.add(event)
        if self._watch.dropped_bytes and not before:
            yield from self._joiner.add(output_limit(self._watch))

    def _count_down(self) -> None:
        """A step comes although the run was asked to park itself: one may, no more."""
        if self._parking is None or self._ending is not None:
            return
        if self._parking.steps_left == 0:
            self._end(self._parking.outcome)
        self._parking.steps_left -= 1

    def _storable(self, outcome: Outcome) -> Outcome:
        mask = self._joiner.mask
        used = outcome.usage
        spent = used.input_tokens or used.output_tokens or used.cost_usd is not None
        resume = plain(outcome.resume, mask) if outcome.resume is not None else None
        return replace(
            outcome,
            reason=cut(mask(outcome.reason), _REASON),
            summary=cut(mask(outcome.summary), _SUMMARY),
            excerpt=cut(mask(outcome.excerpt), _EXCERPT),
            usage=used if spent else self._watch.usage,
            resume=resume if isinstance(resume, dict) else None,
            session=storable(outcome.session, mask) if outcome.session else "",
        )
