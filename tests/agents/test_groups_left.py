"""What a killed server left in control groups is ended; what may be another's that lives is not."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.box import cgroup
from agents.proc import start_time

SPACE = str(Path("/proc/self/ns/pid").stat().st_ino)


class Left(cgroup.Group):
    """A group as a folder of a test's own, whose processes are written into a file."""

    def remove(self) -> None:
        for folder in self.folders:
            (folder / "cgroup.procs").unlink()
            folder.rmdir()

    def kill(self) -> None:
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A program that a server had started."""
    monkeypatch.setattr(cgroup, "Group", Left)
    program = subprocess.Popen(["sleep", "4389"])
    yield program
    program.kill()
    program.wait()


def lay(parent: Path, name: str, *pids: int) -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in pids))
    return folder


def dead_pid() -> int:
    ended = subprocess.Popen(["true"])
    ended.wait()
    return ended.pid


def test_a_dead_servers_programs_are_ended_and_told_in_one_line(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    dead = dead_pid()
    left = [lay(tmp_path, f"honk-{SPACE}-{dead}-12-1", sleeper.pid)]
    left += [lay(tmp_path, f"honk-{SPACE}-{dead}-12-{n}") for n in (2, 3)]
    cgroup._sweep(tmp_path)
    assert sleeper.wait(timeout=10) == -signal.SIGKILL
    assert not any(folder.exists() for folder in left)
    assert [r.getMessage().partition(" that ")[0] for r in caplog.records] == ["ended 1 processes"]


def test_empty_groups_of_dead_servers_go_without_a_word(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    own = start_time(os.getpid())
    left = [
        lay(tmp_path, f"honk-{SPACE}-{dead_pid()}-12-1"),
        lay(tmp_path, f"honk-{SPACE}-{os.getpid()}-{own + 1 if own else 1}-1"),
    ]  # the second: our number, in use by another process before us
    cgroup._sweep(tmp_path)
    assert not any(folder.exists() for folder in left)
    assert caplog.records == []
    assert sleeper.poll() is None


@pytest.mark.parametrize("whose", ["a living server", "another PID namespace", "an older version"])
def test_what_may_belong_to_a_living_server_is_let_be(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], whose: str
) -> None:
    server = os.getpid()
    names = {
        "a living server": f"honk-{SPACE}-{server}-{start_time(server)}-1",
        "another PID namespace": f"honk-{int(SPACE) + 1}-{dead_pid()}-12-1",
        "an older version": f"honk-{dead_pid()}-12-1",
    }
    folder = lay(tmp_path, names[whose], sleeper.pid)
    cgroup._sweep(tmp_path)
    assert sleeper.poll() is None
    assert folder.exists()


def test_a_server_that_cannot_be_looked_at_counts_as_living(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroup, "start_time", lambda _pid: None)  # no file can be opened just now
    lay(tmp_path, f"honk-{SPACE}-{os.getpid()}-12-1", sleeper.pid)
    cgroup._sweep(tmp_path)
    assert sleeper.poll() is None
