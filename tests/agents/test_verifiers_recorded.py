"""Summaries as the programs really print them: counted right and cut to the failing part."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents.job import Outcome
from agents.verifiers import judge
from tests.agents.verifier_outputs import (
    BUN,
    CARGO,
    CARGO_NONE,
    GO,
    GO_ALL_SKIPPED,
    JASMINE,
    JEST,
    MOCHA,
    NEXTEST,
    NODE,
    NODE_EMPTY_FILE,
    PLAYWRIGHT,
    VITEST,
)

ONE_OF_EACH = {"passed": 1, "failed": 1, "skipped": 1}


@pytest.mark.parametrize(
    ("argv", "code", "output", "told"),
    [
        ("cargo test", 101, CARGO, "left: -1"),
        ("npm test", 1, NODE, "-1 !== 5"),
        ("npm test", 1, JEST, "Received: -1"),
        ("npx vitest run", 1, VITEST, "expected -1 to be 5"),
        ("npx mocha", 1, MOCHA, "-1 == 5"),
        ("npx jasmine", 3, JASMINE, "Expected -1"),
        ("npx playwright test", 1, PLAYWRIGHT, "Error: -1"),
        ("npm test", 1, BUN, "(fail) sums"),
        ("go test -v ./...", 1, GO, "add_test.go:9: got -1, want 5"),
    ],
)
def test_counts_and_the_failing_part(argv: str, code: int, output: str, told: str) -> None:
    result = judge(argv.split(), code, output)
    assert (result.status, result.counts) == ("failed", ONE_OF_EACH)
    assert told in result.excerpt
    assert result.reason == "1 failed."


def test_the_failing_part_leaves_out_what_passed() -> None:
    assert "TestZero" not in judge(["go", "test", "-v"], 1, GO).excerpt
    assert "Compiling" not in judge(["cargo", "test"], 101, CARGO).excerpt
    assert "zero (2 ms)" not in judge(["npm", "test"], 1, JEST).excerpt


def test_nextest_is_counted() -> None:
    result = judge(["cargo", "nextest", "run"], 100, NEXTEST)
    assert result.counts == {"passed": 2, "failed": 1, "skipped": 4}
    assert judge(["cargo", "nextest", "run"], 4, "error: no tests to run\n").status == "no_tests"


@pytest.mark.parametrize(
    ("argv", "output"),
    [
        ("cargo test", CARGO_NONE),
        ("cargo test", CARGO_NONE.replace("0 ignored", "2 ignored")),
        ("cargo test --no-run", "    Finished `test` profile in 0.1s\n"),
        ("npm test", NODE_EMPTY_FILE),
        ("npm test", "✔ /workspace/a.test.js (25.1ms)\nℹ tests 1\nℹ pass 1\nℹ fail 0\nℹ skipped 0\n"),
        ("npm test", "# tests 1\n# pass 0\n# fail 0\n# skipped 1\n# todo 0\n"),
        ("npm test", "Tests:       3 skipped, 3 total\nTest Suites: 1 skipped, 0 of 1 total\n"),
        ("npm test", "No tests found, exiting with code 0\n"),
        ("npx vitest run", "No test files found, exiting with code 0\n"),
        ("npx vitest run", " Test Files  1 passed (1)\n      Tests  no tests\n"),
        ("npx vitest run", " Test Files  1 skipped (1)\n      Tests  2 skipped (2)\n"),
        ("npx mocha", "\n\n  0 passing (1ms)\n  3 pending\n"),
        ("npx jasmine", "No specs found\nFinished in 0.001 seconds\n"),
        ("npx jasmine", "3 specs, 0 failures, 3 pending specs\n"),
        ("npm test", " 0 pass\n 3 skip\n 0 fail\nRan 3 tests across 1 file.\n"),
        ("go test -v ./...", GO_ALL_SKIPPED),
        ("go test ./...", "ok  \tdemo\t0.01s [no tests to run]\n"),
        ("pytest", "collected 2 items / 2 deselected / 0 selected\n===== 2 deselected in 0.01s =====\n"),
        ("pytest", "2 tests collected in 0.01s\n"),
        ("pytest", "===== 4 skipped in 0.01s =====\n"),
        ("python3 -m unittest", "Ran 0 tests in 0.000s\n\nNO TESTS RAN\n"),
        ("python3 -m unittest", "Ran 2 tests in 0.000s\n\nOK (skipped=2)\n"),
        ("python3 manage.py test", "Found 0 test(s).\n\nRan 0 tests in 0.000s\n\nOK\n"),
        ("make test", "Ran 2 tests in 0.000s\n\nOK (skipped=2)\n"),
    ],
)  # fmt: skip
def test_exit_0_without_a_test_that_ran_is_no_tests(argv: str, output: str) -> None:
    result = judge(argv.split(), 0, output)
    assert (result.status, "ran no tests" in result.reason) == ("no_tests", True)


def test_expected_failures_are_no_failures(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n"
        "    @unittest.expectedFailure\n    def test_b(self): self.fail()\n"
    )
    result = run(tmp_path, sys.executable, "-m", "unittest")
    assert (result.status, result.counts["failed"]) == ("passed", 0)


def run(folder: Path, *argv: str) -> Outcome:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    return judge(argv, done.returncode, done.stdout + done.stderr)


@pytest.mark.parametrize("end", ["", "\nos._exit(0)\n"])
def test_a_module_that_ends_the_process_is_not_green(tmp_path: Path, end: str) -> None:
    (tmp_path / "test_a.py").write_text(f"import os\n{end}")
    for argv in (("-m", "unittest"), ("-m", "pytest", "-q", "-c", "/dev/null", "--rootdir=.")):
        assert run(tmp_path, sys.executable, *argv).status == "no_tests"


def test_real_node_is_counted(tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node, "node is needed for the linters, so it is there"
    lines = [
        "const { test } = require('node:test'); const assert = require('node:assert');",
        "test('zero', () => { assert.strictEqual(1, 1); });",
        "test('sums', () => { assert.strictEqual(2 - 3, 5); });",
        "test.skip('later', () => {});",
    ]
    file = tmp_path / "a.test.js"
    file.write_text("\n".join(lines))
    result = run(tmp_path, node, "--test")
    assert (result.status, result.counts) == ("failed", ONE_OF_EACH)
    for reporter in ("tap", "spec"):
        file.write_text("console.log('1 passing'.length);\n")
        assert run(tmp_path, node, "--test", f"--test-reporter={reporter}").status == "no_tests"
