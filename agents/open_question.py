"""A question that waits, on disk beside the worktree, so that it outlives its worker."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agents.beside import folder_beside, keep, place_beside
from agents.events import JSON

_BESIDE, _FILE = "question", "resume.json"


@contextmanager
def written_down(root: Path, resume: Mapping[str, JSON] | None) -> Iterator[None]:
    """While it is waited for: what the run that gets the answer resumes from.

    resume: as the Outcome of a run that parks with it.
    """
    with folder_beside(root, _BESIDE) as folder:
        keep(folder / _FILE, json.dumps(dict(resume or {})))
        yield


def left(root: Path) -> dict[str, JSON]:
    """What a run that was killed while it waited had written down; empty when it did not wait."""
    try:
        found = json.loads((place_beside(root, _BESIDE) / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
