"""Codex and Gemini themselves go on with the conversation of the run before, in a new sandbox."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest

from agents.drive import Value
from agents.job import Outcome, Workspace
from agents.ports import Runner
from agents.runners.command import CommandRunner
from agents.runners.command_acp import AcpRunner
from agents.runners.presets import PRESETS
from agents.specs import RunnerSpec
from tests.agents import clis
from tests.agents.factories import mailbox, outcome, texts
from tests.doubles.model_api import ModelApi, Turn

pytestmark = pytest.mark.clis
SHELL = {
    "codex": ("exec_command", {"cmd": "cat calc.py"}),
    "gemini": ("run_shell_command", {"command": "cat calc.py", "description": "look"}),
}
SHELL["gemini by ACP"] = SHELL["gemini"]
TURNS = [Turn("It subtracts, says the plum."), Turn("Now it adds.")]


def runner_of(name: str, api: ModelApi) -> Runner:
    if name == "codex":
        keys = {"openai": (clis.KEY, f"{api.url}/v1")}
        return CommandRunner(name, (), preset=PRESETS[name], model="gpt-5.1-codex", keys=keys)
    keys = {"gemini": (clis.KEY, api.url)}
    if name == "gemini":
        return CommandRunner(name, (), preset=PRESETS[name], model="gemini-2.5-flash", keys=keys)
    spec = RunnerSpec("gemini", model="gemini-2.5-flash", preset="gemini", protocol="acp")
    return AcpRunner(spec, keys)


def run(runner: Runner, space: Workspace, prompt: str, **more: Any) -> list[Value]:
    return list(clis.carry_out(runner, space, clis.box(), prompt, **more))


@pytest.mark.parametrize("name", sorted(SHELL))
def test_the_second_round_carries_the_conversation_of_the_first(
    name: str, space: Workspace
) -> None:
    look = Turn("I look.", (SHELL[name],))
    with ModelApi([look, *TURNS]) as api:
        first = outcome(run(runner_of(name, api), space, "Mend add, said the pear."))
        asked = len(api.requests)
        second = run(
            runner_of(name, api), space, "And sub?", session=first.session, earlier="In words."
        )
    assert (outcome(second).status, outcome(second).reason) == ("passed", "")
    assert outcome(second).summary == "Now it adds."
    sent = json.dumps(api.requests[asked].body)
    for words in ("said the pear", "says the plum", "return a - b", "And sub?"):
        assert words in sent, words
    assert "In words." not in sent
    assert texts(second, "text") == "Now it adds."  # the old conversation is told no second time
    assert outcome(second).usage.input_tokens == 100
    assert clis.KEY not in first.session


@pytest.mark.parametrize("name", ["codex", "gemini by ACP"])
def test_a_run_whose_worker_was_killed_goes_on_with_its_own_conversation(
    name: str, space: Workspace
) -> None:
    shell = {
        "codex": ("exec_command", {"cmd": "touch begun; sleep 60", "yield_time_ms": 30000}),
        "gemini by ACP": (
            "run_shell_command", {"command": "touch begun; sleep 60", "description": "wait"},
        ),
    }  # fmt: skip
    turns = [Turn("It subtracts, says the plum.", (shell[name],)), Turn("Now it adds.")]
    with ModelApi(turns) as api:
        one = runner_of(name, api)
        values = clis.values(one, space, clis.box(), mailbox(), "Mend add.")
        with closing(values):  # type: ignore[type-var] # generators close
            next(value for value in values if (space.root / "begun").exists())
            left = one.left(space.root)
        asked = len(api.requests)
        more = {"session": left, "resume": {"interrupted": True}, "earlier": "In words."}
        again = run(runner_of(name, api), space, "Mend add.", **more)
    assert outcome(again).summary == "Now it adds."
    sent = json.dumps(api.requests[asked].body)
    assert "says the plum" in sent
    assert "In words." not in sent


def test_a_run_that_was_paused_goes_on_with_its_own_conversation(space: Workspace) -> None:
    wait = ("exec_command", {"cmd": "touch begun; sleep 60", "yield_time_ms": 30000})
    box, ended = mailbox(), Outcome("failed")
    with ModelApi([Turn("I look, says the plum.", (wait,)), Turn("Now it adds.")]) as api:
        for value in clis.values(runner_of("codex", api), space, clis.box(), box, "Mend add."):
            if (space.root / "begun").exists():
                box.pause("Paused by anna.")
            ended = value if isinstance(value, Outcome) else ended
        assert (ended.status, ended.reason) == ("parked", "Paused by anna.")
        asked = len(api.requests)
        more = {"session": ended.session, "resume": ended.resume, "earlier": "In words."}
        again = run(runner_of("codex", api), space, "Mend add.", **more)
    assert outcome(again).summary == "Now it adds."
    sent = json.dumps(api.requests[asked].body)
    assert "I look, says the plum." in sent
    assert "You were interrupted" in sent
    assert "In words." not in sent


@pytest.mark.parametrize("name", ["codex", "gemini"])
def test_a_conversation_that_is_not_there_is_told_in_words(name: str, space: Workspace) -> None:
    gone = json.dumps({"session": "0260b0ad-3acb-4446-865e-b31c598ac1e8", "files": {}})
    with ModelApi([Turn("I mended add.")]) as api:
        values = run(runner_of(name, api), space, "And sub?", session=gone, earlier="In words.")
    assert (outcome(values).status, outcome(values).reason) == ("passed", "")
    assert "In words." in json.dumps(api.requests[0].body)
    assert "cannot be gone on with" in texts(values, "note")
    assert json.loads(outcome(values).session)["session"] not in gone
