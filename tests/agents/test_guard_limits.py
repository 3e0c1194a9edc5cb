"""What the guard tells of thresholds lowered and of strictness given up."""

from __future__ import annotations

import pytest

from tests.agents.guard_trees import texts

THRESHOLDS = [
    ("pyproject.toml", "[tool.coverage.report]\nfail_under = 90\n", "90", "60"),
    (".coveragerc", "[report]\nfail_under = 90\n", "90", "89.5"),
    ("Makefile", "test:\n\tpytest --cov-fail-under=90\n", "90", "10"),
    ("package.json", '{"scripts": {"lint": "eslint --max-warnings 0"}}', "0", "50"),
    ("package.json", '{"jest": {"coverageThreshold": {"global": {"lines": 90}}}}', "90", "5"),
    ("jest.config.js", "coverageThreshold: { global: { branches: 90 } }", "90", "70"),
    ("spec/helper.rb", "SimpleCov.minimum_coverage 90\n", "90", "50"),
]


@pytest.mark.parametrize(("path", "text", "strict", "lax"), THRESHOLDS)
def test_a_lower_threshold_is_told_with_both_numbers(
    path: str, text: str, strict: str, lax: str
) -> None:
    told = texts(path, text, text.replace(strict, lax))["threshold"]
    assert strict in told
    assert lax in told
    assert "threshold" not in texts(path, text.replace(strict, lax), text)


def test_a_threshold_taken_out_is_told() -> None:
    before = "[tool.coverage.report]\nfail_under = 90\n"
    told = texts("pyproject.toml", before, "[tool.coverage.report]\n")
    assert told["threshold"] == "Threshold taken out: coverage 90."


@pytest.mark.parametrize(
    ("path", "before", "after", "told"),
    [
        ("ruff.toml", "[lint]\nignore = ['E1']\n", "[lint]\nignore = ['E1', 'F401']\n", "F401"),
        ("ruff.toml", "[lint]\nselect = ['E', 'F']\n", "[lint]\nselect = ['E']\n", "F"),
        ("pyproject.toml", "[tool.mypy]\nstrict = true\n", "[tool.mypy]\nstrict = false\n", "strict"),
        ("pyproject.toml", "[tool.mypy]\nstrict = true\n", "[tool.mypy]\n", "not set"),
        ("mypy.ini", "[mypy]\nwarn_unused_ignores = True\n", "[mypy]\nwarn_unused_ignores = False\n",
         "warn_unused_ignores"),
        ("mypy.ini", "[mypy]\n", "[mypy-app.*]\nignore_errors = True\n", "ignore_errors"),
        ("tsconfig.json", '{"compilerOptions": {"strict": true}}',
         '{\n// "strict": true,\n"compilerOptions": {"strict": false,},}', "strict"),
        (".coveragerc", "[run]\nomit = a.py\n", "[run]\nomit = a.py\n  b.py\n", "b.py"),
        ("pyproject.toml", "[[tool.mypy.overrides]]\nmodule = 'a'\n",
         "[[tool.mypy.overrides]]\nmodule = 'a'\nignore_errors = true\n", "ignore_errors"),
        (".pylintrc", "[MAIN]\ndisable = a\n", "[MAIN]\ndisable = a,b\n", "b"),
    ],
)  # fmt: skip
def test_rules_left_out_and_strictness_given_up_are_told(
    path: str, before: str, after: str, told: str
) -> None:
    assert told in texts(path, before, after)["loosened"]
    assert "loosened" not in texts(path, before, before + "\n")
