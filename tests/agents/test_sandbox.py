"""Real programs in real bubblewrap: what they find and what they cannot do."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from agents import sandbox, worktree
from agents.git import Mirror
from agents.job import Limits, Workspace
from agents.proc import descendants
from tests.agents.boxes import inside, plain, shell

# Every file outside its own processes that the program may write, by permission alone.
WRITABLE = """
import os
for top in ("/proc", "/sys", "/dev", "/etc", "/usr", "/"):
    for folder, folders, files in os.walk(top):
        if folder == "/proc":
            own = ("self", "thread-self")
            folders[:] = [n for n in folders if not n.isdigit() and n not in own]
        if folder == "/":
            folders[:] = [n for n in folders if n in ("home", "env", "root")]
        for name in files + folders:
            path = os.path.join(folder, name)
            if not os.path.islink(path) and os.access(path, os.W_OK):
                print(path)
"""


def test_a_program_works_in_its_tree_and_tells_its_code(space: Workspace) -> None:
    code, said = shell(space, "cat a.txt; echo new > b.txt; pwd; cat; exit 9", stdin=b"told")
    assert (code, said) == (9, "one\ntwo\nthree\n/workspace\ntold")
    assert (space.root / "b.txt").read_text() == "new\n"


def test_git_reads_inside_and_writes_nothing(space: Workspace) -> None:
    script = "echo x >> a.txt; git status --short && git diff --stat && git log --format=%s"
    code, said = shell(space, script)
    assert code == 0, said
    assert " M a.txt" in said
    assert "First" in said


@pytest.mark.parametrize(
    "script",
    [
        "git config core.fsmonitor 'touch /tmp/x'",
        "git config --worktree core.fsmonitor x",
        "git commit -qam x",
        "echo x > {git_dir}/hooks/post-checkout || mkdir {git_dir}/hooks",
        "echo x > {admin}/config.worktree",
        "echo x > {admin}/index",
        "rm -f {git_dir}/HEAD",
        "rm -f /workspace/.git",
        "mv /workspace/.git /workspace/.git2",
        "echo 'gitdir: /tmp/evil' > /workspace/.git",
        "mount -o remount,rw {git_dir}",
        "umount /workspace/.git",
    ],
)
def test_nothing_of_git_s_own_can_be_written(space: Workspace, script: str) -> None:
    before = {p: p.read_bytes() for p in space.git_dir.rglob("*") if p.is_file()}
    code, said = shell(space, script.format(git_dir=space.git_dir, admin=space.admin_dir))
    assert code != 0, said
    assert {p: p.read_bytes() for p in space.git_dir.rglob("*") if p.is_file()} == before
    assert (space.root / ".git").read_text().startswith("gitdir: ")


def test_other_worktrees_and_the_host_are_not_there(
    store: Mirror, space: Workspace, tmp_path: Path
) -> None:
    other = worktree.open_worktree(store, tmp_path / "work" / "run-2", space.base)
    code, said = shell(space, f"ls {other.root} || ls {other.admin_dir}")
    assert code != 0, said
    _, said = shell(space, f"ls {tmp_path}; ls /; ls {space.git_dir}/worktrees")
    assert "origin" not in said
    assert not {"srv", "var", "mnt", "opt", "sys", "run", "boot"} & set(said.split())
    for name in ("shadow", "ssh", "pip.conf", "npmrc"):
        assert shell(space, f"cat /etc/{name}")[0] != 0


def test_nothing_of_the_host_is_writable_even_for_root(space: Workspace) -> None:
    (space.root / "walk.py").write_text(WRITABLE)
    code, said = inside(space, "python3", "walk.py")
    assert code == 0, said
    allowed = {f"/dev/{n}" for n in ("tty", "urandom", "random", "full", "zero", "null", "pts",
                                     "pts/ptmx", "shm", "console")}  # fmt: skip
    found = {path for path in said.split() if not path.startswith("/home/agent")}
    assert found <= allowed


def test_the_program_has_no_rights_and_gets_none(space: Workspace) -> None:
    _, said = shell(space, "id -u; grep -E 'Cap|NoNewPrivs' /proc/self/status")
    assert said.startswith("1000\n")
    assert all(set(line.split()[1]) == {"0"} for line in said.splitlines() if "Cap" in line)
    assert "NoNewPrivs:\t1" in said
    for script in ("unshare -Ur true", "unshare -m true", "mount -t tmpfs x /tmp", "chroot / true"):
        assert shell(space, script)[0] != 0


def test_no_environment_of_the_server_is_to_be_found(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HONK_CANARY", "canary-5d1f")
    script = "env; cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n'; ls -l /proc/*/fd"
    _, said = shell(space, script, environment={"HONK_RUN": "7"})
    assert "canary" not in said.lower()
    assert "HONK_RUN=7" in said
    assert "memfd" not in said
    assert str(space.root) not in said
    names = {line.split("=")[0] for line in shell(space, "env")[1].splitlines()}
    known = {"PATH", "HOME", "USER", "LANG", "TERM", "TMPDIR", "PWD", "SHLVL", "_", "OLDPWD"}
    known |= {"PYTHONDONTWRITEBYTECODE"}
    assert {name for name in names if not name.startswith("GIT_")} <= known


def test_python_keeps_no_bytecode_in_the_tree_that_could_hide_an_edit(space: Workspace) -> None:
    (space.root / "sums.py").write_text("ADDED = 1\n")
    shell(space, "python3 -c 'import sums'")
    assert not list(space.root.glob("**/__pycache__"))


def test_given_variables_are_not_on_the_host_s_command_lines(space: Workspace) -> None:
    running = sandbox.Bubblewrap().start(
        ("sleep", "60"), space, Limits(), environment={"TOKEN": "canary-77aa"}
    )
    for pid in [running.pid, *descendants(running.pid)]:
        assert b"canary" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    environment = Path(f"/proc/{running.pid}/environ").read_bytes()
    assert environment.replace(b"PWD=/", b"").strip(b"\0") == b""
    running.kill()


def test_there_is_no_network_unless_it_is_asked_for(tmp_path: Path) -> None:
    space = plain(tmp_path / "w")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        (space.root / "c.py").write_text(code)
        assert inside(space, "python3", "c.py")[0] == 1
        assert inside(space, "python3", "c.py", network=True)[0] == 0


@pytest.mark.parametrize(
    ("address", "port"),
    [("169.254.169.254", 80), ("fd00:ec2::254", 80), ("10.0.0.1", 5432), ("192.0.2.1", 443)],
)
def test_no_address_outside_has_a_route(tmp_path: Path, address: str, port: int) -> None:
    space = plain(tmp_path / "w")
    code = (
        "import errno, socket\n"
        f"try: socket.create_connection(({address!r}, {port}), 5)\n"
        "except OSError as error: print(errno.errorcode.get(error.errno, error))"
    )
    assert inside(space, "python3", "-c", code)[1] in ("ENETUNREACH\n", "EADDRNOTAVAIL\n")


def test_no_port_of_the_host_s_loopback_is_there(tmp_path: Path) -> None:
    space = plain(tmp_path / "w")
    with socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0)):
        said = inside(space, "cat", "/proc/net/tcp", "/proc/net/unix")[1]
    assert [line for line in said.splitlines() if not line.lstrip().startswith(("sl", "Num"))] == []


def test_no_sandbox_is_made_in_the_sandbox(space: Workspace) -> None:
    for script in (
        "bwrap --ro-bind / / true", "bwrap --unshare-all --bind / / true",
        "python3 -c 'import os; os.unshare(os.CLONE_NEWUSER)'",
        "python3 -c 'import os; os.unshare(os.CLONE_NEWNS)'",
        "nsenter -t 1 -m true",
    ):  # fmt: skip
        code, said = shell(space, script)
        assert code != 0, said


def test_an_abstract_socket_of_the_host_is_out_of_reach(tmp_path: Path) -> None:
    space = plain(tmp_path / "w")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0honk-{os.getpid()}")
        server.listen()
        code = f"import socket; socket.socket(socket.AF_UNIX).connect('\\0honk-{os.getpid()}')"
        assert inside(space, "python3", "-c", code)[0] == 1
