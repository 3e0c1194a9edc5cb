"""Engine, runners and verifiers together in the real sandbox, on real worktrees of the sample."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import engine, policy, sample, sandbox, worktree
from agents.git import Mirror
from agents.job import Job, Limits, Outcome, Workspace
from agents.ports import Runner, Sandbox
from agents.redact import Redactor
from agents.runners.anthropic_api import AnthropicRunner
from agents.runners.command import CommandRunner
from agents.runners.scripted import ScriptedRunner
from tests.agents import gits
from tests.agents.factories import mailbox, outcome, texts
from tests.doubles.messages_api import MessagesApi, Turn


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    sample.create(tmp_path / "sample")
    made = Mirror(tmp_path / "mirror.git")
    made.ensure()
    made.fetch(str(tmp_path / "sample"), sample.BRANCH)
    return made


@pytest.fixture
def tree(mirror: Mirror, tmp_path: Path) -> Iterator[Workspace]:
    opened = worktree.open_worktree(mirror, tmp_path / "work", base_of(mirror))
    yield opened
    worktree.remove(mirror, opened)


@pytest.fixture
def box() -> Sandbox:
    assert sandbox.probe() == ""
    return sandbox.choose(unsafe=False)


def base_of(mirror: Mirror) -> str:
    return mirror.fetch(str(mirror.path.parent / "sample"), sample.BRANCH)


def carried_out(
    tree: Workspace, runner: Runner, box: Sandbox, *, options: object = None, prompt: str = "Do it."
) -> list[engine.Value]:
    asked = Job(1, 1, 1, 1, prompt, prompt, tree, Limits(wall_s=60), options or {})  # type: ignore[arg-type]
    return list(engine.run(asked, runner, box, mailbox(), redactor=Redactor(["server-secret"])))


def verified(mirror: Mirror, folder: Path, commit: str, box: Sandbox) -> dict[str, Outcome]:
    found = policy.parse(mirror.read_file(commit, policy.FILE_NAME))
    clean = worktree.checkout(mirror, folder, commit)
    try:
        return {
            spec.name: outcome(engine.verify(spec, clean, box, found.limits, mailbox()))
            for spec in found.verifiers
        }
    finally:
        assert worktree.touched(clean) == []
        worktree.remove(mirror, clean)


def kept(mirror: Mirror, tree: Workspace) -> worktree.Snapshot:
    return gits.snapshot(mirror, tree)


def test_the_scripted_runner_takes_the_sample_to_a_verified_commit(
    mirror: Mirror, tree: Workspace, box: Sandbox, tmp_path: Path
) -> None:
    options = {"recording": sample.RECORDINGS["fixed"]}
    values = carried_out(tree, ScriptedRunner(), box, options=options)
    assert outcome(values).status == "passed", outcome(values)
    snapshot = kept(mirror, tree)
    results = verified(mirror, tmp_path / "clean", snapshot.commit, box)
    assert {name: each.status for name, each in results.items()} == {
        "unit tests": "passed",
        "style": "passed",
    }
    changed = mirror.diff_raw(tree.base, snapshot.commit)
    assert b"lengths.py" in changed
    assert b"pyc" not in changed


def test_a_command_works_in_the_tree_and_cannot_reach_out(
    mirror: Mirror, tree: Workspace, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "server-secret")
    script = (
        'pwd; cat; echo "$1" >> NOTES.md; env; (sleep 60 &) ; '
        "echo x > .git/config; git config user.name x; true"
    )
    runner = CommandRunner("mod", ["sh", "-c", script, "mod", "{instruction}"])
    values = carried_out(tree, runner, box, prompt="Add a line.\n")
    assert outcome(values).status == "passed", outcome(values)
    said = texts(values, "output")
    assert said.startswith("/workspace\nAdd a line.\n")
    assert "CANARY" not in said
    assert (tree.root / "NOTES.md").read_text().endswith("Add a line.\n\n")
    assert (tree.root / ".git").is_file()
    assert not kept(mirror, tree).is_empty


def test_claude_through_the_api_works_with_tools_inside(
    mirror: Mirror, tree: Workspace, box: Sandbox, tmp_path: Path
) -> None:
    replace = {
        "command": "str_replace",
        "path": "/workspace/README.md",
        "old_str": "# mixtape",
        "new_str": "# Mixtape",
    }
    turns = [
        Turn.tools(("bash", {"command": "pwd; env; python3 -m unittest 2>&1 | tail -1"})),
        Turn.tools(("str_replace_based_edit_tool", replace)),
        Turn.text("The title has a capital now."),
    ]
    with MessagesApi(turns) as api:
        runner = AnthropicRunner(key="test-key-canary", base_url=api.url)
        values = carried_out(tree, runner, box)
    assert outcome(values).summary == "The title has a capital now."
    said = texts(values, "output")
    assert said.startswith("/workspace\n")
    assert "canary" not in said
    assert "OK" in said
    assert (tree.root / "README.md").read_text().startswith("# Mixtape")
    results = verified(mirror, tmp_path / "clean", kept(mirror, tree).commit, box)
    assert results["unit tests"].status == "passed"


def test_a_verifier_that_is_not_in_the_sandbox_cannot_run(tree: Workspace, box: Sandbox) -> None:
    spec = policy.VerifierSpec("x", ("no-such-program", "test"))
    result = outcome(engine.verify(spec, tree, box, Limits(), mailbox()))
    assert (result.status, result.fault) == ("error", "user")
    assert "no-such-program" in result.reason


def test_a_program_that_ignores_the_interrupt_is_dead_at_the_end(
    tree: Workspace, box: Sandbox
) -> None:
    script = "trap '' INT TERM; touch up; while :; do sleep 0.1; date > beat; done"
    stop = mailbox()
    asked = Job(1, 1, 1, 1, "x", "x", tree)
    runner = CommandRunner("mod", ["sh", "-c", script])
    values = []
    for value in engine.run(asked, runner, box, stop, grace_s=0.5):
        values.append(value)
        if (tree.root / "beat").exists():
            stop.stop("stopped by anna")
    assert outcome(values).status == "cancelled"
    (tree.root / "beat").unlink()
    time.sleep(0.3)
    assert not (tree.root / "beat").exists()
