"""What is laid into the sandbox, and which programs are found there."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from agents import sandbox, worktree
from agents.box import view
from agents.errors import AgentFault, AgentsError, CannotRun
from agents.job import Limits, Workspace
from tests.agents.boxes import inside, output, shell


def test_a_tree_can_be_laid_read_only(space: Workspace) -> None:
    code, said = shell(space, "cat a.txt && ! echo x > b.txt", writable=False)
    assert code == 0, said


def test_the_environment_is_built_once_and_then_read(space: Workspace, tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    space = replace(space, environment=tmp_path / "env")
    script = "printf '#!/bin/sh\\necho tool\\n' > /env/bin/mytool"
    make = f"mkdir -p /env/bin && {script} && chmod +x /env/bin/mytool"
    assert shell(space, make)[0] != 0
    assert shell(space, make, environment_writable=True)[0] == 0
    assert inside(space, "mytool") == (0, "tool\n")


def test_overlays_lie_read_only_over_the_tree(space: Workspace, tmp_path: Path) -> None:
    (tmp_path / "made" / "m").mkdir(parents=True)
    (tmp_path / "file").write_text("f")
    space = replace(
        space, overlays=((tmp_path / "made", "web/node_modules"), (tmp_path / "file", "lib.egg")),
    )  # fmt: skip
    for writable in (True, False):
        code, said = shell(
            space, "ls web/node_modules; cat lib.egg; ! touch web/node_modules/x", writable=writable
        )
        assert code == 0, said
        assert "m\nf" in said
    assert worktree.tree_of(space) == space.start_tree


@pytest.mark.parametrize("target", ["/oldroot/etc", "/etc", "..", "/tmp"])
def test_an_overlay_is_not_laid_through_a_link(
    space: Workspace, tmp_path: Path, target: str
) -> None:
    (tmp_path / "made").mkdir()
    (space.root / "web").symlink_to(target)
    for name in ("web/modules", "web"):
        with pytest.raises(AgentFault, match="in its way"):
            shell(replace(space, overlays=((tmp_path / "made", name),)), "true")


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ".git"])
def test_an_overlay_stays_in_the_tree(space: Workspace, tmp_path: Path, name: str) -> None:
    with pytest.raises(AgentsError):
        view.make_place(space.root, name, is_folder=True)


def test_a_missing_program_is_told_with_the_mend(space: Workspace) -> None:
    for argv in (("no-such-tool", "x"), ("./none",), ("/opt/none",), ("sub/none",)):
        with pytest.raises(CannotRun, match="HONK_SANDBOX_PATHS"):
            inside(space, *argv)
    with pytest.raises(CannotRun):
        inside(space)
    with pytest.raises(CannotRun):
        inside(space, "echo", "a\0b")


def test_programs_of_the_tree_and_of_the_administrator_are_found(
    space: Workspace, tmp_path: Path
) -> None:
    for folder in (space.root, tmp_path / "tools" / "bin"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mine").write_text("#!/bin/sh\necho mine\n")
        (folder / "mine").chmod(0o755)
    assert inside(space, "./mine") == (0, "mine\n")
    with pytest.raises(CannotRun):
        inside(space, "mine")
    box = sandbox.Bubblewrap([tmp_path / "tools"])
    assert output(box.start(("mine",), space, Limits())) == "mine\n"


def test_our_python_is_there(space: Workspace) -> None:
    python = f"python3.{sys.version_info.minor}"
    code, said = inside(space, python, "-c", "import ssl, sqlite3; print(1)")
    assert (code, said) == (0, "1\n")


def test_odd_arguments_arrive_as_they_are(space: Workspace) -> None:
    odd = ["--", "-x", "$(id)", "a b", "'\"", "", "new\nline", "é\udcff"]
    code, said = inside(space, "python3", "-c", "import sys; print(ascii(sys.argv[1:]))", *odd)
    assert (code, said.strip()) == (0, ascii(odd))


def test_a_launch_costs_little(space: Workspace) -> None:
    inside(space, "true")
    began = time.monotonic()
    for _ in range(10):
        inside(space, "true")
    assert (time.monotonic() - began) / 10 < 0.25


def test_a_crash_leaves_no_memory_of_itself_anywhere(space: Workspace) -> None:  # S117
    code, said = shell(space, "ulimit -c; ulimit -Hc; sh -c 'kill -SEGV $$'; ls -A /tmp; ls -A")
    assert said.splitlines()[:2] == ["0", "0"], said
    assert code == 0
    assert "core" not in said
