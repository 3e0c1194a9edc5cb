"""The interfaces of this package, on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from agents.events import Event, Tick
from agents.job import Attached, Job, Limits, Message, Outcome, Workspace


class Process(Protocol):
    """A running program whose whole tree dies with it.

    ended_for: a sentence when a limit of the sandbox ended it, else empty.
    """

    ended_for: str

    def read(self, timeout: float) -> bytes | None:
        """Next bytes of output (both streams merged), None after `timeout` s, b"" at its end."""

    def wait(self, timeout: float | None = None) -> int | None:
        """Exit code once ended (negative: signal), None when still running."""

    def write(self, data: bytes) -> bool:
        """Give the program more input, if its input was kept open; False when it takes no more."""

    def close_input(self) -> None:
        """Tell the program that no more input comes; harmless when it was not kept open."""

    def interrupt(self) -> None:
        """Ask the program to end by itself (SIGINT or SIGTERM); does not wait, never raises."""

    def kill(self) -> None:
        """End the whole tree; returns when none is left. Harmless when it has ended."""


class Sandbox(Protocol):
    """The only way an agent's or a verifier's program starts."""

    label: str

    def start(
        self,
        argv: Sequence[str],
        workspace: Workspace,
        limits: Limits,
        *,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        network: bool = False,
        writable: bool = True,
        environment_writable: bool = False,
        attached: Attached | None = None,
    ) -> Process:
        """Start argv at the workspace; raise SandboxMissing or CannotRun with the mend."""


class Control(Protocol):
    """What people hand in while a run goes on; safe to call from the runner's thread."""

    def stop_reason(self) -> str:
        """Why the run must stop now, or an empty string."""

    def pause_reason(self) -> str:
        """Why the run is to pause at its next step (it then ends as parked), or an empty string."""

    def take_messages(self) -> list[Message]:
        """Messages not taken before, oldest first."""

    def wait_for_answer(self, ask: str, timeout: float) -> Message | None:
        """The answer to question `ask` (its part), or None when none came in `timeout` s."""


class Runner(Protocol):
    """An agent. Its iterator runs in a thread of its own; it need not yield ticks.

    The last value it yields is the Outcome; it may block in read or wait, for the engine kills
    every process it started and closes the iterator when a limit or a stop ends the run. Before
    each `step` it looks at `control.pause_reason()`: given one, it yields Outcome("parked") with
    what it needs to go on. A step that may not begin raises errors.StepRefused at its yield.
    """

    name: str

    def run(self, job: Job, sandbox: Sandbox, control: Control) -> Iterator[Event | Tick | Outcome]:
        """Carry the job out in its workspace."""

    def left(self, root: Path) -> str:
        """The conversation that a run whose worker was killed left beside its worktree `root`.

        As Outcome.session, not masked yet; empty when there is none. Call only when every process
        that could write there is dead.
        """


class Verifier(Protocol):
    """Knows one family of checks: when a tree calls for it, and how to read its output."""

    name: str

    def detect(self, files: Mapping[str, bytes]) -> Sequence[str] | None:
        """argv when the tree's top-level files (name to content, bounded) call for it."""

    def read(self, exit_code: int, output: str) -> Outcome:
        """What the output of a run says: passed, failed or no_tests, with counts and excerpt."""
