"""The one module that touches the model SDK; imported late, for it takes a second.

A Session is the SDK's streaming tool runner over one conversation. Any exception of the SDK's
becomes a Trouble that says whether trying again helps.
"""

from __future__ import annotations

import contextlib
import math
import socket
import warnings
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import anthropic
import httpx2
from anthropic.lib.tools import BetaBuiltinFunctionTool, ToolError

from agents.events import Event, Tick
from agents.runners.anthropic_conversation import Conversation
from agents.runners.anthropic_result import Result
from agents.runners.anthropic_stream import Answer, Check, Trouble, with_more
from agents.runners.anthropic_threads import Together
from agents.runners.prices import Tokens
from agents.text import clean, cut

_PASSING = frozenset({"overloaded_error", "api_error", "rate_limit_error", "timeout_error"})
_LASTING = frozenset(
    {
        "invalid_request_error",
        "authentication_error",
        "permission_error",
        "not_found_error",
        "request_too_large",
        "billing_error",
    }
)
# Words of a refusal, and what it is about; the first that is found counts.
_REFUSED = (
    ("prompt is too long", "length"),
    ("context window", "length"),
    ("context limit", "length"),
    ("image", "image"),
    ("effort", "effort"),
    ("thinking", "thinking"),
)
_SUMMARIES = "compact-2026-09-04"
_CACHED = {"type": "ephemeral"}
_MAX_WAIT_S = 120.0
_READ_TIMEOUT_S = 180.0


class PreparedTool(BetaBuiltinFunctionTool):
    """A tool whose results are there before the SDK asks for them, in the order of the calls."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self._definition = dict(definition)
        self.results: deque[Result] = deque()

    def to_dict(self) -> Any:
        """The definition that is sent."""
        return self._definition

    def call(self, input: object) -> Any:  # noqa: A002, ARG002 - the SDK's name for it
        """The next result; an error result is raised, as the SDK wants it."""
        result = self.results.popleft() if self.results else Result("Not run.", is_error=True)
        if result.is_error:
            raise ToolError(cast(Any, result.content))
        return result.content


@dataclass(frozen=True)
class Settings:
    """What every request of a run has in common.

    shows_thoughts: ask for a summary of what the model thinks, for those who watch.
    """

    model: str
    system: str
    effort: str = ""
    shows_thoughts: bool = False
    max_tokens: int = 32_000


def client(key: str, base_url: str) -> anthropic.Anthropic:
    """A client that leaves retries to us; base_url empty: the SDK's own."""
    return anthropic.Anthropic(
        api_key=key,
        base_url=base_url or None,
        max_retries=0,
        open_telemetry=False,
        timeout=anthropic.Timeout(_READ_TIMEOUT_S, connect=10.0),
    )


@dataclass
class Session:
    """One tool runner of the SDK over a conversation, up to its end or its first trouble."""

    client: anthropic.Anthropic
    settings: Settings
    tools: Sequence[PreparedTool]
    conversation: Conversation
    tokens: Tokens = field(default_factory=Tokens)  # of the last answer, whole or not
    _runner: Any = None
    _stream: Any = None

    def answer(
        self, part: str, stop: Callable[[], object], *, summarise: bool = False
    ) -> Generator[Event | Tick, None, Answer | None]:
        """Text events while it comes, then the answer; None when it was stopped or there is none.

        part: prefix of the events' parts. summarise: ask for a summary of the whole conversation
        in the place of an answer; the session is of no use after it. Raises Trouble.
        It is read in a thread of its own, so that a stop need not wait for the service.
        """
        self.tokens = Tokens()
        together = Together([lambda: self._ask(part, summarise)])
        if not (yield from together.values(stop)):
            _hang_up(self._stream)
            return None
        return together.results()[0]

    def close(self) -> None:
        """End it; the conversation is the caller's own."""
        runner, self._runner = self._runner, None
        if runner is not None:
            with contextlib.suppress(Exception):  # its thread may still be in it, and ends it then
                runner.close()

    def _ask(self, part: str, summarise: bool) -> Generator[Event | Tick, None, Answer | None]:
        try:
            if self._runner is None or summarise:
                self._runner = self._open(summarise)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # it called a tool that is not there
                self._stream = next(self._runner, None)
            return None if self._stream is None else (yield from self._read(self._stream, part))
        except Trouble:
            raise
        except Exception as error:
            raise trouble_of(error, self.settings.model) from error

    def _open(self, summarise: bool) -> Any:
        extra: dict[str, Any] = {}
        if self.settings.effort:
            extra["output_config"] = {"effort": self.settings.effort}
        if self.settings.shows_thoughts:
            extra["thinking"] = {"type": "adaptive", "display": "summarized"}
        if summarise or self.conversation.has_summary:
            extra["betas"] = [_SUMMARIES]
        system = {"type": "text", "text": self.settings.system, "cache_control": _CACHED}
        runner = self.client.beta.messages.tool_runner(
            model=self.settings.model,
            max_tokens=self.settings.max_tokens,
            system=[cast(Any, system)],  # marks the end of what no step changes: tools and rules
            messages=cast(Any, list(self.conversation.messages)),
            tools=list(self.tools),
            cache_control=cast(Any, _CACHED),  # the service moves this mark to the last message
            stream=True,
            thread=False,
            **extra,
        )
        if summarise:
            runner.compact_before_next_turn()
        return runner

    def _read(self, stream: Any, part: str) -> Generator[Event, None, Answer | None]:
        check = Check()
        for event in stream:
            yield from check.take(event, part)
            self.tokens = check.tokens()
            if event.type == "message_stop":
                answer = check.answer(stream.current_message_snapshot)
                return with_more(answer) if _goes_on(stream) else answer
        raise Trouble("The model's answer ended before its end.", retry=True)


def _hang_up(stream: Any) -> None:
    """Break an answer's connection, so that the thread that reads it ends now and the bill too."""
    with contextlib.suppress(Exception):  # there is none yet, or it has just ended
        network = stream.response.extensions["network_stream"]
        network.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _goes_on(stream: Any) -> bool:
    """Whether anything comes after the end of an answer, be it broken."""
    try:
        return next(stream, None) is not None
    except Exception:  # noqa: BLE001 - whatever is there, it is not part of the answer
        return True


def trouble_of(error: Exception, model: str) -> Trouble:
    """What an exception around a request means; its text is told only when the API wrote it."""
    if isinstance(error, anthropic.APIStatusError):
        return _trouble_of_status(error, model)
    if isinstance(error, anthropic.APITimeoutError):
        return Trouble("The model API did not answer in time.", retry=True, began=False)
    if isinstance(error, anthropic.APIConnectionError):
        return Trouble("The model API cannot be reached.", retry=True, began=False)
    return Trouble(_broken(error), retry=True)


def _broken(error: Exception) -> str:
    """What an exception in the middle of an answer means; the SDK says most by a bare assertion."""
    if isinstance(error, httpx2.TimeoutException):
        return "The model's answer stopped coming."
    if isinstance(error, httpx2.TransportError):
        return "The connection to the model API broke off in the middle of its answer."
    return "The model API's answer is not in the form that it promises, so it cannot be read."


def _trouble_of_status(error: anthropic.APIStatusError, model: str) -> Trouble:
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error")
    told = inner if isinstance(inner, dict) else {}
    kind, message = str(told.get("type", "")), str(told.get("message", ""))
    status = error.status_code
    if status in (401, 403):
        return Trouble("The model API refuses the server's key.", retry=False)
    if status == 404 and "model" in message.lower():
        return _no_such_model(model)
    is_event = status < 400  # an `error` event in the middle of a good stream
    retry = kind in _PASSING or (kind not in _LASTING and (is_event or status in (408, 409, 429)))
    retry = retry or status >= 500
    number = "" if is_event else f" {status}"
    what = cut(clean(message or kind or "no reason given"), 300)
    sentence = f"The model API answers{number}: {what.rstrip('.')}."
    about = "" if retry else _about(status, message.lower())
    after = _after(error.response.headers)
    return Trouble(sentence, retry=retry, after=after, about=about, began=is_event)


def _no_such_model(model: str) -> Trouble:
    sentence = (
        f"The model API knows no model named {clean(model)[:100]!r}. Name another one in "
        "[runners.anthropic_api] of .honk.toml, or with the instruction."
    )
    return Trouble(sentence, retry=False, fault="user")


def _about(status: int, message: str) -> str:
    """What of the request a refusal is about, as Trouble says it."""
    if status == 413:
        return "length"
    words = _REFUSED if status == 400 else ()
    return next((about for word, about in words if word in message), "")


def _after(headers: Mapping[str, str]) -> float:
    """Seconds that the service asks to wait, bounded; 0 when it does not say."""
    exact = _number(headers.get("retry-after-ms", ""))
    seconds = exact / 1000 if exact else _number(headers.get("retry-after", ""))
    return min(max(seconds, 0.0), _MAX_WAIT_S)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return 0.0 if math.isnan(value) else value
