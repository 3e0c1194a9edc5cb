"""The scripted runner really does what it plays."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from agents import engine
from agents.control import Mailbox
from agents.events import JSON
from agents.job import Limits
from agents.runners.scripted import ScriptedRunner
from tests.agents.factories import events, job, mailbox, message, outcome, texts
from tests.doubles.plain_sandbox import PlainSandbox


def play(
    root: Path,
    *steps: dict[str, JSON],
    recording: JSON = None,
    box: Mailbox | None = None,
    number: int = 1,
    resume: JSON = None,
    prompt: str = "Fix the fault.",
    limits: Limits | None = None,
) -> list[engine.Value]:
    options = {"recording": recording if recording is not None else list(steps)}
    asked = job(root, options=options, number=number, resume=resume, prompt=prompt, limits=limits)  # type: ignore[arg-type]
    runner = ScriptedRunner(ask_s=0.3)
    return list(engine.run(asked, runner, PlainSandbox(), box or mailbox(), grace_s=1))


def test_says_thinks_plans_and_counts_its_steps(tmp_path: Path) -> None:
    values = play(
        tmp_path, {"say": "one"}, {"think": "hm"}, {"plan": [["a", "doing"]]}, {"say": "two"}
    )
    kinds = [event.kind for event in events(values)]
    assert kinds == ["start", "step", "text", "step", "think", "step", "plan", "step", "text"]
    assert outcome(values).summary == "two"


def test_runs_real_programs_and_tells_their_exit(tmp_path: Path) -> None:
    values = play(tmp_path, {"run": ["sh", "-c", "echo out; echo err >&2; exit 3"]}, {"say": "on"})
    result = next(event for event in events(values) if event.kind == "result")
    assert texts(values, "output") == "out\nerr\n"
    assert (result.data["exit"], result.data["ok"], result.part) == (3, False, "step-1")
    assert outcome(values).status == "passed"


def test_fails_when_a_program_does_not_end_as_recorded(tmp_path: Path) -> None:
    result = outcome(play(tmp_path, {"run": ["false"], "expect": 0}, {"say": "never"}))
    assert (result.status, result.fault) == ("failed", "agent")
    assert "exit 1" in result.reason


def test_edits_real_files_in_each_way(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\ntwo\xff\n")
    values = play(
        tmp_path,
        {"edit": "a.txt", "find": "one", "replace": "1"},
        {"edit": "a.txt", "append": "three\n"},
        {"edit": "new/b.txt", "content": "round {round}: {instruction}\n"},
    )
    assert outcome(values).status == "passed"
    assert (tmp_path / "a.txt").read_bytes() == b"1\ntwo\xff\nthree\n"
    assert (tmp_path / "new/b.txt").read_text() == "round 1: Fix the fault.\n"
    diffs = [event.data for event in events(values) if event.kind == "diff"]
    assert diffs[0] == {"path": "a.txt", "added": 1, "removed": 1}


def test_a_replacement_that_is_there_already_is_no_fault(tmp_path: Path) -> None:
    step: dict[str, JSON] = {"edit": "a.txt", "find": "one", "replace": "one and two"}
    (tmp_path / "a.txt").write_text("one\n")
    assert outcome(play(tmp_path, step, step)).status == "passed"
    assert (tmp_path / "a.txt").read_text() == "one and two\n"


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", ".git", ".git/config", "sub/.GIT/x", "out/x", "out", "pipe", ".", ""]
)
def test_an_edit_cannot_leave_the_worktree(tmp_path: Path, path: str) -> None:
    root, outside = tmp_path / "tree", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "out").symlink_to(outside)
    (root / ".git").write_text("gitdir: elsewhere\n")
    os.mkfifo(root / "pipe")
    result = outcome(play(root, {"edit": path, "content": "x"}))
    assert (result.status, result.fault) == ("failed", "agent")
    assert list(outside.iterdir()) == []
    assert (root / ".git").read_text() == "gitdir: elsewhere\n"


def test_prints_a_lot(tmp_path: Path) -> None:
    values = play(tmp_path, {"print": 20_000, "line": "x" * 99})
    assert len(texts(values, "output")) == 2_000_000


def test_fails_with_its_reason(tmp_path: Path) -> None:
    result = outcome(play(tmp_path, {"say": "I try"}, {"fail": "It cannot be done."}))
    assert (result.status, result.reason) == ("failed", "It cannot be done.")
    assert (result.fault, result.summary) == ("agent", "I try")


def test_a_wait_ends_when_the_run_is_stopped(tmp_path: Path) -> None:
    box = mailbox()
    threading.Timer(0.3, box.stop, ["stopped by anna"]).start()
    result = outcome(play(tmp_path, {"wait": 60}, box=box))
    assert (result.status, result.reason) == ("cancelled", "stopped by anna")


def test_each_round_has_its_recording_and_the_last_serves_the_rest(tmp_path: Path) -> None:
    recording: JSON = {"rounds": [[{"say": "first"}], [{"say": "again {round}"}]]}
    said = [
        outcome(play(tmp_path, recording=recording, number=number)).summary for number in (1, 2, 3)
    ]
    assert said == ["first", "again 2", "again 3"]


def test_a_question_is_answered_and_the_play_goes_on(tmp_path: Path) -> None:
    box = mailbox()
    box.answer("ask-1", message("red"))
    ask: dict[str, JSON] = {"ask": "Red?", "answers": ["red", "blue"], "reason": "Taste."}
    values = play(tmp_path, ask, {"say": "on"}, box=box)
    told = [event for event in events(values) if event.kind in ("ask", "answer")]
    assert told[0].data == {"question": "Red?", "reason": "Taste.", "answers": ["red", "blue"]}
    assert (told[1].data, told[1].source) == ({"text": "red", "by": "anna"}, "user")
    assert outcome(values).summary == "on"


def test_a_question_without_answer_parks_and_is_resumed_where_it_stood(tmp_path: Path) -> None:
    steps: tuple[dict[str, JSON], ...] = (
        {"edit": "a.txt", "append": "x"},
        {"ask": "Red?"},
        {"say": "on"},
        {"ask": "Sure?"},
    )
    parked = outcome(play(tmp_path, *steps))
    assert parked.status == "parked"
    stored = json.loads(json.dumps(parked.resume))
    box = mailbox()
    box.answer(stored["ask"], message("red"))
    values = play(tmp_path, *steps, box=box, resume=stored)
    kinds = [event.kind for event in events(values) if event.kind != "step"]
    assert kinds == ["start", "answer", "text", "ask"]
    assert outcome(values).status == "parked"
    assert (tmp_path / "a.txt").read_text() == "x"


def test_a_message_is_acknowledged(tmp_path: Path) -> None:
    box = mailbox()
    box.deliver(message("faster"))
    assert "Noted" in texts(play(tmp_path, {"say": "x"}, box=box), "text")


@pytest.mark.parametrize("recording", ["x", 3, {"rounds": []}, {"rounds": [3]}])
def test_no_recording_is_the_users_fault(tmp_path: Path, recording: JSON) -> None:
    asked = job(tmp_path, options={"recording": recording})
    result = outcome(engine.run(asked, ScriptedRunner(), PlainSandbox(), mailbox()))
    assert (result.status, result.fault) == ("error", "user")


def test_a_step_that_nobody_knows_is_told_and_passed_over(tmp_path: Path) -> None:
    values = play(tmp_path, {"dance": 1}, {"say": "x"})
    assert "unknown" in [event.kind for event in events(values)]
    assert outcome(values).status == "passed"
