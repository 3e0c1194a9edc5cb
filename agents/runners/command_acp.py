"""Runs a program that speaks the Agent Client Protocol (ACP) as the agent.

`[runners.NAME] protocol = "acp"`: the program runs in the sandbox, we are its client: initialize,
one session in the worktree, one prompt, and one more for what people wrote meanwhile. A pause or a
stop cancels the turn; what was done lies in the tree. A program that can goes on with the session
of the run before; else it is told in words what was said.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.errors import CannotRun
from agents.events import JSON, Event, Tick
from agents.job import WORKSPACE, Job, Outcome, Usage
from agents.metered import metered
from agents.ports import Control, Sandbox
from agents.runners.command import never_began, opening, with_messages
from agents.runners.command_acp_host import Host
from agents.runners.command_acp_line import START_S, Line
from agents.runners.command_acp_updates import prompt_ended
from agents.runners.command_acp_wire import REFUSED, Answer, Wire
from agents.runners.command_launch import Keys, Launch, MissingKey, Spec, launch
from agents.runners.command_lines import table, text
from agents.runners.command_memory import UNREADABLE, Memory, begun, left, memory
from agents.runners.presets import PRESETS
from agents.specs import RunnerSpec

VERSION = 1  # of the protocol
LOAD, RESUME = "session/load", "session/resume"
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


def way_on(begun: Mapping[str, Any]) -> str:
    """The method by which a program says that it can go on with a session; empty: it cannot.

    `session/resume` tells nothing again, so it is taken where both are offered.
    """
    able = table(begun.get("agentCapabilities"))
    if isinstance(table(able.get("sessionCapabilities")).get("resume"), Mapping):
        return RESUME
    return LOAD if able.get("loadSession") is True else ""


class AcpRunner:
    """A program of the policy, with or without a preset, that speaks ACP."""

    def __init__(self, spec: RunnerSpec, keys: Keys) -> None:
        self.name = spec.name
        preset = PRESETS.get(spec.preset)
        self._spec = Spec(
            spec.name, spec.argv, preset, spec.model, keys, is_acp=True, keeps=spec.keeps
        )

    def run(self, job: Job, sandbox: Sandbox, control: Control) -> Iterator[Event | Tick | Outcome]:
        """Start the program, converse until it is done, end it."""
        spec, meter = self._spec.for_run(job)
        return metered(self._run(spec, job, sandbox, control), meter)

    def left(self, root: Path) -> str:
        """As the port says; the next start finds out whether the program can go on with it."""
        habits = self._spec.habits()
        return left(root, habits) if habits.keeps else ""

    def _run(
        self, spec: Spec, job: Job, sandbox: Sandbox, control: Control
    ) -> Generator[Event | Tick | Outcome]:
        with memory(job, spec.habits()) as held:
            yield from begun(held, job)
            try:
                with launch(spec, job.workspace.root, job.prompt, held) as start:
                    yield from _Talk(spec.name, job, sandbox, control, held).values(start)
            except (CannotRun, MissingKey) as missing:  # it is started once
                yield never_began(missing, job)


class _Talk(Line):
    """One start of the program and the conversation with it.

    _way: the method by which it goes on with a session; None until it has said whether it can.
    """

    def __init__(
        self, name: str, job: Job, sandbox: Sandbox, control: Control, held: Memory
    ) -> None:
        super().__init__(name, job, sandbox, control)
        self._held = held
        self._way: str | None = None

    def values(self, start: Launch) -> Iterator[Event | Tick | Outcome]:
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
            outcome = yield from self._converse()
            yield from self._leave()
        finally:
            self._process.kill()
        seconds = round(time.monotonic() - began, 3)
        result: dict[str, JSON] = {"exit": self._process.wait(0), "ok": outcome.status == "passed"}
        yield Event("result", {**result, "seconds": seconds}, self._name)
        keeps = self._way and self._held.has_place
        session, notes = self._held.text() if keeps else ("", [])
        yield from notes
        if self._way is None:  # it died too early to know
            session = self._job.session
        state = self._state
        used = Usage(state.input_tokens, state.output_tokens, state.cost)
        yield replace(outcome, usage=used, summary=state.words, session=session)

    def _converse(self) -> Generator[Event | Tick, None, Outcome]:
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
        self._way = way_on(begun.result)
        failed = yield from self._gone_on()
        if failed is None and not self._host.session:
            failed = yield from self._opened()
        if failed is not None:
            return failed
        told = opening(self._job, self._held)
        if self._way:
            self._held.heard(self._host.session)
        return (yield from self._prompts(told))

    def _opened(self) -> Generator[Event | Tick, None, Outcome | None]:
        """Begin a new session; an Outcome when there is none."""
        opened = yield from self._call("session/new", {"cwd": WORKSPACE, "mcpServers": []}, START_S)
        if isinstance(opened, Outcome):
            return opened
        self._host.session = text(opened.result.get("sessionId"), 1000)
        if self._host.session:
            return None
        why = "It wants to be signed in, which it cannot be here." * (opened.code == REFUSED)
        return self._failed(f"It opened no session. {opened.error} {why}".strip())

    def _gone_on(self) -> Generator[Event | Tick, None, Outcome | None]:
        """Go on with the session that is remembered, if there is one and the program can.

        What it tells of that session again is no event of this run.
        """
        if not self._held.is_known:
            return None
        if self._way:
            self._host.session, self._is_replaying = self._held.session, True
            place: dict[str, JSON] = {"cwd": WORKSPACE, "mcpServers": []}
            params = {"sessionId": self._held.session, **place}
            loaded = yield from self._call(self._way, params, START_S)
            if self._way == LOAD:
                yield from self._quiet()
            self._is_replaying = False
            if isinstance(loaded, Outcome) or not loaded.error:
                return loaded if isinstance(loaded, Outcome) else None
            self._host.session = ""
        self._held.forget()
        yield Event("note", {"text": UNREADABLE}, source="system")
        return None

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
