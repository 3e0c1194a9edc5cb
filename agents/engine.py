"""Runs an agent, a verifier or a set-up and tells what happens, as one iterator.

NOT responsible for git (it neither checks trees nor makes commits; the caller keeps or drops the
tree), for the database (it stores nothing), or for any status of a change (it says how a run ended,
the caller decides what follows).

What it guarantees: exactly one Outcome, as the last value; a value at least every 100 ms; limits
checked in one place, before each step; no process left when the Outcome is given; nothing given
that is not masked, bounded and storable.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from agents.drive import Drive, Settings, Value
from agents.events import JSON, Event, Source
from agents.job import Job, Limits, Outcome, Workspace
from agents.limits import Watch
from agents.output import Ended, Program, play
from agents.policy import SetupSpec, VerifierSpec
from agents.ports import Control, Runner, Sandbox
from agents.pump import Items, Pump
from agents.stream import Redactor
from agents.text import Kept
from agents.verifiers import judge

GRACE_S = 10.0
PAUSE_GRACE_S = 30.0
_NO_NETWORK = (
    "[setup] asks for the network; an administrator has not allowed it for this repository, "
    "so it runs without."
)


def run(
    job: Job,
    runner: Runner,
    sandbox: Sandbox,
    control: Control,
    *,
    redactor: Redactor | None = None,
    clock: Callable[[], float] = time.monotonic,
    grace_s: float = GRACE_S,
    pause_grace_s: float = PAUSE_GRACE_S,
) -> Iterator[Value]:
    """Let `runner` carry `job` out; see the module for what is guaranteed.

    A stop or a limit interrupts the run, waits `grace_s` s for it to end, then kills it. A pause or
    the money cap waits up to `pause_grace_s` s for the runner to park itself at a step, then does
    the same; the Outcome is "parked" and says in resume["waits_for"] what for. `clock` gives
    seconds for the limits.
    """
    start = Event("start", {"runner": runner.name, "sandbox": sandbox.label}, source="system")
    pump = Pump(lambda box, hands: runner.run(job, box, hands), sandbox, control)
    settings = Settings(redactor, clock, grace_s, pause_grace_s)
    return Drive(pump, Watch(job.limits, "agent", clock), settings).values(start)


def verify(
    spec: VerifierSpec,
    workspace: Workspace,
    sandbox: Sandbox,
    limits: Limits,
    control: Control,
    *,
    redactor: Redactor | None = None,
    clock: Callable[[], float] = time.monotonic,
    grace_s: float = GRACE_S,
) -> Iterator[Value]:
    """Run one verifier at a clean checkout; which tree that is, the caller checks.

    Outcome: passed, failed, no_tests, timed_out, cancelled, or error ("Cannot run: ..." with what
    to add). `spec.timeout` s bounds the whole run and its silence.
    """
    limits = replace(limits, wall_s=spec.timeout, idle_s=spec.timeout)
    program = Program(spec.argv, workspace, limits, "verifier", source="verifier")

    def items(box: Sandbox, _hands: Control) -> Iterator[Value]:
        kept = Kept()
        ended = yield from play(program, box, kept)
        said = judge(spec.argv, ended.code, kept.text())
        yield replace(said, status="failed", reason=ended.because) if ended.because else said

    start = _start(spec.name, sandbox, spec.argv)
    settings = Settings(redactor, clock, grace_s)
    return _values(items, start, sandbox, control, program, settings)


def setup(
    spec: SetupSpec,
    workspace: Workspace,
    sandbox: Sandbox,
    limits: Limits,
    control: Control,
    *,
    network_allowed: bool = False,
    redactor: Redactor | None = None,
    clock: Callable[[], float] = time.monotonic,
    grace_s: float = GRACE_S,
) -> Iterator[Value]:
    """Run `[setup]` at a checkout of the base commit with ENVIRONMENT writable.

    Network only when the policy asks for it and `network_allowed`; a refusal is told. Outcome:
    passed, failed (the repository's fault), timed_out, cancelled or error.
    """
    limits = replace(limits, wall_s=spec.timeout, idle_s=spec.timeout)
    program = Program(
        spec.argv,
        workspace,
        limits,
        "setup",
        source="sandbox",
        network=spec.network and network_allowed,
        environment_writable=True,
    )
    refused = spec.network and not network_allowed

    def items(box: Sandbox, _hands: Control) -> Iterator[Value]:
        kept = Kept()
        if refused:
            yield Event("note", {"text": _NO_NETWORK}, source="system")
        ended = yield from play(program, box, kept)
        yield _set_up(ended, kept.last_lines(30), refused)

    start = _start("setup", sandbox, spec.argv)
    settings = Settings(redactor, clock, grace_s)
    return _values(items, start, sandbox, control, program, settings)


def _start(name: str, sandbox: Sandbox, argv: tuple[str, ...]) -> Event:
    data: dict[str, JSON] = {"runner": name, "sandbox": sandbox.label, "argv": [*argv]}
    return Event("start", data, source="system")


def _values(
    items: Items,
    start: Event,
    sandbox: Sandbox,
    control: Control,
    program: Program,
    settings: Settings,
) -> Iterator[Value]:
    live: Source = program.source
    watch = Watch(program.limits, live, settings.clock)
    return Drive(Pump(items, sandbox, control), watch, settings).values(start)


def _set_up(ended: Ended, excerpt: str, refused: bool) -> Outcome:
    if ended.code == 0:
        return Outcome("passed", exit_code=0, excerpt=excerpt)
    why = f"[setup] ended with exit {ended.code}. {ended.because}".strip()
    if refused:
        why += " It asks for the network, which an administrator can allow for this repository."
    return Outcome("failed", why, fault="user", excerpt=excerpt, exit_code=ended.code)
