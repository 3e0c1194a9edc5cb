"""What the guard is given of a snapshot, by real git: renames as git finds them, and the tree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from agents.git import Mirror
from reviews.services import freeze
from tests import factories
from tests.agents import gits

pytestmark = pytest.mark.django_db
Files = Mapping[str | bytes, str | bytes | None]
TEST = (
    "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.fail()\n"
)
NOTES = "".join(f"# line {number} of notes that nobody reads\n" for number in range(40))
PATCH = "import app\napp.add = lambda a, b: a + b\n"
BASE: Files = {
    "shop/__init__.py": "", "shop/unit/__init__.py": "", "shop/unit/test_cart.py": TEST,
    "docs/notes.txt": NOTES, ".gitignore": "*.log\n", "src/a.py": NOTES,
}  # fmt: skip


def told(tmp_path: Path, head: Files) -> set[tuple[str, str]]:
    folder = gits.origin(tmp_path / "origin")
    gits.commit(folder, BASE)
    base = gits.git(folder, "rev-parse", "HEAD")
    commit = gits.commit(folder, head)
    round_ = factories.reviewable().rounds.get()
    material = freeze.examine(Mirror(folder / ".git"), round_, base, commit)
    return {(item.kind, item.path) for item in material.guard}


def test_a_package_that_is_gone_is_told_though_nothing_was_added(tmp_path: Path) -> None:
    assert told(tmp_path, {"shop/__init__.py": None}) == {("test_moved", "shop/__init__.py")}


def test_a_line_that_hides_files_of_the_tree_is_told_though_nothing_was_added(
    tmp_path: Path,
) -> None:
    assert told(tmp_path, {".gitignore": "*.log\nunit/\n"}) == {("attributes", ".gitignore")}


def test_notes_that_become_a_test_are_read_as_a_new_one(tmp_path: Path) -> None:
    head: Files = {"docs/notes.txt": None, "tests/test_aa.py": NOTES + PATCH}
    assert told(tmp_path, head) == {("test_support", "tests/test_aa.py")}


def test_honest_moves_and_edits_are_no_items(tmp_path: Path) -> None:
    head: Files = {
        "src/a.py": None, "src/b.py": NOTES + "x = 1\n", ".gitignore": "*.log\n*.tmp\n",
        "docs/notes.txt": None, "docs/notes.md": NOTES,
    }  # fmt: skip
    assert told(tmp_path, head) == set()
