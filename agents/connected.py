"""A sandbox whose programs have one way out: the egress proxy of their run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from agents.drive import Value
from agents.egress import Egress
from agents.job import Attached, Limits, Outcome, Workspace
from agents.ports import Process, Sandbox


class Connected:
    """`ports.Sandbox` around another one: everything it starts finds the proxy."""

    def __init__(self, sandbox: Sandbox, egress: Egress) -> None:
        self._sandbox = sandbox
        self._egress = egress
        self.label = sandbox.label

    def start(
        self,
        argv: Sequence[str],
        workspace: Workspace,
        limits: Limits,
        *,
        environment: Mapping[str, str] | None = None,
        attached: Attached | None = None,
        **settings: Any,
    ) -> Process:
        """As the inner sandbox; what the caller gives its program goes before what we add."""
        own, given = self._egress.attached(), attached or Attached()
        both = replace(
            given, mounts=(*given.mounts, *own.mounts), relays=(*given.relays, *own.relays)
        )
        return self._sandbox.start(
            argv, workspace, limits, attached=both,
            environment={**self._egress.variables(), **(environment or {})}, **settings,
        )  # fmt: skip


def told(values: Iterator[Value], egress: Egress) -> Iterator[Value]:
    """values, with what the proxy has to tell in between, and its sums before the Outcome."""
    with closing(values):  # type: ignore[type-var] # generators close
        for value in values:
            yield from egress.notes()
            if isinstance(value, Outcome):
                yield from egress.summary()
            yield value
