"""A repository's check on the agent's own tree: how it ended, and what changed there meanwhile.

It helps the agent and decides nothing. The server's verdict is another run, on a clean checkout; a
check that changes what it judges is void there, so the agent has to know.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

from agents.errors import AgentsError
from agents.events import TICK, Event, Tick
from agents.job import Check, Job, Outcome
from agents.output import READ_S, Program, play
from agents.ports import Sandbox
from agents.text import Kept
from agents.verifiers import judge

MOST_NAMED = 5
_LOOK_S = 20.0
_MOST_BYTES = 4 * 1024 * 1024
# A line for each file that is not as git knows it: its sum, or that it is gone. What no snapshot
# takes (see worktree.DEBRIS) is left out.
_LOOK = """
git rev-parse --git-dir >/dev/null 2>&1 || exit 9
list() {
    git -c core.quotePath=off ls-files -z "$@" --exclude-standard \\
        -x __pycache__/ -x '*.py[co]' -x .pytest_cache/ -x .DS_Store
}
list -d | tr '\\0' '\\n' | sed 's/^/gone  /'
list -m -o | sort -zu | xargs -0 -r sha1sum -- 2>/dev/null
exit 0
"""
Looked = Generator[Event | Tick, None, frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Checked:
    """outcome: of the check. changed: files that changed while it ran; the first few, sorted."""

    outcome: Outcome
    changed: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """A sentence about what changed; empty when nothing did."""
        if not self.changed:
            return ""
        named = ", ".join(self.changed[:MOST_NAMED])
        more = " and more" if len(self.changed) > MOST_NAMED else ""
        return f"While it ran, files of the tree changed: {named}{more}."


def run_check(
    check: Check, job: Job, sandbox: Sandbox, part: str, parent: str = "", title: str = ""
) -> Generator[Event | Tick, None, Checked]:
    """Run one check with its events; a program that cannot be started is an error, not a raise."""
    kept = Kept()
    program = Program(
        check.argv, job.workspace, job.limits, part, parent, title=title or check.name,
        timeout_s=check.timeout,
    )  # fmt: skip
    try:
        before = yield from _look(job, sandbox)
        ended = yield from play(program, sandbox, kept)
        after = yield from _look(job, sandbox)
    except AgentsError as fault:
        return Checked(Outcome("error", str(fault), fault=fault.fault))
    said = judge(check.argv, ended.code, kept.text())
    if ended.because:
        excerpt = said.excerpt or kept.last_lines(30)
        said = Outcome("failed", ended.because, excerpt=excerpt)
    return Checked(said, _changed(before, after))


def _look(job: Job, sandbox: Sandbox) -> Looked:
    """What of the tree is not as git knows it; None when that cannot be told in time."""
    process = sandbox.start(("sh", "-c", _LOOK), job.workspace, job.limits, writable=False)
    until = time.monotonic() + _LOOK_S
    said = b""
    while (data := process.read(READ_S)) != b"":
        said += data or b""
        if time.monotonic() > until or len(said) > _MOST_BYTES:
            process.kill()
            return None
        yield TICK
    return frozenset(said.decode("utf-8", "replace").splitlines()) if process.wait() == 0 else None


def _changed(before: frozenset[str] | None, after: frozenset[str] | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ()
    return tuple(sorted({line.partition("  ")[2] for line in before ^ after}))
