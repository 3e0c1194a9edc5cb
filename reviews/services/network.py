"""The hosts that an agent's run may reach: named by the repository, allowed by an administrator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agents.connected import Connected, told
from agents.drive import Value
from agents.egress import Egress
from agents.policy import Policy
from agents.ports import Sandbox
from agents.sandbox import Bubblewrap
from reviews.services import place
from reviews.services.bench import Bench

_NOT_ALLOWED = (
    "[sandbox] names hosts; an administrator has not allowed them for this repository, so the "
    "agent runs without network."
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a run's programs start, and what its values must be passed through."""

    sandbox: Sandbox
    told: Callable[[Iterator[Value]], Iterator[Value]]


@contextmanager
def surroundings(bench: Bench, pinned: Policy) -> Iterator[Surroundings]:
    """The change's sandbox, with a way to the hosts of [sandbox] where that is allowed."""
    box = place.sandbox_for(bench.change)
    hosts = pinned.sandbox.hosts
    if hosts and not bench.change.repository.may_use_hosts:
        bench.recorder.note(_NOT_ALLOWED)
        hosts = ()
    if not hosts or not isinstance(box, Bubblewrap):  # without isolation there is nothing to lead
        yield Surroundings(box, lambda values: values)
        return
    bench.recorder.note(f"This run may reach {', '.join(hosts)[:2000]}, on port 443.")
    with Egress(hosts, place.sockets_of(bench.run)) as egress:
        yield Surroundings(Connected(box, egress), lambda values: told(values, egress))
