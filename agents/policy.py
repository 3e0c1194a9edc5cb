"""`.honk.toml`: what a repository asks for, read from the base commit, never from the change.

`parse` never raises: whatever is wrong or unknown is told in `problems` and left out. The result is
frozen and goes to JSON and back, so that the server can keep it with the change.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from agents import verifiers
from agents.job import Limits
from agents.reach import is_pattern
from agents.runners.presets import PRESETS
from agents.specs import (
    DeploySpec,
    JudgeSpec,
    Policy,
    PreviewSpec,
    ReviewSpec,
    RunnerSpec,
    SandboxSpec,
    SetupSpec,
    VerifierSpec,
    from_json,
    to_json,
)
from agents.text import clean
from agents.toml_table import Table

__all__ = [
    "BUILT_IN_RUNNERS",
    "DEPLOY_WHEN",
    "EFFORTS",
    "FILE_NAME",
    "JUDGE_MODES",
    "STRATEGIES",
    "DeploySpec",
    "JudgeSpec",
    "Policy",
    "PreviewSpec",
    "ReviewSpec",
    "RunnerSpec",
    "SandboxSpec",
    "SetupSpec",
    "VerifierSpec",
    "find_verifiers",
    "from_json",
    "parse",
    "to_json",
]

FILE_NAME = ".honk.toml"
MAX_BYTES = 256 * 1024
LEAST_USD = 0.01
STRATEGIES = ("squash", "merge")
DEPLOY_WHEN = ("manual", "after_merge")
JUDGE_MODES = ("off", "advisory", "blocking")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
BUILT_IN_RUNNERS = ("scripted", "anthropic_api", "claude_code")


def parse(text: bytes | None) -> Policy:
    """The policy of a `.honk.toml`; None (no such file) is a policy of defaults."""
    if text is None:
        return Policy()
    if len(text) > MAX_BYTES:
        return Policy(
            problems=(f"{FILE_NAME} is larger than {MAX_BYTES} bytes; none of it holds.",)
        )
    try:
        raw = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        why = clean(str(error))[:200]
        return Policy(problems=(f"{FILE_NAME} cannot be read: {why}; none of it holds.",))
    problems: list[str] = []
    root = Table(raw, "", problems)
    policy = _policy(root)
    root.done()
    problems += _not_yet(policy)
    return dataclasses.replace(policy, problems=tuple(clean(each)[:300] for each in problems[:50]))


def _policy(root: Table) -> Policy:
    merge = _part(root, "merge", lambda table: table.word("strategy", STRATEGIES, "squash"))
    return Policy(
        verifiers=_verifiers(root),
        runners=_runners(root),
        setup=_part(root, "setup", _setup),
        strategy=merge or "squash",
        deploy=_part(root, "deploy", _deploy),
        preview=_part(root, "preview", _preview),
        sandbox=_part(root, "sandbox", _sandbox) or SandboxSpec(),
        limits=_part(root, "limits", _limits) or Limits(),
        review=_part(root, "review", _review) or ReviewSpec(),
        judge=_part(root, "judge", _judge) or JudgeSpec(),
    )


def _not_yet(policy: Policy) -> list[str]:
    """What is understood and written right, and has no effect in this version."""
    unused = {
        "[deploy]": policy.deploy,
        "[preview]": policy.preview,
    }
    return [f"{name} has no effect in this version." for name, value in unused.items() if value]


def _part[T](root: Table, key: str, read: Callable[[Table], T | None]) -> T | None:
    table = root.table(key)
    if table is None:
        return None
    value = read(table)
    table.done()
    return value


def _verifiers(root: Table) -> tuple[VerifierSpec, ...]:
    found: dict[str, VerifierSpec] = {}
    for table in root.tables("verifiers"):
        argv = table.texts("argv", required=True)
        name = table.text("name") or " ".join(argv)[:60]
        timeout = table.number("timeout", 900, 1, 24 * 3600)
        required = table.flag("required", True)
        table.done()
        if name in found:
            root.problems.append(f"Two verifiers are named {name!r}; the first one holds.")
        elif argv:
            found[name] = VerifierSpec(name, argv, timeout, required)
    return tuple(found.values())


def _runners(root: Table) -> tuple[RunnerSpec, ...]:
    table = root.table("runners")
    return tuple(
        spec for name in (table.names() if table else []) if (spec := _runner(table, name))
    )


def _runner(parent: Table | None, name: str) -> RunnerSpec | None:
    table = parent.table(name) if parent else None
    if table is None:
        return None
    built_in = name in BUILT_IN_RUNNERS
    preset = table.word("preset", ("", *PRESETS), "")
    argv = table.texts("argv", required=not (built_in or preset or name in PRESETS))
    if not built_in and name in PRESETS and all(word.startswith("-") for word in argv[:1]):
        preset = preset or name
    spec = RunnerSpec(
        name,
        argv,
        table.text("model"),
        table.word("effort", ("", *EFFORTS), ""),
        preset,
        table.word("protocol", ("", "acp"), ""),
        _kept(table),
    )
    table.done()
    if spec.preset and spec.protocol and not PRESETS[spec.preset].acp:
        label = PRESETS[spec.preset].label
        table.problems.append(f"{label} does not speak ACP; {table.place} takes its plain output.")
        spec = dataclasses.replace(spec, protocol="")
    return spec if spec.argv or spec.preset or built_in else None


def _kept(table: Table) -> tuple[str, ...]:
    """Folders below a program's home: plain relative paths, and never the home itself."""
    given = table.texts("keeps")
    good = tuple(name for name in given if _is_below(PurePosixPath(name)))
    if good != given:
        told = "must name folders below the program's home, without a slash in front and without .."
        table.problems.append(f"'keeps' in {table.place} {told}.")
    return good


def _is_below(path: PurePosixPath) -> bool:
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _setup(table: Table) -> SetupSpec | None:
    argv = table.texts("argv", required=True)
    locks, network = table.texts("locks"), table.flag("network", False)
    timeout = table.number("timeout", 1800, 1, 24 * 3600)
    return SetupSpec(argv, locks, network, timeout) if argv else None


def _deploy(table: Table) -> DeploySpec | None:
    spec = DeploySpec(
        table.texts("argv", required=True),
        table.texts("rollback"),
        table.text("health_url"),
        table.number("health_for_s", 30, 0, 24 * 3600),
        table.number("timeout_s", 600, 1, 24 * 3600),
        table.word("when", DEPLOY_WHEN, "manual"),
        table.texts("secrets"),
    )
    if spec.health_url and not spec.health_url.startswith(("http://", "https://")):
        table.problems.append("'health_url' in [deploy] must begin with http:// or https://.")
        spec = dataclasses.replace(spec, health_url="")
    return spec if spec.argv else None


def _preview(table: Table) -> PreviewSpec | None:
    argv = table.texts("argv", required=True)
    artifacts, page = table.texts("artifacts"), table.text("page")
    timeout = table.number("timeout", 600, 1, 24 * 3600)
    return PreviewSpec(argv, artifacts, page, timeout) if argv else None


def _sandbox(table: Table) -> SandboxSpec:
    hosts = table.texts("hosts")
    for host in (host for host in hosts if not is_pattern(host)):
        table.problems.append(f"{host!r} in [sandbox] is no name of a host; it is left out.")
    return SandboxSpec(tuple(host.lower() for host in hosts if is_pattern(host)))


def _limits(table: Table) -> Limits:
    usual = Limits()
    return Limits(
        wall_s=table.number("wall_s", usual.wall_s, 1, 24 * 3600),
        idle_s=table.number("idle_s", usual.idle_s, 1, 24 * 3600),
        steps=table.whole("steps", usual.steps, 1, 100_000),
        output_bytes=table.whole("output_bytes", usual.output_bytes, 1024, 1024**3),
        money_usd=_money(table),
        memory_bytes=table.whole("memory_bytes", usual.memory_bytes, 64 * 1024**2, 1024**4),
        disk_bytes=table.whole("disk_bytes", usual.disk_bytes, 1024**2, 1024**4),
        files=table.whole("files", usual.files, 1, 10_000_000),
        processes=table.whole("processes", usual.processes, 8, 100_000),
    )


def _money(table: Table) -> float | None:
    """The cap of one run; less than a cent counts as one, never as no cap."""
    money = table.number("money_usd", -1, 0, 100_000)
    if not 0 <= money < LEAST_USD:
        return None if money < 0 else money
    table.problems.append(
        f"'money_usd' in {table.place} is less than a cent; ${LEAST_USD} holds. "
        "Leave it out for no cap."
    )
    return LEAST_USD


def _review(table: Table) -> ReviewSpec:
    return ReviewSpec(
        approvals=table.whole("approvals", 1, 1, 20),
        two_person=table.flag_or_none("two_person"),
        repairs=table.whole("repairs", 2, 0, 10),
        reauthenticate=table.flag("reauthenticate", False),
        sensitive=table.texts("sensitive"),
    )


def _judge(table: Table) -> JudgeSpec:
    return JudgeSpec(
        mode=table.word("mode", JUDGE_MODES, "advisory"),
        model=table.text("model"),
        repairs=table.whole("repairs", 1, 0, 10),
    )


def find_verifiers(files: Mapping[str, bytes]) -> list[VerifierSpec]:
    """Verifiers by what a tree holds (path to content, bounded; see `verifiers.detect`)."""
    found = verifiers.detect(files)
    return [VerifierSpec(name, tuple(argv), found=True) for name, argv in found]
