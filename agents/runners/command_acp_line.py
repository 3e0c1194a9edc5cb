"""Speaks with one start of an ACP program: asks, serves what it asks meanwhile, tells its events.

NOT responsible for what is asked: `command_acp` holds the conversation.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace

from agents.events import JSON, TICK, Event, Tick
from agents.job import Job, Outcome
from agents.output import READ_S
from agents.ports import Control, Process, Sandbox
from agents.runners.command import IS_INTERRUPTED
from agents.runners.command_acp_host import Host
from agents.runners.command_acp_updates import State, events_of
from agents.runners.command_acp_wire import Answer, Asked, Noise, Wire
from agents.runners.command_lines import shown, table
from agents.text import Kept

START_S = 120.0  # to answer what comes before the prompt
CANCEL_S = 8.0  # to end a turn that was cancelled; the engine gives a stop ten seconds
LEAVE_S = 2.0  # to end by itself once its input is closed
QUIET_S = 0.5  # without a word, after which a session that was loaded has been told again
REPLAY_S = 20.0  # for that to come
Said = Generator[Event | Tick, None, Answer | Outcome]


class Line:
    """The line to one program; `begin` before anything else. is_replaying: it tells old events."""

    def __init__(self, name: str, job: Job, sandbox: Sandbox, control: Control) -> None:
        self._name, self._job = name, job
        self._sandbox, self._control = sandbox, control
        self._is_replaying = False
        self._state = State()
        self._kept = Kept()
        self._parts: dict[str, float] = {}
        self._until = 0.0  # when a cancelled turn is no longer waited for
        self._process: Process
        self._wire: Wire
        self._host: Host

    def _quiet(self) -> Iterator[Event | Tick]:
        """Wait until it says nothing more: some go on telling after they have answered."""
        until = time.monotonic() + REPLAY_S
        while time.monotonic() < until:
            data = self._process.read(QUIET_S)
            if not data:
                return
            yield from self._serve(data, 0)

    def _call(self, method: str, params: dict[str, JSON], most_s: float | None) -> Said:
        """Ask, and serve the program until it answers; an Outcome when it never will."""
        number = self._wire.ask(method, params)
        deadline = time.monotonic() + most_s if most_s is not None else None
        while True:
            outcome = self._overdue(method, deadline)
            if outcome is not None:
                return outcome
            data = self._process.read(READ_S)
            if data is None:
                yield TICK
                continue
            got = yield from self._serve(data, number)
            if got is not None:
                return got
            if not data:
                return self._interrupted() if self._until else self._gone(method)

    def _serve(self, data: bytes, number: int) -> Generator[Event, None, Answer | None]:
        """Take in some output; the answer to request `number`, if it is in there."""
        got: Answer | None = None
        for heard in self._wire.feed(data):
            if isinstance(heard, Answer):
                got = heard if heard.id == number else got
            else:
                yield from self._placed(self._heard(heard))
        return got

    def _overdue(self, method: str, deadline: float | None) -> Outcome | None:
        """What ends the conversation from our side; cancels the turn when it is to stop."""
        now = time.monotonic()
        if not self._until and (self._control.stop_reason() or self._control.pause_reason()):
            self._until = now + (CANCEL_S if self._host.session else 0)
            if self._host.session:
                self._wire.tell("session/cancel", {"sessionId": self._host.session})
        if self._until and now >= self._until:
            return self._interrupted()
        if self._wire.is_hopeless:
            return self._failed("It speaks no protocol that is known here.")
        if deadline is not None and now > deadline:
            return self._failed(f"It did not answer {method} in {START_S:g} s.")
        return None

    def _heard(self, heard: Asked | Noise) -> list[Event]:
        if isinstance(heard, Noise):
            line = shown(heard.line)
            self._kept.add(line)
            return [Event("output", {"text": line})]
        if heard.method == "session/update":
            if heard.params.get("sessionId") != self._host.session:
                return []
            if self._is_replaying:
                return []
            self._state, events = events_of(self._state, table(heard.params.get("update")))
            return events
        events = []
        if heard.method == "session/request_permission":  # a call may be told here first
            call = {"status": "pending", **table(heard.params.get("toolCall"))}
            self._state, events = events_of(self._state, {**call, "sessionUpdate": "tool_call"})
        self._host.serve(heard, is_ending=bool(self._until))
        return events

    def _placed(self, events: list[Event]) -> Iterator[Event]:
        """The events below the program's own, results with the time that they took."""
        for event in events:
            part = f"{self._name}.{event.part}" if event.part else ""
            data = dict(event.data)
            if event.kind == "tool":
                self._parts[part] = time.monotonic()
            if event.kind == "result":
                began = self._parts.pop(part, time.monotonic())
                data["seconds"] = round(time.monotonic() - began, 3)
            place = part or (self._name if event.kind == "output" else "")
            yield replace(event, data=data, part=place, parent=self._name if part else "")

    def _leave(self) -> Iterator[Event | Tick]:
        """Let the program end by itself; what it still says is shown."""
        self._process.close_input()
        until = time.monotonic() + LEAVE_S
        while time.monotonic() < until:
            data = self._process.read(READ_S)
            if data is None:
                yield TICK
            elif not data:
                return
            else:
                for heard in self._wire.feed(data):
                    if isinstance(heard, Noise):
                        yield from self._placed(self._heard(heard))

    def _interrupted(self) -> Outcome:
        stop = self._control.stop_reason()
        if stop:
            return Outcome("cancelled", stop, fault="user", resume=IS_INTERRUPTED)
        return Outcome("parked", self._control.pause_reason(), resume=IS_INTERRUPTED)

    def _gone(self, method: str) -> Outcome:
        code: int | None = None
        with suppress(OSError):
            code = self._process.wait(5)
        how = "" if code is None else f" with exit {code}" if code >= 0 else f" by signal {-code}"
        return self._failed(f"It ended{how} before it answered {method}.", code)

    def _failed(self, why: str, code: int | None = None) -> Outcome:
        last = self._kept.last_lines(12)
        because = f"{self._process.ended_for} " if self._process.ended_for else ""
        reason = f"{self._name} did not finish. {because}{why} Try again, or re-prompt."
        return Outcome("failed", reason, fault="agent", retry=True, excerpt=last, exit_code=code)
