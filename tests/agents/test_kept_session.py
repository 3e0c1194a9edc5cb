"""The conversation of a runner on its way to the database, whatever ended the run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import engine
from agents.errors import StepRefused
from agents.events import Event
from agents.job import Job, Limits, Outcome
from agents.kept_session import MAX_CHARACTERS, storable
from agents.ports import Control, Sandbox
from agents.redact import Redactor
from agents.runners.claude_session import Session, read
from tests.agents.factories import FunctionRunner, job, mailbox, outcome
from tests.doubles.plain_sandbox import PlainSandbox

SECRET = "canary-4711-canary"


def run(root: Path, body: object, limits: Limits | None = None) -> Outcome:
    runner = FunctionRunner(body)  # type: ignore[arg-type]
    values = engine.run(
        job(root, limits=limits),
        runner,  # type: ignore[arg-type]
        PlainSandbox(),
        mailbox(),
        redactor=Redactor([SECRET]),
        grace_s=1,
    )
    return outcome(values)


def test_a_session_is_masked_and_stays_json(tmp_path: Path) -> None:
    opened = "-----BEGIN RSA PRIVATE KEY-----\nMIIE"

    def say(_job: Job, _sandbox: Sandbox, _control: Control) -> Iterator[object]:
        yield Outcome("passed", session=json.dumps([{"a": SECRET}, opened, "kept"]))

    kept = json.loads(run(tmp_path, say).session)
    assert SECRET not in str(kept)
    assert "MIIE" not in str(kept)
    assert kept[2] == "kept"


def test_a_session_that_is_not_json_is_masked_as_a_whole_and_a_huge_one_is_dropped() -> None:
    assert storable(f"id {SECRET}", Redactor([SECRET]).redact).startswith("id ")
    assert SECRET not in storable(f"id {SECRET}", Redactor([SECRET]).redact)
    assert storable("x" * (MAX_CHARACTERS + 1), str) == ""


def test_a_run_that_a_limit_ends_at_a_step_keeps_its_session(tmp_path: Path) -> None:
    ran = []

    def body(_job: Job, _sandbox: Sandbox, _control: Control) -> Iterator[object]:
        try:
            for number in range(1, 9):
                yield Event("step", {"number": number})
                ran.append(number)
        except StepRefused:
            yield Outcome("cancelled", "refused", session='["so far"]')

    ended = run(tmp_path, body, Limits(steps=2))
    assert (ended.status, ended.fault, ended.session) == ("failed", "agent", '["so far"]')
    assert ran == [1, 2]


def test_a_runner_that_does_not_take_the_refusal_ends_as_before(tmp_path: Path) -> None:
    def body(_job: Job, _sandbox: Sandbox, _control: Control) -> Iterator[object]:
        for number in range(1, 9):
            yield Event("step", {"number": number})

    ended = run(tmp_path, body, Limits(steps=2))
    assert (ended.status, ended.session) == ("failed", "")


NUMBER = "0260b0ad-3acb-4446-865e-b31c598ac1e8"


def record_in(config: Path) -> Path:
    folder = config / "projects/-workspace"
    folder.mkdir(parents=True)
    record = folder / f"{NUMBER}.jsonl"
    record.write_text('{"type": "user"}\n')
    return record


@pytest.mark.parametrize("step", ["", "projects", "projects/-workspace"])
@pytest.mark.parametrize("instead", ["link", "file", "pipe", "nothing"])
def test_a_record_below_what_is_no_folder_of_its_own_is_not_read(
    tmp_path: Path, step: str, instead: str
) -> None:
    config = tmp_path / "config"
    record_in(config)
    assert read(config, NUMBER) == Session(NUMBER, ({"type": "user"},))
    replaced = config / step
    moved = replaced.rename(tmp_path / "moved")
    if instead == "link":
        replaced.symlink_to(moved)
    elif instead == "file":
        replaced.write_text("")
    elif instead == "pipe":
        os.mkfifo(replaced)
    assert read(config, NUMBER) is None


def test_a_record_nested_too_deep_to_be_written_is_not_kept() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    assert Session(NUMBER, ({"type": "user", "deep": nested},)).text() == ""
