"""The judge: one model call that compares a change with what was asked for.

Its iterator is an engine's: events, ticks at least every 100 ms, one Outcome at the end (passed:
pass, failed: veto, error: it could not judge). It changes no file, starts no program and has no
tools; what it says is an opinion, which the caller stores beside what the server checked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agents.drive import Drive, Settings, Value
from agents.errors import PlatformFault
from agents.events import TICK, Event, Tick
from agents.job import Limits, Outcome, Usage
from agents.judge_answer import SCHEMA, Judgement, NotAJudgement, read_judgement
from agents.judge_question import Question, question_text, rules
from agents.limits import Watch
from agents.ports import Control, Process
from agents.pump import Pump
from agents.runners import prices
from agents.runners.anthropic_stream import Answer, Check, Trouble, wait_before
from agents.stream import NoRedactor, Redactor

if TYPE_CHECKING:
    from anthropic import Anthropic as Client

__all__ = ["Judge", "Judgement", "Question"]
TRIES = 4  # of the one call
MAX_TOKENS = 16_000  # of an answer, thinking included
LIMITS = Limits(wall_s=900, idle_s=900)  # silence is bounded by the client, read by read
NO_KEY = (
    "The worker has no ANTHROPIC_API_KEY, so the judge that .honk.toml asks for cannot be asked. "
    'Give the worker a key, or set mode = "off" in [judge].'
)  # fmt: skip
_MEND = " The judge's model is named in [judge]."
_NO_ANSWER = {
    "max_tokens": "The judge's answer was cut at its longest.",
    "refusal": "The model declined to judge this.",
    "model_context_window_exceeded": "The change is too large for the judge to read.",
}


class _NoPrograms:
    """A sandbox in which nothing may start: a judge only talks."""

    label = ""

    def start(self, *_arguments: object, **_options: object) -> Process:
        """Refuse."""
        raise PlatformFault("A judge starts no program.")


@dataclass
class Judge:
    """One judging. judgement: what was said, once `values` has come to an Outcome that says so.

    cap_usd: what it may cost; where one holds, a model without a known price is not asked.
    """

    question: Question
    key: str
    base_url: str = ""
    model: str = ""
    redactor: Redactor | None = None
    cap_usd: float | None = None
    backoff_s: float = 1.0
    grace_s: float = 3.0
    judgement: Judgement | None = None

    def values(self, control: Control) -> Iterator[Value]:
        """Everything that happens, then the Outcome; a stop ends it within `grace_s` s."""
        model = self.model or prices.DEFAULT_MODEL
        start = Event("start", {"runner": "judge", "sandbox": "", "model": model}, source="system")
        pump = Pump(lambda _box, hands: self._items(model, hands), _NoPrograms(), control)
        settings = Settings(self.redactor, grace_s=self.grace_s)
        return Drive(pump, Watch(LIMITS, "agent"), settings).values(start)

    def _items(self, model: str, control: Control) -> Iterator[Value]:
        if not self.key:
            yield Outcome("error", NO_KEY, fault="platform")
            return
        unpriced = prices.refusal(model, self.cap_usd)
        if unpriced:
            yield Outcome("error", f"{unpriced}{_MEND}", fault="user")
            return
        yield from _Call(self, model, control).values()


class _Call:
    """The call and its tries."""

    def __init__(self, judge: Judge, model: str, control: Control) -> None:
        from agents.runners import anthropic_sdk  # takes a second

        self._sdk = anthropic_sdk
        self._judge = judge
        self._model = model
        self._control = control
        self._mask = judge.redactor or NoRedactor()
        self._asked = self._mask.redact(question_text(judge.question))
        self._tokens = prices.Tokens()
        self._cost: float | None = 0.0

    def values(self) -> Iterator[Value]:
        """Asked until there is a judgement, or no hope of one."""
        client = self._sdk.client(self._judge.key, self._judge.base_url)
        try:
            yield from self._tries(client)
        finally:
            client.close()

    def _tries(self, client: Client) -> Iterator[Value]:
        attempt = 0
        while not self._control.stop_reason():
            attempt += 1
            try:
                judgement = self._ask(client)
            except Trouble as trouble:
                yield self._usage_event()
                if not trouble.retry or attempt == TRIES:
                    yield self._gave_up(trouble, attempt)
                    return
                yield from self._wait(attempt, trouble)
            else:
                yield self._usage_event()
                yield from self._judged(judgement)
                return
        yield Outcome("cancelled", self._control.stop_reason(), fault="user", usage=self._usage())

    def _ask(self, client: Client) -> Judgement:
        """One try; raises Trouble for everything that is not a whole judgement."""
        check = Check()
        try:
            return _judgement_of(self._answer(client, check))
        except Trouble:
            raise
        except NotAJudgement as why:
            raise Trouble(f"The judge's answer is no judgement: {why}.", retry=True) from None
        except Exception as error:
            raise self._sdk.trouble_of(error, self._model) from error
        finally:
            self._count(check.tokens())

    def _count(self, tokens: prices.Tokens) -> None:
        """Each call has a price of its own: that of a long question is another one."""
        self._tokens += tokens
        cost = prices.cost(self._model, tokens)
        self._cost = None if cost is None or self._cost is None else self._cost + cost

    def _answer(self, client: Client, check: Check) -> Answer:
        asked: Any = [{"role": "user", "content": self._asked}]
        form: Any = {"format": {"type": "json_schema", "schema": SCHEMA}}
        with client.messages.stream(
            model=self._model, max_tokens=MAX_TOKENS, system=rules(), messages=asked,
            output_config=form,
        ) as stream:  # fmt: skip
            for event in stream:
                if self._control.stop_reason():
                    raise Trouble("Stopped.", retry=False)
                for _shown in check.take(event, "judge"):
                    pass  # half an answer is nothing to read; the whole one is told at its end
                if event.type == "message_stop":
                    return check.answer(stream.current_message_snapshot)
        raise Trouble("The model's answer ended before its end.", retry=True)

    def _wait(self, attempt: int, trouble: Trouble) -> Iterator[Event | Tick]:
        seconds = wait_before(attempt, trouble, self._judge.backoff_s)
        text = f"{trouble} Trying again in {seconds:.1f} s ({attempt + 1} of {TRIES})."
        yield Event("note", {"text": text}, source="system")
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._control.stop_reason():
            time.sleep(max(0.0, min(0.1, until - time.monotonic())))
            yield TICK

    def _judged(self, said: Judgement) -> Iterator[Value]:
        mask = self._mask.redact
        findings = tuple(
            replace(each, text=mask(each.text), path=mask(each.path)) for each in said.findings
        )
        summary = mask(said.summary)
        self._judge.judgement = replace(
            said, summary=summary, findings=findings, usage=self._usage()
        )
        yield Event("text", {"text": _words(self._judge.judgement)}, "judgement")
        status: Any = "passed" if said.verdict == "pass" else "failed"
        reason = "" if said.verdict == "pass" else summary
        yield Outcome(status, reason, summary=summary, usage=self._usage())

    def _gave_up(self, trouble: Trouble, attempts: int) -> Outcome:
        tried = f" Tried {attempts} times." if attempts > 1 else ""
        mend = _MEND if trouble.fault == "user" else ""
        reason = f"{trouble}{mend}{tried}"
        return Outcome("error", reason, fault=trouble.fault, usage=self._usage())

    def _usage(self) -> Usage:
        used = self._tokens
        return Usage(used.all_input, used.output, self._cost, self._cost)

    def _usage_event(self) -> Event:
        used = self._usage()
        data: Any = {
            "input": used.input_tokens,
            "output": used.output_tokens,
            "cost": used.cost_usd,
            "seen": used.seen_usd,
        }
        return Event("usage", data)


def _judgement_of(answer: Answer) -> Judgement:
    """The judgement that a whole answer is; an answer that ended otherwise is none."""
    if answer.stop_reason in _NO_ANSWER:
        raise Trouble(_NO_ANSWER[answer.stop_reason], retry=False)
    texts = [str(block.get("text", "")) for block in answer.content if block["type"] == "text"]
    others = {block["type"] for block in answer.content} - {"text", "thinking", "redacted_thinking"}
    if answer.stop_reason != "end_turn" or len(texts) != 1 or others:
        raise NotAJudgement("it is not one text")
    return read_judgement(texts[0])


def _words(said: Judgement) -> str:
    """The judgement as its log tells it."""
    lines = [f"{said.verdict.capitalize()}. {said.summary}"]
    for each in said.findings:
        place = f"{each.path}:{each.line}: " if each.line else f"{each.path}: " if each.path else ""
        lines.append(f"- {each.kind.replace('_', ' ')}: {place}{each.text}")
    return "\n".join(lines)
