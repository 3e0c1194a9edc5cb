"""Faults by whose they are, so that a page can say what to do next.

`fault` is one of user, agent, platform; `retry` says whether trying the same again can help.
The message is a whole sentence for a person and never holds a secret or a path of the host.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Fault = Literal["user", "agent", "platform"]


class AgentsError(Exception):
    """Base of every fault this package raises on purpose."""

    fault: ClassVar[Fault] = "platform"
    retry: ClassVar[bool] = True


class StepRefused(Exception):
    """Thrown into a runner at its `step` event: the run is being ended, the step must not begin.

    A runner that takes it may still give its Outcome, with the conversation as it stands.
    """


class UserFault(AgentsError):
    """The instruction, the repository or its policy is wrong; a person mends it."""

    fault = "user"
    retry = False


class AgentFault(AgentsError):
    """The agent did something that cannot be taken; the tree it left is not used."""

    fault = "agent"
    retry = True


class PlatformFault(AgentsError):
    """Our own machinery or its surroundings failed; nothing the person wrote is wrong."""


class SandboxMissing(PlatformFault):
    """No isolation can be had on this host; the message holds the reason and the mend."""

    retry = False


class SnapshotRefused(AgentFault):
    """The tree holds what git of ours must not enter (nested repository, device, overrun)."""


class CannotRun(UserFault):
    """A program that policy names is not there in the sandbox; the message says what to add."""


class RepositoryUnreachable(PlatformFault):
    """The origin did not answer or refused us."""


class PushRefused(AgentsError):
    """The origin did not take the merge commit.

    kind: stale (branch moved), dirty (checked-out tree has changes), refused (hook, protection).
    """

    fault = "user"

    def __init__(self, kind: Literal["stale", "dirty", "refused"], message: str) -> None:
        super().__init__(message)
        self.kind = kind
