"""Counts what a run uses and says when that is more than it may."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from agents.dollars import side_by_side
from agents.errors import Fault
from agents.events import CHUNKED, JSON, Event, Source
from agents.job import Limits, Outcome, OutcomeStatus, Usage


@dataclass(frozen=True)
class Breach:
    """A limit that was passed, in its own unit, and how the run ends because of it."""

    name: str
    used: float
    allowed: float
    status: OutcomeStatus
    fault: Fault
    reason: str

    def event(self) -> Event:
        """The `limit` event that tells it."""
        used = round(self.used, 4)
        data: dict[str, JSON] = {"name": self.name, "used": used, "allowed": self.allowed}
        return Event("limit", data, source="system")

    def outcome(self) -> Outcome:
        """The outcome that ends the run; a parked one says that it waits for money."""
        resume = {"waits_for": self.name} if self.status == "parked" else None
        return Outcome(self.status, self.reason, fault=self.fault, retry=True, resume=resume)


class Watch:
    """Meters of one run. live: the source whose events show that it is alive."""

    def __init__(
        self, limits: Limits, live: Source, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self.usage = Usage()
        self.output_bytes = 0
        self.dropped_bytes = 0
        self._live = live
        self._clock = clock
        self._began = self._heard = clock()
        self.steps = 0

    def count(self, event: Event) -> None:
        """Take an event into the meters (output is counted by `room`)."""
        if event.source == self._live:
            self.heard()
        if event.kind == "step":
            self.steps += 1
        if event.kind == "usage":
            self.usage = usage_of(event)

    def heard(self) -> None:
        """Something showed that the run is alive."""
        self._heard = self._clock()

    def room(self, event: Event) -> int | None:
        """How many characters of a chunk may still be kept; None when it is not a chunk."""
        text = event.data.get("text")
        if event.kind not in CHUNKED or not isinstance(text, str):
            return None
        left = max(0, self.limits.output_bytes - self.output_bytes)
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        self.output_bytes += size
        self.dropped_bytes += max(0, size - left)
        return len(text) if size <= left else left * len(text) // size

    def breach(self) -> Breach | None:
        """The first limit that is passed, or None."""
        return self._time() or self._steps_used() or self._money()

    def _time(self) -> Breach | None:
        now, limits = self._clock(), self.limits
        if now - self._began > limits.wall_s:
            reason = f"Stopped after {spell(limits.wall_s)}, the longest it may take."
            return self._late("wall", now - self._began, limits.wall_s, reason)
        if now - self._heard > limits.idle_s:
            reason = f"Stopped after {spell(limits.idle_s)} without a sign of life."
            return self._late("idle", now - self._heard, limits.idle_s, reason)
        return None

    def _late(self, name: str, used: float, allowed: float, reason: str) -> Breach:
        reason += " Try again, or raise the limit in .honk.toml."
        return Breach(name, used, allowed, "timed_out", "agent", reason)

    def _steps_used(self) -> Breach | None:
        if self.steps <= self.limits.steps:
            return None
        reason = (
            f"Stopped before step {self.steps}: {self.limits.steps} are allowed. "
            "Ask for less at once, or raise the limit in .honk.toml."
        )
        return Breach("steps", self.steps, self.limits.steps, "failed", "agent", reason)

    def _money(self) -> Breach | None:
        cap, used = self.limits.money_usd, self.usage
        told, seen = used.cost_usd or 0.0, used.seen_usd or 0.0
        if cap is None or max(told, seen) < cap:
            return None
        # What a program tells is believed up to its cap; what we counted is as it is.
        cost = max(seen, min(told, cap))
        spent, allowed = side_by_side(cost, cap)
        reason = f"{spent} are spent and {allowed} are allowed."
        return Breach("money", cost, cap, "parked", "user", reason)


def output_limit(watch: Watch) -> Event:
    """The `limit` event that says, once, that output is no longer kept."""
    allowed = watch.limits.output_bytes
    data: dict[str, JSON] = {"name": "output", "used": watch.output_bytes, "allowed": allowed}
    return Event("limit", data, source="system")


def usage_of(event: Event) -> Usage:
    """Usage as a `usage` event tells it, clamped to what can be true."""
    return Usage(
        _tokens(event.data.get("input")),
        _tokens(event.data.get("output")),
        _dollars(event.data.get("cost")),
        _dollars(event.data.get("seen")),
    )


def _dollars(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < 1e9 else None


def _tokens(value: object) -> int:
    return min(max(value, 0), 10**12) if isinstance(value, int) else 0


def spell(seconds: float) -> str:
    """Seconds in words: "90 s", "30 min"."""
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:g} s"
