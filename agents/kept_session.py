"""A runner's conversation made fit to store: masked string by string, bounded."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

MAX_CHARACTERS = 16 * 1024 * 1024


def storable(session: str, mask: Callable[[str], str]) -> str:
    """session with its secrets masked, and still JSON when it was JSON.

    A mask over the whole text could swallow quotes between two strings. What is larger than
    MAX_CHARACTERS is not kept: a part of a conversation cannot be gone on with.
    """
    if len(session) > MAX_CHARACTERS:
        return ""
    try:
        value = json.loads(session)
        return json.dumps(_masked(value, mask)) if isinstance(value, dict | list) else mask(session)
    except (ValueError, RecursionError):
        return mask(session)


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(item, mask) for item in value]
    if isinstance(value, dict):
        return {mask(str(key)): _masked(item, mask) for key, item in value.items()}
    return value
