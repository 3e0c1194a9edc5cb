"""New objects in a mirror: commits, merges, packs. Nothing here runs a program of a repository."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agents.errors import UserFault
from agents.repo.base import Repo, failed, oid
from agents.repo.misfits import misfit
from agents.repo.reading import display_path
from agents.text import clean, decode

COMMITTER_NAME, COMMITTER_EMAIL = "Honkweb", "honkweb@honkweb.invalid"
MAX_PACK = 1024 * 1024 * 1024
_PACK_S = 600


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The merged tree; with conflicts it holds git's markers. conflicts: paths for display."""

    tree: str
    conflicts: tuple[str, ...]


class Writing(Repo):
    """Adds objects and refs of our own."""

    def commit_tree(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        *,
        author_name: str,
        author_email: str,
        at: datetime,
    ) -> str:
        """Id of a new commit; the committer is the server, the times are `at` (aware)."""
        args = [word for parent in parents for word in ("-p", oid(parent))]
        text = clean(message).encode("utf-8", "replace")
        env = {
            "GIT_AUTHOR_NAME": _word(author_name, "unknown"),
            "GIT_AUTHOR_EMAIL": _word(author_email, "unknown@honkweb.invalid"),
            "GIT_AUTHOR_DATE": f"@{int(at.timestamp())} +0000",
            "GIT_COMMITTER_NAME": COMMITTER_NAME,
            "GIT_COMMITTER_EMAIL": COMMITTER_EMAIL,
            "GIT_COMMITTER_DATE": f"@{int(at.timestamp())} +0000",
        }
        return self.line("commit-tree", oid(tree), *args, "-F", "-", stdin=text, env=env)

    def merge_tree(self, base: str, ours: str, theirs: str) -> MergeResult:
        """Three-way merge of commits with exactly `base` as their common ancestor.

        git before 2.40 cannot be told the base, so three bare commits with that ancestry are made
        of the same trees; nothing refers to them afterwards.
        """
        root = self._plain_commit(base, ())
        return self._merge(self._plain_commit(ours, (root,)), self._plain_commit(theirs, (root,)))

    def merge_heads(self, ours: str, theirs: str) -> MergeResult:
        """Merge of two commits by their own history; UserFault when they share none."""
        if self.try_call("merge-base", oid(ours), oid(theirs)).code != 0:
            raise UserFault("The two histories have no commit in common, so nothing can be merged.")
        return self._merge(ours, theirs)

    def _plain_commit(self, commit: str, parents: Sequence[str]) -> str:
        args = [word for parent in parents for word in ("-p", parent)]
        who = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", "x"), ("EMAIL", "x"), ("DATE", "@0 +0000"))
        }
        return self.line("commit-tree", f"{oid(commit)}^{{tree}}", *args, "-m", "x", env=who)

    def _merge(self, ours: str, theirs: str) -> MergeResult:
        done = self.try_call(
            "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages",
            oid(ours), oid(theirs), timeout_s=300,
        )  # fmt: skip
        tree, *names = done.stdout.rstrip(b"\0").split(b"\0")
        if done.code not in (0, 1) or not tree:
            raise failed("merge-tree", done)
        return MergeResult(decode(tree), tuple(display_path(name) for name in names if name))

    def pack(self, base: str, head: str) -> bytes:
        """The objects of base..head as one thin pack; `base` may be empty."""
        wanted = f"{oid(head)}\n" + (f"^{oid(base)}\n" if base else "")
        return self.call(
            "pack-objects", "--revs", "--thin", "--stdout", "--delta-base-offset", "-q",
            stdin=wanted.encode(), timeout_s=_PACK_S, max_output=MAX_PACK,
        )  # fmt: skip

    def import_pack(self, data: bytes, max_bytes: int = MAX_PACK) -> None:
        """Add a thin pack's objects, checked; `keep` what matters of them afterwards.

        UserFault when it is damaged, larger than `max_bytes`, or leans on objects not here.
        """
        done = self.try_call(
            "index-pack", "--stdin", "--fix-thin", "--strict", f"--max-input-size={max_bytes}",
            stdin=data, timeout_s=_PACK_S,
        )  # fmt: skip
        if done.code != 0:
            raise UserFault(
                "The stored objects of this round cannot be read: " + _first_line(done.stderr)
            )

    def apply_patch(self, base: str, patch: bytes) -> str:
        """Tree of `base` (commit or tree) with git's patch applied; UserFault when it misfits."""
        with tempfile.TemporaryDirectory(prefix="honk-apply-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.call("read-tree", f"{oid(base)}^{{tree}}", env=index)
            self._apply(patch, index)
            return self.line("write-tree", env=index)

    def _apply(self, patch: bytes, env: Mapping[str, str]) -> None:
        words = b""
        for how in ((), ("--3way",)):
            done = self.try_call(
                "apply", "--cached", "--whitespace=nowarn", *how, "-", stdin=patch, env=env
            )
            if done.code == 0:
                return
            words = words or done.stderr  # of the plain try: the other tells of blobs it lacks
        raise UserFault(misfit(words))


def _word(text: str, otherwise: str) -> str:
    """text as git takes it for a name or address."""
    return re.sub(r"[<>\x00-\x1f\x7f]+", " ", clean(text)).strip(" .,:;\"'\\") or otherwise


def _first_line(stderr: bytes) -> str:
    """What git complained of first, for a person."""
    lines = decode(stderr[:4000]).splitlines() or ["git gave no reason."]
    told = [line for line in lines if line.startswith(("error:", "fatal:"))] or lines
    return display_path(told[0].partition(": ")[2].encode() or told[0].encode())
