"""Programs run in real bubblewrap, as plain functions."""

from __future__ import annotations

from pathlib import Path

from agents import sandbox
from agents.job import Limits, Workspace
from agents.process import Process


def plain(folder: Path) -> Workspace:
    """A folder without git."""
    folder.mkdir(exist_ok=True)
    return Workspace(folder, folder / "none", folder / "none", "", "")


def output(running: Process) -> str:
    parts = []
    while (chunk := running.read(20)) != b"":
        assert chunk is not None, "nothing came in twenty seconds"
        parts.append(chunk)
    return b"".join(parts).decode()


def inside(
    space: Workspace, *argv: str, limits: Limits | None = None, **more: object
) -> tuple[int | None, str]:
    """(code, output) of a program in the sandbox."""
    running = sandbox.Bubblewrap().start(argv, space, limits or Limits(), **more)
    said = output(running)
    code = running.wait(5)
    running.kill()
    return code, said


def shell(space: Workspace, script: str, **more: object) -> tuple[int | None, str]:
    return inside(space, "sh", "-c", script, **more)
