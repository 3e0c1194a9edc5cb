"""What stands beside the log: plan, limits, files touched, the question that waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from agents.dollars import dollars, side_by_side
from agents.job import Limits
from agents.judge import LIMITS as JUDGE_LIMITS
from reviews.models import Change, Person, Round, Run
from reviews.queries import live_service
from reviews.queries.bar import Bar, bar_of
from reviews.queries.facts import facts_of
from reviews.queries.log import LogPage, Question, open_question, tail
from reviews.queries.turn import Turn, turn_of
from reviews.services.money import COSTING, FREE
from reviews.services.runs import runner_of
from reviews.states import RunKind

_METERS = {
    RunKind.AGENT: ("Money", "Time", "Steps", "Output"),
    RunKind.JUDGE: ("Money", "Time"),
}

Words = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Limit:
    """A meter: used and allowed as words, and per cent for the bar. allowed "" means no limit."""

    name: str
    used: str
    allowed: str
    percent: int


@dataclass(frozen=True, slots=True)
class Touched:
    """A file the agent says it changed."""

    path: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class RunPage:
    """The page of one run."""

    run: Run
    change: Change
    round: Round
    turn: Turn
    bar: Bar
    log: LogPage
    plan: tuple[Mapping[str, Any], ...]
    touched: tuple[Touched, ...]
    limits: tuple[Limit, ...]
    question: Question | None
    siblings: tuple[Run, ...]
    rounds: tuple[Round, ...]
    caution: str = ""

    @property
    def done(self) -> int:
        return sum(item.get("state") == "done" for item in self.plan)

    @property
    def doing(self) -> str:
        return next((str(i.get("text", "")) for i in self.plan if i.get("state") == "doing"), "")

    @property
    def costs(self) -> bool:
        """Whether it has cost something, known or not: a model was to be called."""
        is_free = self.run.name in FREE and self.run.cost is None
        return self.run.kind in COSTING and self.run.started_at is not None and not is_free

    @property
    def total(self) -> int:
        """How many events the run has."""
        return self.run.next_seq - 1


def run_page(asker: Person, run: Run) -> RunPage:
    """The page of a run (its change with repository and author, and its round, selected)."""
    facts = facts_of([run.change], asker)[0]
    runner = runner_of(run.change, run.round)
    return RunPage(
        run=run, change=run.change, round=run.round, turn=turn_of(facts), bar=bar_of(facts),
        log=tail(run), plan=_plan(run), touched=_touched(run), limits=_held_to(run),
        question=open_question(run),
        siblings=tuple(run.round.runs.defer("prompt", "resume", "excerpt").order_by("pk")),
        rounds=tuple(facts.rounds),
        caution=live_service.words_for(runner) if run.kind == RunKind.AGENT else "",
    )  # fmt: skip


def _plan(run: Run) -> tuple[Mapping[str, Any], ...]:
    event = run.events.filter(kind="plan").order_by("-seq").first()
    items = event.data.get("items", []) if event else []
    return tuple(item for item in items if isinstance(item, dict))[:50]


def _touched(run: Run) -> tuple[Touched, ...]:
    """The newest diff event of each path, at most 50."""
    newest: dict[str, Touched] = {}
    for event in run.events.filter(kind="diff").order_by("-seq")[:200]:
        path = str(event.data.get("path", ""))
        added, removed = event.data.get("added"), event.data.get("removed")
        newest.setdefault(path, Touched(path, _number(added), _number(removed)))
    return tuple(newest.values())[:50]


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def limits_of(run: Run) -> tuple[Limit, ...]:
    """Money, time, steps and output against what the repository's policy allows."""
    allowed = _allowed_to(run)
    if run.cap is not None:
        allowed["money_usd"] = float(run.cap)
    spent: list[tuple[str, float | None, float | None, Words]] = [
        ("Time", _seconds(run.started_at, run.ended_at), allowed["wall_s"], _minutes),
        ("Steps", run.steps, allowed["steps"], _count),
        ("Output", run.output_bytes, allowed["output_bytes"], _bytes),
    ]
    cost = Decimal() if run.started_at is None and run.cost is None else run.cost
    return (_money(cost, allowed["money_usd"]), *(_limit(*row) for row in spent))


def _money(cost: Decimal | None, cap: float | None) -> Limit:
    """Money is compared in words that tell the two amounts apart."""
    meter = _limit("Money", None if cost is None else float(cost), cap, dollars)
    if cost is None or not cap:
        return meter
    used, allowed = side_by_side(cost, cap)
    return replace(meter, used=used, allowed=allowed)


def _held_to(run: Run) -> tuple[Limit, ...]:
    """The limits that mean something for its kind: only an agent takes steps."""
    names = _METERS.get(RunKind(run.kind), ("Time", "Output"))
    return tuple(limit for limit in limits_of(run) if limit.name in names)


def _allowed_to(run: Run) -> dict[str, Any]:
    """The limits that a run of its kind is held to; None is no limit."""
    if run.kind == RunKind.JUDGE:
        return {**dict.fromkeys(_defaults()), "wall_s": JUDGE_LIMITS.wall_s}
    if run.kind == RunKind.MERGE:
        return dict.fromkeys(_defaults())
    limits = {**_defaults(), **_allowed(run.round.policy.get("limits") or {})}
    if run.kind == RunKind.VERIFIER:
        limits["wall_s"] = run.options.get("timeout")
    return limits


def _defaults() -> dict[str, Any]:
    limits = Limits()
    return {
        name: getattr(limits, name) for name in ("wall_s", "steps", "output_bytes", "money_usd")
    }


def _allowed(policy: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in policy.items() if k in _defaults() and isinstance(v, int | float)}


def _limit(name: str, used: float | None, allowed: float | None, words: Words) -> Limit:
    percent = min(100, round(100 * used / allowed)) if used and allowed else 0
    return Limit(
        name, "unknown" if used is None else words(used), words(allowed) if allowed else "", percent
    )


def _seconds(start: datetime | None, end: datetime | None) -> float:
    if start is None:
        return 0.0
    return max(0.0, ((end or timezone.now()) - start) / timedelta(seconds=1))


def _count(number: float) -> str:
    return f"{number:.0f}"


def _minutes(seconds: float) -> str:
    return (
        f"{int(seconds) // 60}:{int(seconds) % 60:02}"
        if seconds % 60
        else f"{seconds // 60:.0f} min"
    )


def _bytes(count: float) -> str:
    return f"{count / 1_000_000:.0f} MB" if count >= 1_000_000 else f"{count / 1000:.0f} KB"
