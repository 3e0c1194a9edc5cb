"""What is to be done, within what limits, and how it ended: frozen values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agents.errors import Fault
from agents.events import JSON

WORKSPACE = "/workspace"  # where every agent and verifier finds the tree, whatever the host's path
ENVIRONMENT = "/env"  # where [setup] may build, and where agents and verifiers find it read-only


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run; times in seconds, sizes in bytes, money in US dollars (None: no cap)."""

    wall_s: float = 1800
    idle_s: float = 600
    steps: int = 200
    output_bytes: int = 50 * 1024 * 1024
    money_usd: float | None = None
    memory_bytes: int = 4 * 1024**3
    disk_bytes: int = 4 * 1024**3
    files: int = 200_000
    processes: int = 512


@dataclass(frozen=True, slots=True)
class Workspace:
    """A checkout on the host and what belongs beside it in the sandbox.

    root: the worktree (writable at WORKSPACE). git_dir: the mirror, read-only at its own path.
    admin_dir: the worktree's own folder inside the mirror (index, HEAD), read-only in the sandbox.
    environment: prepared folder for ENVIRONMENT. overlays: (host path, path in the tree) that
    [setup] made inside the tree (node_modules, .venv), read-only on top and never in a snapshot.
    start_tree: tree id the work begins from.
    """

    root: Path
    git_dir: Path
    admin_dir: Path
    base: str
    start_tree: str
    environment: Path | None = None
    overlays: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Mount:
    """A file, folder or socket of the host that one program sees at `inside`."""

    host: Path
    inside: str
    is_writable: bool = False


@dataclass(frozen=True, slots=True)
class Attached:
    """What one program gets in its sandbox besides the tree.

    relays: (port, path inside): connections to 127.0.0.1:port in the sandbox reach the Unix socket
    at that path, for programs that speak to addresses only. keeps_input: its input stays open for
    `Process.write` after the first words.
    """

    mounts: tuple[Mount, ...] = ()
    relays: tuple[tuple[int, str], ...] = ()
    keeps_input: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A verifier as an agent may run it on its own tree; the server's verdict is another run."""

    name: str
    argv: tuple[str, ...]
    timeout: float = 900
    required: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """One agent run. prompt: all that the agent is told this round; instruction: the first words.

    resume: what a parked run of the same round stored (runner's own JSON), else None.
    session: the conversation that this runner kept at the end of the change's run before, in a
    form of its own; empty when there is none. earlier: what was said before, in words, for a
    runner that finds it cannot go on with `session`; without one the prompt holds it already.
    checks: the repository's verifiers. comments: how many numbered comments the prompt holds, each
    of which the agent is to answer.
    options: the runner's own settings (argv of a command, model name, scripted recording).
    """

    run_id: int
    change: int
    round: int
    attempt: int
    prompt: str
    instruction: str
    workspace: Workspace
    limits: Limits = field(default_factory=Limits)
    options: Mapping[str, JSON] = field(default_factory=dict)
    resume: Mapping[str, JSON] | None = None
    session: str = ""
    earlier: str = ""
    checks: tuple[Check, ...] = ()
    comments: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money so far; a cost of None means unknown, never nothing.

    cost_usd: as the program tells it, which may be a lie. seen_usd: as we counted it ourselves from
    the answers of the model service; at least that much was spent.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    seen_usd: float | None = None


NOTHING_USED = Usage(cost_usd=0.0)  # no program was started and no model was called

OutcomeStatus = Literal["passed", "failed", "no_tests", "error", "cancelled", "timed_out", "parked"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. summary: the agent's own words. resume: conversation of a parked run.

    A parked run says what it waits for in resume["waits_for"]: answer, pause or money.
    session: the conversation, for the next run of the change by the same runner (see Job).

    counts: verifier's {passed, failed, skipped} where its output tells them.
    excerpt: the part of the output that a reader (or the agent in a repair) needs.
    """

    status: OutcomeStatus
    reason: str = ""
    fault: Fault | None = None
    retry: bool = False
    summary: str = ""
    usage: Usage = field(default_factory=Usage)
    resume: Mapping[str, JSON] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    excerpt: str = ""
    exit_code: int | None = None
    session: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Words for a running agent from a person of the change."""

    id: int
    text: str
    by: str
