"""The sentence of runners that were never run against the live service."""

from __future__ import annotations

from reviews.services import live_service

NEVER = "never run against the live service"


def never_run() -> frozenset[str]:
    """Names of the runners of a model service that have yet to do so."""
    return live_service.RUNNERS - live_service.known()


def words_for(runner: str) -> str:
    """The sentence for one runner, empty for one that has, or that speaks with no service."""
    return NEVER if runner in live_service.RUNNERS and runner in never_run() else ""
