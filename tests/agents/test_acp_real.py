"""The Gemini CLI itself, spoken with by ACP in bubblewrap, mends a file."""

from __future__ import annotations

import pytest

from agents.job import Workspace
from agents.runners.command_acp import AcpRunner
from agents.specs import RunnerSpec
from tests.agents import clis
from tests.agents.factories import events, outcome, texts
from tests.doubles.model_api import ModelApi, Turn

pytestmark = pytest.mark.clis
EDIT = {
    "file_path": "/workspace/calc.py",
    "instruction": "Mend it.",
    "old_string": "a - b",
    "new_string": "a + b",
}


def test_the_real_program_edits_by_our_hand_and_with_our_permission(space: Workspace) -> None:
    calls = (("replace", EDIT), ("run_shell_command", {"command": "cat calc.py"}))
    spec = RunnerSpec("gemini", model="gemini-2.5-flash", preset="gemini", protocol="acp")
    with ModelApi([Turn("Let me see.", calls), Turn("I mended add.")]) as api:
        runner = AcpRunner(spec, {"gemini": (clis.KEY, api.url)})
        values = clis.carry_out(runner, space, clis.box())
    ended = outcome(values)
    assert (ended.status, ended.reason, ended.summary) == ("passed", "", "I mended add.")
    assert (ended.usage.input_tokens, ended.usage.output_tokens) == (200, 40)
    assert (space.root / "calc.py").read_text() == clis.MENDED
    assert texts(values, "text") == "Let me see.I mended add."
    assert [each.data["name"] for each in events(values) if each.kind == "tool"] == [
        "run", "edit", "execute",
    ]  # fmt: skip
    diffs = [dict(each.data) for each in events(values) if each.kind == "diff"]
    assert diffs == [{"path": "calc.py", "added": 1, "removed": 1}]
    assert all(each.data["ok"] for each in events(values) if each.kind == "result")
