"""How a run comes to stand still with its work kept, and what of its last words stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agents.events import JSON
from agents.job import Outcome

WAITS_FOR = "waits_for"
# In what a program's runner stored: it was interrupted, and is told so when it goes on.
INTERRUPTED = "interrupted"
WAS_INTERRUPTED = (
    "You were interrupted while you worked on what follows. Your earlier work lies in the tree; "
    "look at it first, and go on from there."
)


@dataclass(slots=True)
class Parking:
    """A run that is to park itself. until: when it is interrupted if it has not (clock seconds).

    steps_left: steps that may still begin, for a runner that looks whether it is to park before
    it announces a step; the next one after them shows that it does not look, and ends it.
    """

    outcome: Outcome
    until: float
    steps_left: int

    @property
    def is_for_money(self) -> bool:
        """Whether it is to wait for money, not for a person."""
        return (self.outcome.resume or {}).get(WAITS_FOR) == "money"


def pause(reason: str) -> Outcome:
    """How a run ends that a person pauses."""
    return Outcome("parked", reason, resume={WAITS_FOR: "pause"})


def ended_as(said: Outcome, ending: Outcome | None, parking: Parking | None) -> Outcome:
    """The outcome of a run that said `said` last.

    ending: how we ended it, if we did: that decides, and what the runner handed over (session,
    usage, summary) is kept. parking: what it was asked to park for.
    """
    if ending is not None:
        if said is ending:
            return ending
        return replace(
            ending, summary=said.summary, exit_code=said.exit_code, session=said.session,
            usage=said.usage, resume=_resume(said.resume, ending.resume),
        )  # fmt: skip
    if parking is not None and said.status == "parked":
        resume = _resume(said.resume, parking.outcome.resume)
        is_ours = (resume or {}).get(WAITS_FOR) != "answer"
        reason = parking.outcome.reason if is_ours else said.reason
        return replace(said, reason=reason, resume=resume)
    return said


def _resume(
    said: Mapping[str, JSON] | None, ours: Mapping[str, JSON] | None
) -> Mapping[str, JSON] | None:
    """What the runner stored, waiting for what we say; a question that it asked stays open."""
    if said is None or (ours and said.get(WAITS_FOR) == "answer"):
        return said if said is not None else ours
    return {**said, **(ours or {})}
