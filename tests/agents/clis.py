"""Other agents' programs, as tests/clis/package.json pins them, in the real sandbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from agents import engine, sandbox
from agents.control import Mailbox
from agents.job import Workspace
from agents.ports import Runner
from tests import modes
from tests.agents.factories import job as plain_job
from tests.agents.factories import mailbox

BROKEN = "def add(a, b):\n    return a - b\n"
MENDED = "def add(a, b):\n    return a + b\n"
KEY = "sk-the-true-key-of-the-server"


def box() -> sandbox.Bubblewrap:
    """The sandbox with these programs on its PATH."""
    return sandbox.Bubblewrap([modes.CLIS, modes.CLIS / ".bin"])


def carry_out(
    runner: Runner,
    space: Workspace,
    confined: sandbox.Bubblewrap,
    prompt: str = "Mend add.",
    **more: Any,
) -> Sequence[engine.Value]:
    """Everything that a run in a real worktree gives; its calc.py is broken before.

    more: other fields of the Job.
    """
    return list(values(runner, space, confined, mailbox(), prompt, **more))


def values(
    runner: Runner,
    space: Workspace,
    confined: sandbox.Bubblewrap,
    box: Mailbox,
    prompt: str,
    **more: Any,
) -> Iterator[engine.Value]:
    """As `carry_out`, one after the other, with what people hand in."""
    (space.root / "calc.py").write_text(BROKEN)
    job = replace(plain_job(space.root, prompt=prompt), workspace=space, **more)
    return engine.run(job, runner, confined, box, grace_s=2)
