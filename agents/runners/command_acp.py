"""Runs a program that speaks the Agent Client Protocol (ACP) as the agent.

`[runners.NAME] protocol = "acp"`: the program runs in the sandbox, we are its client: initialize,
one session in the worktree, one prompt, and one more for what people wrote meanwhile. A pause or a
stop cancels the turn; what was done lies in the tree, and the session ends with the program.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace

from agents.events import JSON, TICK, Event, Tick
from agents.job import WORKSPACE, Job, Outcome, Usage
from agents.output import READ_S
from agents.ports import Control, Process, Sandbox
from agents.runners.command import preface, with_messages
from agents.runners.command_acp_host import Host
from agents.runners.command_acp_updates import State, events_of, prompt_ended
from agents.runners.command_acp_wire import REFUSED, Answer, Asked, Noise, Wire
from agents.runners.command_launch import Keys, Launch, MissingKey, Spec, launch
from agents.runners.command_lines import shown, table, text
from agents.runners.presets import PRESETS
from agents.specs import RunnerSpec
from agents.text import Kept

VERSION = 1  # of the protocol
START_S = 120.0  # to answer what comes before the prompt
CANCEL_S = 8.0  # to end a turn that was cancelled; the engine gives a stop ten seconds
LEAVE_S = 2.0  # to end by itself once its input is closed
_CAPABILITIES: dict[str, JSON] = {
    "fs": {"readTextFile": True, "writeTextFile": True},
    "terminal": False,
}
_ENDINGS = {
    "max_tokens": "Its model's answer was cut at its longest.",
    "max_turn_requests": "It made as many requests of its model as it may in one turn.",
    "refusal": "It declined to go on with this.",
    "cancelled": "It cancelled its own turn.",
}
Said = Generator[Event | Tick, None, Answer | Outcome]


class AcpRunner:
    """A program of the policy, with or without a preset, that speaks ACP."""

    def __init__(self, spec: RunnerSpec, keys: Keys) -> None:
        self.name = spec.name
        preset = PRESETS.get(spec.preset)
        self._spec = Spec(spec.name, spec.argv, preset, spec.model, keys, is_acp=True)

    def run(self, job: Job, sandbox: Sandbox, control: Control) -> Iterator[Event | Tick | Outcome]:
        """Start the program, converse until it is done, end it."""
        spec = replace(self._spec, model=str(job.options.get("model") or self._spec.model))
        prompt = preface(job)
        try:
            with launch(spec, job.workspace.root, prompt) as start:
                yield from _Talk(spec.name, job, sandbox, control).values(start, prompt)
        except MissingKey as missing:
            yield Outcome("error", str(missing), fault="platform")


class _Talk:
    """One start of the program and the conversation with it."""

    def __init__(self, name: str, job: Job, sandbox: Sandbox, control: Control) -> None:
        self._name, self._job = name, job
        self._sandbox, self._control = sandbox, control
        self._state = State()
        self._kept = Kept()
        self._parts: dict[str, float] = {}
        self._until = 0.0  # when a cancelled turn is no longer waited for
        self._process: Process
        self._wire: Wire
        self._host: Host

    def values(self, start: Launch, prompt: str) -> Iterator[Event | Tick | Outcome]:
        """Everything that happens, then the Outcome."""
        argv: list[JSON] = [*start.argv]
        said: dict[str, JSON] = {"name": "run", "input": {"argv": argv}, "title": start.title[:500]}
        yield Event("tool", said, self._name)
        began = time.monotonic()
        self._process = self._sandbox.start(
            start.argv, self._job.workspace, self._job.limits,
            environment=start.environment, attached=start.attached,
        )  # fmt: skip
        try:
            self._wire = Wire(self._process)
            is_confined = self._sandbox.label == "bubblewrap"
            self._host = Host(self._wire, self._job.workspace, is_confined=is_confined)
            outcome = yield from self._converse(prompt)
            yield from self._leave()
        finally:
            self._process.kill()
        seconds = round(time.monotonic() - began, 3)
        result: dict[str, JSON] = {"exit": self._process.wait(0), "ok": outcome.status == "passed"}
        yield Event("result", {**result, "seconds": seconds}, self._name)
        state = self._state
        used = Usage(state.input_tokens, state.output_tokens, state.cost)
        yield replace(outcome, usage=used, summary=state.words)

    def _converse(self, prompt: str) -> Generator[Event | Tick, None, Outcome]:
        client: dict[str, JSON] = {"name": "honkweb", "title": "Honkweb", "version": "1"}
        begun = yield from self._call(
            "initialize",
            {
                "protocolVersion": VERSION,
                "clientCapabilities": _CAPABILITIES,
                "clientInfo": client,
            },
            START_S,
        )
        if isinstance(begun, Outcome):
            return begun
        if begun.error or begun.result.get("protocolVersion") != VERSION:
            return self._failed(begun.error or f"It does not speak version {VERSION} of ACP.")
        opened = yield from self._call("session/new", {"cwd": WORKSPACE, "mcpServers": []}, START_S)
        if isinstance(opened, Outcome):
            return opened
        self._host.session = text(opened.result.get("sessionId"), 1000)
        if not self._host.session:
            why = "It wants to be signed in, which it cannot be here." * (opened.code == REFUSED)
            return self._failed(f"It opened no session. {opened.error} {why}".strip())
        return (yield from self._prompts(prompt))

    def _prompts(self, prompt: str) -> Generator[Event | Tick, None, Outcome]:
        number = 0
        told = with_messages(prompt, self._control.take_messages())
        while True:
            number += 1
            yield Event("step", {"number": number})
            words: list[JSON] = [{"type": "text", "text": told}]
            params: dict[str, JSON] = {"sessionId": self._host.session, "prompt": words}
            ended = yield from self._call("session/prompt", params, None)
            result = ended.result if isinstance(ended, Answer) else {}
            self._state, events = prompt_ended(self._state, result)
            yield from self._placed(events)
            if isinstance(ended, Outcome):
                return ended
            outcome = self._end_of_turn(ended)
            messages = self._control.take_messages() if outcome.status == "passed" else []
            if not messages:
                return outcome
            told = with_messages("", messages).strip()

    def _end_of_turn(self, ended: Answer) -> Outcome:
        if self._until:
            return self._interrupted()
        if ended.error:
            return self._failed(ended.error)
        reason = text(ended.result.get("stopReason"), 100)
        if reason == "end_turn":
            return Outcome("passed")
        return self._failed(_ENDINGS.get(reason, "It did not say how its turn ended."))

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
            return Outcome("cancelled", stop, fault="user")
        return Outcome("parked", self._control.pause_reason(), resume={"waits_for": "pause"})

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
