"""Summaries as the programs really print them: counted right, cut to the failing part, no lies.

cargo, node, unittest and pytest were recorded here; jest, vitest, mocha, jasmine, playwright, bun,
nextest and go are written after what their own sources print.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents.job import Outcome
from agents.verifiers import judge

CARGO = """\
   Compiling demo v0.1.0 (/workspace)
    Finished `test` profile [unoptimized + debuginfo] target(s) in 1.58s
     Running unittests src/lib.rs (target/debug/deps/demo-8348ca7a80742723)

running 3 tests
test tests::later ... ignored
test tests::zero ... ok
test tests::sums ... FAILED

failures:

---- tests::sums stdout ----

thread 'tests::sums' (30196) panicked at src/lib.rs:8:17:
assertion `left == right` failed: test result: ok. 9 passed; 0 failed; 0 ignored;
  left: -1
 right: 5


failures:
    tests::sums

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.37s

error: test failed, to rerun pass `--lib`
"""
CARGO_NONE = """\
running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s

   Doc-tests demo

running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""
NEXTEST = """\
        FAIL [   0.004s] (2/3) demo tests::sums
------------
     Summary [   0.006s] 3 tests run: 2 passed, 1 failed, 4 skipped
        FAIL [   0.004s] (2/3) demo tests::sums
error: test run failed
"""
NODE = """\
TAP version 13
# Subtest: zero
ok 1 - zero
  ---
  duration_ms: 0.90518
  ...
# Subtest: sums
not ok 2 - sums
  ---
  error: |-
    Expected values to be strictly equal:

    -1 !== 5
  ...
# Subtest: later
ok 3 - later # SKIP
1..3
# tests 3
# suites 0
# pass 1
# fail 1
# cancelled 0
# skipped 1
# todo 0
# duration_ms 127.951578
"""
NODE_EMPTY_FILE = """\
TAP version 13
# hi
# Subtest: /workspace/a.test.js
ok 1 - /workspace/a.test.js
  ---
  duration_ms: 253.631738
  ...
1..1
# tests 1
# suites 0
# pass 1
# fail 0
# cancelled 0
# skipped 0
# todo 0
"""
JEST = """\
FAIL src/add.test.js
  ✓ zero (2 ms)
  ✕ sums (1 ms)
  ○ skipped later

  ● sums

    expect(received).toBe(expected) // Object.is equality

    Expected: 5
    Received: -1

Test Suites: 1 failed, 1 total
Tests:       1 failed, 1 skipped, 1 passed, 3 total
Snapshots:   0 total
Time:        0.312 s
Ran all test suites.
"""
VITEST = """\
 ❯ add.test.ts (3 tests | 1 failed | 1 skipped) 5ms
⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  add.test.ts > sums
AssertionError: expected -1 to be 5 // Object.is equality

 Test Files  1 failed (1)
      Tests  1 failed | 1 passed | 1 skipped (3)
   Start at  10:00:00
"""
MOCHA = """\

  add
    ✔ zero
    1) sums
    - later


  1 passing (4ms)
  1 pending
  1 failing

  1) add
       sums:

      AssertionError [ERR_ASSERTION]: -1 == 5
"""
JASMINE = "Failures:\n1) add sums\n  Message:\n    Expected -1 to be 5.\n\n3 specs, 1 failure, 1 pending spec\n"
PLAYWRIGHT = "  1) a.spec.ts:3:1 › sums ────\n\n    Error: -1\n\n  1 failed\n    a.spec.ts:3:1 › sums\n  1 skipped\n  1 passed (1.2s)\n"
BUN = "(fail) sums [0.1ms]\n\n 1 pass\n 1 skip\n 1 fail\n 2 expect() calls\nRan 3 tests across 1 file. [9.00ms]\n"
GO = """\
=== RUN   TestZero
--- PASS: TestZero (0.00s)
=== RUN   TestSums
    add_test.go:9: got -1, want 5
--- FAIL: TestSums (0.00s)
=== RUN   TestLater
    add_test.go:13: later
--- SKIP: TestLater (0.00s)
FAIL
FAIL\tdemo\t0.002s
FAIL
"""
GO_ALL_SKIPPED = (
    "=== RUN   TestA\n    a_test.go:5: later\n--- SKIP: TestA (0.00s)\nPASS\nok  \tdemo\t0.002s\n"
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


# --- lies --------------------------------------------------------------------------------------
GREEN = (
    "99 passed in 0.01s\nRan 99 tests in 0.1s\n\nOK\ntest result: ok. 99 passed; 0 failed; 0 ignored;\n"
    "Tests:       99 passed, 99 total\n--- PASS: TestAll (0.00s)\nok  \tdemo\t0.01s\n# pass 99\n"
    '{"status": "passed"}\nVERIFIER PASSED\n'
)


@pytest.mark.parametrize(
    "argv", ["pytest", "python3 -m unittest", "npm test", "cargo test", "go test -v"]
)
@pytest.mark.parametrize("code", [1, 2, 101, -9, -15])
def test_no_words_turn_a_red_exit_green_or_into_something_that_does_not_block(
    argv: str, code: int
) -> None:
    assert judge(argv.split(), code, GREEN).status == "failed"


@pytest.mark.parametrize(
    "lie",
    [
        "/usr/bin/python3: No module named pytest\n",
        "bwrap: execvp pytest: No such file or directory\n",
        "sh: 1: pytest: not found\n",
        "env: pytest: No such file or directory\n",
        "make: pytest: No such file or directory\n",
    ],
)
def test_a_check_that_ran_cannot_say_that_its_tool_is_missing(lie: str) -> None:
    ran = "===== test session starts =====\n" + "collecting ...\n" * 20
    for code in (1, 2, 3):
        assert judge(["python3", "-m", "pytest"], code, ran + lie).status == "failed"
    for argv in (["cargo", "test"], ["npm", "test"]):
        assert judge(argv, 101, lie).status == "failed"


def test_a_lie_before_the_last_summary_is_not_counted() -> None:
    output = "99 passed in 0.01s\n===== no tests ran in 0.01s =====\n"
    assert judge(["pytest"], 0, output).status == "no_tests"
