"""How a conversation with the API begins and ends: stored, parked, found again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.events import JSON
from agents.job import NOTHING_USED, Job, Outcome
from agents.runners import prices
from agents.runners.anthropic_conversation import Conversation, from_messages, load
from agents.runners.anthropic_result import Result
from agents.runners.anthropic_stream import Answer, Trouble

GO_ON = "The run was interrupted and goes on now. Go on where you were."
UNREADABLE = "The conversation so far cannot be read; the agent begins anew, on the tree as it is."
TOO_LONG = "The conversation became too long. Ask for less at once."
MOST_UNTOLD = 10  # answers of unknown cost, beyond which no more is asked under a cap
UNTOLD = (
    f"More than {MOST_UNTOLD} answers of the model did not tell what they used, and a cap holds, "
    "so the model is not asked again. Look at the service or gateway that answers for it."
)
ENDINGS = {
    "refusal": "The model declined to do this. Say it differently, or choose another runner.",
    "max_tokens": "The model's answers were cut at their longest, again and again. Ask for less.",
    "model_context_window_exceeded": TOO_LONG,
}


@dataclass(frozen=True)
class Question:
    """A question of the model's that waits for its answer, and the results of calls beside it.

    part: how people's answers name it; no two of a conversation have the same.
    """

    call: Mapping[str, Any]
    results: dict[str, Result]
    part: str


@dataclass(frozen=True)
class Beginning:
    """Where a run begins. question: what it waits for; note: a sentence for those who watch."""

    conversation: Conversation
    question: Question | None = None
    note: str = ""


def beginning(job: Job) -> Beginning:
    """What a job goes on from: a parked question, the conversation before, or the prompt alone."""
    parked = _parked(job.resume)
    if parked is not None:
        return parked
    found = load(job.session) if job.session else None
    conversation = found or Conversation()
    anew = "\n\n".join(part for part in (job.prompt, job.earlier) if part)
    words = conversation.untold(job.prompt) if found else anew
    if words or not found:
        conversation.tell(words)
    elif conversation.is_answered:  # after a pause or a cap everything was said already
        conversation.tell(GO_ON)
    return Beginning(conversation, note=UNREADABLE if job.session and found is None else "")


def _parked(resume: Mapping[str, JSON] | None) -> Beginning | None:
    try:
        state = json.loads(str((resume or {})["state"]))
        call, results = state["asked"], state["results"]
        stored = {key: Result(str(text), bool(bad)) for key, (text, bad) in results.items()}
        conversation = from_messages(state["conversation"])
        usable = isinstance(call["id"], str) and isinstance(call["input"], dict)
        part = str((resume or {})["ask"])
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    if conversation is None or not usable:
        return None
    return Beginning(conversation, Question(call, stored, part))


def parked_for_answer(question: Question, conversation: Conversation) -> Outcome:
    """The outcome of a run that waits for an answer; its resume is read by `beginning`."""
    kept = {key: [result.text, result.is_error] for key, result in question.results.items()}
    state = {"conversation": conversation.plain(), "asked": dict(question.call), "results": kept}
    resume: dict[str, JSON] = {
        "waits_for": "answer",
        "ask": question.part,
        "state": json.dumps(state),
    }
    return Outcome("parked", "Waits for an answer.", resume=resume)


def summary_of(got: Answer | Trouble) -> list[dict[str, Any]]:
    """The blocks of a summary that there really is."""
    if not isinstance(got, Answer) or got.stop_reason != "compaction":
        return []
    return [b for b in got.content if b.get("type") == "compaction" and b.get("content")]


def gave_up(trouble: Trouble) -> Outcome:
    """The outcome of a run whose model call failed for good."""
    if trouble.about == "length":
        return Outcome("failed", TOO_LONG, fault="agent")
    return Outcome("error", str(trouble), fault=trouble.fault, retry=trouble.retry)


def refused_options(model: str, effort: str, cap: float | None) -> Outcome | None:
    """The outcome of a run for an effort that no model has, or whose cap in dollars cannot hold."""
    if effort and effort not in prices.EFFORTS:
        reason = f"There is no effort {effort[:40]!r}; it is one of {', '.join(prices.EFFORTS)}."
        return Outcome("error", reason, fault="user", usage=NOTHING_USED)
    unpriced = prices.refusal(model, cap)
    return Outcome("error", unpriced, fault="user", usage=NOTHING_USED) if unpriced else None
