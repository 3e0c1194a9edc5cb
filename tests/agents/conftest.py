"""A repository, its mirror and a worktree, for tests that need all three."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import worktree
from agents.git import Mirror
from agents.job import Workspace
from tests.agents.gits import git, mirror, origin


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return origin(tmp_path / "origin")


@pytest.fixture
def store(tmp_path: Path, source: Path) -> Mirror:
    made = mirror(tmp_path / "mirrors" / "1.git")
    made.fetch(str(source), "main")
    return made


@pytest.fixture
def space(store: Mirror, source: Path, tmp_path: Path) -> Workspace:
    return worktree.open_worktree(
        store, tmp_path / "work" / "run-1", git(source, "rev-parse", "main")
    )
