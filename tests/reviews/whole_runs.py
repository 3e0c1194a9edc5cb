"""Whole runs on real git: a repository that was read, and what a worker does."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from reviews.models import Change, Person, Repository, Run
from reviews.services import identity, origins, work
from reviews.states import RunStatus
from tests import factories
from tests.agents import gits


@pytest.fixture
def owner() -> Person:
    return factories.administrator()


@pytest.fixture
def data(tmp_path: Path, settings: LazySettings) -> Path:
    """A folder of its own for mirrors and worktrees."""
    settings.HONK_DATA = tmp_path / "data"
    return tmp_path


def repository(
    folder: Path, files: dict[str | bytes, str | bytes | None], name: str = ""
) -> Repository:
    """A repository of these files that was read, as a worker would; its origin is in `folder`."""
    made = factories.repository(name, origin=str(gits.origin(folder / "origin", files)))
    origins.check_repository(made)
    made.refresh_from_db()
    assert not made.problem
    return made


def queued(change: Change) -> list[Run]:
    return list(Run.objects.filter(change=change, status=RunStatus.QUEUED).order_by("pk"))


def work_off(change: Change) -> Change:
    """Carry out whatever is queued for a change, as a worker would, until it waits for people."""
    for _ in range(10):
        for run in queued(change):
            work.carry_out(run.pk, identity.worker_name())
        if not queued(change):
            break
    change.refresh_from_db()
    return change
