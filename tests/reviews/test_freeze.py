"""What is examined of a snapshot before it is shown: names as they are, and stored as shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.git import Mirror
from reviews.services import freeze
from tests import factories
from tests.agents import gits

pytestmark = pytest.mark.django_db


def test_a_name_that_misleads_is_found_and_kept_as_shown(tmp_path: Path) -> None:
    folder = gits.origin(tmp_path / "origin")
    base = gits.git(folder, "rev-parse", "HEAD")
    head = gits.commit(folder, {"gpj\u202e.sh": "x\n", b"bad\xff/AGENTS.md": "x\n"})
    round_ = factories.reviewable().rounds.get()

    material = freeze.examine(Mirror(folder / ".git"), round_, base, head)

    assert {(item.kind, item.path) for item in material.guard} == {
        ("invisible", "gpj\\u202e.sh"),
        ("agent_instructions", "bad\\xff/AGENTS.md"),
    }
