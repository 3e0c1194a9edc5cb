"""The keys of model services that this process holds, and what it can offer by them."""

from __future__ import annotations

from django.conf import settings

from agents.runners import claude_binary

CLAUDE_CODE = "claude_code"  # the program, among what a process can offer


def model_keys() -> dict[str, tuple[str, str]]:
    """Service's name to (key, base URL; empty: the usual one), of those whose key is set."""
    found = {"anthropic": (settings.HONK_AGENT_KEY, settings.HONK_AGENT_URL)}
    found |= settings.HONK_MODEL_KEYS
    return {name: (key, url) for name, (key, url) in found.items() if key}


def can_offer() -> list[str]:
    """Names of the services whose keys this process holds, and CLAUDE_CODE if it can start that."""
    program = [] if claude_binary.why_not() else [CLAUDE_CODE]
    return sorted([*model_keys(), *program])
