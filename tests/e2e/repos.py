"""Real git repositories, and the program that plays the agent in them.

The agent is a program of the repository, started by its `[runners.agent]`: it obeys the lines
`do: VERB ARGUMENTS` of the last request it is told, in order, so that a test writes in the
instruction (or in a re-prompt) what is to happen.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REQUEST = "Please do this."
AGENT = r"""
import os, pathlib, subprocess, sys, time

def write(name, *text):
    path = pathlib.Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(" ".join(text).replace("\\n", "\n") + "\n")

def spam(count):
    for number in range(int(count)):
        print(f"\x1b[32mline {number}\x1b[0m <b>not bold</b> \u202e", flush=True)

def child(seconds):
    subprocess.Popen(["sleep", seconds], start_new_session=True)

def resolve(name, *text):
    assert "<<<<<<<" in pathlib.Path(name).read_text(), "no markers"
    write(name, *text)

def once(name, *text):
    if os.path.exists(name):
        return
    write(name, *text)
    print("begun", flush=True)
    time.sleep(600)

VERBS = {
    "write": write, "spam": spam, "child": child, "resolve": resolve, "once": once,
    "delete": lambda name: os.unlink(name),
    "say": lambda *words: print(*words, flush=True),
    "sleep": lambda seconds: time.sleep(float(seconds)),
    "exit": lambda code: sys.exit(int(code)),
    "mode": lambda name: os.chmod(name, 0o755),
}
for line in sys.argv[1].rpartition("%s")[2].splitlines():
    if line.strip().startswith("do: "):
        verb, *words = line.strip()[4:].split(" ")
        VERBS[verb](*words)
""".replace("%s", REQUEST)
CHECK = """\
# Green unless a file says otherwise; `slow` holds seconds to take.
[ -f slow ] && sleep "$(cat slow)"
if grep -q broken app.txt; then echo "app.txt is broken"; exit 1; fi
echo "all is well"
"""
RUNNER = """
[runners.agent]
argv = ["python3", "tools/agent.py", "{instruction}"]
"""
VERIFIER = """
[[verifiers]]
name = "check"
argv = ["sh", "check.sh"]
timeout = 60
"""
POLICY = VERIFIER + RUNNER
ODD = {
    "odd names/sp ace & <b>.txt": "one\n",
    "odd names/tab\tnew\nline.txt": "one\n",
    "odd names/ünï.txt": "eins\n",
    "odd names/-rf": "dash\n",
}
LANGUAGES = {
    "src/main.go": "package main\n\nfunc main() {}\n",
    "src/lib.rs": "pub fn one() -> u8 {\n    1\n}\n",
    "web/app.ts": "export const one: number = 1;\n",
    "Makefile": "all:\n\t@echo built\n",
}
USUAL = {
    "app.txt": "one\ntwo\nthree\n",
    "other.txt": "other\n",
    "check.sh": CHECK,
    "tools/agent.py": AGENT,
    ".honk.toml": POLICY,
}
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ada@example.org" for who in ("AUTHOR", "COMMITTER")},
}


def git(folder: Path, *words: str, stdin: bytes = b"") -> str:
    """What git says in `folder`; a failure carries its words."""
    done = subprocess.run(
        ["git", "-C", str(folder), *words], input=stdin, capture_output=True, env=_ENVIRONMENT,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, (words, done.stderr.decode(errors="replace"))
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


@dataclass(frozen=True)
class Origin:
    """A repository of a user's: `place` is what Honkweb is given, `tree` a clone to work in.

    With a work tree both are the same folder.
    """

    place: Path
    tree: Path

    @property
    def is_bare(self) -> bool:
        return self.place != self.tree

    def tip(self, ref: str = "main") -> str:
        """Commit that the branch is at now."""
        return git(self.place, "rev-parse", f"refs/heads/{ref}")

    def tree_of(self, commit: str) -> str:
        return git(self.place, "rev-parse", f"{commit}^{{tree}}")

    def show(self, name: str, ref: str = "main") -> str:
        """A file's text on the branch."""
        return git(self.place, "show", f"{ref}:{name}")

    def commits(self) -> list[str]:
        """Of the branch, newest first."""
        return git(self.place, "rev-list", "main").splitlines()

    def commit(self, files: Mapping[str, str], message: str = "Somebody else's work") -> str:
        """Somebody's commit on the branch, outside Honkweb; returns it."""
        if self.is_bare:
            git(self.tree, "pull", "-q", "--ff-only", "origin", "main")
        write_files(self.tree, files)
        git(self.tree, "add", "-A")
        git(self.tree, "commit", "-qm", message)
        if self.is_bare:
            git(self.tree, "push", "-q", "origin", "HEAD:main")
        return self.tip()

    def branch(self, name: str, files: Mapping[str, str]) -> str:
        """Push a branch off main with `files`; returns its commit."""
        git(self.tree, "checkout", "-q", "-b", name, "main")
        write_files(self.tree, files)
        git(self.tree, "add", "-A")
        git(self.tree, "commit", "-qm", f"Work on {name}")
        if self.is_bare:
            git(self.tree, "push", "-q", "origin", name)
        git(self.tree, "checkout", "-q", "main")
        return git(self.place, "rev-parse", name)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Lay files under `folder`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def origin(
    folder: Path, files: Mapping[str, str] | None = None, *, bare: bool = True, policy: str = ""
) -> Origin:
    """A repository with one commit on main: the usual files, those given, and a policy."""
    tree = folder / "tree"
    tree.mkdir(parents=True)
    git(tree, "init", "-q", "-b", "main")
    changed = {".honk.toml": policy} if policy else {}
    write_files(tree, {**USUAL, **(files or {}), **changed})
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "Begin")
    if not bare:
        return Origin(tree, tree)
    place = folder / "origin.git"
    git(folder, "clone", "-q", "--bare", str(tree), str(place))
    git(tree, "remote", "add", "origin", str(place))
    return Origin(place, tree)


def do(*lines: str) -> str:
    """An instruction whose lines the agent obeys."""
    return "\n".join([REQUEST, *(f"do: {line}" for line in lines)])
