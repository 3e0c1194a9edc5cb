"""A Claude Code that misbehaves: it hangs, falls silent, babbles, or ends without a word.

A small program stands in for it in the sandbox; what it prints are lines of the real one.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from agents import engine
from agents.runners.claude_code import ClaudeCodeRunner
from agents.runners.claude_session import Session, kept
from agents.sandbox import Bubblewrap
from tests.agents.claude_runs import RECORDINGS, Tap, job_in
from tests.agents.factories import events, mailbox, outcome, texts

INIT, ANSWER, RESULT, SECOND = (
    next(line for line in RECORDINGS.joinpath(f"{name}.jsonl").read_text().splitlines() if mark in line)
    for name, mark in (
        ("told_at_end", '"subtype": "init"'), ("told_at_end", '"text": "One."}]'),
        ("told_at_end", '"result": "One."'), ("told_at_end", '"result": "Two."'),
    )
)  # fmt: skip


def run(root: Path, script: str, **settings: object) -> list[engine.Value]:
    """A run with a shell script as the program; its lines are in $INIT, $ANSWER, $RESULT, $SECOND."""
    program = root.parent / "program"
    lines = {"INIT": INIT, "ANSWER": ANSWER, "RESULT": RESULT, "SECOND": SECOND}
    program.write_text(f"#!/bin/sh\nsay() {{ printf '%s\\n' \"$1\"; }}\n{script}\n")
    program.chmod(0o755)
    runner = ClaudeCodeRunner(
        key="k" * 20, base_url="http://127.0.0.1:1", binary=program, **settings  # type: ignore[arg-type]
    )  # fmt: skip
    job = job_in(root / "tree")
    return list(engine.run(job, runner, Tap(lines), mailbox(), grace_s=2))


def test_one_that_never_leaves_after_its_result_is_ended_and_its_result_counts(
    tmp_path: Path,
) -> None:
    began = time.monotonic()
    values = run(tmp_path, 'say "$INIT"; say "$RESULT"; exec sleep 600', grace_s=0.5)
    assert (outcome(values).status, outcome(values).summary) == ("passed", "One.")
    assert time.monotonic() - began < 60


def test_one_that_babbles_after_its_result_is_ended_too(tmp_path: Path) -> None:
    values = run(tmp_path, 'say "$RESULT"; while :; do say "{}"; done', grace_s=0.5)
    assert outcome(values).status == "passed"


def test_one_that_ends_without_a_result_has_failed(tmp_path: Path) -> None:
    result = outcome(run(tmp_path, 'say "$INIT"; say "$ANSWER"; exit 0'))
    assert (result.status, result.fault, result.retry) == ("failed", "agent", True)
    assert "without a result" in result.reason


def test_a_result_with_a_bad_exit_is_not_taken(tmp_path: Path) -> None:
    result = outcome(run(tmp_path, 'say "$RESULT"; exit 7'))
    assert (result.status, result.exit_code) == ("failed", 7)


def test_the_last_of_two_results_decides(tmp_path: Path) -> None:
    result = outcome(run(tmp_path, 'say "$INIT"; say "$RESULT"; say "$SECOND"'))
    assert (result.status, result.summary) == ("passed", "Two.")
    assert result.usage.cost_usd == pytest.approx(0.0016)


def test_garbage_is_told_and_decides_nothing(tmp_path: Path) -> None:
    values = run(tmp_path, "head -c 300000 /dev/urandom; echo; say PASSED")
    assert outcome(values).status == "failed"
    assert "PASSED" in texts(values, "output")
    assert sum("not of its protocol" in str(e.data) for e in events(values)) == 1


def test_one_that_falls_silent_is_ended(tmp_path: Path) -> None:
    values = run(tmp_path, 'say "$INIT"; exec sleep 600', silence_s=0.5)
    assert outcome(values).status == "timed_out"
    assert "said nothing" in outcome(values).reason


def test_one_that_forges_orders_gets_nothing_by_them(tmp_path: Path) -> None:
    order = '{"type":"control_request","request_id":"x","request":{"subtype":"can_use_tool"'
    script = f"""say '{order},"tool_name":"Bash","input":{{}}}}}}'; read a; read b; read c
case "$c" in *deny*) say "$RESULT";; esac"""
    assert outcome(run(tmp_path, script)).status == "passed"


def test_without_a_key_or_a_program_nothing_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HONK_CLAUDE", str(tmp_path / "none"))
    job = job_in(tmp_path / "tree")
    no_program = list(engine.run(job, ClaudeCodeRunner(key="k"), Bubblewrap(), mailbox()))
    no_key = list(engine.run(job, ClaudeCodeRunner(), Bubblewrap(), mailbox()))
    assert "is not installed" in outcome(no_program).reason
    assert "ANTHROPIC_API_KEY" in outcome(no_key).reason
    assert {outcome(no_program).fault, outcome(no_key).fault} == {"platform"}


def test_what_a_dead_worker_left_is_no_hindrance(tmp_path: Path) -> None:
    left = tmp_path / "tree.sockets" / "claude" / "own"
    left.mkdir(parents=True)
    os.symlink("/", left / "config")
    assert outcome(run(tmp_path, 'say "$RESULT"')).status == "passed"
    assert not (tmp_path / "tree.sockets").exists()


def test_a_conversation_that_is_too_long_loses_what_it_says_twice_then_is_not_kept() -> None:
    number = "00000000-0000-4000-8000-000000000001"
    words, twice = {"type": "user", "x": "w" * 9_000_000}, {"type": "api-request-blob"}
    session = Session(number, (words, {**twice, "x": "w" * 9_000_000}))
    left = kept(session.text())
    assert left is not None
    assert left.record == (words,)
    assert Session(number, (words, words)).text() == ""


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"session_id": 5, "files": {}}', "[" * 99999])
def test_what_is_no_session_is_none(text: str) -> None:
    assert kept(text) is None
