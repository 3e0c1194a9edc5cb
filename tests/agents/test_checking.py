"""A check on the agent's own tree: what changed there while it ran is told, nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents import sandbox
from agents.checking import Checked, run_check
from agents.job import Check, Workspace
from agents.runners.anthropic_verify import told
from tests.agents import factories


def checked(space: Workspace, script: str) -> Checked:
    """The check in the real sandbox, on a tree in which the agent has already worked."""
    (space.root / "a.txt").write_text("mine\n")
    job = replace(factories.job(space.root), workspace=space)
    check = Check("edits", ("sh", "-c", script))
    values = run_check(check, job, sandbox.Bubblewrap(), "check-1")
    while True:
        try:
            next(values)
        except StopIteration as end:
            done: Checked = end.value
            return done


@pytest.mark.parametrize(
    ("script", "changed"),
    [
        ("cat a.txt", ()),
        ("mkdir __pycache__ .pytest_cache; echo x > __pycache__/a.pyc", ()),
        ("echo zz >> a.txt", ("a.txt",)),
        ("echo new > new.txt", ("new.txt",)),
        ("rm a.txt", ("a.txt",)),
        ("echo zz >> a.txt; exit 1", ("a.txt",)),
        ("for n in 1 2 3 4 5 6; do echo $n > $n; done", ("1", "2", "3", "4", "5", "6")),
    ],
)
def test_what_changed_while_a_check_ran_is_told(
    space: Workspace, script: str, changed: tuple[str, ...]
) -> None:
    assert checked(space, script).changed == changed


def test_a_green_check_that_changes_what_it_judges_is_not_told_as_green(space: Workspace) -> None:
    check = Check("edits", ("true",))
    text = told([(check, checked(space, "echo zz >> a.txt"))]).text
    assert "All green" not in text
    assert "files of the tree changed: a.txt." in text
    assert "does not count" in text
    assert told([(check, checked(space, "true"))]).text == "All green: edits."


def test_a_tree_without_git_is_checked_all_the_same(space: Workspace) -> None:
    (space.root / ".git").unlink(missing_ok=True)
    done = checked(replace(space, admin_dir=space.root), "exit 3")
    assert (done.outcome.status, done.changed) == ("failed", ())
