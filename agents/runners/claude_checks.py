"""What runs when Claude Code wants to stop: the repository's checks, on its own tree.

The program's stop hook asks us over its control channel, so neither the hook nor how often it was
asked lies where the agent could change it. The checks themselves run in the sandbox.
"""

from __future__ import annotations

from collections.abc import Generator

from agents.checking import run_check
from agents.events import Event, Tick
from agents.job import Check, Job
from agents.ports import Sandbox
from agents.prompt import PromptParts, RedPart, compose

SEND_BACK = 2  # times at most
HOOK = "stop"
_SLACK_S = 120.0


def hook_settings(job: Job) -> dict[str, object]:
    """The hooks of the `initialize` request; its time is in seconds."""
    if not job.checks:
        return {}
    timeout = int(sum(check.timeout for check in job.checks) + _SLACK_S)
    return {"Stop": [{"matcher": None, "hookCallbackIds": [HOOK], "timeout": timeout}]}


class StopHook:
    """Counts what it sent back, and sends nothing more after that."""

    def __init__(self, job: Job, sandbox: Sandbox) -> None:
        self._job = job
        self._sandbox = sandbox
        self._sent_back = 0

    def ask(self) -> Generator[Event | Tick, None, dict[str, object]]:
        """Run the checks; the hook's answer: nothing, or the failing part and to go on."""
        if self._sent_back >= SEND_BACK:
            return {}
        reds = []
        for number, check in enumerate(self._job.checks):
            red = yield from self._run(check, f"check-{self._sent_back + 1}-{number + 1}")
            reds += [red] if red else []
        if not reds:
            return {}
        self._sent_back += 1
        reason = compose(PromptParts("", reds=tuple(reds)))
        return {"decision": "block", "reason": reason}

    def _run(self, check: Check, part: str) -> Generator[Event | Tick, None, RedPart | None]:
        done = yield from run_check(
            check, self._job, self._sandbox, part, title=f"check {check.name}"
        )
        said = done.outcome
        if done.changed:
            yield Event("note", {"text": f"{check.name}: {done.told}"}, part, source="system")
        if said.status == "error":  # nothing that the agent could mend
            yield Event("note", {"text": f"{check.name}: {said.reason}"}, part, source="system")
        return (
            None
            if said.status in ("passed", "error")
            else RedPart(check.name, said.reason, said.excerpt)
        )
