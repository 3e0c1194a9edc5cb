"""The keys of model services that this process holds."""

from __future__ import annotations

from django.conf import settings


def model_keys() -> dict[str, tuple[str, str]]:
    """Service's name to (key, base URL; empty: the usual one), of those whose key is set."""
    found = {"anthropic": (settings.HONK_AGENT_KEY, settings.HONK_AGENT_URL)}
    found |= settings.HONK_MODEL_KEYS
    return {name: (key, url) for name, (key, url) in found.items() if key}
