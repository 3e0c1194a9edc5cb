"""What a `.honk.toml` can say, as frozen values, and their way to JSON and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from agents.events import JSON
from agents.job import Limits


@dataclass(frozen=True, slots=True)
class VerifierSpec:
    """One check. timeout in seconds; found: by what the tree holds, not by the file."""

    name: str
    argv: tuple[str, ...]
    timeout: float = 900
    required: bool = True
    found: bool = False


@dataclass(frozen=True, slots=True)
class RunnerSpec:
    """[runners.NAME]: argv of a program, or model and effort of a built-in runner.

    preset: a program we know (agents.runners.presets), whose argv need not be given.
    protocol: how the program is spoken with, "acp" or empty for plain output.
    keeps: folders below its home that hold its sessions, when it speaks ACP.
    """

    name: str
    argv: tuple[str, ...] = ()
    model: str = ""
    effort: str = ""
    preset: str = ""
    protocol: str = ""
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetupSpec:
    """[setup]: run once per base and content of `locks`; timeout in seconds."""

    argv: tuple[str, ...]
    locks: tuple[str, ...] = ()
    network: bool = False
    timeout: float = 1800


@dataclass(frozen=True, slots=True)
class DeploySpec:
    """[deploy]: argv and rollback may hold {commit}; times in seconds."""

    argv: tuple[str, ...]
    rollback: tuple[str, ...] = ()
    health_url: str = ""
    health_for_s: float = 30
    timeout_s: float = 600
    when: str = "manual"
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewSpec:
    """[preview]: argv builds, artifacts are globs, page is served where one is named."""

    argv: tuple[str, ...]
    artifacts: tuple[str, ...] = ()
    page: str = ""
    timeout: float = 600


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """[sandbox]: names of hosts that may be reached, if the administrator agrees."""

    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewSpec:
    """[review]: two_person None means the rule of the house decides."""

    approvals: int = 1
    two_person: bool | None = None
    repairs: int = 2
    reauthenticate: bool = False
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """[judge]: a model that compares diff and instruction. mode: off, advisory or blocking.

    repairs: how often its veto may go back to the agent.
    """

    mode: str = "off"
    model: str = ""
    repairs: int = 1


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it. limits hold for agent runs; problems are sentences for the page."""

    verifiers: tuple[VerifierSpec, ...] = ()
    runners: tuple[RunnerSpec, ...] = ()
    setup: SetupSpec | None = None
    strategy: str = "squash"
    deploy: DeploySpec | None = None
    preview: PreviewSpec | None = None
    sandbox: SandboxSpec = field(default_factory=SandboxSpec)
    limits: Limits = field(default_factory=Limits)
    review: ReviewSpec = field(default_factory=ReviewSpec)
    judge: JudgeSpec = field(default_factory=JudgeSpec)
    problems: tuple[str, ...] = ()

    def runner(self, name: str) -> RunnerSpec | None:
        """[runners.NAME], or None."""
        return next((spec for spec in self.runners if spec.name == name), None)


def to_json(policy: Policy) -> dict[str, JSON]:
    """policy as plain JSON; `from_json` reads it back."""
    return cast(dict[str, JSON], _plain(dataclasses.asdict(policy)))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def from_json(stored: Mapping[str, Any]) -> Policy:
    """A policy that `to_json` made; an empty mapping is a policy of defaults."""
    many: dict[str, Any] = {"verifiers": VerifierSpec, "runners": RunnerSpec}
    one: dict[str, Any] = {
        "setup": SetupSpec,
        "deploy": DeploySpec,
        "preview": PreviewSpec,
        "sandbox": SandboxSpec,
        "limits": Limits,
        "review": ReviewSpec,
        "judge": JudgeSpec,
    }
    values: dict[str, Any] = {}
    for name in (item.name for item in dataclasses.fields(Policy) if item.name in stored):
        value = stored[name]
        if name in many:
            values[name] = tuple(_record(many[name], item) for item in value)
        elif name in one:
            values[name] = _record(one[name], value) if value is not None else None
        else:
            values[name] = tuple(value) if isinstance(value, list | tuple) else value
    return Policy(**values)


def _record[T](kind: Callable[..., T], stored: Mapping[str, Any]) -> T:
    known = {item.name for item in dataclasses.fields(cast(Any, kind))}
    return kind(
        **{
            key: tuple(value) if isinstance(value, list) else value
            for key, value in stored.items()
            if key in known
        }
    )
