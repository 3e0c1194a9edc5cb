"""One run's talk with the model: step by step, what it says, asks for and is told."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agents.answers import Batch
from agents.errors import StepRefused
from agents.events import JSON, Event, Tick
from agents.job import WORKSPACE, Job, Outcome
from agents.open_question import written_down
from agents.ports import Control, Sandbox
from agents.prompt import house_rules, quoted
from agents.runners import prices
from agents.runners.anthropic_ends import (
    ENDINGS,
    MOST_UNTOLD,
    UNTOLD,
    Question,
    beginning,
    gave_up,
    parked_for_answer,
    summary_of,
)
from agents.runners.anthropic_line import Line
from agents.runners.anthropic_record import Record
from agents.runners.anthropic_result import Result
from agents.runners.anthropic_stream import Answer, Trouble
from agents.runners.anthropic_tools import (
    Toolbox,
    batches,
    definitions,
    question_of,
    questions,
)

if TYPE_CHECKING:
    from anthropic import Anthropic as Client

MISUSES = 3  # wrong tool calls in a row that end the run
CUTS = 2  # answers in a row that were cut at their longest, or found no room
_PAUSE_BETWEEN = 3  # steps from one summary to the next, so that it cannot summarise for ever
_TOOL_RULES = (
    f"Each bash call is a new shell in {WORKSPACE}; nothing but files outlives it. Calls of bash "
    "and verify in one answer run at the same time: put what depends on another into one command "
    "or into the next answer."
)
_CUT = "Your answer was cut at its longest. Go on from there, in smaller steps."
_SUMMARISED = "That is a summary of the work so far. The instruction was, word for word:"

Said = Generator[Event | Tick, None, Outcome | None]


@dataclass(frozen=True)
class Manner:
    """How a talk goes: first wait before a retry and wait for an answer (s), tokens to compact."""

    backoff_s: float
    ask_s: float
    compact_at: int


class Talk:
    """One run: its conversation, its tools, and its line to the model."""

    def __init__(
        self, job: Job, sandbox: Sandbox, control: Control, manner: Manner, record: Record
    ) -> None:
        begun = beginning(job)
        self._job = job
        self._record = record
        self._control = control
        self._manner = manner
        self._box = Toolbox(job, sandbox)
        self._conversation = begun.conversation
        self._question = begun.question
        self._note = begun.note
        self._turn = self._misuses = self._cuts = self._full = 0
        self._compacted = -_PAUSE_BETWEEN
        self._can_summarise = True
        self._batch = Batch(job.comments)

    def values(self, client: Client, model: str, effort: str) -> Iterator[Event | Tick | Outcome]:
        """Everything that happens, then the Outcome with the conversation in it."""
        line = self._line_to(client, model, effort)
        try:
            outcome = yield from self._begin(line)
            while outcome is None:
                outcome = yield from self._step(line)
        except StepRefused:
            outcome = self._stopped()
        finally:
            line.close()
        session = self._conversation.session()
        yield replace(outcome, summary=self._batch.summary, usage=line.usage(), session=session)

    def _line_to(self, client: Client, model: str, effort: str) -> Line:
        from agents.runners.anthropic_sdk import PreparedTool, Settings

        system = f"{house_rules()}\n\n{_TOOL_RULES}"
        settings = Settings(model, system, effort, prices.can_show_thoughts(model))
        tools = [PreparedTool(definition) for definition in definitions(self._job)]
        return Line(
            client,
            settings,
            tools,
            self._conversation,
            self._control,
            backoff_s=self._manner.backoff_s,
        )

    def _begin(self, line: Line) -> Said:
        """What has to be done before the first step."""
        if self._note:
            yield Event("note", {"text": self._note}, source="system")
        if self._question is None:
            return None
        return (yield from self._ask(line, self._question, is_new=False))

    def _step(self, line: Line) -> Said:
        """One model call and the tools it asks for; an Outcome ends the run."""
        if self._ends():
            return self._ended()
        if line.untold > MOST_UNTOLD and self._job.limits.money_usd is not None:
            return Outcome("failed", UNTOLD, fault="platform")
        self._turn += 1
        yield Event("step", {"number": self._turn})
        if self._is_long(line):
            yield from self._make_room(line)
        if self._ends():
            return self._ended()
        self._take_messages(line)
        self._record.keep(self._conversation)
        answer = yield from line.ask(self._turn)
        if answer is None:
            return self._ended()
        if isinstance(answer, Trouble):
            return (yield from self._refused(line, answer))
        content = answer.content
        if answer.stop_reason not in ("tool_use", "pause_turn"):  # such calls are never answered
            content = [block for block in content if block["type"] != "tool_use"]
        self._conversation.said(content)
        self._record.keep(self._conversation)
        return (yield from self._after(line, answer))

    def _after(self, line: Line, answer: Answer) -> Said:
        """What follows from an answer, by how it ended."""
        reason = answer.stop_reason
        self._cuts = self._cuts + 1 if reason == "max_tokens" else 0
        if reason == "tool_use" and answer.calls:
            self._full = 0
            return (yield from self._run_tools(line, answer.calls))
        if reason == "pause_turn":
            return None
        if reason == "max_tokens" and self._cuts <= CUTS:
            self._tell(line, _CUT)
            return None
        if reason == "model_context_window_exceeded":
            return (yield from self._no_room(line))
        if reason in ENDINGS:
            return Outcome("failed", ENDINGS[reason], fault="agent", retry=reason == "refusal")
        missing = self._batch.missing_after(answer.text)
        if missing:
            self._tell(line, missing)
        return None if self._take_messages(line) or missing else Outcome("passed")

    def _refused(self, line: Line, trouble: Trouble) -> Said:
        """What follows when there was no answer: make room and try again, or the end."""
        if trouble.about == "length" and self._full < CUTS:
            return (yield from self._no_room(line))
        return gave_up(trouble)

    def _no_room(self, line: Line) -> Said:
        """The conversation fills the model's window: shorten it, and go on if that helped."""
        self._full += 1
        if self._full <= CUTS and (yield from self._make_room(line)):
            return None
        reason = ENDINGS["model_context_window_exceeded"]
        return self._ended() if self._ends() else Outcome("failed", reason, fault="agent")

    def _is_long(self, line: Line) -> bool:
        is_due = self._turn - self._compacted >= _PAUSE_BETWEEN
        return is_due and line.length >= self._manner.compact_at

    def _make_room(self, line: Line) -> Generator[Event | Tick, None, bool]:
        """Have the conversation summarised by the service; else leave old results out."""
        self._compacted = self._turn
        line.length = 0
        why = ""
        if self._can_summarise:
            got = yield from line.ask(self._turn, summarise=True)
            if got is None:
                return False
            summary = summary_of(got)
            if summary:
                words = (_SUMMARISED, self._job.prompt, "Go on from there.")
                self._conversation.begin_with(summary, *words)
                yield _note("The conversation was long; it goes on from a summary of it.")
                return True
            self._can_summarise = False
            why = f"{got} " if isinstance(got, Trouble) else ""
        line.drop()
        freed = self._conversation.leave_out()
        if self._conversation.is_answered:
            self._conversation.tell("Go on.")
        text = f"{freed} characters of old results were left out of it." if freed else "No room."
        yield _note(f"{why}The conversation is long and gets no summary. {text}")
        return freed > 0

    def _run_tools(self, line: Line, calls: Sequence[Mapping[str, Any]]) -> Said:
        results: dict[str, Result] = {}
        asked, others = questions(calls, results)
        for batch in batches(others):
            if self._control.stop_reason():
                break
            got = yield from self._box.run_all(batch)
            results.update(zip((call["id"] for call in batch), got, strict=True))
        ended = self._misused(calls, results)
        if self._control.stop_reason() or ended or asked is None:
            self._give(line, results)
            return self._stopped() if self._control.stop_reason() else ended
        part = f"ask-{self._conversation.name_of(asked)}"
        return (yield from self._ask(line, Question(asked, results, part), is_new=True))

    def _misused(
        self, calls: Sequence[Mapping[str, Any]], results: Mapping[str, Result]
    ) -> Outcome | None:
        """The end of a run whose model uses its tools wrongly again and again."""
        for result in (results[call["id"]] for call in calls if call["id"] in results):
            self._misuses = self._misuses + 1 if result.is_misuse else 0
            if self._misuses >= MISUSES:
                why = f"The model misused its tools {MISUSES} times in a row: {result.text}"
                return Outcome("failed", why, fault="agent", retry=True)
        return None

    def _ask(self, line: Line, question: Question, *, is_new: bool) -> Said:
        call, results, part = question.call, question.results, question.part
        parked = parked_for_answer(question, self._conversation)
        with written_down(self._job.workspace.root, parked.resume):
            if is_new:
                yield Event("ask", question_of(call) or {}, part, dedup=part)
            answer = self._control.wait_for_answer(part, self._manner.ask_s)
        if answer is None:
            if self._control.stop_reason():
                self._give(line, results)
                return self._stopped()
            return parked
        data: dict[str, JSON] = {"text": answer.text, "by": answer.by}
        yield Event("answer", data, part, source="user", dedup=f"{part}-answer")
        results[call["id"]] = Result(quoted(answer.by, answer.text, answers=True))
        self._give(line, results)
        return None

    def _give(self, line: Line, results: Mapping[str, Result]) -> None:
        """Put the results into the conversation, in the order of the calls."""
        calls = self._conversation.calls
        in_order = [results.get(call["id"], Result("Not run.", is_error=True)) for call in calls]
        blocks = [result.block(call["id"]) for call, result in zip(calls, in_order, strict=True)]
        self._conversation.give(blocks)
        line.give(calls, in_order)

    def _take_messages(self, line: Line) -> bool:
        messages = self._control.take_messages()
        for message in messages:
            self._tell(line, f"Message from {quoted(message.by, message.text)}")
        return bool(messages)

    def _tell(self, line: Line, text: str) -> None:
        """Add words of ours or a person's; the SDK's runner does not know them, so it goes."""
        self._conversation.tell(text)
        line.drop()

    def _ends(self) -> bool:
        return bool(self._control.stop_reason() or self._control.pause_reason())

    def _ended(self) -> Outcome:
        """The outcome of a run that is to stop, or to pause."""
        if self._control.stop_reason():
            return self._stopped()
        reason = self._control.pause_reason()
        return Outcome("parked", reason, resume={"waits_for": "pause"})

    def _stopped(self) -> Outcome:
        return Outcome("cancelled", self._control.stop_reason(), fault="user")


def _note(text: str) -> Event:
    return Event("note", {"text": text}, source="system")
