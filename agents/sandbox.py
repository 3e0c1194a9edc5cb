"""The only way an agent's or a verifier's program starts: bubblewrap, or refusal."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from agents.box import view
from agents.box.launch import checked_words, launch
from agents.box.unconfined import Unsandboxed
from agents.box.view import View
from agents.box.watch import watch
from agents.errors import AgentsError, SandboxMissing
from agents.job import Attached, Limits, Workspace
from agents.process import Process
from agents.text import decode

_RECHECK_S = 30.0
_TRIAL_S = 20.0
_probed: dict[str, tuple[str, float]] = {}


class Bubblewrap:
    """`ports.Sandbox` by bubblewrap. extra_paths: the administrator's folders, seen read-only."""

    label = "bubblewrap"

    def __init__(self, extra_paths: Sequence[Path] = ()) -> None:
        self._extra = tuple(Path(path) for path in extra_paths)

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
        """Start argv at the workspace; CannotRun when the program is not there inside."""
        seen = View(
            workspace, limits, self._extra,
            network=network, writable=writable, environment_writable=environment_writable,
            attached=attached or Attached(),
        )  # fmt: skip
        words = checked_words(argv)
        variables = seen.variables(environment or {})
        seen.check_program(words[0], variables.get("PATH", ""))
        started = launch(seen, view.setenv(variables), words, stdin)
        folders = [workspace.root] if writable else []
        folders += [workspace.environment] if workspace.environment and environment_writable else []
        folders += [each.host for each in seen.attached.mounts if each.is_writable]
        watch(started.process, limits, folders, started.group.bounded)
        return started.process


def choose(*, unsafe: bool, extra_paths: Sequence[Path] = ()) -> Bubblewrap | Unsandboxed:
    """The sandbox of this host; SandboxMissing with reason and mend where there is none."""
    if unsafe:
        return Unsandboxed(extra_paths)
    reason = probe()
    if reason:
        raise SandboxMissing(reason)
    return Bubblewrap(extra_paths)


def probe() -> str:
    """ "" when the sandbox works on this host, else why not and the mend, in sentences.

    Tried by really running a program; a failure is tried again after half a minute.
    """
    found = shutil.which("bwrap") or ""
    reason, until = _probed.get(found, ("", 0.0))
    if time.monotonic() >= until:
        reason = _try_it() if found else _NO_BWRAP
        _probed[found] = (reason, time.monotonic() + (_RECHECK_S if reason else 10**9))
    return reason


def _try_it() -> str:
    with tempfile.TemporaryDirectory(prefix="honk-probe-") as folder:
        root = Path(folder)
        space = Workspace(root, root / "none", root / "none", "", "")
        try:
            trial = Bubblewrap().start(("true",), space, replace(Limits(), processes=64))
        except AgentsError as error:
            return _why(str(error))
        said = b""
        while chunk := trial.read(_TRIAL_S):
            said += chunk
        code = trial.wait(_TRIAL_S)
        trial.kill()
        return "" if code == 0 else _why(decode(said))


_NO_BWRAP = (
    "bubblewrap is not installed, so agents cannot be isolated. Install it (Debian and Ubuntu: "
    "apt install bubblewrap) and try again."
)
_TOO_OLD = "This bubblewrap is too old; version 0.8 or newer is needed."
_NO_NAMESPACES = (
    "This host does not let us make user namespaces, so agents cannot be isolated. As root: "
    "sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000, on Ubuntu also "
    "kernel.apparmor_restrict_unprivileged_userns=0; in a container give it the right to."
)
_NO_PROC = (
    "The sandbox cannot mount /proc here. In Docker start the container with --security-opt "
    "systempaths=unconfined."
)
_REASONS = (
    (r"[Uu]nknown option", _TOO_OLD),
    (r"uid map|user namespace|No permissions to create|Creating new namespace", _NO_NAMESPACES),
    (r"unshare|clone", _NO_NAMESPACES),
    (r"mount proc|/proc", _NO_PROC),
)


def _why(said: str) -> str:
    known = next((words for mark, words in _REASONS if re.search(mark, said)), "")
    return known or f"bubblewrap does not work on this host: {said.strip()[:300]}"


__all__ = ["Bubblewrap", "Unsandboxed", "choose", "probe"]
