"""A runner's values with what its forwarder has seen: usage as it grows, and how the run ends."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace

from agents.dollars import dollars, side_by_side
from agents.errors import StepRefused
from agents.events import JSON, Event, Tick
from agents.job import Outcome, Usage
from agents.limits import usage_of
from agents.meter import USED_UP, Bill, Meter

Value = Event | Tick | Outcome
_SETTLE_S = 2.0  # for calls of a program that has been ended
_ROUNDING = 0.99  # of what was seen, from which on the program tells the same


def metered(values: Generator[Value], meter: Meter) -> Iterator[Value]:
    """values, each usage with what was seen, and usage events of our own as soon as that grows.

    A run that failed because the forwarder refused its calls for money is parked instead.
    """
    told, shown = Usage(), Bill()
    refused: StepRefused | None = None
    with closing(values):
        while True:
            try:
                value = next(values) if refused is None else values.throw(refused)
            except StopIteration:
                return
            if isinstance(value, Outcome):
                bill = meter.settled(_SETTLE_S)
                if refused is None:  # else this is its last word
                    yield from _notes(bill, value.usage)
                    yield from _refusals(meter)
                yield _ended(value, bill, meter)
                continue
            refused, seen = None, meter.total
            if isinstance(value, Event) and value.kind == "usage":
                told, shown = usage_of(value), seen
                value = _usage(value, told, seen)
            elif seen != shown:
                shown = seen
                yield _usage(Event("usage", {}), told, seen)
            try:
                yield value
            except StepRefused as why:
                refused = why


def with_seen(told: Usage, bill: Bill) -> Usage:
    """What a program tells, and what was seen of it: of tokens the larger number."""
    return Usage(
        max(told.input_tokens, bill.tokens.all_input), max(told.output_tokens, bill.tokens.output),
        told.cost_usd, bill.known,
    )  # fmt: skip


def _usage(event: Event, told: Usage, bill: Bill) -> Event:
    used = with_seen(told, bill)
    data: dict[str, JSON] = {
        **event.data, "input": used.input_tokens, "output": used.output_tokens,
        "cost": used.cost_usd, "seen": used.seen_usd,
    }  # fmt: skip
    return replace(event, data=data)


def _ended(outcome: Outcome, bill: Bill, meter: Meter) -> Outcome:
    outcome = replace(outcome, usage=with_seen(outcome.usage, bill))
    if not meter.is_full or outcome.status not in ("failed", "error"):
        return outcome
    resume = {**(outcome.resume or {}), "waits_for": "money"}
    return replace(outcome, status="parked", reason=_why(bill, meter), fault="user", resume=resume)


def _why(bill: Bill, meter: Meter) -> str:
    if meter.cap is None:
        return USED_UP
    spent, allowed = side_by_side(bill.cost, meter.cap)
    return f"{spent} are spent and {allowed} are allowed."


def _notes(bill: Bill, told: Usage) -> Iterator[Event]:
    """What a reader of the log has to know of sums that differ."""
    words = []
    if told.cost_usd is not None and told.cost_usd < bill.cost * _ROUNDING:
        seen, said = side_by_side(bill.cost, told.cost_usd)
        words.append(f"Model calls cost {seen}; the program tells {said}. What was seen counts.")
    if bill.unknown and bill.known is not None:
        calls = "1 model call is" if bill.unknown == 1 else f"{bill.unknown} model calls are"
        words.append(f"What {calls} not known to cost comes on top of {dollars(bill.cost)}.")
    yield from (Event("note", {"text": text}, source="system") for text in words)


def _refusals(meter: Meter) -> Iterator[Event]:
    """What was asked for that may not pass, told once."""
    told, meter.refused = meter.refused, {}
    for why, times in told.items():
        often = f" ({times} times)" if times > 1 else ""
        text = f"A request to the model service was refused{often}: {why}"
        yield Event("note", {"text": text}, source="system")
