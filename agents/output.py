"""A program's output as events, read until it ends."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

from agents.events import JSON, TICK, Event, Source, Tick
from agents.job import Limits, Workspace
from agents.ports import Process, Sandbox
from agents.text import Decoder, Kept

READ_S = 0.2


@dataclass(frozen=True)
class Program:
    """What is started, where, and how its events are marked."""

    argv: tuple[str, ...]
    workspace: Workspace
    limits: Limits
    part: str
    parent: str = ""
    source: Source = "agent"
    title: str = ""
    stdin: bytes = b""
    network: bool = False
    environment_writable: bool = False
    timeout_s: float | None = None


@dataclass(frozen=True)
class Ended:
    """How a program ended. code: negative for a signal; because: a sentence when we ended it."""

    code: int
    because: str = ""


def stream(process: Process, kept: Kept, program: Program) -> Generator[Event | Tick, None, str]:
    """Output events of `process` until its end; the text is added to `kept` as well.

    Returns a sentence when the program took longer than it may and was killed.
    """
    decoder = Decoder()
    late = ""
    deadline = None if program.timeout_s is None else time.monotonic() + program.timeout_s
    while True:
        if deadline is not None and not late and time.monotonic() > deadline:
            late = f"It took longer than {program.timeout_s:g} s and was ended."
            process.kill()
        data = process.read(READ_S)
        if data is None:
            yield TICK
            continue
        text = decoder.feed(data) if data else decoder.end()
        if text:
            kept.add(text)
            yield Event("output", {"text": text}, program.part, program.parent, program.source)
        if not data:
            return late


def play(program: Program, sandbox: Sandbox, kept: Kept) -> Generator[Event | Tick, None, Ended]:
    """Run the program to its end: tool, output and result events; returns how it ended.

    Raises what the sandbox raises when the program cannot be started.
    """
    argv: list[JSON] = [*program.argv]
    title = program.title or " ".join(program.argv)
    yield _event(program, "tool", {"name": "run", "input": {"argv": argv}, "title": title[:500]})
    began = time.monotonic()
    process = sandbox.start(
        program.argv,
        program.workspace,
        program.limits,
        stdin=program.stdin,
        network=program.network,
        environment_writable=program.environment_writable,
    )
    late = yield from stream(process, kept, program)
    code = process.wait()
    code = -1 if code is None else code
    because = late or process.ended_for
    seconds = round(time.monotonic() - began, 3)
    if because:
        yield Event("note", {"text": because}, program.part, program.parent, "sandbox")
    yield _event(program, "result", {"exit": code, "ok": code == 0, "seconds": seconds})
    return Ended(code, because)


def _event(program: Program, kind: str, data: dict[str, JSON]) -> Event:
    return Event(kind, data, program.part, program.parent, program.source)  # type: ignore[arg-type]
