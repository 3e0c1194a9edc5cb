"""The `result` lines of Claude Code: what was used in all, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.events import JSON, Event
from agents.job import Outcome, Usage
from agents.text import cut

_BUSY = (408, 429, 500, 502, 503, 504, 529)


@dataclass(frozen=True, slots=True)
class Result:
    """The last `result` line. usage: of the whole process; more: turns that follow by themselves.

    status: of the model service's answer that failed, 0 when none did.
    """

    is_error: bool
    subtype: str
    text: str
    usage: Usage
    status: int = 0
    more: int = 0
    ending: str = ""


def result_of(before: Result | None, frame: Mapping[str, Any]) -> Result:
    """The result that `frame` tells; anything that is not there counts as unknown or an error."""
    said = frame.get("result")
    errors = frame.get("errors")
    told = "; ".join(str(each) for each in errors) if isinstance(errors, list) else ""
    return Result(
        is_error=frame.get("is_error") is not False,
        subtype=str(frame.get("subtype", "")),
        text=cut(said if isinstance(said, str) else told, 20_000),
        usage=_usage(before, frame),
        status=_count(frame.get("api_error_status")),
        more=_count(frame.get("queued_turn_count")),
        ending=str(frame.get("terminal_reason", "")),
    )


def _usage(before: Result | None, frame: Mapping[str, Any]) -> Usage:
    """modelUsage and the cost are of the whole process, `usage` is of this turn alone."""
    models = frame.get("modelUsage")
    cost = frame.get("total_cost_usd")
    known = isinstance(cost, int | float) and not isinstance(cost, bool)
    usd = float(cost) if known and cost is not None and 0 <= cost < 1e9 else None
    if isinstance(models, dict) and models:
        each = [model for model in models.values() if isinstance(model, dict)]
        if any(model.get("costBasis") == "unknown" for model in each):
            usd = None  # a guess by the price of another model
        names = ("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
        into = sum(_count(model.get(name)) for model in each for name in names)
        return Usage(into, sum(_count(model.get("outputTokens")) for model in each), usd)
    turn = frame.get("usage")
    turn = turn if isinstance(turn, dict) else {}
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    earlier = before.usage if before else Usage()
    into = earlier.input_tokens + sum(_count(turn.get(name)) for name in names)
    return Usage(into, earlier.output_tokens + _count(turn.get("output_tokens")), usd)


def _count(value: object) -> int:
    """A whole number that can be true; 0 for anything else."""
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), 10**12) if is_count and isinstance(value, int) else 0


def usage_event(usage: Usage) -> Event:
    """The `usage` event that tells it."""
    data: dict[str, JSON] = {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cost": usage.cost_usd,
    }
    return Event("usage", data)


def outcome_of(result: Result, code: int | None, *, was_ended: bool) -> Outcome:
    """How a run ended by its last result and its exit code; failed where they do not agree.

    was_ended: we ended a program that did not leave by itself after its result.
    """
    if result.subtype == "error_max_budget_usd":
        reason = "The money that this run may cost is used up."
        return Outcome("parked", reason, fault="user", resume={"waits_for": "money"})
    if result.is_error:
        return _failed(result, code)
    if code != 0 and not was_ended:
        reason = f"Claude Code told a result but ended with {spelled(code)}; it is not taken."
        return Outcome("failed", reason, fault="agent", retry=True, exit_code=code)
    return Outcome("passed", exit_code=0 if was_ended else code)


def _failed(result: Result, code: int | None) -> Outcome:
    if result.status in (401, 403):
        return refused()
    if result.status in _BUSY or (result.ending == "api_error" and not result.status):
        why = f"with {result.status} " if result.status else ""
        reason = f"The model service failed {why}again and again. Try again later."
        return Outcome("error", reason, fault="platform", retry=True, exit_code=code)
    if result.subtype == "error_max_turns":
        reason = "Claude Code used all the turns it may. Ask for less at once."
        return Outcome("failed", reason, fault="agent", retry=True, exit_code=code)
    said = cut(result.text, 500) or "no reason"
    reason = f"Claude Code ended with an error: {said}"
    return Outcome("failed", reason, fault="agent", retry=True, exit_code=code)


def refused() -> Outcome:
    """How a run ends whose key the model service does not take."""
    reason = "The model service refuses the server's key. An administrator has to renew it."
    return Outcome("error", reason, fault="platform")


def spelled(code: int | None) -> str:
    """An exit code in words."""
    if code is None:
        return "no exit code"
    return f"exit {code}" if code >= 0 else f"signal {-code}"
