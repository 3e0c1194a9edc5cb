"""Any program as an agent: the prompt goes in, the output comes out, the exit decides."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agents import engine
from agents.control import Mailbox
from agents.events import JSON
from agents.job import Outcome
from agents.runners.command import CommandRunner
from agents.runners.presets import Preset
from tests.agents.factories import events, job, mailbox, message, outcome, texts
from tests.doubles.plain_sandbox import PlainSandbox


def run(
    root: Path,
    *argv: str,
    prompt: str = "Fix it.",
    preset: Preset | None = None,
    box: Mailbox | None = None,
    resume: dict[str, JSON] | None = None,
) -> list[engine.Value]:
    runner = CommandRunner("mod", argv, preset=preset)
    asked = job(root, prompt=prompt, resume=resume)
    return list(engine.run(asked, runner, PlainSandbox(), box or mailbox(), grace_s=1))


def test_the_prompt_is_an_argument_without_any_shell(tmp_path: Path) -> None:
    prompt = "$(touch bad); `touch bad`\n'\" {instruction} ü"
    values = run(tmp_path, "printf", "%s|", "--do={instruction}", "{other}", prompt=prompt)
    assert texts(values, "output") == f"--do={prompt}|{{other}}|"
    assert list(tmp_path.iterdir()) == []


def test_the_prompt_is_on_standard_input_as_well(tmp_path: Path) -> None:
    assert texts(run(tmp_path, "cat", prompt="Hello\n"), "output") == "Hello\n"


def test_what_it_does_stays_in_the_tree_and_its_last_lines_are_its_words(tmp_path: Path) -> None:
    script = "for n in $(seq 40); do echo line $n; done; echo done > made.txt"
    values = run(tmp_path, "sh", "-c", script)
    result = outcome(values)
    assert (result.status, result.exit_code) == ("passed", 0)
    assert result.summary.splitlines()[-1] == "line 40"
    assert len(result.summary.splitlines()) == 12
    assert (tmp_path / "made.txt").exists()
    assert [e.kind for e in events(values)][:3] == ["start", "step", "tool"]


def test_a_program_that_fails_is_the_agents_fault_with_exit_and_last_lines(tmp_path: Path) -> None:
    result = outcome(run(tmp_path, "sh", "-c", "echo \x1b[31moh no\x1b[0m; exit 7"))
    assert (result.status, result.fault, result.exit_code) == ("failed", "agent", 7)
    assert "exit 7" in result.reason
    assert result.excerpt == "oh no"


def test_a_program_that_is_killed_tells_the_signal(tmp_path: Path) -> None:
    assert "signal 9" in outcome(run(tmp_path, "sh", "-c", "kill -9 $$")).reason


def test_a_program_that_is_not_there_cannot_run(tmp_path: Path) -> None:
    result = outcome(run(tmp_path, "no-such-program"))
    assert (result.status, result.fault) == ("error", "user")


def test_broken_bytes_are_shown_and_characters_stay_whole(tmp_path: Path) -> None:
    script = r"printf '\303'; sleep 0.2; printf '\244|\377|\000|'"
    assert texts(run(tmp_path, "sh", "-c", script), "output") == "ä|\ufffd|\u2400|"


def test_an_instruction_too_long_for_an_argument_is_told(tmp_path: Path) -> None:
    result = outcome(run(tmp_path, "echo", "{instruction}", prompt="x" * 200_000))
    assert (result.status, result.fault) == ("error", "user")
    assert "longer than" in result.reason
    assert outcome(run(tmp_path, "wc", "-c", prompt="x" * 200_000)).summary == "200000"


def test_a_stop_ends_it(tmp_path: Path) -> None:
    box = mailbox()
    threading.Timer(0.3, box.stop, ["stopped by anna"]).start()
    runner = CommandRunner("mod", ["sleep", "60"])
    values = list(engine.run(job(tmp_path), runner, PlainSandbox(), box, grace_s=1))
    assert isinstance(values[-1], Outcome)
    assert outcome(values).status == "cancelled"


def test_the_page_shows_the_program_with_the_beginning_of_the_instruction(tmp_path: Path) -> None:
    prompt = f"Mend the sum,\nplease{'.' * 200}"
    (tool,) = [
        e for e in events(run(tmp_path, "echo", "{instruction}", prompt=prompt)) if e.kind == "tool"
    ]
    assert str(tool.data["title"]).startswith("echo 'Mend the sum, please...")
    assert len(str(tool.data["title"])) < 80
    short = run(tmp_path, "echo", "--do={instruction}", prompt="Fix")
    assert [e.data["title"] for e in events(short) if e.kind == "tool"] == ["echo --do=Fix"]


def begun(root: Path, *argv: str, box: Mailbox, then: Callable[[], None]) -> list[engine.Value]:
    """A run in which `then` happens once the program has said something."""
    values: list[engine.Value] = []
    for value in engine.run(job(root), CommandRunner("mod", argv), PlainSandbox(), box, grace_s=1):
        values.append(value)
        if (
            texts(values[-1:], "output")
            and len([e for e in events(values) if e.kind == "output"]) == 1
        ):
            then()
    return values


def test_a_pause_interrupts_it_and_parks_the_run_with_its_work(tmp_path: Path) -> None:
    script = "echo half > work.txt; echo begun; sleep 60 & wait"
    box = mailbox()
    values = begun(tmp_path, "sh", "-c", script, box=box, then=lambda: box.pause("Paused by anna."))
    ended = outcome(values)
    assert (ended.status, ended.reason) == ("parked", "Paused by anna.")
    assert (ended.resume or {})["waits_for"] == "pause"
    assert (tmp_path / "work.txt").read_text() == "half\n"


def test_a_program_that_will_not_be_interrupted_is_paused_all_the_same(tmp_path: Path) -> None:
    script = "trap '' TERM; echo begun; while :; do sleep 1; done"
    box = mailbox()
    values = begun(tmp_path, "sh", "-c", script, box=box, then=lambda: box.pause("Paused."))
    assert outcome(values).status == "parked"


@pytest.mark.parametrize("waits_for", ["pause", "money"])
def test_going_on_tells_it_that_its_earlier_work_lies_in_the_tree(
    tmp_path: Path, waits_for: str
) -> None:
    values = run(tmp_path, "cat", prompt="Fix it.", resume={"waits_for": waits_for})
    said = texts(values, "output")
    assert said.startswith("You were interrupted")
    assert said.endswith("Fix it.")


def test_what_people_write_meanwhile_goes_in_at_its_end_by_another_start(tmp_path: Path) -> None:
    box = mailbox()

    def write() -> None:
        box.deliver(message("Use tabs."))
        (tmp_path / "go").touch()

    script = "cat; while [ ! -e go ]; do sleep 0.05; done"
    values = begun(tmp_path, "sh", "-c", script, box=box, then=write)
    said = texts(values, "output")
    assert said.count("Fix the fault.") == 2
    assert said.endswith("Message from anna:\n\n```\nUse tabs.\n```")
    assert [e.data["number"] for e in events(values) if e.kind == "step"] == [1, 2]
    assert [e.part for e in events(values) if e.kind == "tool"] == ["mod", "mod-2"]
    assert outcome(values).status == "passed"


def test_what_was_written_before_it_began_is_in_its_first_prompt(tmp_path: Path) -> None:
    box = mailbox()
    box.deliver(message("Use tabs."))
    values = run(tmp_path, "cat", box=box)
    assert texts(values, "output") == "Fix it.\n\nMessage from anna:\n\n```\nUse tabs.\n```"
