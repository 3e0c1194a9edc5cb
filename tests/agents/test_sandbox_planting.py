"""A hostile script plants what it can in two rounds; the server works on, and nothing runs.

Everything here is real: the script runs in bubblewrap, the server's git works on what it leaves.
What it plants would touch a file on the host, the canary, whenever a git of the server ran it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents import worktree
from agents.errors import SnapshotRefused, UserFault
from agents.git import Mirror
from agents.job import Limits, Workspace
from tests.agents.boxes import shell
from tests.agents.gits import git, snapshot
from tests.agents.test_worktree import paths

# Tries to write to git's own places, and reports each write that worked.
GIT_S_OWN = r"""
tried() { if eval "$1" 2>/dev/null; then echo "WORKED: $1"; fi; }
tried "touch /workspace/control"
for dir in {git} {admin}; do
  tried "echo '[core]' > $dir/config.worktree"
  tried "printf '[core]\n fsmonitor = touch {canary}\n' >> $dir/config"
  tried "printf '[extensions]\n worktreeConfig = true\n' >> $dir/config"
  tried "mkdir -p $dir/hooks && printf '#!/bin/sh\ntouch {canary}\n' > $dir/hooks/post-checkout"
  tried "printf '* filter=x\n' > $dir/info/attributes"
  tried "printf '/tmp\n' > $dir/objects/info/alternates"
  tried "echo x > $dir/commondir"
  tried "echo x > $dir/index"
  tried "rm -rf $dir/refs/x; mkdir $dir/refs/x"
  tried "mv $dir $dir.old"
done
tried "rm -f /workspace/.git"
tried "mv /workspace/.git /workspace/git"
tried "ln -sf /tmp /workspace/.git"
tried "mount --bind /tmp /workspace/.git"
tried "git -C /workspace config core.fsmonitor 'touch {canary}'"
tried "git -C /workspace update-ref refs/heads/x HEAD"
exit 0
"""
# Plants in the tree what git takes as a matter of course, and what tools pick up by its name.
IN_THE_TREE = r"""
printf '* filter=x diff=x merge=x ident\n' > .gitattributes
printf '[filter "x"]\n clean = touch {canary}\n smudge = touch {canary}\n process = touch {canary}
[diff "x"]\n textconv = touch {canary}\n command = touch {canary}
[merge "x"]\n driver = touch {canary}\n[core]\n fsmonitor = touch {canary}\n' > .gitconfig
printf '[submodule "a"]\n path = a\n url = ext::sh -c touch% {canary}\n' > .gitmodules
ln -s / root; ln -s /etc/passwd passwd; ln -s .git/config config; ln -s loop loop
for name in git sh python3 bwrap setpriv; do
  printf '#!/bin/sh\ntouch {canary}\n' > $name; chmod +x $name
done
for name in json.py os.py sitecustomize.py usercustomize.py; do
  printf 'open("{canary}", "w")\n' > $name
done
mkdir -p .githooks .husky && cp sh .githooks/post-checkout && cp sh .husky/pre-commit
touch -- '-rf' '--exec=touch x' ':(top)x'
echo more >> a.txt
"""
# Each leaves something that git must not enter; the path that the refusal names.
TRAPS = {
    "nested": ("git init -q trap && git -C trap config core.fsmonitor 'touch {canary}'", "trap"),
    "nested deep": ("mkdir -p x/y && git init -q x/y/trap", "x/y/trap"),
    "bare": ("git init -q --bare trap", "trap"),
    "pointer": ("mkdir trap && echo 'gitdir: /tmp/evil' > trap/.git", "trap"),
    "link": ("mkdir trap && ln -s /tmp trap/.git", "trap"),
    "capitals": ("mkdir -p trap/.GIT", "trap"),
    "ignored letters": ("mkdir -p trap; echo x > trap/$(printf '.g\\342\\200\\214it')", "trap"),
    "short name": ("mkdir -p trap; echo x > 'trap/GIT~1'", "trap"),
    "end": ("mkdir -p 'trap/.git. .'", "trap"),
    "stream": ("mkdir -p 'trap/.git::$INDEX_ALLOCATION'", "trap"),
    "backslash": ("echo x > 'trap\\.git\\config'", "trap"),
    "common": ("mkdir trap; echo 'ref: x' > trap/HEAD; echo .. > trap/commondir", "trap"),
    "bare capitals": ("mkdir -p trap/OBJECTS trap/refs; echo x > trap/head", "trap"),
    "pipe": ("mkfifo trap", "trap"),
    "socket": (
        "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('trap')\"", "trap",
    ),
    "root bare": ("mkdir objects refs && echo x > HEAD", "bare repository"),
}  # fmt: skip


class Host:
    """What the script could have changed on the host, as it was at the beginning."""

    def __init__(self, store: Mirror, canary: Path) -> None:
        self._store = store
        self._canary = canary
        self._before = self._own()

    def _own(self) -> dict[str, bytes]:
        kept = [
            path
            for path in self._store.path.rglob("*")
            if path.is_file() and not {"objects", "worktrees"} & set(path.parts)
        ]
        return {str(path): path.read_bytes() for path in kept if "packed-refs" not in path.name}

    def check(self) -> None:
        """Nothing ran, and nothing of the mirror's own has changed."""
        assert not self._canary.exists()
        assert self._own() == self._before


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


@pytest.fixture
def host(store: Mirror, canary: Path, space: Workspace) -> Host:
    return Host(store, canary)


def plant(space: Workspace, script: str, canary: Path) -> str:
    """Run a script at the tree in the sandbox; what it said."""
    words = {"{canary}": canary, "{git}": space.git_dir, "{admin}": space.admin_dir}
    for mark, word in words.items():
        script = script.replace(mark, str(word))
    return shell(space, script)[1]


def use(store: Mirror, space: Workspace, commit: str, folder: Path) -> None:
    """Everything that the server does with a snapshot: diff, merge, check out, look at."""
    store.diff_raw(space.base, commit)
    store.diff_patch(space.base, commit)
    store.merge_heads(space.base, commit)
    made = worktree.checkout(store, folder, commit)
    assert worktree.touched(made) == []
    worktree.untracked(made)
    worktree.remove(store, made)


def test_nothing_of_git_s_own_is_planted_in_two_rounds(
    store: Mirror, space: Workspace, canary: Path, host: Host, tmp_path: Path
) -> None:
    tree = None
    for number in (1, 2):
        space = worktree.open_worktree(store, tmp_path / "work" / f"run-{number}", space.base, tree)
        assert plant(space, GIT_S_OWN, canary) == "WORKED: touch /workspace/control\n"
        made = snapshot(store, space)
        tree = made.tree
        use(store, space, made.commit, tmp_path / "work" / f"check-{number}")
        host.check()


def test_what_the_tree_may_hold_runs_nothing_in_two_rounds(
    store: Mirror, space: Workspace, canary: Path, host: Host, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    plant(space, IN_THE_TREE, canary)
    first = snapshot(store, space)
    assert {b".gitattributes", b".gitmodules", b"git", b"-rf", b"root"} <= paths(store, first.tree)
    modes = {entry.path: entry.mode for entry in store.list_tree(first.tree)}
    assert modes[b"root"] == modes[b"passwd"] == "120000"
    use(store, space, first.commit, tmp_path / "work" / "check-1")
    again = worktree.open_worktree(store, tmp_path / "work" / "run-2", space.base, first.tree)
    monkeypatch.chdir(again.root)  # even where the server stood in the tree
    plant(again, "echo more >> a.txt; git add -A 2>/dev/null; chmod -x git", canary)
    second = snapshot(store, again)
    use(store, again, second.commit, tmp_path / "work" / "check-2")
    host.check()


@pytest.mark.parametrize("name", TRAPS)
def test_a_planted_trap_is_refused_in_either_round_and_nothing_runs(
    store: Mirror, space: Workspace, canary: Path, host: Host, tmp_path: Path, name: str
) -> None:
    script, named = TRAPS[name]
    first = snapshot(store, space)
    again = worktree.open_worktree(store, tmp_path / "work" / "run-2", space.base, first.tree)
    for each in (space, again):
        plant(each, f"echo more >> a.txt; {script}", canary)
        with pytest.raises(SnapshotRefused, match=named):
            snapshot(store, each)
        assert worktree.touched(each) != []
        worktree.remove(store, each)
        assert not each.root.exists()
    host.check()


def test_a_bare_repository_in_two_halves_is_refused_when_the_second_comes(
    store: Mirror, space: Workspace, canary: Path, host: Host, tmp_path: Path
) -> None:
    half = "git init -q --bare /tmp/b; mkdir trap; cp -r /tmp/b/HEAD /tmp/b/config trap;"
    half += "mkdir trap/objects; echo x > trap/objects/x;"
    half += "git -C /tmp/b config --file /workspace/trap/config core.fsmonitor 'touch {canary}'"
    plant(space, half, canary)
    first = snapshot(store, space)
    assert {b"trap/HEAD", b"trap/config", b"trap/objects/x"} <= paths(store, first.tree)
    again = worktree.open_worktree(store, tmp_path / "work" / "run-2", space.base, first.tree)
    plant(again, "mkdir -p trap/refs/heads; echo x > trap/refs/heads/x", canary)
    with pytest.raises(SnapshotRefused, match="trap is a bare repository"):
        snapshot(store, again)
    host.check()


def test_a_gitlink_of_round_one_turns_into_no_repository_in_round_two(
    store: Mirror, space: Workspace, canary: Path, host: Host, tmp_path: Path
) -> None:
    # An agent cannot record one, its base or an imported change can.
    link = f"160000 commit {space.base}\tmodule\n".encode()
    tree = store.call("mktree", stdin=link).decode().strip()
    again = worktree.open_worktree(store, tmp_path / "work" / "run-2", space.base, tree)
    plant(again, "git init -q module && git -C module config core.fsmonitor 'touch {canary}'",
          canary)  # fmt: skip
    with pytest.raises(SnapshotRefused, match="module"):
        snapshot(store, again)
    host.check()


def test_a_tree_bomb_is_refused_before_git_lays_it_on_the_disk(
    store: Mirror, space: Workspace, source: Path, tmp_path: Path
) -> None:
    tree = git(source, "rev-parse", "main^{tree}")
    for _ in range(10):  # 10^10 files in eleven objects
        told = "".join(f"040000 tree {tree}\td{n}\n" for n in range(10))
        made = store.call("mktree", stdin=told.encode())
        tree = made.decode().strip()
    with pytest.raises(UserFault, match="too many"):
        worktree.open_worktree(store, tmp_path / "work" / "run-9", space.base, tree)
    assert not (tmp_path / "work" / "run-9").exists()


def test_a_check_gets_a_checkout_without_what_the_agent_left_beside(
    store: Mirror, space: Workspace, canary: Path, tmp_path: Path
) -> None:
    left = ("__pycache__/a.cpython-312.pyc", "b.pyc", ".pytest_cache/v/lastfailed", "build/x.o")
    script = "printf 'build/\n' > .gitignore; mkdir -p __pycache__ .pytest_cache/v build;"
    plant(space, script + "".join(f"echo x > {name};" for name in left), canary)
    made = snapshot(store, space)
    clean = worktree.checkout(store, tmp_path / "work" / "check", made.commit)
    found = {str(p.relative_to(clean.root)) for p in clean.root.rglob("*") if p.is_file()}
    assert found == {".git", ".gitignore", "a.txt"}


def test_a_tree_of_too_many_files_is_refused_at_the_snapshot(
    store: Mirror, space: Workspace, canary: Path
) -> None:
    plant(space, "for n in $(seq 300); do : > f$n; done", canary)
    with pytest.raises(SnapshotRefused, match="more than 200 files"):
        snapshot(store, space, Limits(files=200))


def test_the_environment_of_the_server_leads_git_nowhere(
    store: Mirror, space: Workspace, canary: Path, host: Host, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {canary}")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", f".:{space.root}:{os.environ['PATH']}".replace(f":{space.root}", ""))
    plant(space, IN_THE_TREE, canary)
    monkeypatch.chdir(space.root)
    use(store, space, snapshot(store, space).commit, tmp_path / "work" / "check")
    host.check()
