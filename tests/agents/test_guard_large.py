"""Changes of thousands of files: looked at in time, and what was left out for time is told."""

from __future__ import annotations

import ast
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.verifiers.guard import MOST, findings
from agents.verifiers.guard_silenced_marks import SILENCERS, STRICT, may_silence
from agents.verifiers.guard_watch import Watch
from agents.verifiers.tests_in_python_nodes import nodes_of
from tests.agents.guard_changes import changed

NO_TIME = -1.0  # seconds; over before it begins
SECRET = "key = 'AKIA" + "ABCDEFGHIJKLMNOP'\n"


def test_what_was_not_looked_into_for_time_is_told_in_one_sentence() -> None:
    files = [changed(f"a{n}.py", "x = 1\n", f"x = 1\n{SECRET}") for n in range(1_234)]
    found = findings(files, seconds=NO_TIME)
    assert [one.kind for one in found] == ["unread"]
    assert found[0].text == (
        "1,234 files were not looked into for time; nobody looked for what became of tests (in "
        "1,234 files), examples of doctest (in 1,234 files), what else changed in tests (in 1,234 "
        "files), what silences checks (in 1,234 files), secrets, odd characters and settings (in "
        "1,234 files), Python code that reaches for what tests run on (in 1,234 files), JavaScript "
        "that does so (in 1,234 files)."
    )


def test_a_change_that_is_looked_into_in_full_says_nothing_of_time() -> None:
    assert findings([changed("a.py", "x = 1\n", "x = 2\n")]) == []


def test_names_and_modes_are_looked_at_also_when_there_is_no_time() -> None:
    new = changed("django.py", None, "x = 1\n")
    assert [one.kind for one in findings([new], seconds=NO_TIME)] == ["unread", "shadows"]


def test_the_sentence_about_time_is_among_the_findings_however_many_there_are() -> None:
    files = [changed(f"{n}/django.py", None, "x = 1\n") for n in range(MOST + 50)]
    found = findings(files, tree=["a.py"], seconds=NO_TIME)
    assert len(found) == MOST
    assert found[0].kind == "unread"
    assert found[-1].kind == "more"


class Clock:
    """Stands for the processor's: each look at it takes a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def test_tests_and_settings_are_looked_into_first_then_small_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "thread_time", Clock())
    gone = "def test_a():\n    assert f() == 1\n"
    files = [
        changed("large.py", "x = 1\n", f"x = 1\n{SECRET}{'y = 2\n' * 900}"),
        changed("small.py", "x = 1\n", f"x = 1\n{SECRET}"),
        changed("tests/test_a.py", gone + "\n\n" + gone.replace("_a", "_b"), gone),
        changed(".github/workflows/a.yml", "a: 1\n", "a: 2\n"),
    ]
    watch = Watch(files, seconds=3)
    looked = [file.path for _, file in watch.within(1.0, "anything")]
    assert looked == [".github/workflows/a.yml", "tests/test_a.py", "small.py"]
    assert [one.text for one in watch.told()] == [
        "1 file was not looked into for time; nobody looked for anything (in 1 file)."
    ]


def test_findings_stand_in_the_order_of_the_files_whatever_was_looked_at_first() -> None:
    files = [
        changed("b/large.py", "x = 1\n", f"x = 1\n{SECRET}{'y = 2\n' * 90}"),
        changed("a/small.py", "x = 1\n", f"x = 1\n{SECRET}"),
        changed("tests/c.py", "x = 1\n", f"x = 1\n{SECRET}"),
    ]
    found = [one.path for one in findings(files) if one.kind == "secret"]
    assert found == [file.path for file in files]


@pytest.mark.parametrize("pattern", [each for _, each in (*SILENCERS, *STRICT)])
def test_no_line_that_silences_is_passed_over_at_a_glance(pattern: re.Pattern[bytes]) -> None:
    @given(st.from_regex(pattern))
    def is_kept(text: bytes) -> None:
        for line in text.splitlines():
            if pattern.search(line):
                assert may_silence([b"x = 1", line]) == [line]

    is_kept()


def test_a_line_that_both_sides_hold_counts_in_what_is_told_of_those_that_are_new() -> None:
    old = "import a  # noqa\nx = 1\n"
    (found,) = findings([changed("a.py", old, old + "import b  # noqa\n")])
    assert found.text == "Checks silenced: noqa 1 before, 2 now."


def test_nodes_come_in_the_order_of_the_syntax_tree_without_operators() -> None:
    source = (
        "class A(B):\n    x: int = 1\n    def f(self, *a, b=2):\n        return -a[0] + b < 3\n"
    )
    plain = ast.expr_context | ast.operator | ast.unaryop | ast.cmpop
    tree = ast.parse(source)
    assert list(nodes_of(tree)) == [n for n in ast.walk(tree) if not isinstance(n, plain)]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("src/test/java/a/C{}.java", "package a;\nclass C{} {{ }}\n"),
        ("test/a{}_test.rb", "class A{} < Base\n  def test_a\n  end\nend\n"),
    ],
)
def test_thousands_of_new_tests_are_not_compared_each_with_all_of_the_tree(
    path: str, source: str
) -> None:
    def seconds(number: int) -> float:
        files = [changed(path.format(n), None, source.format(n)) for n in range(number)]
        tree = [file.path for file in files]
        began = time.process_time()
        findings(files, [], tree, lambda _path: None)
        return time.process_time() - began

    assert seconds(2_000) < 12 * max(seconds(400), 0.05)
