"""The sample can be made anywhere, and its recordings do what they say, on real files."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from agents import engine, policy, sample
from agents.job import Outcome
from agents.runners.scripted import ScriptedRunner
from tests.agents.factories import events, job, mailbox, outcome, texts, workspace
from tests.doubles.plain_sandbox import PlainSandbox


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "sample"
    sample.create(folder)
    return folder


def played(folder: Path, name: str, *, number: int = 1, prompt: str = "") -> list[engine.Value]:
    said = prompt or sample.INSTRUCTIONS[name]
    asked = job(folder, prompt=said, number=number, options={"recording": sample.RECORDINGS[name]})
    return list(engine.run(asked, ScriptedRunner(), PlainSandbox(), mailbox()))


def verified(folder: Path) -> dict[str, Outcome]:
    found = policy.parse((folder / ".honk.toml").read_bytes())
    assert not found.problems
    return {
        spec.name: outcome(
            engine.verify(spec, workspace(folder), PlainSandbox(), found.limits, mailbox())
        )
        for spec in found.verifiers
    }


def running_steps() -> list[Any]:
    recording: Any = sample.RECORDINGS["running"]
    return list(recording["rounds"][0])


def git(folder: Path, *arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], cwd=folder, text=True)


def test_is_a_real_repository_with_history_and_a_clean_tree(repository: Path) -> None:
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "rev-list", "--count", "main").strip() == "3"
    assert git(repository, "branch", "--show-current").strip() == "main"


def test_is_made_once_and_the_same_everywhere(repository: Path, tmp_path: Path) -> None:
    (repository / "mine.txt").write_text("kept")
    sample.create(repository)
    sample.create(tmp_path / "other")
    assert (repository / "mine.txt").exists()
    assert git(repository, "rev-parse", "main") == git(tmp_path / "other", "rev-parse", "main")


def test_is_green_with_its_seeded_fault(repository: Path) -> None:
    results = verified(repository)
    assert [each.status for each in results.values()] == ["passed", "passed"]
    assert results["unit tests"].counts == {"passed": 10, "failed": 0, "skipped": 0}
    assert '"62:05"' not in (repository / "tests/test_lengths.py").read_text()


def test_the_fix_shows_a_red_test_first_and_ends_green(repository: Path) -> None:
    values = played(repository, "fixed")
    results = [event.data["exit"] for event in events(values) if event.kind == "result"]
    assert 1 in results
    assert results[-1] == 0
    assert "FAILED" in texts(values, "output")
    assert outcome(values).status == "passed"
    assert verified(repository)["unit tests"].counts["passed"] == 11


def test_the_merged_change_is_green(repository: Path) -> None:
    assert outcome(played(repository, "merged")).status == "passed"
    assert verified(repository)["unit tests"].counts["passed"] == 11


def test_the_red_change_stays_red_when_it_is_played_again(repository: Path) -> None:
    for _ in range(2):
        assert outcome(played(repository, "red")).status == "passed"
        result = verified(repository)["unit tests"]
        assert (result.status, result.counts["failed"]) == ("failed", 1)
    assert "test_finds_a_track_by_its_exact_title" in result.excerpt


def test_any_other_instruction_is_noted_honestly_in_each_round(repository: Path) -> None:
    said = "Rewrite it in {prompt}.\nPlease."
    for number in (1, 2, 3):
        asked = job(repository, prompt=said, number=number)
        assert (
            outcome(engine.run(asked, ScriptedRunner(), PlainSandbox(), mailbox())).status
            == "passed"
        )
    notes = (repository / "NOTES.md").read_text()
    assert "- Rewrite it in {prompt}.\n- round 2: Rewrite it" in notes
    assert "round 3" in notes


def test_instructions_of_the_first_changes_find_their_recording() -> None:
    for name, said in sample.INSTRUCTIONS.items():
        assert sample.recording_for(f" {said}\n") is sample.RECORDINGS[name]


def test_the_running_change_can_be_watched_and_stopped(repository: Path) -> None:
    said = sample.INSTRUCTIONS["running"]
    asked = job(repository, prompt=said, options={"recording": sample.recording_for(said)})
    box = mailbox()
    values = []
    for value in engine.run(asked, ScriptedRunner(), PlainSandbox(), box):
        values.append(value)
        if "200 tracks" in texts(values, "output"):
            box.stop("stopped by anna")
    assert outcome(values).status == "cancelled"


def test_the_running_change_gives_its_slot_back_within_minutes() -> None:
    seconds = [step["wait"] for step in running_steps() if "wait" in step]
    assert 60 <= sum(seconds) <= 150


def test_the_running_change_measures_what_it_was_asked_to_and_ends_green(repository: Path) -> None:
    without_waits = [step for step in running_steps() if "wait" not in step]
    asked = job(repository, options={"recording": without_waits})
    values = list(engine.run(asked, ScriptedRunner(), PlainSandbox(), mailbox()))
    assert "2400 tracks" in texts(values, "output")
    assert outcome(values).status == "passed"
