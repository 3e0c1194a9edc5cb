"""The two commands that touch an origin, fetch and push, and the questions before them.

An origin on this machine may belong to somebody else. git refuses such a repository unless told,
and our files must not land in it as ours: its side of the conversation runs as its owner where we
may change user (root), and with safe.directory on its own command line otherwise. Its hooks run:
they are the owner's.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pwd
import re
import shlex
import shutil
from pathlib import Path

from agents.errors import PushRefused, RepositoryUnreachable, UserFault
from agents.process import Completed, TookTooLong
from agents.repo.base import Repo, is_oid, oid
from agents.repo.origins import check_branch, is_local
from agents.text import decode

logger = logging.getLogger(__name__)

_FETCH_S, _ASK_S, _PUSH_S = 900, 60, 600
_NOT_THERE = re.compile(r"couldn't find remote ref|Server does not allow request|not our ref")
_DIRTY = re.compile(
    r"(un)?staged changes|not clean|Could not update working tree|would be overwritten|"
    r"not uptodate|Up-to-date check failed"
)
_STALE = re.compile(
    r"stale info|fetch first|non-fast-forward|reference already exists|"
    r"is at [0-9a-f]+ but expected|incorrect old value|failed to update ref"
)
_WHY = (
    (r"does not appear to be a git repository|not a git repository|Repository not found",
     "there is no git repository there"),
    (r"Host key verification failed",
     "its host key is not known; add it to known_hosts of the server's user"),
    (r"Permission denied|Authentication failed|could not read Username|403|401",
     "it refused the server's credentials"),
    (r"dubious ownership", "its folder belongs to another user of the server"),
    (r"Could not resolve host|Name or service not known", "its host name is not known"),
    (r"timed out|Connection refused|No route|unable to access", "it could not be reached"),
    (r"object.format|hash algorithm", "it uses SHA-256 object ids, which are not taken yet"),
)  # fmt: skip


class Remote(Repo):
    """Talks to the origin; the mirror's configuration holds no remote."""

    def fetch(self, origin: str, name: str) -> str:
        """Bring a branch of the origin here; returns its commit.

        name: a branch; for imports also a tag or a full commit id. UserFault when the origin has no
        such thing, RepositoryUnreachable when it does not answer.
        """
        tries = [name] if is_oid(name) else [f"refs/{k}/{check_branch(name)}" for k in _KINDS]
        kept = "refs/honk/origin/" + hashlib.sha256(name.encode()).hexdigest()[:20]
        with self.locked():
            for source in tries:
                done = self._fetch(origin, f"+{source}:{kept}")
                if done.code == 0:
                    return self.line("rev-parse", "--verify", f"{kept}^{{commit}}")
                if not _NOT_THERE.search(decode(done.stderr)):
                    raise unreachable(done)
        raise UserFault(f"The repository has no branch named {name}.")

    def _fetch(self, origin: str, refspec: str) -> Completed:
        self.clear_stale_locks()
        return self._talk(
            "fetch", "--quiet", "--no-tags", "--force", "--no-write-fetch-head", "--update-shallow",
            "--no-recurse-submodules", "--no-auto-maintenance",
            *_other_side(origin, "upload-pack"), "--", origin, refspec, timeout_s=_FETCH_S,
        )  # fmt: skip

    def remote_tip(self, origin: str, branch: str) -> str:
        """The commit the branch is at now, "" when the origin has no such branch."""
        wanted = f"refs/heads/{check_branch(branch)}"
        return self._listed(origin, wanted).get(wanted, "")

    def default_branch(self, origin: str) -> str:
        """The branch that HEAD of the origin names, "" when it tells none."""
        done = self._ask(origin, "--symref", "HEAD")
        found = re.search(r"^ref: refs/heads/(.+)\tHEAD$", decode(done.stdout), re.MULTILINE)
        return found[1] if found else ""

    def _listed(self, origin: str, wanted: str) -> dict[str, str]:
        lines = decode(self._ask(origin, wanted).stdout).splitlines()
        return {name: tip for tip, _, name in (line.partition("\t") for line in lines)}

    def _ask(self, origin: str, *words: str) -> Completed:
        options = [word for word in words if word.startswith("--")]
        names = [word for word in words if not word.startswith("--")]
        side = _other_side(origin, "upload-pack")
        done = self._talk("ls-remote", *options, *side, "--", origin, *names, timeout_s=_ASK_S)
        if done.code != 0:
            raise unreachable(done)
        return done

    def push(self, origin: str, branch: str, *, new: str, old: str) -> None:
        """Move the origin's branch from `old` to `new`, or raise PushRefused and change nothing.

        Where the branch is checked out, a clean work tree follows and a dirty one refuses. Safe to
        repeat: when the branch is at `new` already, that is success.
        """
        ref = f"refs/heads/{check_branch(branch)}"
        done = self._talk(
            "push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no",
            f"--force-with-lease={ref}:{oid(old)}", *_other_side(origin, "receive-pack"),
            "--", origin, f"{oid(new)}:{ref}", timeout_s=_PUSH_S,
        )  # fmt: skip
        if done.code != 0:
            raise refusal(branch, done)

    def _talk(self, *args: str, timeout_s: float) -> Completed:
        try:
            return self.try_call(*args, network=True, timeout_s=timeout_s)
        except TookTooLong as error:
            raise RepositoryUnreachable(
                f"The repository did not answer within {timeout_s:.0f} seconds. Try again later."
            ) from error


_KINDS = ("heads", "tags")


def _other_side(origin: str, service: str) -> list[str]:
    """How git is to be started in a local origin; other origins decide for themselves."""
    if not is_local(origin):
        return []
    words = [
        *_as_owner(Path(origin)), "git", "-c", "safe.directory=*", "-c", "gc.auto=0",
        "-c", "receive.autogc=false", "-c", "receive.denyCurrentBranch=updateInstead",
        "-c", "uploadpack.allowAnySHA1InWant=true", service,
    ]  # fmt: skip
    return [f"--{service}={shlex.join(words)}"]


def _as_owner(folder: Path) -> list[str]:
    """Words that make a command run as the folder's owner, when we are root and it is not ours."""
    try:
        owner = folder.stat()
    except OSError:
        return []
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or owner.st_uid == 0 or setpriv is None:
        return []
    try:
        home = pwd.getpwuid(owner.st_uid).pw_dir
    except KeyError:
        home = "/nonexistent"
    ids = [f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    return ["env", f"HOME={home}", setpriv, *ids, "--"]


def unreachable(done: Completed) -> RepositoryUnreachable:
    """The fault for an origin that did not give what was asked."""
    said = decode(done.stderr)
    logger.warning("an origin did not answer: %s", said[-1000:])
    why = next((words for mark, words in _WHY if re.search(mark, said, re.IGNORECASE)), "")
    return RepositoryUnreachable(
        f"The repository cannot be read: {why or 'git could not talk to it'}."
    )


def refusal(branch: str, done: Completed) -> PushRefused:
    """The fault for a push that did not go through, by what the origin said."""
    report = decode(done.stdout)
    reason = "".join(re.findall(r"^!\t[^\t]*\t(.*)$", report, re.MULTILINE))
    if not reason:
        raise unreachable(done)
    if _DIRTY.search(reason):
        return PushRefused(
            "dirty",
            f"{branch} is checked out in the repository and its work tree has changes that are not "
            "committed. Nothing was merged and nothing was lost: commit or put them away there, "
            "then merge again.",
        )
    if _STALE.search(reason):
        return PushRefused("stale", f"{branch} has moved meanwhile. Nothing was merged.")
    return PushRefused("refused", f"The repository refused the merge: {_hook_words(reason, done)}")


def _hook_words(reason: str, done: Completed) -> str:
    """Why, in the origin's own words where a hook gave some, at most 300 characters."""
    told = re.findall(r"^remote: (.*\S)\s*$", decode(done.stderr), re.MULTILINE)
    inside = re.search(r"\(([^()]*)\)\s*$", reason)
    words = " ".join(told) or (inside[1] if inside else reason)
    return "".join(c for c in words if c.isprintable())[:300].rstrip(".") + "."
