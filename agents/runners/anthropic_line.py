"""The line to the model: asks until there is a whole answer, and counts what that costs.

Retries are all made here. What the service refuses and the run can do without (an image, the wish
to see thoughts, an effort) is left out, told, and asked again.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agents.events import JSON, TICK, Event, Tick
from agents.job import Usage
from agents.ports import Control
from agents.runners import prices
from agents.runners.anthropic_conversation import Conversation
from agents.runners.anthropic_result import Result
from agents.runners.anthropic_stream import Answer, Trouble, wait_before

if TYPE_CHECKING:
    from anthropic import Anthropic as Client

    from agents.runners.anthropic_sdk import PreparedTool, Session, Settings

TRIES = 5  # of one model call

Asked = Generator[Event | Tick, None, Answer | Trouble | None]


class Line:
    """Model calls of one run. tokens, cost: of all so far; length: of the last whole answer.

    untold: whole answers that did not say what they used.
    """

    def __init__(
        self,
        client: Client,
        settings: Settings,
        tools: Sequence[PreparedTool],
        conversation: Conversation,
        control: Control,
        *,
        backoff_s: float,
    ) -> None:
        self._client = client
        self._settings = settings
        self._tools = tools
        self._conversation = conversation
        self._control = control
        self._backoff_s = backoff_s
        self._session: Session | None = None
        self.tokens = prices.Tokens()
        self.cost: float | None = 0.0
        self.length = 0
        self.untold = 0

    def ask(self, number: int, *, summarise: bool = False) -> Asked:
        """The answer of step `number`, or the Trouble that is left after all tries.

        None: the run is to stop or to pause. summarise: a summary of the conversation instead.
        """
        attempt = 0
        while True:
            attempt += 1
            part = f"{'summary' if summarise else 'turn'}-{number}-{attempt}"
            got = yield from self._try(part, summarise)
            yield self._usage_event(number)
            if isinstance(got, Answer):
                return got
            self.drop()
            if got is None or self._ends():
                return None
            left_out = self._leave_out(got)
            if left_out:
                yield Event("note", {"text": left_out}, source="system")
                continue
            if not got.retry or attempt >= TRIES:
                return _final(got, attempt)
            yield from self._wait(attempt, got)
            if self._ends():
                return None

    def _try(self, part: str, summarise: bool) -> Asked:
        session = self._open()
        got: Answer | Trouble | None
        try:
            got = yield from session.answer(part, self._control.stop_reason, summarise=summarise)
        except Trouble as trouble:
            got = trouble
        if got is None and not self._control.stop_reason():
            got = Trouble("The model gave no answer.", retry=True)
        self._count(session.tokens, is_whole=isinstance(got, Answer))
        if isinstance(got, Answer) and not summarise:
            self.length = session.tokens.all_input + session.tokens.output
        if summarise or (isinstance(got, Answer) and not got.is_exact):
            self.drop()
        return got

    def give(self, calls: Sequence[Mapping[str, Any]], results: Sequence[Result]) -> None:
        """Put results where the SDK's runner will look for them."""
        tools = {tool.name: tool for tool in self._tools}
        for call, result in zip(calls, results, strict=True):
            if call["name"] in tools:
                tools[call["name"]].results.append(result)
            else:
                self.drop()  # the SDK would answer such a call in its own words

    def drop(self) -> None:
        """End the SDK's runner: the conversation has changed in a way that it does not know."""
        session, self._session = self._session, None
        for tool in self._tools:
            tool.results.clear()
        if session is not None:
            session.close()

    def close(self) -> None:
        """End it for good."""
        self.drop()
        self._client.close()

    def usage(self) -> Usage:
        """What was used so far; the cost is unknown as soon as one call's is."""
        return Usage(self.tokens.all_input, self.tokens.output, self.cost, self.cost)

    def _open(self) -> Session:
        if self._session is None:
            from agents.runners.anthropic_sdk import Session

            self._session = Session(self._client, self._settings, self._tools, self._conversation)
        return self._session

    def _count(self, tokens: prices.Tokens, *, is_whole: bool) -> None:
        self.tokens += tokens
        cost = prices.cost(self._settings.model, tokens)
        if is_whole and not (tokens.all_input and tokens.output):  # no answer costs nothing
            self.untold += 1
            cost = None
        self.cost = None if cost is None or self.cost is None else self.cost + cost

    def _ends(self) -> bool:
        return bool(self._control.stop_reason() or self._control.pause_reason())

    def _leave_out(self, trouble: Trouble) -> str:
        """What the service refuses is left out, if we can do without; a sentence, else empty."""
        what = ""
        if trouble.about == "effort" and self._settings.effort:
            what = f"Going on without the effort {self._settings.effort!r}."
            self._settings = replace(self._settings, effort="")
        elif trouble.about == "thinking":
            had_any = self._conversation.forget_thoughts()
            if had_any or self._settings.shows_thoughts:
                what = "Going on without what the model thought."
                self._settings = replace(self._settings, shows_thoughts=False)
        elif trouble.about == "image" and self._conversation.forget_images():
            what = "Going on without the images."
            self._conversation.forget_thoughts()
        return f"{trouble} {what}" if what else ""

    def _wait(self, attempt: int, trouble: Trouble) -> Generator[Event | Tick]:
        seconds = wait_before(attempt, trouble, self._backoff_s)
        again = f"rying again in {seconds:.1f} s ({attempt + 1} of {TRIES})."
        lost = "What came of this answer is discarded; t" if trouble.began else "T"
        text = f"{trouble} {lost}{again}"
        yield Event("note", {"text": text}, source="system")
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._ends():
            time.sleep(max(0.0, min(0.1, until - time.monotonic())))
            yield TICK

    def _usage_event(self, step: int) -> Event:
        used = self.usage()
        data: dict[str, JSON] = {
            "input": used.input_tokens,
            "output": used.output_tokens,
            "cost": used.cost_usd,
            "seen": used.cost_usd,
            "cached": self.tokens.cache_read,
            "step": step,
        }
        return Event("usage", data)


def _final(trouble: Trouble, attempts: int) -> Trouble:
    tried = f" Tried {attempts} times." if attempts > 1 else ""
    return Trouble(
        f"{trouble}{tried}", retry=trouble.retry, fault=trouble.fault, about=trouble.about
    )
