"""Claude through the API on the sample's seeded fault, in the real sandbox, up to a green commit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import engine, policy, sample, sandbox, worktree
from agents.git import Mirror
from agents.job import Check, Job, Limits, Outcome, Workspace
from agents.ports import Sandbox
from agents.runners.anthropic_threads import NAME
from tests.agents import gits
from tests.agents.anthropic_talks import EDIT, KEY, results, runner
from tests.agents.factories import events, mailbox, outcome, texts
from tests.doubles.messages_api import MessagesApi, Turn

TEST = """
    def test_an_hour_is_shown_as_hours(self) -> None:
        self.assertEqual(length_text(3661), "1:01:01")
"""
FIX = """    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d}"
"""


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    sample.create(tmp_path / "sample")
    made = Mirror(tmp_path / "mirror.git")
    made.ensure()
    return made


@pytest.fixture
def tree(mirror: Mirror, tmp_path: Path) -> Iterator[Workspace]:
    base = mirror.fetch(str(tmp_path / "sample"), sample.BRANCH)
    opened = worktree.open_worktree(mirror, tmp_path / "work", base)
    yield opened
    worktree.remove(mirror, opened)


@pytest.fixture
def box() -> Sandbox:
    assert sandbox.probe() == ""
    return sandbox.choose(unsafe=False)


def checks_of(mirror: Mirror, tree: Workspace) -> tuple[Check, ...]:
    found = policy.parse(mirror.read_file(tree.base, policy.FILE_NAME))
    return tuple(Check(v.name, v.argv, v.timeout, v.required) for v in found.verifiers)


def server_says(mirror: Mirror, tree: Workspace, folder: Path, box: Sandbox) -> list[Outcome]:
    """What the server's own verifiers say of the snapshot."""
    kept = gits.snapshot(mirror, tree)
    found = policy.parse(mirror.read_file(tree.base, policy.FILE_NAME))
    clean = worktree.checkout(mirror, folder, kept.commit)
    try:
        return [
            outcome(engine.verify(spec, clean, box, found.limits, mailbox()))
            for spec in found.verifiers
        ]
    finally:
        worktree.remove(mirror, clean)


def test_the_seeded_fault_is_shown_by_verify_mended_and_green_for_the_server(
    mirror: Mirror, tree: Workspace, box: Sandbox, tmp_path: Path
) -> None:
    header = "import unittest\n\nfrom mixtape.lengths import length_text\n\n\n"
    new_test = f"{header}class HourTest(unittest.TestCase):{TEST}"
    old = "    minutes, rest = divmod(seconds, 60)\n"
    mend = {"command": "str_replace", "path": "mixtape/lengths.py", "old_str": old, "new_str": FIX}
    turns = [
        Turn.tools(
            ("bash", {"command": f"cat > tests/test_hours.py <<'E'\n{new_test}E"}),
            (EDIT, {"command": "view", "path": "mixtape/lengths.py"}),
            ("verify", {}),
        ),
        Turn.tools((EDIT, mend), ("verify", {}), ("bash", {"command": "env; pwd"})),
        Turn.text("Hours are shown now; a test says so."),
    ]
    asked = Job(
        1, 1, 1, 1, "Show hours.", "Show hours.", tree, Limits(wall_s=90),
        checks=checks_of(mirror, tree),
    )  # fmt: skip
    with MessagesApi(turns) as api:
        values = list(engine.run(asked, runner(api), box, mailbox()))
    assert outcome(values).status == "passed", outcome(values)
    red = results(api.requests[1])[2]["content"]
    assert "unit tests failed" in red
    assert "test_an_hour_is_shown_as_hours" in red
    assert "Green: style." in red
    _, green, shown = (result["content"] for result in results(api.requests[2]))
    assert green.startswith("All green: unit tests (")
    assert KEY not in shown
    assert "/workspace" in shown
    said = server_says(mirror, tree, tmp_path / "clean", box)
    assert [each.status for each in said] == ["passed", "passed"]


def test_commands_at_once_share_one_tree_and_leave_no_process(
    tree: Workspace, box: Sandbox
) -> None:
    wait = "touch {0}; until [ -e {1} ]; do sleep 0.02; done; echo {0}; sleep 1000 & true"
    turn = Turn.tools(
        ("bash", {"command": wait.format("a", "b")}), ("bash", {"command": wait.format("b", "a")})
    )
    asked = Job(1, 1, 1, 1, "x", "x", tree, Limits(wall_s=60))
    with MessagesApi([turn, Turn.text("Ok.")]) as api:
        values = list(engine.run(asked, runner(api), box, mailbox()))
    assert outcome(values).status == "passed", outcome(values)
    assert sorted(texts(values, "output").split()) == ["a", "b"]
    assert {e.part for e in events(values) if e.kind == "output"} == {
        "toolu_bash_0",
        "toolu_bash_1",
    }
    for each in threading.enumerate():
        if each.name == NAME:
            each.join(20)
            assert not each.is_alive()
