"""Runs through the engine of runners that are a few lines, for several files of tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agents import engine
from agents.control import Mailbox
from agents.events import Event
from agents.job import Job, Limits
from agents.ports import Control, Sandbox
from agents.redact import Redactor
from tests.agents.factories import FunctionRunner, job, mailbox
from tests.doubles.plain_sandbox import PlainSandbox

SECRET = "canary-4711-canary"
Body = Callable[[Job, Sandbox, Control], Iterator[object]]


def run(
    root: Path,
    body: Body,
    *,
    limits: Limits | None = None,
    box: Mailbox | None = None,
    sandbox: PlainSandbox | None = None,
    grace_s: float = 1.0,
    pause_grace_s: float = 60.0,
) -> list[engine.Value]:
    """All values of a runner with this body; SECRET is masked in them."""
    values = engine.run(
        job(root, limits=limits),
        FunctionRunner(body),  # type: ignore[arg-type]
        sandbox or PlainSandbox(),
        box or mailbox(),
        redactor=Redactor([SECRET]),
        grace_s=grace_s,
        pause_grace_s=pause_grace_s,
    )
    return list(values)


def said(root: Path, *items: object, **more: Any) -> list[engine.Value]:
    """All values of a runner that says these things and ends; more: as for `run`."""
    return run(root, lambda *_: iter(items), **more)


def text(words: str, part: str = "p", **more: object) -> Event:
    """Words of the agent."""
    return Event("text", {"text": words, **more}, part)  # type: ignore[dict-item]
