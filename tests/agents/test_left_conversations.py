"""What a killed worker leaves of a conversation with the API: whole, valid, and gone on with."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from agents import engine
from agents.drive import Value
from agents.events import Event
from agents.runners.anthropic_api import AnthropicRunner
from agents.runners.anthropic_conversation import Conversation
from agents.runners.anthropic_record import Record
from tests.agents.anthropic_talks import LOOK, assert_valid, first_request, runner, words
from tests.agents.factories import job, mailbox
from tests.doubles.messages_api import MessagesApi, Turn
from tests.doubles.plain_sandbox import PlainSandbox

WAIT = Turn.tools(("bash", {"command": "touch begun; sleep 60"}), say="Then I wait.")


def is_step(number: int, value: Value) -> bool:
    return isinstance(value, Event) and value.kind == "step" and value.data["number"] == number


def left_at(root: Path, number: int, *turns: Turn) -> str:
    """What lies beside the worktree of a run that is at its step of that number."""
    with MessagesApi(turns) as api:
        one = runner(api)
        values = engine.run(job(root), one, PlainSandbox(), mailbox(), grace_s=0.1)
        with closing(values):  # type: ignore[type-var] # generators close
            next(value for value in values if is_step(number, value))
            while not (root / "begun").exists() and WAIT in turns:
                next(values)
            return one.left(root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "run-1"
    folder.mkdir()
    return folder


def test_the_next_run_goes_on_with_what_was_said_before_the_kill(root: Path) -> None:
    left = left_at(root, 2, LOOK, WAIT, Turn.text("Never said."))
    (root / "begun").unlink()
    request, _ = first_request(root, session=left, prompt="Go on.", resume={"interrupted": True})
    assert_valid(request)
    told = words(request)
    for part in ("Fix the fault.", "I look.", "seen\nexit 0", "Then I wait.", "Not run", "Go on."):
        assert part in told, part


def test_a_run_that_ended_leaves_nothing_on_the_disk(root: Path) -> None:
    with MessagesApi([LOOK, Turn.text("Done.")]) as api:
        one = runner(api)
        assert one.left(root) == ""
        list(engine.run(job(root), one, PlainSandbox(), mailbox()))
        assert one.left(root) == ""
    assert [path.name for path in root.parent.iterdir()] == ["run-1"]


def test_a_disk_that_takes_nothing_does_not_stop_the_run(tmp_path: Path) -> None:
    gone = Record(tmp_path / "gone" / "session")
    gone.keep(Conversation([{"role": "user", "content": "Hello."}]))
    assert AnthropicRunner(key="k").left(tmp_path / "gone") == ""
