"""Sentences in which a change tells people why it waits for them, from the rows of its round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reviews.models import Run
from reviews.states import RunStatus

MOST_REASON = 400  # characters of what a crashed repair said; its run holds all of it


def veto_sentence(run: Run, repairs: int) -> str:
    """Says what the judge vetoed, and how often the agent has tried to mend it."""
    after = f" after {repairs} {'repair' if repairs == 1 else 'repairs'}" if repairs else ""
    said = f": {run.summary.rstrip('.')}" if run.summary else ""
    return f"The judge vetoed it{after}{said}. Re-prompt, or a maintainer overrides with a reason."


def red_sentence(reds: Sequence[Run], repairs: int) -> str:
    """Names what is still red, and how often the agent has tried to mend it."""
    names = ", ".join(run.name for run in reds)
    after = f" after {repairs} {'repair' if repairs == 1 else 'repairs'}" if repairs else ""
    return f"Still red{after}: {names}. Re-prompt, or a maintainer overrides with a reason."


def blind_sentence(runs: Iterable[Run]) -> str:
    """Names required verifiers that could not run: neither green nor red."""
    blind = [r for r in runs if r.is_required and r.status in (RunStatus.ERROR, RunStatus.LOST)]
    return f"Could not be checked: {', '.join(r.name for r in blind)}." if blind else ""


def crash_sentence(run: Run | None) -> str:
    """Says how the repair ended that left no result; empty when there was none such."""
    if run is None:
        return ""
    said = " ".join(run.reason.split()).rstrip(".") or "it ended without a result"
    said = said if len(said) <= MOST_REASON else f"{said[:MOST_REASON]} ..."
    code = run.exit_code
    is_stopped = run.status != RunStatus.FAILED  # by us: the code is only of the signal
    is_told = is_stopped or code is None or code < 0 or f"exit {code}" in said
    how = "" if is_told else f" (exit {code})"
    return f"The repair failed{how}: {said}."
