"""Counts what model calls cost that pass through a forwarder, from the service's own answers.

What a program tells of its cost may be a lie, and what else runs in its sandbox may call the model
beside it; the service's answers are neither's. A copy of each answer is read as it passes, line by
line; nothing that is in it can hold the answer up or break it.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field, replace
from typing import Any

from agents.runners import prices
from agents.runners.command_lines import Lines
from agents.runners.prices import Tokens
from agents.usage_seen import reading

USED_UP = (
    "The money that this run may cost is used up, so the model is not asked again. "
    "The run goes on once it is granted more."
)
MOST_UNKNOWN = 10  # answers of unknown cost under a cap, beyond which no more is asked
_UNTOLD = (
    f"More than {MOST_UNKNOWN} answers of the model were broken off or did not tell what they "
    "cost, and a cap holds, so the model is not asked again."
)
_MOST_REASONS = 8
_LINE = 16 * 1024 * 1024  # bytes of one event, or of an answer that is no stream
_AROUND = 80  # bytes of an event around what it says
_BYTES = 3  # of what is said, for a token: fewer than there are, so that nothing is hidden
_NAMED = re.compile(rb"/models/([^/:]+):")


@dataclass(frozen=True, slots=True)
class Bill:
    """Of one call or all. cost: US dollars of what has a price; priced: calls that cost so;
    unknown: calls that cost more than that, nobody knows how much."""

    cost: float = 0.0
    tokens: Tokens = field(default_factory=Tokens)
    priced: int = 0
    unknown: int = 0

    @property
    def known(self) -> float | None:
        """US dollars that were spent at least; None when no call had a price."""
        return self.cost if self.priced else None


class Meter:
    """All calls of one run; safe to use from several threads.

    cap: US dollars from which no call is let through. needs_price: under a cap, neither is one
    after a model was asked whose price is not known. is_full: a call was refused for money.
    refused: why others were refused, with how often; the first few reasons.
    """

    def __init__(self, cap: float | None = None, *, needs_price: bool = False) -> None:
        self.cap = cap
        self.is_full = False
        self.refused: dict[str, int] = {}
        self._needs_price = needs_price
        self._unpriced = ""
        self._open = 0
        self._total = Bill()
        self._changed = threading.Condition()

    def refusal(self) -> str:
        """Why no call may begin now, as a sentence; empty when one may."""
        if self.cap is None:
            return ""
        with self._changed:
            if self._total.cost >= self.cap:
                self.is_full = True
                return USED_UP
            if not self._needs_price:
                return ""
            if self._unpriced:
                return prices.refusal(self._unpriced, self.cap)
            return _UNTOLD if self._total.unknown > MOST_UNKNOWN else ""

    def refuses(self, why: str) -> None:
        """A call was refused for what it asked for."""
        with self._changed:
            if why in self.refused or len(self.refused) < _MOST_REASONS:
                self.refused[why] = self.refused.get(why, 0) + 1

    def begin(self, path: bytes) -> Call:
        """A call that begins; its `end` has to follow."""
        with self._changed:
            self._open += 1
        named = _NAMED.search(path)
        return Call(self, named[1].decode("ascii", "replace") if named else "")

    @property
    def total(self) -> Bill:
        """What was seen so far, calls under way included."""
        with self._changed:
            return self._total

    def settled(self, most_s: float) -> Bill:
        """The total once no call is under way; after `most_s` s what it is by then."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, most_s)
            return self._total

    def put(self, before: Bill, now: Bill, unpriced: str = "") -> None:
        """One call's bill in the place of what it was before."""
        with self._changed:
            total = self._total
            self._total = Bill(
                round(total.cost + now.cost - before.cost, 9),  # sums of floats leave crumbs
                total.tokens + now.tokens - before.tokens,
                total.priced + now.priced - before.priced,
                total.unknown + now.unknown - before.unknown,
            )
            self._unpriced = self._unpriced or unpriced

    def ended(self) -> None:
        """A call is over."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()


class Call:
    """One request and its answer. model: the one that the request's path names, if it does."""

    def __init__(self, meter: Meter, model: str) -> None:
        self._meter = meter
        self._model = model
        self._bill = Bill()
        self._is_free = self._is_stream = self._is_readable = False
        self._lines = Lines(_LINE)
        self._counts: dict[str, int] = {}
        self._beside = Tokens()
        self._is_whole = True
        self._is_dearer = False
        self._bytes = 0  # said since the last usage, of an answer whose end was not told

    def is_refused(self) -> None:
        """The service was not reached, or said no: it costs nothing."""
        self._is_free = True

    def answers(self, status: int, kind: bytes, coding: bytes) -> None:
        """The answer's head. kind, coding: its content-type and content-encoding."""
        self._is_free = not 200 <= status < 300
        self._is_stream = kind.lower().startswith(b"text/event-stream")
        self._is_readable = not self._is_free and coding.lower() in (b"", b"identity")

    def feed(self, data: bytes) -> None:
        """Some of its body; never raises, whatever it is."""
        if not self._is_readable:
            return
        if not self._is_stream:
            data = data.replace(b"\n", b" ").replace(b"\r", b" ")  # one line, bounded like others
        for line in self._lines.feed(data):
            self._line(line)

    def end(self) -> None:
        """It is over, whole or broken off: what it cost is as well known as it ever will be."""
        for line in self._lines.end():
            self._line(line)
        if not self._is_free:
            self._put(is_over=True)
        self._meter.ended()

    def _line(self, line: bytes) -> None:
        if self._is_stream:
            if not line.startswith(b"data:"):
                return
            line = line[5:].strip()
        if not (b'"usage' in line and self._frames(line)):
            self._bytes += max(_BYTES, len(line) - _AROUND)

    def _frames(self, line: bytes) -> bool:
        """Whether a line told of usage."""
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            return False
        found = told if isinstance(told, list) else [told]
        return sum(self._frame(each) for each in found if isinstance(each, dict)) > 0

    def _frame(self, frame: dict[str, Any]) -> bool:
        told = reading(frame)
        self._model = told.model or self._model
        if not told.counts:
            return False
        self._counts.update(told.counts)
        self._beside = self._beside if told.beside is None else told.beside
        self._is_dearer = self._is_dearer or told.is_dearer
        self._is_whole = not told.is_begun
        self._bytes = 0
        self._put()
        return True

    def _put(self, *, is_over: bool = False) -> None:
        tokens = Tokens(**self._counts)
        if is_over and not self._is_whole:
            # What the answer said after its last usage, of which the service did not come to tell.
            tokens = replace(tokens, output=max(tokens.output, self._bytes // _BYTES))
        own = prices.cost(self._model, tokens) if self._counts else None
        beside = prices.cost(self._model, self._beside)
        is_unknown = own is None or self._is_dearer
        bill = Bill(
            (own or 0.0) + (beside or 0.0), tokens + self._beside, int(own is not None),
            int(is_unknown and (is_over or bool(self._counts))),
        )  # fmt: skip
        unpriced = self._model or "without a name" if self._counts and own is None else ""
        self._meter.put(self._bill, bill, unpriced)
        self._bill = bill
