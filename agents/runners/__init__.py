"""Agents behind one Protocol, each independent of the others and imported only when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.errors import UserFault
from agents.ports import Runner
from agents.runners.claude_binary import why_not
from agents.runners.presets import PRESETS, PROVIDERS

if TYPE_CHECKING:  # the policy knows the presets' names
    from agents.policy import Policy
    from agents.specs import RunnerSpec

BUILT_IN = ("scripted", "anthropic_api", "claude_code")
SUGGESTED = "suggested edit"  # with a blank, so that no runner of a repository is called so
MOST_NAMED = 20  # runners in one sentence
NO_KEY = "No API key is set on the server (ANTHROPIC_API_KEY); an administrator can add one."


@dataclass(frozen=True, slots=True)
class RunnerChoice:
    """A runner as a page offers it; why_not is a sentence when it cannot be chosen now."""

    name: str
    label: str
    why_not: str = ""


def available(
    policy: Policy,
    *,
    has_key: bool,
    is_sample: bool,
    providers: frozenset[str] | None = None,
    no_claude_code: str | None = None,
) -> list[RunnerChoice]:
    """Runners of a repository, the one to offer first in front.

    has_key: the server has a key for the model API; is_sample: the repository is our sample.
    providers: names of the model services whose keys the server has; None when it is not known.
    no_claude_code: why that program cannot be started where agents run; None: look on this machine.
    """
    own = [_own(spec, providers) for spec in policy.runners if spec.argv or spec.preset]
    own = [choice for choice in own if choice.name not in BUILT_IN]
    claude = RunnerChoice("anthropic_api", "Claude (API)", "" if has_key else NO_KEY)
    missing = why_not() if no_claude_code is None else no_claude_code
    both = [claude, RunnerChoice("claude_code", "Claude Code", claude.why_not or missing)]
    scripted = [RunnerChoice("scripted", "Recorded session")] if is_sample else []
    usable = [choice for choice in both if not choice.why_not]
    return [*scripted, *usable, *own, *(choice for choice in both if choice.why_not)]


def _own(spec: RunnerSpec, providers: frozenset[str] | None) -> RunnerChoice:
    """A program of the policy; a preset needs the key of the service that it talks to."""
    words = " ".join(spec.argv)
    preset = PRESETS.get(spec.preset)
    if preset is None:
        return RunnerChoice(spec.name, f"{spec.name}: {words}"[:120])
    model = f"model {spec.model}" if spec.model else "its usual model"
    label = f"{spec.name}: {preset.label}, {model} {words}".strip()[:120]
    provider = preset.provider(spec.model, providers or frozenset())
    is_open = providers is None or provider in providers
    return RunnerChoice(spec.name, label, "" if is_open else no_key(provider))


def no_key(provider: str) -> str:
    """The sentence for a model service whose key the server does not have."""
    known = PROVIDERS[provider]
    return (
        f"No API key of {known.label} is set on the server ({known.variable}); "
        "an administrator can add one."
    )


def load(
    name: str,
    policy: Policy,
    *,
    key: str = "",
    base_url: str = "",
    keys: Mapping[str, tuple[str, str]] | None = None,
) -> Runner:
    """The runner of that name; UserFault when the policy does not know it.

    key, base_url: of the model API; the environment's when empty. keys: of the services that
    programs with a preset talk to, provider's name to (key, base URL).
    """
    spec = policy.runner(name)
    if name in (SUGGESTED, "scripted"):
        return _without_model(name)
    model, effort = (spec.model, spec.effort) if spec else ("", "")
    if name == "anthropic_api":
        from agents.runners.anthropic_api import AnthropicRunner

        return AnthropicRunner(model=model, effort=effort, key=key, base_url=base_url)
    if name == "claude_code":
        from agents.runners.claude_code import ClaudeCodeRunner

        return ClaudeCodeRunner(model=model, effort=effort, key=key, base_url=base_url)
    if spec is not None and spec.protocol == "acp":
        from agents.runners.command_acp import AcpRunner

        return AcpRunner(spec, keys or {})
    if spec is not None and (spec.argv or spec.preset):
        from agents.runners.command import CommandRunner

        preset = PRESETS.get(spec.preset)
        return CommandRunner(name, spec.argv, preset=preset, model=spec.model, keys=keys)
    raise UserFault(_unknown(name, policy))


def _without_model(name: str) -> Runner:
    """The runners that are ours alone and call no model."""
    if name == SUGGESTED:
        from agents.runners.suggestion import SuggestionRunner

        return SuggestionRunner()
    from agents.runners.scripted import ScriptedRunner

    return ScriptedRunner()


def _unknown(name: str, policy: Policy) -> str:
    """The sentence for a name that neither we nor the policy know."""
    own = [spec.name for spec in policy.runners if spec.name not in BUILT_IN][:MOST_NAMED]
    named = ["anthropic_api", "claude_code", *own]  # the script is the sample's alone
    return (
        f"There is no runner named {name!r}; here are {', '.join(named)}. Give the instruction "
        f"again with one of them, or add [runners.{name}] to .honk.toml first."
    )
