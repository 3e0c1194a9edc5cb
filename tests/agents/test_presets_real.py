"""Codex and Gemini themselves, in bubblewrap, mend a file by way of stand-ins of their models."""

from __future__ import annotations

import json

import pytest

from agents.drive import Value
from agents.job import Workspace
from agents.runners.command import CommandRunner
from agents.runners.presets import PRESETS
from tests.agents import clis
from tests.agents.factories import events, outcome, texts
from tests.doubles.model_api import ModelApi, Turn

pytestmark = pytest.mark.clis
SCRIPT = "sed -i s/-/+/ calc.py && cat calc.py && env && ls -R /run /home"
SHELL = {
    "codex": ("exec_command", {"cmd": SCRIPT}),
    "gemini": ("run_shell_command", {"command": SCRIPT, "description": "mend"}),
}
PROVIDER = {"codex": "openai", "gemini": "gemini"}
MODEL = {"codex": "gpt-5.1-codex", "gemini": "gemini-2.5-flash"}


def run(name: str, space: Workspace, api: ModelApi) -> list[Value]:
    base = f"{api.url}/v1" if name == "codex" else api.url
    keys = {PROVIDER[name]: (clis.KEY, base)}
    runner = CommandRunner(name, (), preset=PRESETS[name], model=MODEL[name], keys=keys)
    return list(clis.carry_out(runner, space, clis.box()))


@pytest.mark.parametrize("name", ["codex", "gemini"])
def test_the_real_program_mends_a_file_and_never_sees_the_key(name: str, space: Workspace) -> None:
    with ModelApi([Turn("Let me see.", (SHELL[name],)), Turn("I mended add.")]) as api:
        values = run(name, space, api)
    ended = outcome(values)
    assert (ended.status, ended.reason, ended.summary) == ("passed", "", "I mended add.")
    assert (space.root / "calc.py").read_text() == clis.MENDED
    assert (ended.usage.input_tokens, ended.usage.output_tokens) == (200, 40)
    assert texts(values, "text") == "Let me see.I mended add."
    assert "return a + b" in texts(values, "output")
    sent = {value for asked in api.requests for value in asked.headers.values()}
    assert {clis.KEY, f"Bearer {clis.KEY}"} & sent
    assert clis.KEY not in json.dumps([dict(each.data) for each in events(values)])


@pytest.mark.parametrize("name", ["codex", "gemini"])
def test_a_model_that_refuses_is_told_in_its_words(name: str, space: Workspace) -> None:
    with ModelApi([Turn("Your account is empty.", status=400, needs_tools=False)]) as api:
        ended = outcome(run(name, space, api))
    assert (ended.status, ended.fault) == ("failed", "agent")
    assert "Your account is empty." in ended.reason
    assert (space.root / "calc.py").read_text() == clis.BROKEN
