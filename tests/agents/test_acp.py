"""Agents that speak ACP, in bubblewrap: the good, the slow and the hostile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agents import engine
from agents.control import Mailbox
from agents.drive import Value
from agents.events import JSON
from agents.job import Limits, Workspace
from agents.runners.command_acp import AcpRunner
from agents.sandbox import Bubblewrap
from agents.specs import RunnerSpec
from tests.agents.factories import events, job, mailbox, message, outcome, texts
from tests.doubles.plain_sandbox import PlainSandbox

DOUBLE = Path(__file__).parents[1] / "doubles" / "acp_agent.py"
BROKEN = "def add(a, b):\n    return a - b\n"


def begin(
    behaviour: str,
    space: Workspace,
    *,
    box: Mailbox | None = None,
    prompt: str = "Mend add.",
    resume: dict[str, JSON] | None = None,
    limits: Limits | None = None,
    session: str = "",
    earlier: str = "",
) -> Iterator[Value]:
    (space.root / "calc.py").write_text(BROKEN)
    argv = ("python3", str(DOUBLE), behaviour)
    spec = RunnerSpec("mine", argv, protocol="acp", keeps=(".acp/sessions",))
    plain = job(space.root, prompt=prompt, resume=resume, limits=limits)
    asked = replace(plain, workspace=space, session=session, earlier=earlier)
    confined = Bubblewrap([DOUBLE.parent])
    return engine.run(asked, AcpRunner(spec, {}), confined, box or mailbox(), grace_s=2)


def run(behaviour: str, space: Workspace, prompt: str = "Mend add.") -> list[Value]:
    return list(begin(behaviour, space, prompt=prompt))


def during(behaviour: str, space: Workspace, act: Callable[[Mailbox], None]) -> list[Value]:
    """A run in which `act` happens once the agent has said something."""
    box, values = mailbox(), []
    for value in begin(behaviour, space, box=box):
        values.append(value)
        if texts(values[-1:], "text") and texts(values, "text") == texts(values[-1:], "text"):
            act(box)
    return values


def data(values: list[Value], kind: str) -> list[dict[str, JSON]]:
    return [dict(each.data) for each in events(values) if each.kind == kind]


def test_an_agent_edits_by_our_hand_and_everything_it_tells_is_an_event(space: Workspace) -> None:
    values = run("edit", space)
    ended = outcome(values)
    assert (ended.status, ended.reason, ended.excerpt) == ("passed", "", "")
    assert ended.summary == "Done: yes, return a - b"
    assert (ended.usage.input_tokens, ended.usage.output_tokens) == (50, 7)
    assert (space.root / "calc.py").read_text() == BROKEN.replace("-", "+")
    items = [("Look", "done"), ("Mend", "doing"), ("Test", "todo")]
    assert data(values, "plan") == [{"items": [{"text": t, "state": s} for t, s in items]}]
    assert texts(values, "think") == "It subtracts."
    assert texts(values, "text") == "I mend add.Done: yes, return a - b"
    assert data(values, "diff") == [{"path": "calc.py", "added": 1, "removed": 1}]
    assert texts(values, "output") == "1 file"
    tools = data(values, "tool")
    assert [each["title"] for each in tools][1:] == ["Edit calc.py"]
    assert "acp_agent.py edit" in str(tools[0]["title"])
    assert [each["ok"] for each in data(values, "result")] == [True, True]


def test_messages_go_in_as_one_more_prompt_at_the_end(space: Workspace) -> None:
    def write(box: Mailbox) -> None:
        box.deliver(message("Use tabs.", 1, "anna"))
        box.deliver(message("And be quick.", 2, "ben"))

    values = during("echo", space, write)
    assert outcome(values).status == "passed"
    first, second, _ = texts(values, "text").split("|")
    assert first == "Mend add."
    assert "Message from anna:\n\n```\nUse tabs.\n```" in second
    assert second.endswith("Message from ben:\n\n```\nAnd be quick.\n```")
    assert [each["number"] for each in data(values, "step")] == [1, 2]


def test_a_pause_cancels_the_turn_and_parks_the_run_with_its_work(space: Workspace) -> None:
    values = during("slow", space, lambda box: box.pause("Paused by anna."))
    ended = outcome(values)
    assert (ended.status, ended.reason) == ("parked", "Paused by anna.")
    assert (ended.resume or {})["waits_for"] == "pause"
    assert (space.root / "half.txt").read_text() == "half done"
    assert [each["ok"] for each in data(values, "result")] == [False, False]


def test_going_on_tells_the_agent_that_it_was_interrupted(space: Workspace) -> None:
    values = list(begin("echo", space, resume={"waits_for": "pause"}))
    assert "interrupted" in texts(values, "text")
    assert "Mend add." in texts(values, "text")


@pytest.mark.parametrize("behaviour", ["loading", "resuming"])
def test_the_next_run_goes_on_with_the_session_and_tells_none_of_it_again(
    behaviour: str, space: Workspace
) -> None:
    first = outcome(begin(behaviour, space, prompt="First.", earlier="In words."))
    again = list(begin(behaviour, space, prompt="Second.", session=first.session))
    assert texts(again, "text") == "First.\n\nIn words.|Second."
    assert len(data(again, "tool")) == 1  # the program itself
    third = begin(behaviour, space, prompt="Third.", session=outcome(again).session)
    assert texts(third, "text").endswith("|Second.|Third.")


@pytest.mark.parametrize("kept", ["refused", "broken", "of another"])
def test_a_session_that_cannot_be_gone_on_with_is_told_in_words(
    kept: str, space: Workspace
) -> None:
    session = {
        "refused": outcome(begin("lossy", space, prompt="First.")).session,
        "broken": '{"session": 7}',
        "of another": '{"session": "x", "files": {"0/../../../told.json": {"lines": ["x"]}}}',
    }[kept]
    values = list(begin("lossy", space, prompt="Second.", session=session, earlier="In words."))
    assert outcome(values).status == "passed"
    assert texts(values, "text").endswith("Second.\n\nIn words.")
    assert "cannot be gone on with" in texts(values, "note")
    assert not list(space.root.parent.rglob("told.json"))


def test_what_cannot_load_keeps_nothing(space: Workspace) -> None:
    assert outcome(begin("echo", space)).session == ""


@pytest.mark.parametrize("behaviour", ["slow", "deaf"])
def test_a_stop_ends_it_whether_it_hears_or_not(behaviour: str, space: Workspace) -> None:
    values = during(behaviour, space, lambda box: box.stop("Stopped by anna."))
    assert (outcome(values).status, outcome(values).reason) == ("cancelled", "Stopped by anna.")


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("refuse", "declined"),
        ("unclear", "did not say how its turn ended"),
        ("fail", "No money left."),
        ("leave", "exit 3"),
        ("future", "version 1"),
        ("signed_out", "Authentication required"),
        ("flood", "no protocol"),
    ],
)
def test_what_is_not_a_clear_end_has_failed(behaviour: str, words: str, space: Workspace) -> None:
    ended = outcome(run(behaviour, space))
    assert (ended.status, ended.fault) == ("failed", "agent")
    assert words in ended.reason


def test_an_agent_reaches_nothing_outside_the_tree_by_our_hand(space: Workspace) -> None:
    values = run("outside", space)
    said = texts(values, "text").splitlines()
    assert said[:8] == ["-32000"] * 8
    assert said[8:] == ["-32602", "-32601", "{'outcome': {'outcome': 'cancelled'}}"]
    assert outcome(values).status == "passed"
    assert (space.root / "a.txt").read_text() == "one\ntwo\nthree\n"


def test_noise_is_shown_or_dropped_and_never_an_exception(space: Workspace) -> None:
    values = run("noise", space)
    assert outcome(values).status == "passed", outcome(values)
    assert "plain words" in texts(values, "output")
    said = texts(values, "text")
    assert "Other" not in said
    assert said.endswith("still here")
    assert len([each for each in events(values) if each.kind == "unknown"]) >= 2


def test_without_a_sandbox_nothing_is_allowed(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "calc.py").write_text(BROKEN)
    spec = RunnerSpec("mine", ("python3", str(DOUBLE), "ask"), protocol="acp")
    values = list(engine.run(job(root), AcpRunner(spec, {}), PlainSandbox(), mailbox(), grace_s=1))
    assert texts(values, "text") == "no"


def test_a_stop_that_comes_before_the_session_needs_no_cancel(space: Workspace) -> None:
    values = list(begin("slow", space, box=mailbox(stop="Stopped at once.")))
    assert outcome(values).status == "cancelled"
    assert threading.active_count() < 20
