"""Where the real Claude Code is on this machine: named, bundled with its SDK, or on the PATH."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

NAMED = "HONK_CLAUDE"
MISSING = (
    "Claude Code is not installed on the server. Install requirements-claude.txt, put a `claude` "
    f"on its PATH, or name the program in {NAMED}."
)
NOT_NATIVE = (
    "The `claude` of the server is a script; the sandbox needs the native program. Install "
    f"requirements-claude.txt, or name it in {NAMED}."
)
_MAGIC = b"\x7fELF"


def find() -> Path | None:
    """The program's own file, links followed; None when there is none that can be mounted."""
    found = _candidate()
    return found if found is not None and _is_native(found) else None


def why_not() -> str:
    """A sentence for people when `find` finds nothing, else empty."""
    found = _candidate()
    if found is None:
        return MISSING
    return "" if _is_native(found) else NOT_NATIVE


def _candidate() -> Path | None:
    named = os.environ.get(NAMED, "")
    if named:
        path = Path(named)
        return path.resolve() if path.is_file() else None
    bundled = _bundled()
    if bundled is not None:
        return bundled
    on_path = shutil.which("claude")
    return Path(on_path).resolve() if on_path else None


def _bundled() -> Path | None:
    """The program inside claude-agent-sdk, which is not imported for it."""
    try:
        spec = importlib.util.find_spec("claude_agent_sdk")
    except (ImportError, ValueError):
        return None
    places = spec.submodule_search_locations if spec else None
    found = [Path(place) / "_bundled" / "claude" for place in places or ()]
    return next((path.resolve() for path in found if path.is_file()), None)


def _is_native(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC and os.access(path, os.X_OK)
    except OSError:
        return False
