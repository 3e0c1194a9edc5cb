"""A summary that tells of a failure is believed over an exit code that tells of none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agents.verifiers import judge

# Ends the process with 0 after the runner has said what failed.
LEAVES = "import atexit, os\natexit.register(lambda: os._exit(0))\n\n\n"
ADD = "def add(a, b):\n    return a - b\n"
TEST = """
import unittest
from calc import add

class T(unittest.TestCase):
    def test_add(self): self.assertEqual(add(1, 1), 2)
    def test_none(self): self.assertEqual(add(0, 0), 0)
"""


@pytest.mark.parametrize(
    "argv", [("python3", "-m", "unittest"), ("python3", "-m", "pytest", "-q", "-p", "no:cacheprovider")]
)  # fmt: skip
def test_leaving_with_zero_after_a_failed_test_is_red(
    tmp_path: Path, argv: tuple[str, ...]
) -> None:
    (tmp_path / "calc.py").write_text(LEAVES + ADD)
    (tmp_path / "test_calc.py").write_text(TEST)
    ended = subprocess.run(
        [sys.executable, *argv[1:]], cwd=tmp_path, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout
    said = judge(argv, ended.returncode, ended.stdout)
    assert said.status == "failed"
    assert said.reason == "Its own summary says 1 failed, though it ended with exit 0."
    assert said.counts == {"passed": 1, "failed": 1, "skipped": 0}
    assert "test_add" in said.excerpt


@pytest.mark.parametrize(
    ("argv", "output"),
    [
        (("npm", "test"), "# tests 2\n# pass 1\n# fail 1\n"),
        (("cargo", "test"), "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured\n"),
        (("make", "test"), "=== 1 failed, 1 passed in 0.01s ===\n"),
    ],
)
def test_so_it_is_for_other_runners(argv: tuple[str, ...], output: str) -> None:
    assert judge(argv, 0, output).status == "failed"


GREEN = "\nrunning 1 test\ntest it ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured\n"


def test_a_program_of_cargo_that_began_and_told_no_result_is_red() -> None:
    open_ended = "\nrunning 3 tests\n"
    said = judge(["cargo", "test"], 0, open_ended + GREEN)
    assert (said.status, said.counts["passed"]) == ("failed", 1)
    assert "1 of its test programs began and did not say" in said.reason
    for argv in (["cargo", "test"], ["make", "test"]):
        assert judge(argv, 0, open_ended + GREEN).status == "failed"
        assert judge(argv, 0, open_ended).status == "failed"
        assert judge(argv, 0, GREEN * 3).status == "passed"
        long = f"{GREEN}{open_ended}\n… 9 characters left out …\n" + "x\n" * 600_000 + GREEN
        assert judge(argv, 0, long).status == "passed"
        assert judge(argv, 0, open_ended + long).status == "failed"


def test_a_test_of_go_that_began_and_never_ended_is_red() -> None:
    ended = "=== RUN   TestA\n=== RUN   TestA/b\nwords--- PASS: TestA/b (0.00s)\n--- PASS: TestA (0.00s)\n"
    end = "PASS\nok  \tdemo\t0.01s\n"
    assert judge(["go", "test", "-v"], 0, ended + end).status == "passed"
    said = judge(["go", "test", "-v"], 0, f"{ended}=== RUN   TestC\nok  \tdemo\t0.01s\n")
    assert (said.status, "1 of its tests began" in said.reason) == ("failed", True)
