"""A machine's caches: what is in use stays, what nothing uses goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import LazySettings

from agents.git import Mirror
from reviews.services import place, tidy
from reviews.states import RunStatus
from tests import factories
from tests.agents import gits

pytestmark = pytest.mark.django_db


def test_worktrees_of_ended_runs_go_and_those_of_live_ones_stay(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.HONK_DATA = tmp_path
    round_ = factories.round_(factories.change())
    live = factories.run(round_, status=RunStatus.RUNNING)
    ended = factories.run(round_)
    for run in (live, ended):
        place.folder_of(run).mkdir(parents=True)
    tidy.tidy()
    assert place.folder_of(live).exists()
    assert not place.folder_of(ended).exists()


def test_a_mirror_is_packed_once_a_day(tmp_path: Path, settings: LazySettings) -> None:
    settings.HONK_DATA = tmp_path
    origin = gits.origin(tmp_path / "origin")
    mirror = Mirror(tmp_path / "mirrors" / "1.git")
    mirror.ensure()
    mirror.fetch(str(origin), "main")
    marker, packs = mirror.path / "honk.collected", mirror.path / "objects" / "pack"
    tidy.tidy()
    assert not list(packs.glob("*.pack"))
    os.utime(marker, (0, 0))
    tidy.tidy()
    assert list(packs.glob("*.pack"))
    assert marker.stat().st_mtime > 0
