"""How a talk with Claude Code begins, and the question in which it may stand still."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.events import JSON, Event
from agents.job import Job, Message, Outcome
from agents.ports import Control
from agents.prompt import quoted
from agents.runners.claude_session import Session, kept

GO_ON = "The run was paused and goes on now. Go on where you were."
UNREADABLE = "The conversation so far cannot be read; the agent begins anew, on the tree as it is."
_WAITING = "Nobody has answered yet. Stop here; the answer comes when the run goes on."


@dataclass(frozen=True, slots=True)
class Opening:
    """The first words, and the conversation that they go on with."""

    prompt: str
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What AskUserQuestion asks. asked: each question word for word, the key of its answer."""

    part: str
    text: str
    asked: tuple[str, ...]
    answers: tuple[str, ...] = ()
    reason: str = ""

    def event(self) -> Event:
        """The `ask` event."""
        data: dict[str, JSON] = {
            "question": self.text, "reason": self.reason, "answers": [*self.answers],
        }  # fmt: skip
        return Event("ask", data, self.part, dedup=self.part)

    def parked(self, unread: Sequence[str]) -> Outcome:
        """How the run stands still for it."""
        resume: dict[str, JSON] = {
            "waits_for": "answer", "ask": self.part, "question": self.text, "unread": [*unread],
        }  # fmt: skip
        return Outcome("parked", "Waits for an answer.", resume=resume)


def question_of(request: Mapping[str, Any]) -> Question | None:
    """The question in a `can_use_tool` request of AskUserQuestion, else None."""
    given = request.get("input")
    rows = given.get("questions") if isinstance(given, dict) else None
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    asked = tuple(str(row.get("question", ""))[:4000] for row in rows[:8])
    if request.get("tool_name") != "AskUserQuestion" or not asked:
        return None
    only = len(asked) == 1
    text = asked[0] if only else "\n".join(f"{n}. {each}" for n, each in enumerate(asked, 1))
    options = rows[0].get("options") if only else None
    options = options if isinstance(options, list) else []
    answers = tuple(str(o.get("label", ""))[:200] for o in options[:8] if isinstance(o, dict))
    part = f"ask-{str(request.get('tool_use_id', ''))[:100]}"
    return Question(part, text, asked, answers)


def allowed(request: Mapping[str, Any], question: Question, answer: Message) -> dict[str, Any]:
    """The answer to the request that hands the words of a person to the program.

    One of the offered options is handed over as that option's label, which the program looks for;
    who chose it is in the log.
    """
    chosen = [label for label in question.answers if label.strip() == answer.text.strip()]
    said = chosen[0] if chosen else quoted(answer.by, answer.text, answers=True)
    answers = dict.fromkeys(question.asked, said)
    return {"behavior": "allow", "updatedInput": {**request["input"], "answers": answers}}


def denied(*, is_waiting: bool) -> dict[str, Any]:
    """The answer that declines a call; one that waits ends the turn as well."""
    if is_waiting:
        return {"behavior": "deny", "message": _WAITING, "interrupt": True}
    return {"behavior": "deny", "message": "This tool is not open here."}


def answered(part: str, answer: Message) -> Event:
    """The `answer` event of a question."""
    data: dict[str, JSON] = {"text": answer.text, "by": answer.by}
    return Event("answer", data, part, source="user", dedup=f"{part}-answer")


def opening(
    job: Job, control: Control, ask_s: float
) -> Generator[Event, None, Opening | Outcome | None]:
    """What to say first; an Outcome when the run still waits; None when it was stopped."""
    session = kept(job.session) if job.session else None
    if job.session and session is None:
        yield Event("note", {"text": UNREADABLE}, source="system")
    resume = job.resume or {}
    first = job.prompt if session is None or "waits_for" not in resume else GO_ON
    before = [job.earlier] if session is None and job.earlier else []
    words = [first, *before, *_strings(resume.get("unread"))]
    ask = resume.get("ask")
    if resume.get("waits_for") == "answer" and isinstance(ask, str):
        answer = control.wait_for_answer(ask, ask_s)
        if answer is None:
            waits = Outcome("parked", "Waits for an answer.", resume=resume, session=job.session)
            return None if control.stop_reason() else waits
        yield answered(ask, answer)
        told = quoted(answer.by, answer.text, answers=True)
        words.append(f"You asked: {resume.get('question')}\n\n{told}")
    return Opening("\n\n".join(words), session)


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
