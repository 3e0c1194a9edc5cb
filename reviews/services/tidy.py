"""Removes what dead workers left on this machine's disk; caches only, never records."""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings

from agents import worktree
from agents.git import Mirror
from reviews.models import Run
from reviews.services import kept, place
from reviews.states import RUN_LIVE

COLLECT_AFTER_S = 24 * 3600.0


def tidy() -> None:
    """Look after this machine's caches; each worker machine does so for its own."""
    worktree.prune_leftovers(Path(settings.HONK_DATA) / "work", _live_names)
    for path in sorted((Path(settings.HONK_DATA) / "mirrors").glob("*.git")):
        _collect(path)
    kept.trim()


def _live_names() -> set[str]:
    """Folders of runs that have not ended: worktrees, and sockets beside them."""
    runs = Run.objects.filter(status__in=RUN_LIVE).only("pk")
    kinds = (place.folder_of, place.sockets_of, place.note_of)
    return {made(run).name for run in runs for made in kinds}


def _collect(path: Path) -> None:
    """Pack a mirror once a day; its marker is touched first, so that one worker does it."""
    marker = path / "honk.collected"
    if marker.exists() and time.time() - marker.stat().st_mtime < COLLECT_AFTER_S:
        return
    is_new = not marker.exists()
    marker.touch()
    if not is_new:
        Mirror(path).collect()
