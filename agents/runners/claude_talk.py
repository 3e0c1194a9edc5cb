"""One talk with a running Claude Code: its lines in, frames of ours out, until it has ended."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agents import open_question
from agents.answers import Batch
from agents.errors import StepRefused
from agents.events import TICK, Event, Tick
from agents.job import Job, Outcome, Usage
from agents.ports import Control, Process, Sandbox
from agents.prompt import quoted
from agents.runners.claude_adapter import State, adapt
from agents.runners.claude_checks import StopHook, hook_settings
from agents.runners.claude_lines import Lines
from agents.runners.claude_opening import allowed, answered, denied, question_of
from agents.runners.claude_results import outcome_of, refused, spelled

_READ_S = 0.1
_TELL_S = 60.0  # between two signs of life while the model writes one long message


@dataclass(frozen=True, slots=True)
class Manner:
    """Times in seconds: to wait for an answer, for it to leave, and for any line of it."""

    ask_s: float
    grace_s: float
    silence_s: float


class Talk:
    """`values` may be iterated once; `state` and `usage` tell how far it came."""

    def __init__(
        self, job: Job, sandbox: Sandbox, control: Control, process: Process, manner: Manner
    ) -> None:
        self.state = State()
        self._root = job.workspace.root
        self._control = control
        self._process = process
        self._manner = manner
        self._batch = Batch(job.comments)
        self._hook = StopHook(job, sandbox)
        self._hooks = hook_settings(job)
        self._lines = Lines()
        self._sent: list[str] = []
        self._heard = self._told = time.monotonic()
        self._leave_by: float | None = None
        self._ending: Outcome | None = None
        self._was_ended = False

    @property
    def usage(self) -> Usage:
        """What the last result told; nothing is known before one."""
        return self.state.result.usage if self.state.result else Usage()

    @property
    def summary(self) -> str:
        """Its last words, and before them those that left a comment unanswered."""
        result = self.state.result
        said = result.text if result and result.text else self.state.said
        return self._batch.summary if self._batch.summary.endswith(said) else said

    def values(self, prompt: str) -> Generator[Event | Tick, None, Outcome]:
        """Say `prompt`, then everything that happens; returns how it ended."""
        self._send({"type": "control_request", "request_id": "initialize",
                    "request": {"subtype": "initialize", "hooks": self._hooks}})  # fmt: skip
        self._say(prompt)
        try:
            yield from self._until_its_end()
        except StepRefused:
            self._ending = self._ending or self._stopped()
        self._process.kill()
        return self._outcome(self._process.wait(self._manner.grace_s))

    def _until_its_end(self) -> Iterator[Event | Tick]:
        while True:
            data = self._process.read(_READ_S)
            self._hand_in()
            self._was_ended = bool(data != b"" and self._is_late())
            if self._was_ended:
                return
            if data is None:
                yield TICK
                continue
            self._heard = time.monotonic()
            for line in self._lines.feed(data) if data else self._lines.end():
                yield from self._line(line)
            if not data:
                return

    def _hand_in(self) -> None:
        """What people said meanwhile; the program heeds it after the tool that now runs."""
        if self._ending is not None:
            return
        if self._control.stop_reason():
            self._end(self._stopped())
            self._process.interrupt()
            return
        for message in self._control.take_messages():
            self._say(f"Message from {quoted(message.by, message.text)}")

    def _is_late(self) -> bool:
        """Whether it should be gone by now, or should have said something."""
        now = time.monotonic()
        if self._leave_by is not None:
            return now > self._leave_by
        silent = now - self._heard
        if silent <= self._manner.silence_s or self.state.tools:
            return False
        reason = f"Claude Code said nothing for {silent:.0f} s and was ended. Try again."
        self._ending = Outcome("timed_out", reason, fault="agent", retry=True)
        return True

    def _line(self, line: bytes) -> Iterator[Event | Tick]:
        before = self.state
        self.state, events = adapt(before, line)
        for event in events:
            self._told = time.monotonic()
            yield event
        yield from self._sign_of_life()
        if self.state.request is not None:
            yield from self._reply(self.state.request)
        if self.state.refused and self._ending is None:
            self._end(refused())
            self._process.interrupt()
        if self.state.result is not before.result:
            self._after_result()
            return
        if self.state.turns > before.turns and self._ending is None:
            self._leave_by = None  # it goes on by itself: what it was told is heeded now
        if self.state.at_edge and not before.at_edge:
            self._at_edge()

    def _sign_of_life(self) -> Iterator[Event]:
        if self.state.deltas and time.monotonic() - self._told > _TELL_S:
            self._told = time.monotonic()
            yield Event("note", {"text": "Claude is writing a long message."})

    def _at_edge(self) -> None:
        """Between two steps: the place to stand still, if that is asked for."""
        reason = self._control.pause_reason()
        if not reason or self._ending is not None:
            return
        resume = {"waits_for": "pause", "unread": [*self._unread()]}
        self._end(Outcome("parked", reason, resume=resume))  # type: ignore[arg-type]
        self._send({"type": "control_request", "request_id": "pause",
                    "request": {"subtype": "interrupt"}})  # fmt: skip

    def _after_result(self) -> None:
        """It is done, unless it was told more: then another turn, and another result, follow."""
        self._hand_in()
        result = self.state.result
        if self._ending is None and result is not None and not result.is_error:
            missing = self._batch.missing_after(result.text)
            if missing:
                self._say(missing)
        if self._ending is not None or not (self._unread() or (result and result.more)):
            self._process.close_input()
        self._leave_by = time.monotonic() + self._manner.grace_s

    def _reply(self, frame: Mapping[str, Any]) -> Iterator[Event | Tick]:
        request = frame["request"]
        kind = request.get("subtype")
        answer: dict[str, Any] = {}
        if kind == "hook_callback" and self._ending is None:
            answer = yield from self._hook.ask()
        elif kind == "can_use_tool":
            answer = yield from self._may_use(request)
        self._heard = time.monotonic()
        told = {"subtype": "success", "request_id": frame["request_id"], "response": answer}
        self._send({"type": "control_response", "response": told})

    def _may_use(self, request: Mapping[str, Any]) -> Generator[Event, None, dict[str, Any]]:
        question = question_of(request) if self._ending is None else None
        if question is None:
            return denied(is_waiting=self._ending is not None)
        parked = question.parked(self._unread())
        with open_question.written_down(self._root, parked.resume):
            yield question.event()
            answer = self._control.wait_for_answer(question.part, self._manner.ask_s)
        if answer is not None:
            yield answered(question.part, answer)
            return allowed(request, question, answer)
        stopped = bool(self._control.stop_reason())
        self._end(self._stopped() if stopped else parked)
        return denied(is_waiting=True)

    def _end(self, outcome: Outcome) -> None:
        self._ending = outcome
        self._leave_by = time.monotonic() + self._manner.grace_s

    def _stopped(self) -> Outcome:
        return Outcome("cancelled", self._control.stop_reason(), fault="user")

    def _unread(self) -> list[str]:
        return self._sent[self.state.read :]

    def _say(self, text: str) -> None:
        self._sent.append(text)
        message = {"role": "user", "content": text}
        self._send({"type": "user", "message": message, "parent_tool_use_id": None,
                    "session_id": ""})  # fmt: skip

    def _send(self, frame: Mapping[str, Any]) -> None:
        self._process.write(json.dumps(frame).encode() + b"\n")

    def _outcome(self, code: int | None) -> Outcome:
        if self._ending is not None:
            return self._ending
        if self._control.stop_reason():
            return self._stopped()
        if self._process.ended_for and not self._was_ended:
            return Outcome("failed", self._process.ended_for, fault="agent", retry=True)
        if self.state.result is None:
            reason = f"Claude Code ended with {spelled(code)} and without a result. Try again."
            return Outcome("failed", reason, fault="agent", retry=True, exit_code=code)
        return outcome_of(self.state.result, code, was_ended=self._was_ended)
