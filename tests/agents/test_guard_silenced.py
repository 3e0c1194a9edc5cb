"""What the guard tells of checks silenced, and of code that knows it is tested."""

from __future__ import annotations

import pytest

from tests.agents.guard_changes import changed, kinds, only

SILENCERS = [
    ("a.py", "x = f()  # noqa: E501\n"), ("a.py", "x = f()  # type: ignore[arg-type]\n"),
    ("a.py", "if x:  # pragma: no cover\n    pass\n"), ("a.py", "run(x)  # nosec\n"),
    ("a.py", "# pylint: disable=all\n"), ("a.py", "# mypy: ignore-errors\n"),
    ("a.ts", "// @ts-ignore\nx();\n"), ("a.ts", "/* eslint-disable */\n"),
    ("a.ts", "// biome-ignore lint: x\n"), ("a.js", "/* istanbul ignore next */\n"),
    ("a.go", "x() //nolint:errcheck\n"), ("a.rs", "#[allow(dead_code)]\nfn x() {}\n"),
    ("a.rb", "x # rubocop:disable all\n"), ("A.java", '@SuppressWarnings("unchecked")\n'),
]  # fmt: skip


@pytest.mark.parametrize(("path", "line"), SILENCERS)
def test_checks_silenced_are_counted(path: str, line: str) -> None:
    found = only(path, "a\n" + line, "a\n" + line + "b\n" + line)
    assert found.kind == "silenced"
    assert "1 before, 2 now" in found.text
    assert found.line is not None
    assert kinds(changed(path, "a\n" + line, "b\n" + line)) == []
    assert kinds(changed("README.md", "a\n", line)) == []


def test_a_silenced_line_that_moved_is_not_one_more() -> None:
    line = "x = f()  # noqa\n"
    files = [changed("a.py", "a\n" + line, "a\n"), changed("b.py", "b\n", "b\n" + line)]
    assert kinds(*files) == []
    assert kinds(*files, changed("c.py", None, line)) == ["silenced", "silenced"]


def test_code_that_finds_out_whether_it_is_tested_is_told() -> None:
    aware = "import os\nif 'PYTEST_CURRENT_TEST' in os.environ:\n    answer = 2\n"
    found = only("app.py", "import os\n", aware)
    assert (found.kind, found.line) == ("test_aware", 2)
    assert kinds(changed("tests/helper.py", "", aware)) == ["test_changed"]


@pytest.mark.parametrize(
    "line",
    ["os._exit(0)", "print('Ran 9 tests in 0.1s')", "print(f'{n} passed in 0.01s')",
     "puts 'test result: ok. 9 passed'"],
)  # fmt: skip
def test_code_that_could_fake_a_test_run_is_told(line: str) -> None:
    found = only("app.py", "import os\n", f"import os\n{line}\n")
    assert (found.kind, found.line) == ("test_aware", 2)
    assert kinds(changed("notes.md", "", f"{line}\n")) == []


def test_many_kinds_of_silence_in_one_file_are_one_item() -> None:
    """A person ticks a file once, not once for each tool that was told to be quiet."""
    found = only("a.py", "a\n", "a\nx = f()  # noqa\ny = g()  # type: ignore  # nosec\n")
    assert found.kind == "silenced"
    assert found.line == 2
    assert all(
        f"{what} 0 before, 1 now" in found.text for what in ("noqa", "type: ignore", "nosec")
    )
