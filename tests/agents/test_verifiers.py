"""Checks are found by what a tree holds and read by what they print; the exit code decides red."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents import policy
from agents.job import Outcome
from agents.verifiers import detect, judge

UNITTEST = ("python3", "-m", "unittest")
PYTEST = ("python3", "-m", "pytest")
PLAIN = b"import unittest\nclass A(unittest.TestCase):\n    def test_a(self): ...\n"
STYLED = b"def test_a():\n    assert 1\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"pyproject.toml": b"[tool.pytest.ini_options]\n"}, [PYTEST]),
        ({"pytest.ini": b""}, [PYTEST]),
        ({"tox.ini": b"[pytest]\n", "Makefile": b"test:\n\ttrue\n"}, [PYTEST]),
        ({"tests/conftest.py": b""}, [PYTEST]),
        ({"requirements-dev.txt": b"pytest==8\n", "tests/test_a.py": PLAIN}, [PYTEST]),
        ({"tests/test_a.py": STYLED}, [PYTEST]),
        ({"tests/test_a.py": PLAIN}, [(*UNITTEST, "discover", "-s", "tests")]),
        (
            {"tests/__init__.py": b"", "tests/a/test_a.py": PLAIN},
            [(*UNITTEST, "discover", "-s", "tests", "-t", ".")],
        ),
        ({"test_a.py": PLAIN}, [(*UNITTEST, "discover")]),
        ({"package.json": b'{"scripts": {"test": "jest"}}'}, [("npm", "test")]),
        ({"package.json": b'{"scripts": {"test": "echo no test specified && exit 1"}}'}, []),
        ({"package.json": b"{"}, []),
        ({"package.json": b"[1]"}, []),
        ({"Cargo.toml": b""}, [("cargo", "test")]),
        ({"go.mod": b""}, [("go", "test", "-v", "./...")]),
        ({"Makefile": b"all:\n\ntest: all\n\ttrue\n"}, [("make", "test")]),
        ({"Makefile": b"test := 1\ntests:\n"}, []),
        ({"go.mod": b"", "Cargo.toml": b""}, [("cargo", "test"), ("go", "test", "-v", "./...")]),
        ({"README.md": b"", "src/test/a.txt": b""}, []),
    ],
)
def test_checks_are_found_by_what_a_tree_holds(
    files: dict[str, bytes], found: list[tuple[str, ...]]
) -> None:
    assert [tuple(argv) for _, argv in detect(files)] == found


def test_found_verifiers_say_that_they_were_found() -> None:
    (spec,) = policy.find_verifiers({"go.mod": b""})
    assert (spec.name, spec.found, spec.required) == ("go test", True, True)


def judged(folder: Path, *argv: str) -> Outcome:
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return judge(argv, done.returncode, done.stdout + done.stderr)


def pytest_run(folder: Path, source: str, *more: str) -> Outcome:
    (folder / "test_a.py").write_text(source)
    plain = ("-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir=.")
    return judged(folder, sys.executable, "-m", "pytest", *plain, *more)


@pytest.mark.parametrize("quiet", [(), ("-q",), ("-qq",), ("-v",), ("--color=yes",)])
def test_real_pytest_is_counted(tmp_path: Path, quiet: tuple[str, ...]) -> None:
    source = (
        "import pytest\ndef test_a(): pass\ndef test_b(): assert 1 == 2\n"
        "@pytest.mark.skip\ndef test_c(): pass\n"
    )
    result = pytest_run(tmp_path, source, *quiet)
    assert (result.status, result.fault) == ("failed", "agent")
    assert result.counts == {"passed": 1, "failed": 1, "skipped": 1}
    assert "assert 1 == 2" in result.excerpt
    assert "\x1b" not in result.excerpt


@pytest.mark.parametrize("quiet", [(), ("-q",), ("-qq",)])
def test_real_pytest_that_passes(tmp_path: Path, quiet: tuple[str, ...]) -> None:
    result = pytest_run(tmp_path, "def test_a(): pass\ndef test_b(): pass\n", *quiet)
    assert (result.status, result.counts["passed"]) == ("passed", 2)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "import pytest\n@pytest.mark.skip\ndef test_a(): pass\n",
        "import os\nos._exit(0)\n",
    ],
)
def test_pytest_that_ran_nothing_is_not_green(tmp_path: Path, source: str) -> None:
    assert pytest_run(tmp_path, source).status == "no_tests"


def test_pytest_that_cannot_collect_is_red(tmp_path: Path) -> None:
    result = pytest_run(tmp_path, "import no_such_module\ndef test_a(): pass\n")
    assert (result.status, result.counts["failed"]) == ("failed", 1)
    assert "no_such_module" in result.excerpt


def unittest_run(folder: Path, body: str) -> Outcome:
    (folder / "test_a.py").write_text(
        f"import unittest\nclass A(unittest.TestCase):\n    x = 1\n{body}"
    )
    return judged(folder, sys.executable, "-m", "unittest")


def test_real_unittest_is_counted(tmp_path: Path) -> None:
    body = (
        "    def test_a(self): pass\n    def test_b(self): self.assertEqual(1, 2)\n"
        "    def test_c(self): raise OSError\n    def test_d(self): self.skipTest('x')\n"
    )
    result = unittest_run(tmp_path, body)
    assert result.status == "failed"
    assert result.counts == {"passed": 1, "failed": 2, "skipped": 1}
    assert result.excerpt.startswith("====")
    assert unittest_run(tmp_path, "    def test_a(self): pass\n").status == "passed"


@pytest.mark.parametrize("body", ["", "    def test_a(self): self.skipTest('x')\n"])
def test_unittest_that_ran_nothing_is_not_green(tmp_path: Path, body: str) -> None:
    assert unittest_run(tmp_path, body).status == "no_tests"


NODE = "# tests 3\n# suites 0\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n"
JEST = "  ● adds\n\n    expected 1\n\nTests:       1 failed, 1 skipped, 1 passed, 3 total\n"
MOCHA = "  1 passing (4ms)\n  1 pending\n  1 failing\n\n  1) adds\n     AssertionError\n"
VITEST = " ⎯⎯ Failed Tests 1 ⎯⎯\n      Tests  1 failed | 1 passed | 1 skipped (3)\n"
CARGO = (
    "test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out\n"
    "\nfailures:\n    tests::adds\n"
)
GO = "=== RUN   TestA\n--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\n    a_test.go:3: no\n"
GO += "--- SKIP: TestC (0.00s)\nFAIL\tdemo\t0.002s\n"


@pytest.mark.parametrize(
    ("argv", "output"),
    [
        ("npm test", NODE),
        ("npm test", JEST),
        ("npx mocha", MOCHA),
        ("npx vitest run", VITEST),
        ("cargo test", CARGO),
        ("go test -v ./...", GO),
        ("make test", JEST),
        ("make test", CARGO),
        ("sh check.sh", GO),
    ],
)
def test_summaries_of_other_runners_are_counted(argv: str, output: str) -> None:
    result = judge(argv.split(), 1, f"building…\n{output}")
    assert result.status == "failed"
    assert result.counts == {"passed": 1, "failed": 1, "skipped": 1}


@pytest.mark.parametrize(
    ("argv", "code", "output", "status"),
    [
        ("npm test", 0, "# tests 0\n# pass 0\n# fail 0\n", "no_tests"),
        ("npm test", 1, "No tests found, exiting with code 1\n", "no_tests"),
        ("npm test", 0, "linted\n", "passed"),
        ("cargo test", 0, "test result: ok. 0 passed; 0 failed; 0 ignored; 0\n" * 2, "no_tests"),
        ("cargo test", 0, "test result: ok. 3 passed; 0 failed; 0 ignored; 0\n", "passed"),
        ("cargo test", 0, "", "no_tests"),
        ("cargo test", 101, "error[E0308]: mismatched types\n", "failed"),
        ("go test ./...", 0, "?   \tdemo\t[no test files]\n", "no_tests"),
        ("go test ./...", 0, "ok  \tdemo\t0.01s [no tests to run]\n", "no_tests"),
        ("go test ./...", 0, "ok  \tdemo\t0.01s\n?   \tdemo/a\t[no test files]\n", "passed"),
        ("go test ./...", 0, "ok  \tdemo\t(cached)\n", "passed"),
        ("make test", 0, "Ran 0 tests in 0.000s\n\nOK\n", "no_tests"),
        ("make test", 0, "no tests ran in 0.01s\n", "no_tests"),
        ("make test", 0, "5 passed in 0.01s\nRan 0 tests in 0.0s\n\nOK\n", "passed"),
        ("sh check.sh", 0, "", "passed"),
        ("sh check.sh", 3, "boom\n", "failed"),
        ("sh check.sh", -9, "", "failed"),
    ],
)
def test_statuses(argv: str, code: int, output: str, status: str) -> None:
    assert judge(argv.split(), code, output).status == status


def test_words_never_turn_red_into_green() -> None:
    for argv in ("pytest", "make test", "cargo test", "go test ./...", "npm test"):
        lie = (
            "\n===== 99 passed in 0.01s =====\nOK\ntest result: ok. 9 passed; 0 failed; 0 ignored\n"
        )
        assert judge(argv.split(), 1, lie).status == "failed"


@pytest.mark.parametrize(
    ("argv", "code", "output", "missing"),
    [
        ("python3 -m pytest", 1, "/usr/bin/python3: No module named pytest\n", "pytest"),
        (
            "make test",
            2,
            "sh: 1: jest: not found\nmake: *** [Makefile:2: test] Error 127\n",
            "jest",
        ),
        ("make test", 2, "make: tox: No such file or directory\nmake: *** Error 127\n", "tox"),
        ("npm test", 127, "sh: 1: mocha: not found\n", "mocha"),
        ("bash x.sh", 127, "x.sh: line 1: foo: command not found\n", "foo"),
        ("foo", 1, "bwrap: execvp foo: No such file or directory\n", "foo"),
        ("foo", 127, "", "foo"),
    ],
)
def test_a_tool_that_is_missing_is_cannot_run_with_what_to_add(
    argv: str, code: int, output: str, missing: str
) -> None:
    result = judge(argv.split(), code, output)
    assert (result.status, result.fault) == ("error", "user")
    assert result.reason.startswith(f"Cannot run: {missing} ")
    assert "[setup]" in result.reason


def test_a_check_that_did_run_is_red_whatever_its_output_imitates() -> None:
    output = "sh: 1: jest: not found\n===== 1 failed, 2 passed in 0.1s =====\n"
    assert judge(["make", "test"], 2, output).status == "failed"


@pytest.mark.parametrize("argv", ["cargo test", "go test ./..."])
def test_what_would_have_to_be_fetched_is_cannot_run(argv: str) -> None:
    output = "error: failed to download x\ngo: dial tcp: lookup proxy.golang.org: no such host\n"
    result = judge(argv.split(), 1, output)
    assert result.status == "error"
    assert "network" in result.reason


def test_the_excerpt_is_bounded() -> None:
    output = "=== FAILURES ===\n" + "x" * 3_000_000 + "\n===== 1 failed in 0.1s ====="
    assert len(judge(["pytest"], 1, output).excerpt) < 7000


@pytest.mark.parametrize(
    "flood", ["\n", " ", "\t\n", "x", "ok ", "ok\n", "\x1b[", "\x1b]", "1 passed, ", "="]
)
def test_hostile_output_is_read_in_time(flood: str) -> None:
    output = flood * (300_000 // len(flood))
    began = time.monotonic()
    for argv in ("make test", "go test", "cargo test", "npm test", "pytest"):
        judge(argv.split(), 1, output)
    assert time.monotonic() - began < 8
