"""Hosts without a sandbox: refusal with the mend, or no isolation by an explicit word."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from agents import sandbox
from agents.box import cgroup
from agents.errors import CannotRun, SandboxMissing
from agents.job import Limits, Workspace
from agents.proc import start_time
from tests.agents.boxes import output


def test_without_bubblewrap_agents_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxMissing, match="apt install bubblewrap"):
        sandbox.choose(unsafe=False)
    assert sandbox.choose(unsafe=True).label == "no sandbox"


def test_a_host_that_forbids_namespaces_is_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert "user namespaces" in sandbox.probe()
    fake.write_text("#!/bin/sh\necho 'bwrap: Unknown option --disable-userns' >&2; exit 1\n")
    sandbox._probed.clear()
    assert "too old" in sandbox.probe()
    sandbox._probed.clear()


@pytest.fixture
def open_box() -> sandbox.Unsandboxed:
    return sandbox.Unsandboxed()


def test_without_a_sandbox_the_environment_is_still_ours(
    space: Workspace, open_box: sandbox.Unsandboxed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HONK_CANARY", "canary-5d1f")
    argv = ("sh", "-c", "env; pwd; cat /dev/stdin")
    said = output(open_box.start(argv, space, Limits(), stdin=b"in"))
    assert "canary" not in said
    assert said.endswith(f"{space.root}\nin")


def test_without_a_sandbox_kill_still_ends_daemons(
    space: Workspace, open_box: sandbox.Unsandboxed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroup, "parents", tuple)
    script = "(setsid sh -c 'echo $$ > pid; exec sleep 75' &) ; sleep 76"
    running = open_box.start(("sh", "-c", script), space, Limits())
    deadline = time.monotonic() + 5
    while not (space.root / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    daemon = int((space.root / "pid").read_text())
    assert start_time(daemon) is not None
    running.kill()
    assert start_time(daemon) is None


def test_without_a_sandbox_a_missing_program_is_told(
    space: Workspace, open_box: sandbox.Unsandboxed
) -> None:
    with pytest.raises(CannotRun, match="no-such-tool"):
        open_box.start(("no-such-tool",), space, Limits())
    assert output(open_box.start(("cat", "/workspace/a.txt"), space, Limits())).startswith("one")
