"""Plain-function factories for tests of agents: every default can be overridden."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from agents.control import Mailbox
from agents.drive import Value
from agents.events import JSON, Event, Tick
from agents.job import Job, Limits, Message, Outcome, Workspace
from agents.ports import Control, Sandbox


def workspace(root: Path) -> Workspace:
    """A workspace over a plain folder."""
    git = root.parent / "mirror.git"
    return Workspace(root, git, git / "worktrees" / "one", base="0" * 40, start_tree="0" * 40)


def job(
    root: Path,
    *,
    prompt: str = "Fix the fault.",
    number: int = 1,
    limits: Limits | None = None,
    options: Mapping[str, JSON] | None = None,
    resume: Mapping[str, JSON] | None = None,
) -> Job:
    """An agent's job in `root`."""
    return Job(
        run_id=1,
        change=1,
        round=number,
        attempt=1,
        prompt=prompt,
        instruction=prompt,
        workspace=workspace(root),
        limits=limits or Limits(),
        options=options or {},
        resume=resume,
    )


class FunctionRunner:
    """A runner whose body is a function of (job, sandbox, control)."""

    name = "function"

    def __init__(self, body: Callable[[Job, Sandbox, Control], Iterable[object]]) -> None:
        self._body = body

    def run(self, job: Job, sandbox: Sandbox, control: Control) -> Iterator[object]:
        """As the port says, but anything may be yielded."""
        yield from self._body(job, sandbox, control)

    def left(self, _root: Path) -> str:
        """Nothing."""
        return ""


def events(values: Iterable[Value]) -> list[Event]:
    """The events alone."""
    return [value for value in values if isinstance(value, Event)]


def outcome(values: Iterable[Value]) -> Outcome:
    """The one outcome, which must be the last value."""
    found = list(values)
    assert isinstance(found[-1], Outcome)
    assert sum(isinstance(value, Outcome) for value in found) == 1
    return found[-1]


def texts(values: Iterable[Value], kind: str) -> str:
    """All text of one kind, joined."""
    return "".join(
        str(event.data.get("text", "")) for event in events(values) if event.kind == kind
    )


def message(text: str, number: int = 1, by: str = "anna") -> Message:
    """Words of a person."""
    return Message(number, text, by)


def mailbox(*, stop: str = "") -> Mailbox:
    """A mailbox, stopped from the beginning where a reason is given."""
    box = Mailbox()
    if stop:
        box.stop(stop)
    return box


__all__ = ["Tick"]
