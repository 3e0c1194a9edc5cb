"""One change as the queue shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from reviews.models import Run
from reviews.queries.facts import Facts
from reviews.queries.money import Spent
from reviews.queries.turn import Turn, turn_of, waits
from reviews.services.money import COSTING
from reviews.states import ChangeStatus, RunKind

RED = ("failed", "timed_out")
STAGES = {"verifying": "verify", "merging": "merge", "deploying": "deploy"}
BLAMELESS = "Agent interrupted"  # by what is not its fault: the server, the model's service


def failed_words(stage: str, fault: str) -> str:
    """Where a change failed, without laying to the agent what is not its fault."""
    if stage not in STAGES and fault == "platform":
        return BLAMELESS
    return f"Failed: {STAGES.get(stage, 'agent')}"


@dataclass(frozen=True, slots=True)
class State:
    """Icon, word and tone (ok, warn, bad, live, faint); short: the word for a narrow column."""

    tone: str
    icon: str
    word: str
    short: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a row of the queue says. cost: in words, empty when no model was called.

    live: the step line of a change at work.
    """

    number: int
    title: str
    repository: str
    author: str
    runner: str
    status: str
    failed_stage: str
    fault: str
    turn: Turn
    at: datetime
    round: int
    added: int
    removed: int
    files: int
    cost: str
    states: tuple[State, ...]
    live: str
    started_at: datetime | None
    steps: int
    is_queued: bool
    ahead: int = 0

    @property
    def is_frozen(self) -> bool:
        """Whether the round has a diff to tell the size of."""
        return self.files > 0


def card_of(facts: Facts) -> Card:
    """The card of one change."""
    change, round_ = facts.change, facts.round
    status = ChangeStatus(change.status)
    return Card(
        number=change.pk, title=change.title, repository=change.repository.name,
        author="you" if change.author_id == facts.people.asker.pk else change.author.name,
        runner=runner_words(change.runner), status=status, failed_stage=change.failed_stage,
        fault=change.fault,
        turn=turn_of(facts), at=change.status_at, round=round_.number, added=round_.added,
        removed=round_.removed, files=round_.file_count,
        cost=cost_words(facts), states=states_of(facts),
        live=live_words(facts), started_at=facts.run.started_at if facts.run else None,
        steps=facts.run.steps if facts.run else 0, is_queued=is_queued(facts),
    )  # fmt: skip


def runner_words(runner: str) -> str:
    """A runner's name for people; empty means that the worker chooses."""
    known = {"": "default runner", "anthropic_api": "Claude API", "claude_code": "Claude Code"}
    return known.get(runner, runner)


def cost_words(facts: Facts) -> str:
    """What the live run has cost so far, else the newest round's runs; "unknown" where no model's
    cost was told."""
    costs = facts.costs
    if facts.run and facts.run.status == "running" and facts.run.kind in COSTING:
        costs = [] if facts.run.cost is None else [facts.run.cost]
    if not costs:
        return ""
    known = sum((cost for cost in costs if cost is not None), Decimal())
    return Spent(known, len(costs), sum(cost is None for cost in costs)).words


def is_queued(facts: Facts) -> bool:
    """Whether the change waits for an agent, at its start or to go on."""
    is_with_agent = facts.run is not None and facts.run.kind == RunKind.AGENT
    return facts.change.status == ChangeStatus.QUEUED or (is_with_agent and waits(facts))


def states_of(facts: Facts) -> tuple[State, ...]:
    """Verifiers, then guard; nothing while the agent is at work."""
    status = ChangeStatus(facts.change.status)
    if waits(facts):
        return (State("faint", "clock", "Queued", "Queued"),)
    if status == ChangeStatus.NEEDS_INPUT and facts.run and facts.run.waits_for == "money":
        return (State("live", "money", "Waiting for money", "Waits for money"),)
    if status == ChangeStatus.NEEDS_INPUT and facts.run and facts.run.waits_for == "pause":
        return (State("live", "pause", "Paused", "Paused"),)
    if status == ChangeStatus.NEEDS_INPUT:
        return (State("live", "ask", "Waiting for an answer", "Waits for an answer"),)
    if status == ChangeStatus.FAILED:
        words = failed_words(facts.change.failed_stage, facts.change.fault)
        return (State("bad", "warn", words, words),)
    if not facts.round.head or facts.round.is_empty:
        return (State("warn", "minus-circle", "Nothing changed", "No change"),) if (
            facts.round.is_empty
        ) else ()  # fmt: skip
    return (verifier_state(facts.verifiers), guard_state(facts.guard_left, facts.guard_all))


def verifier_state(runs: list[Run]) -> State:
    """The worst of the verifiers, counted."""
    red = [run for run in runs if run.status in RED]
    if red:
        words = f"{len(red)} of {len(runs)} verifiers failed"
        return State("bad", "cross", words, f"{len(red)} of {len(runs)} failed")
    for status, word, short in (
        ("no_tests", "none ran", "none ran"), ("error", "cannot run", "cannot run"),
        ("lost", "lost", "lost"),
    ):  # fmt: skip
        odd = [run for run in runs if run.status == status]
        if odd:
            return State("warn", "warn", f"{odd[0].name}: {word}", f"{odd[0].name}: {short}")
    if any(run.is_live for run in runs):
        return State("live", "half", "Being verified", "Verifying")
    if not runs:
        return State("warn", "warn", "No verifier ran", "Not verified")
    count = f"{len(runs)} verifier{'' if len(runs) == 1 else 's'}"
    return State("ok", "check", count, f"{len(runs)} passed")


def guard_state(left: int, everything: int) -> State:
    """Clear, ticked, or how many items wait for a person."""
    if left:
        items = f"{left} item{'' if left == 1 else 's'}"
        return State("warn", "shield", f"{left} guard item{'' if left == 1 else 's'}", items)
    if everything:
        return State("ok", "shield", "Guard ticked", "Ticked")
    return State("ok", "shield", "Guard clear", "Clear")


def live_words(facts: Facts) -> str:
    """The step line: what the agent or the server does now; empty when nothing runs."""
    run = facts.run
    if run is None or run.status != "running":
        return ""
    if run.kind == RunKind.VERIFIER:
        return f"Verifying: {run.name}"
    if run.kind == RunKind.MERGE:
        return "Merging"
    data = facts.event.data if facts.event else {}
    words = data.get("title") or data.get("name") or data.get("text") or data.get("question")
    return str(words or "At work").splitlines()[0][:200] if words else "At work"
