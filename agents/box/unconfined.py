"""Programs without isolation: for developers who ask for it, and for our own sample."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from agents import process
from agents.box import cgroup, view
from agents.box.launch import checked_words, limited
from agents.box.watch import watch
from agents.errors import CannotRun
from agents.job import ENVIRONMENT, WORKSPACE, Attached, Limits, Workspace
from agents.proc import kill_all, with_token
from agents.process import Process

_NO_RELAYS = (
    "This program needs ports of its own to reach the server, which only the sandbox has: install "
    "bubblewrap and run it without HONK_UNSAFE_NO_SANDBOX."
)


class Unsandboxed:
    """`ports.Sandbox` without isolation: for developers who ask for it, and for our own sample.

    /workspace, /env and what is attached exist in arguments and variables only, where they are
    replaced by their places on the host.
    """

    label = "no sandbox"

    def __init__(self, extra_paths: Sequence[Path] = ()) -> None:
        self._extra = [str(p / "bin") if (p / "bin").is_dir() else str(p) for p in extra_paths]

    def start(
        self,
        argv: Sequence[str],
        workspace: Workspace,
        limits: Limits,
        *,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        network: bool = False,  # noqa: ARG002 - nothing here can take it away
        writable: bool = True,  # noqa: ARG002 - the same
        environment_writable: bool = False,
        attached: Attached | None = None,
    ) -> Process:
        """Start argv in the worktree with an environment from an allow-list."""
        attached = attached or Attached()
        if attached.relays:
            raise CannotRun(_NO_RELAYS)
        words = [_at_host(word, workspace, attached) for word in checked_words(argv)]
        home = Path(tempfile.mkdtemp(prefix="honk-home-"))
        token = uuid.uuid4().hex
        given = {key: _at_host(v, workspace, attached) for key, v in (environment or {}).items()}
        env = self._variables(workspace, home, token, given)
        if not shutil.which(
            workspace.root / words[0] if "/" in words[0] else words[0], path=env["PATH"]
        ):
            shutil.rmtree(home)
            raise CannotRun(view.missing(argv[0]))
        _link_overlays(workspace)
        group = cgroup.make(memory_bytes=limits.memory_bytes, processes=limits.processes)
        started = process.start(
            limited(words, limits, group), env=env, cwd=workspace.root, stdin=stdin,
            end_rest=lambda: _end_open(token, group, home),
            keeps_input=attached.keeps_input,
        )  # fmt: skip
        folders = [workspace.root, home]
        folders += [workspace.environment] if workspace.environment and environment_writable else []
        watch(started, limits, folders, group.bounded)
        return started

    def _variables(
        self, workspace: Workspace, home: Path, token: str, given: Mapping[str, str]
    ) -> dict[str, str]:
        made = [f"{workspace.environment}/bin"] if workspace.environment else []
        path = [*made, *self._extra, os.environ.get("PATH", os.defpath)]
        known = {
            "PATH": ":".join(path), "HOME": str(home), "USER": "agent", "LANG": "C.UTF-8",
            "TERM": "dumb", "TMPDIR": str(home), "GIT_OPTIONAL_LOCKS": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        return known | view.checked(given) | {"HONK_TREE": token}


def _at_host(word: str, workspace: Workspace, attached: Attached) -> str:
    places = {WORKSPACE: workspace.root, ENVIRONMENT: workspace.environment}
    places |= {mount.inside: mount.host for mount in attached.mounts}
    for inside, place in places.items():
        if place is not None and (word == inside or word.startswith(inside + "/")):
            return f"{place}{word[len(inside) :]}"
    return word


def _link_overlays(workspace: Workspace) -> None:
    for source, name in workspace.overlays:
        place = workspace.root / name
        if not os.path.lexists(place) and place.parent.is_dir():
            place.symlink_to(source)


def _end_open(token: str, group: cgroup.Group, home: Path) -> None:
    """End what left the program's session: found by its group, or the token in its environment."""
    group.kill()
    group.remove()
    for _ in range(5):
        if not (left := with_token("HONK_TREE", token)):
            break
        kill_all(left)
    shutil.rmtree(home, ignore_errors=True)
