"""Tests that were rewritten, renamed or moved and demand as much as before: calm items at most."""

from __future__ import annotations

import pytest

from tests.agents.guard_changes import changed, kinds
from tests.agents.guard_parts import HEAD, OTHER, TEST, case, source

HELPED = "def holds(x):\n    assert x == 2\n    assert x < 9\n\ndef test_f():\n    x = f(1)\n    holds(x)\n"
HONEST = {
    "a test more": source(TEST, "def test_g():\n    assert f(5) == 6\n"),
    "an assertion more": source(TEST + "    assert x > 0\n"),
    "another name": source(TEST.replace("test_f", "test_f_of_one")),
    "another order": HEAD + TEST + "\n\n" + OTHER,
    "a docstring": source(TEST.replace("    x =", '    """One."""\n    x =')),
    "a class around": HEAD + OTHER + "class TestF:\n    " + TEST.replace("()", "(self)").replace(
        "\n    ", "\n        "),
    "a helper": source(HELPED),
    "one assertion of two": source("def test_f():\n    x = f(1)\n    assert x == 2 and x < 9\n"),
    "a loop": source("def test_f():\n    for y in (2, 9):\n        assert f(1) <= y\n"),
    "a product's own skip": source(TEST.replace("    x = f(1)", "    x = f(1).skip(3)")),
    "an except that fails": source(
        "def test_f():\n    try:\n        x = f(1)\n        assert x == 2\n        assert x < 9\n"
        "    except AssertionError:\n        print('x')\n        raise\n"),
    "a stronger comparison": source(TEST.replace("assert x < 9", "assert x == 2 + 0")),
}  # fmt: skip


@pytest.mark.parametrize("how", HONEST)
def test_honest_work_on_a_test_is_at_most_one_calm_item(how: str) -> None:
    calm = [] if how in ("a test more", "a docstring") else ["test_changed"]
    assert kinds(changed("tests/test_a.py", source(TEST), HONEST[how])) == calm


def test_a_test_of_unittest_written_for_pytest_is_a_changed_test_and_no_more() -> None:
    before = case("self.assertEqual(f(1), 2)\nself.assertIn(3, f(4))\nself.assertIsNone(f(5))")
    after = (
        HEAD
        + "def test_f():\n    assert f(1) == 2\n    assert 3 in f(4)\n    assert f(5) is None\n"
    )
    assert kinds(changed("tests/test_a.py", before, after)) == ["test_changed"]


def test_a_file_split_in_two_and_a_moved_folder_are_told_as_moved() -> None:
    parts = [
        changed("tests/test_b.py", None, HEAD + OTHER),
        changed("tests/test_c.py", None, HEAD + TEST),
    ]
    assert kinds(changed("tests/test_a.py", source(TEST), None), *parts) == ["test_moved"]
    away = changed("tests/unit/test_a.py", source(TEST), source(TEST), old_path="tests/test_a.py")
    assert kinds(away) == ["test_moved"]


def test_a_moved_test_must_be_as_good_as_it_was() -> None:
    gone = changed("tests/test_a.py", source(TEST), HEAD + OTHER)
    for poorer in ("def test_f():\n    pass\n", "@pytest.mark.skip\n" + TEST):
        assert "tests_removed" in kinds(gone, changed("tests/test_b.py", None, HEAD + poorer))
    there = changed("tests/test_b.py", HEAD + TEST, HEAD + TEST + "\n")
    assert kinds(gone, there) == ["tests_removed"]
