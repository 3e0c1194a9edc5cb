"""Plays one start of a program: its output as events, until it ends or is to pause."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace

from agents.events import JSON, TICK, Event, Tick
from agents.job import Job
from agents.output import READ_S
from agents.ports import Control, Process, Sandbox
from agents.runners.command_launch import Launch
from agents.runners.command_lines import Lines, record, shown
from agents.runners.command_readers import Read, Said, usage
from agents.text import Decoder, Kept
from agents.verifiers.base import without_escapes

LAST = 12  # lines that are a plain program's last words
PAUSE_S = 5.0  # a program that is to pause may take to end by itself


@dataclass(frozen=True, slots=True)
class Ended:
    """code: negative for a signal. because: a sentence when the sandbox ended it.

    paused: why it was interrupted, for a pause; empty when it ended by itself.
    """

    code: int
    because: str = ""
    paused: str = ""


class Plain:
    """Output of no known form: all of it is shown. part: of this start of the program."""

    def __init__(self, part: str, before: Said, fails_on: str = "") -> None:
        self.part = part
        self._fails_on = fails_on
        self.kept = Kept()
        self.session, self.counted = "", (0, 0)  # it tells neither
        self._before = before
        self._decoder = Decoder()

    def feed(self, data: bytes) -> Iterator[Event]:
        """Events of some output; empty data is its end."""
        text = self._decoder.feed(data) if data else self._decoder.end()
        if text:
            self.kept.add(text)
            yield Event("output", {"text": text}, self.part)

    def trouble(self, _code: int) -> str:
        """Words at its end that mean failure; else only the exit code tells whether it failed."""
        last = without_escapes(self.kept.last_lines(LAST))
        found = re.search(self._fails_on, last, re.MULTILINE) if self._fails_on else None
        return found[0][:500] if found else ""

    def total(self) -> Said:
        """What all starts have used: unknown."""
        return replace(self._before, step=self._before.step + 1)


@dataclass
class Structured:
    """Output of JSON lines; what is no record is shown as it is. before: of the starts before.

    told: tokens read and written that the program counts in although they were told before.
    hear: is given the name of the conversation as soon as the program has told it.
    """

    part: str
    before: Said
    read: Read
    told: tuple[int, int] = (0, 0)
    hear: Callable[[str], None] = lambda _session: None
    said: Said = field(default_factory=Said)
    kept: Kept = field(default_factory=Kept)
    _lines: Lines = field(default_factory=Lines)
    _began: dict[str, float] = field(default_factory=dict)

    @property
    def session(self) -> str:
        """How the program calls the conversation; empty until it has begun one."""
        return self.said.session

    @property
    def counted(self) -> tuple[int, int]:
        """Tokens read and written as the program counts them."""
        return self.said.input_tokens, self.said.output_tokens

    def feed(self, data: bytes) -> Iterator[Event]:
        """Events of some output; empty data is its end."""
        dropped = self._lines.dropped
        for line in self._lines.feed(data) if data else self._lines.end():
            yield from self._line(line)
        if self._lines.dropped > dropped:
            yield Event("note", {"text": "A line of output was too long to read."}, source="system")

    def trouble(self, code: int) -> str:
        """Why it did not do its work by its own words; empty when it says that it did."""
        if self.said.failure:
            return self.said.failure
        is_unclear = code == 0 and not self.said.is_done
        return "It did not say that it had finished." if is_unclear else ""

    def total(self) -> Said:
        """What all starts have used so far."""
        said, before = self.said, self.before
        costs = [each.cost for each in (said, before) if each.cost is not None]
        return Said(
            input_tokens=before.input_tokens + max(0, said.input_tokens - self.told[0]),
            output_tokens=before.output_tokens + max(0, said.output_tokens - self.told[1]),
            cost=sum(costs) if costs else None,
            step=before.step + max(1, said.step),
        )

    def _line(self, line: bytes) -> Iterator[Event]:
        found = record(line)
        if found is None:
            text = shown(line)
            self.kept.add(text)
            yield Event("output", {"text": text}, self.part)
            return
        known = self.session
        self.said, events = self.read(self.said, found)
        if self.session != known:
            self.hear(self.session)
        for event in events:
            yield from self._placed(event)

    def _placed(self, event: Event) -> Iterator[Event]:
        """The event below this start, a tool call once, and its result with the time it took."""
        part = f"{self.part}.{event.part}" if event.part else ""
        data = dict(event.data)
        if event.kind == "usage":
            event, data = usage(self.total()), dict(usage(self.total()).data)
        if event.kind == "step":
            data["number"] = self.total().step
        if event.kind == "tool":
            if part in self._began:
                return
            self._began[part] = time.monotonic()
        if event.kind == "result":
            began = self._began.get(part, time.monotonic())
            data["seconds"] = round(time.monotonic() - began, 3)
        parent = self.part if part else ""
        yield replace(event, data=data, part=part, parent=parent)


def play(
    start: Launch, job: Job, sandbox: Sandbox, control: Control, form: Plain | Structured, part: str
) -> Generator[Event | Tick, None, Ended]:
    """Run the program to its end; raises what the sandbox raises when it cannot be started."""
    argv: list[JSON] = [*start.argv]
    data: dict[str, JSON] = {"name": "run", "input": {"argv": argv}, "title": start.title[:500]}
    yield Event("tool", data, part)
    began = time.monotonic()
    process = sandbox.start(
        start.argv, job.workspace, job.limits, stdin=start.stdin,
        environment=start.environment, attached=start.attached,
    )  # fmt: skip
    paused = yield from _follow(process, control, form)
    code = process.wait()
    code = -1 if code is None else code
    if process.ended_for:
        yield Event("note", {"text": process.ended_for}, part, source="sandbox")
    seconds = round(time.monotonic() - began, 3)
    yield Event("result", {"exit": code, "ok": code == 0, "seconds": seconds}, part)
    return Ended(code, process.ended_for, paused)


def _follow(
    process: Process, control: Control, form: Plain | Structured
) -> Generator[Event | Tick, None, str]:
    """Everything it says; returns why it was interrupted, when it was to pause."""
    paused, until = "", 0.0
    while True:
        if not paused and (paused := control.pause_reason()):
            until = time.monotonic() + PAUSE_S
            process.interrupt()
        if paused and time.monotonic() > until:
            process.kill()
        data = process.read(READ_S)
        if data is None:
            yield TICK
            continue
        yield from form.feed(data)
        if not data:
            return paused
