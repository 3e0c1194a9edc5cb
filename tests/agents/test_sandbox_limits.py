"""What a program in the sandbox may use up, and that nothing is left of it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents import sandbox
from agents.box import cgroup
from agents.job import Limits, Workspace
from agents.proc import descendants, start_time
from tests.agents.boxes import inside, output, shell

MIB = 1024**2


def test_a_fork_bomb_is_bounded_and_ended(space: Workspace) -> None:
    script = "import os\nwhile True:\n try: os.fork()\n except OSError: pass"
    running = sandbox.Bubblewrap().start(("python3", "-c", script), space, Limits(processes=60))
    time.sleep(1)
    assert len(descendants(running.pid)) <= 100
    began = time.monotonic()
    running.kill()
    assert time.monotonic() - began < 5
    assert descendants(running.pid) == []


def test_kill_leaves_nothing_not_even_daemons(space: Workspace) -> None:
    daemon = (
        "import os, time\n"
        "for n in range(2):\n"
        " if os.fork(): os._exit(0) if n else None\n"
        " os.setsid() if not n else 0\n"
        "time.sleep(60)"
    )
    script = f"setsid sleep 71 & (setsid setsid sleep 72 &) ; python3 -c '{daemon}' & wait"
    running = sandbox.Bubblewrap().start(("sh", "-c", script), space, Limits())
    time.sleep(0.5)
    below = descendants(running.pid)
    assert len(below) >= 4
    running.kill()
    assert [pid for pid in below if start_time(pid) is not None] == []


def test_what_a_program_leaves_running_ends_with_it(space: Workspace) -> None:
    marker = space.root / "late"
    code, _ = shell(space, "(setsid sh -c 'sleep 1; echo x > late' &) ; exit 0")
    assert code == 0
    time.sleep(1.3)
    assert not marker.exists()


def test_everything_dies_with_the_server(tmp_path: Path) -> None:
    code = (
        "import time; from pathlib import Path;"
        "from agents import sandbox; from agents.job import *;"
        f"r = Path({str(tmp_path)!r}); w = Workspace(r, r / 'n', r / 'n', '', '');"
        "p = sandbox.Bubblewrap().start(('sh', '-c', 'setsid sleep 73 & sleep 74'), w, Limits());"
        "time.sleep(0.3); print(p.pid, flush=True); time.sleep(60)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert server.stdout is not None
    top = int(server.stdout.readline())
    below = descendants(top)
    assert len(below) >= 3
    server.kill()
    server.wait()
    server.stdout.close()
    deadline = time.monotonic() + 5
    while any(start_time(p) is not None for p in [top, *below]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [p for p in [top, *below] if start_time(p) is not None] == []


def test_interrupt_reaches_the_program(space: Workspace) -> None:
    script = "trap 'echo bye; exit 4' TERM; echo ready; while :; do sleep 0.05; done"
    running = sandbox.Bubblewrap().start(("sh", "-c", script), space, Limits())
    assert running.read(5) == b"ready\n"
    running.interrupt()
    assert output(running).endswith("bye\n")
    assert running.wait(5) == 4


def test_disk_beyond_the_limit_ends_the_program(space: Workspace) -> None:
    script = "i=0; while :; do i=$((i+1)); head -c 4000000 /dev/zero > f$i; sleep 0.02; done"
    limits = Limits(disk_bytes=20 * MIB)
    code, said = shell(space, script, limits=limits)
    assert code == -9
    assert "[sandbox]" in said
    assert "to disk" in said


def test_one_file_cannot_be_larger_than_the_limit(space: Workspace) -> None:
    code, _ = shell(space, "head -c 40000000 /dev/zero > big", limits=Limits(disk_bytes=10 * MIB))
    assert code not in (0, None)
    assert (space.root / "big").stat().st_size <= 10 * MIB


def test_too_many_files_end_the_program(space: Workspace) -> None:
    script = "import itertools\nfor i in itertools.count(): open(f'f{i}', 'w').close()"
    code, said = inside(space, "python3", "-c", script, limits=Limits(files=2000))
    assert code == -9
    assert "2000 files" in said


@pytest.mark.parametrize("has_groups", [True, False])
def test_memory_is_bounded(
    space: Workspace, monkeypatch: pytest.MonkeyPatch, *, has_groups: bool
) -> None:
    if not has_groups:
        monkeypatch.setattr(cgroup, "parents", tuple)
    script = "import time\nx = []\nwhile True: x.append(b'x' * 10_000_000); time.sleep(0.02)"
    code, said = inside(space, "python3", "-c", script, limits=Limits(memory_bytes=150 * MIB))
    assert code not in (0, None)
    assert "memory" in said


def test_processes_are_bounded_by_the_watcher_without_groups(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroup, "parents", tuple)
    script = "for i in $(seq 60); do sleep 60 & done; wait"
    _, said = shell(space, script, limits=Limits(processes=40))
    assert "processes" in said or "fork" in said.lower()


def test_no_control_group_is_left(space: Workspace) -> None:
    shell(space, "true")
    left = [p for parent, _ in cgroup.parents() for p in parent.glob(f"{cgroup.own_names()}*")]
    assert left == []
