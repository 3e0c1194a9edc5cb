"""No words of a program make a check greener, or less in the way, than its exit code says."""

from __future__ import annotations

import pytest

from agents.verifiers import judge

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
