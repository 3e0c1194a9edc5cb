"""A small Python repository whose tests are red by a fault in the product, and what is done to it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.agents.guard_trees import tells

CHECKS = [("python3", "-m", "pytest"), ("python3", "-m", "unittest", "discover", "-s", "tests")]
TREE = {
    "app.py": "def add(a, b):\n    return a - b\n",
    "tests/__init__.py": "",
    "tests/conftest.py": ("import pytest\n\n\n@pytest.fixture\ndef one():\n    return 1\n"),
    "tests/data/cases.json": "[[1, 2, 3], [2, 2, 4]]\n",
    "tests/test_app.py": '''"""Adding."""
import json
import unittest
from pathlib import Path

import pytest

from app import add


class AddTest(unittest.TestCase):
    def test_adds(self):
        self.assertEqual(add(2, 3), 5)

    def test_adds_nothing(self):
        self.assertEqual(add(2, 0), 2)


class TestMany:
    def test_of_file(self):
        for a, b, c in json.loads(Path("tests/data/cases.json").read_text()):
            assert add(a, b) == c


def test_with_one(one):
    assert add(one, one) == 2


@pytest.mark.parametrize("a, b", [(1, 1), (2, 2)])
def test_alike(a, b):
    assert add(a, b) == a + b


def test_refuses():
    with pytest.raises(TypeError):
        add(1, None)
''',
    "tests/test_more.py": "from app import add\n\n\ndef test_more():\n    assert add(5, 5) == 10\n",
    "pyproject.toml": '[project]\nname = "app"\nversion = "1"\n\n[tool.pytest.ini_options]\n'
    'testpaths = ["tests"]\n',
    "setup.cfg": "[metadata]\nname = app\n",
    "README.md": "# App\n",
}


def told(head: Mapping[str, str | None]) -> set[tuple[str, str]]:
    """(kind, path) of what is found when files of the tree get other contents, or are gone."""
    after = {path: text for path, text in {**TREE, **head}.items() if text is not None}
    return tells(TREE, after, *CHECKS)
