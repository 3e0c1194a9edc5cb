"""Assertions and cases that became fewer or weaker, and values that are expected now."""

from __future__ import annotations

import pytest

from tests.agents.guard_changes import changed, kinds, only
from tests.agents.guard_parts import HEAD, TEST, source


def test_dropped_assertions_are_counted() -> None:
    found = only("tests/test_a.py", source(TEST), source(TEST.replace("    assert x < 9\n", "")))
    assert (found.kind, found.text) == ("checks_dropped", "test_f: 2 assertions before, 1 after.")
    held = TEST.replace("    assert x < 9", "    return\n    assert x < 9")
    found = only("tests/test_a.py", source(TEST), source(held))
    assert "1 stand where they cannot fail it" in found.text


def test_cases_of_a_table_are_counted() -> None:
    def table(*rows: str) -> str:
        given = ", ".join(rows)
        return HEAD + (
            f"@pytest.mark.parametrize('a, b', [{given}])\ndef test_f(a, b):\n    assert f(a) == b\n"
        )

    found = only("test_a.py", table("(1, 2)", "(2, 3)", "(3, 4)"), table("(1, 2)"))
    assert (found.kind, found.text) == ("cases_removed", "test_f: 3 cases before, 1 after.")
    assert kinds(changed("test_a.py", table("(1, 2)"), table("(1, 2)", "(2, 3)"))) == []


WEAKER = {
    "x": "assert x",
    "there": "assert x is not None",
    "other than": "assert x != 3",
    "more than": "assert x > 0",
    "a kind": "assert isinstance(x, int)",
    "one of": "assert x in (1, 2, 3)",
    "about": "assert x == pytest.approx(2, abs=1)",
    "close": "assert math.isclose(x, 2, rel_tol=0.5)",
    "unittest's": "unittest.TestCase().assertTrue(x)",
    "unittest's there": "unittest.TestCase().assertIsNotNone(x)",
}


@pytest.mark.parametrize("how", WEAKER)
def test_a_weaker_comparison_is_told_with_both_sides(how: str) -> None:
    found = only(
        "tests/test_a.py", source(TEST), source(TEST.replace("assert x == 2", WEAKER[how]))
    )
    assert found.kind == "weakened"
    assert "x == 2" in found.text or "tolerance" in found.text
    assert found.line is not None


@pytest.mark.parametrize(
    ("strict", "loose"),
    [
        ("assert x == pytest.approx(2, abs=0.01)", "assert x == pytest.approx(2, abs=0.5)"),
        (
            "unittest.T().assertAlmostEqual(x, 2, places=5)",
            "unittest.T().assertAlmostEqual(x, 2, places=1)",
        ),
        (
            "unittest.T().assertAlmostEqual(x, 2, delta=1)",
            "unittest.T().assertAlmostEqual(x, 2, delta=9)",
        ),
    ],
)
def test_a_tolerance_that_was_raised_is_told(strict: str, loose: str) -> None:
    before, after = (source(TEST.replace("assert x == 2", each)) for each in (strict, loose))
    found = only("tests/test_a.py", before, after)
    assert found.kind == "weakened"
    assert "tolerance" in found.text
    assert kinds(changed("tests/test_a.py", after, before)) == ["test_changed"]


def test_an_exception_that_may_be_any_is_weaker() -> None:
    raises = "def test_f():\n    with pytest.raises(KeyError, match='a'):\n        f(1)\n"
    for loose in ("Exception", "KeyError"):
        after = raises.replace("KeyError, match='a'", loose)
        assert only("test_a.py", source(raises), source(after)).kind == "weakened"


def test_another_expected_value_is_told_only_beside_changed_code() -> None:
    before, after = source(TEST), source(TEST.replace("x == 2", "x == 3"))
    test = changed("tests/test_a.py", before, after)
    assert kinds(test) == ["test_changed"]
    assert kinds(test, changed("app.py", "a\n", "b\n")) == ["expectation_changed"]
