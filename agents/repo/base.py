"""How git is called: an environment from scratch, every setting that could run a program pinned.

The only configuration git reads is the mirror's own, which no agent can write. Attributes of a
change convert nothing: files are checked out and taken byte for byte, by us and by an agent's own
git. Other drivers need a configuration and there is none.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from agents import process
from agents.errors import PlatformFault
from agents.text import decode

logger = logging.getLogger(__name__)

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
OID = re.compile(r"[0-9a-f]{40}\Z")
STALE_LOCK_S = 20 * 60  # no git call of ours lives that long
PINS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.splitIndex=false",
    "core.sparseCheckout=false",
    "core.autocrlf=false",
    "core.eol=lf",
    "core.safecrlf=false",
    "core.fileMode=true",
    "core.symlinks=true",
    "core.quotePath=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.pager=cat",
    "attr.tree=" + EMPTY_TREE,
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "color.ui=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "commit.gpgSign=false",
    "merge.renames=true",
    "merge.renormalize=false",
    "safe.bareRepository=all",
    "advice.detachedHead=false",
)
# Above every .gitattributes, in each worktree of the mirror. git before 2.43 knows no other way:
# attr.tree is newer, and core.attributesFile gives way to the tree. git dies of a
# working-tree-encoding that is off, so it is as if never set.
_BYTES_AS_THEY_ARE = b"* -text -ident -filter !working-tree-encoding\n"
_NETWORK = (
    "HOME", "SSH_AUTH_SOCK", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
)  # fmt: skip


class GitFailed(PlatformFault):
    """git said no to something that should work; what it said is in the log, not in the message."""

    def __init__(self, verb: str, code: int, stderr: bytes) -> None:
        super().__init__(f"git {verb} failed on the server (exit {code}); see the worker's log.")
        self.code = code
        self.stderr = decode(stderr)


@cache
def program() -> str:
    """Absolute path of git; PlatformFault when there is none."""
    found = shutil.which("git", path=search_path())
    if not found:
        raise PlatformFault("git is not installed on the server; install it and start again.")
    return found


def search_path() -> str:
    """PATH of the tools of ours: the owner's absolute entries and the usual places."""
    own = [each for each in os.environ.get("PATH", "").split(":") if each.startswith("/")]
    return ":".join(dict.fromkeys([*own, "/usr/local/bin", "/usr/bin", "/bin"]))


def environment(*, network: bool = False) -> dict[str, str]:
    """All that git sees of the server's environment; network adds what ssh and https need."""
    env = {
        "PATH": search_path(),
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_ALLOW_PROTOCOL": "file:https:ssh",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=20",
        "GIT_LITERAL_PATHSPECS": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    if network:
        env |= {name: os.environ[name] for name in _NETWORK if name in os.environ}
    return env


def is_oid(text: str) -> bool:
    """Whether text is a full object id."""
    return bool(OID.match(text))


def oid(text: str) -> str:
    """text, which must be a full object id; nothing else ever becomes a revision argument."""
    if not is_oid(text):
        raise PlatformFault("Something that is not a full commit id was given for one.")
    return text


class Repo:
    """A bare repository on this machine; every method may raise GitFailed."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path).absolute()

    def argv(self, args: Sequence[str], pins: Sequence[str] = ()) -> list[str]:
        """The command line of one call."""
        settings = [word for pin in (*PINS, *pins) for word in ("-c", pin)]
        return [program(), f"--git-dir={self.path}", *settings, *args]

    def try_call(
        self,
        *args: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        pins: Sequence[str] = (),
        network: bool = False,
        timeout_s: float = 120,
        max_output: int = 64 * 1024 * 1024,
    ) -> process.Completed:
        """Run git to its end, whatever its exit code."""
        return process.run(
            self.argv(args, pins),
            env=environment(network=network) | dict(env or {}),
            cwd=self.path,
            stdin=stdin,
            timeout_s=timeout_s,
            max_output=max_output,
        )

    def call(
        self,
        *args: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        pins: Sequence[str] = (),
        timeout_s: float = 120,
        max_output: int = 64 * 1024 * 1024,
    ) -> bytes:
        """stdout of git, which must succeed."""
        done = self.try_call(
            *args, stdin=stdin, env=env, pins=pins, timeout_s=timeout_s, max_output=max_output
        )
        if done.code != 0:
            raise failed(args[0], done)
        return done.stdout

    def line(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """The one line that git prints."""
        return decode(self.call(*args, stdin=stdin, env=env)).strip()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One fetch or collection at a time among all workers of this machine."""
        with (self.path / "honk.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def ensure(self) -> None:
        """Make the repository when it is missing; clear locks that a dead git left."""
        if not (self.path / "honk.ready").exists():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.locked():
                self.call("init", "--bare", "--quiet", "--template=", "--initial-branch=none")
                (self.path / "honk.ready").touch()
        self._convert_nothing()
        self.clear_stale_locks()

    def _convert_nothing(self) -> None:
        """Have git take bytes as they are; also in a mirror that an earlier version made."""
        place = self.path / "info" / "attributes"
        if place.is_file() and place.read_bytes() == _BYTES_AS_THEY_ARE:
            return
        with self.locked():
            place.parent.mkdir(mode=0o700, exist_ok=True)
            fresh = place.with_name("attributes.new")
            fresh.write_bytes(_BYTES_AS_THEY_ARE)
            fresh.replace(place)  # whole at every moment: another worker's git may be reading

    def clear_stale_locks(self, older_than_s: float = STALE_LOCK_S) -> None:
        """Remove lock files that no living git can own; times by the file system's clock."""
        now = time.time()
        places = [self.path, *(self.path / "worktrees").glob("*")]
        candidates = [lock for place in places for lock in place.glob("*.lock")]
        candidates += (self.path / "refs").rglob("*.lock")
        for lock in candidates:
            try:
                is_stale = now - lock.lstat().st_mtime > older_than_s
                if is_stale and lock.name != "honk.lock":
                    lock.unlink()
                    logger.warning("removed a stale lock of git: %s", lock.name)
            except OSError:
                continue  # its owner was quicker

    def keep(self, name: str, commit: str) -> None:
        """Hold a commit against collection as refs/honk/NAME."""
        if not re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)*", name):
            raise PlatformFault("A name for a kept commit may hold a-z, 0-9, - and / only.")
        self.call("update-ref", f"refs/honk/{name}", oid(commit))

    def collect(self) -> None:
        """Pack what is there and drop what nothing has held for two weeks."""
        with self.locked():
            self.call("worktree", "prune", "--expire=now")
            self.call("gc", "--quiet", "--prune=2.weeks.ago", timeout_s=STALE_LOCK_S - 60)


def failed(verb: str, done: process.Completed) -> GitFailed:
    """The fault for a call that should have worked; what git said goes to the log."""
    logger.error("git %s: exit %s: %s", verb, done.code, decode(done.stderr)[:2000])
    return GitFailed(verb, done.code, done.stderr)
