"""What a mirror's objects hold: trees, files and differences, all of it bounded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from agents import process
from agents.errors import UserFault
from agents.repo.base import EMPTY_TREE, Repo, environment, oid
from agents.text import decode

DIFF_PINS = (
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "diff.suppressBlankEmpty=false",
    "diff.orderFile=/dev/null",
    "diff.algorithm=myers",
    "diff.renameLimit=1000",
)
DIFF_KNOBS = (
    "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/",
    "--submodule=short", "--ignore-submodules=none", "--no-relative", "--indent-heuristic",
    "--inter-hunk-context=0", "-M", "--full-index",
)  # fmt: skip
MAX_PATCH = 256 * 1024 * 1024
MAX_FILE = 1024 * 1024
_MAX_LISTED = 20_000
_KNOWN = re.compile(
    r"[^/]+\.(toml|cfg|ini|txt|json|mod|mk|nox|in)|(GNU)?[Mm]akefile|setup\.py|conftest\.py"
)
_TEST = re.compile(r"(.*/)?(test_[^/]*|[^/]*_test|tests|conftest)\.py")
_TESTS_READ = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree; size is None for anything but a blob; path has raw bytes."""

    mode: str
    kind: str
    oid: str
    size: int | None
    path: bytes

    @property
    def is_file(self) -> bool:
        """A regular file, not a link or submodule."""
        return self.mode in ("100644", "100755", "100664")


class Reading(Repo):
    """Reads; changes nothing."""

    def resolve(self, name: str) -> str:
        """Commit id of a full ref name (refs/...), or "" when there is none."""
        done = self.try_call("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return decode(done.stdout).strip() if done.code == 0 else ""

    def has(self, commit: str) -> bool:
        """Whether the commit and its tree are here."""
        return self.try_call("cat-file", "-e", f"{oid(commit)}^{{tree}}").code == 0

    def tree_id(self, commit: str) -> str:
        """Tree of a commit."""
        return self.line("rev-parse", "--verify", f"{oid(commit)}^{{tree}}")

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` holds everything that `old` does."""
        return self.try_call("merge-base", "--is-ancestor", oid(old), oid(new)).code == 0

    def list_tree(
        self, commit: str, *, recursive: bool = True, limit: int = 1_000_000
    ) -> Iterator[Entry]:
        """Entries in git's order; UserFault after `limit` of them (a small pack can name 10^10)."""
        args = self.argv(["ls-tree", "-z", "-l", *(["-r"] if recursive else []), oid(commit)])
        with process.reading(args, env=environment(), stdin=b"", timeout_s=300) as out:
            for number, record in enumerate(_records(out)):
                if number >= limit:
                    raise UserFault(f"The tree has more than {limit} files; that is too many.")
                yield _entry(record)

    def find(self, commit: str, path: str) -> Entry | None:
        """The entry of exactly that path."""
        if not path or {"", ".", ".."} & set(path.split("/")) or "\0" in path:
            return None
        listed = self.call(
            "ls-tree", "-z", "-l", oid(commit), "--", path, env={"GIT_LITERAL_PATHSPECS": "1"}
        )
        wanted = path.encode("utf-8", "surrogateescape")
        found = (_entry(record) for record in listed.split(b"\0") if record)
        return next((entry for entry in found if entry.path == wanted), None)

    def read_file(self, commit: str, path: str, limit: int = MAX_FILE) -> bytes | None:
        """A regular file's content; None when there is none (links are not followed)."""
        entry = self.find(commit, path)
        if entry is None or not entry.is_file:
            return None
        if (entry.size or 0) > limit:
            raise UserFault(f"{path} has more than {limit} bytes; make it smaller.")
        return self.call("cat-file", "blob", entry.oid, max_output=limit + 1)

    def top_level(self, commit: str) -> dict[str, bytes]:
        """Paths of the tree (at most 20,000) with the content of what tells its tools, else b"".

        Read are small well-known files of the top level, and the first hundred Python tests.
        """
        entries = []
        for entry in self.list_tree(commit, limit=10**9):
            entries.append(entry)
            if len(entries) >= _MAX_LISTED:
                break
        names = {decode(entry.path): entry for entry in entries}
        wanted = [n for n, e in names.items() if e.is_file and _KNOWN.fullmatch(n)]
        tests = [n for n, e in names.items() if e.is_file and _TEST.fullmatch(n)]
        read = {names[name].oid for name in wanted + tests[:_TESTS_READ]}
        contents = {o: data for o, data, _ in self.read_blobs(read, 256 * 1024) if data}
        return {name: contents.get(entry.oid, b"") for name, entry in names.items()}

    def read_blobs(
        self, oids: Iterable[str], limit: int
    ) -> Iterator[tuple[str, bytes | None, int]]:
        """(id, content, size) of each blob; content None above `limit` bytes or when not a blob.

        Unknown ids are left out. Two processes for all of them, however many.
        """
        wanted = list(dict.fromkeys(oid(each) for each in oids))
        if not wanted:
            return
        sizes = self._sizes(wanted)
        known = [each for each in wanted if each in sizes]
        yield from ((each, None, sizes[each]) for each in known if sizes[each] > limit)
        yield from self._contents([each for each in known if sizes[each] <= limit], sizes)

    def _sizes(self, oids: list[str]) -> dict[str, int]:
        stdin = "\n".join(oids).encode() + b"\n"
        listed = decode(self.call("cat-file", "--batch-check", stdin=stdin, timeout_s=300))
        parts = (line.split(" ") for line in listed.splitlines())
        return {part[0]: int(part[2]) for part in parts if part[1] == "blob"}

    def _contents(
        self, oids: list[str], sizes: dict[str, int]
    ) -> Iterator[tuple[str, bytes | None, int]]:
        if not oids:
            return
        args = self.argv(["cat-file", "--batch", "--buffer"])
        stdin = "\n".join(oids).encode() + b"\n"
        with process.reading(args, env=environment(), stdin=stdin, timeout_s=600) as out:
            for each in oids:
                out.readline()
                data = out.read(sizes[each] + 1)[:-1]
                if len(data) != sizes[each]:
                    raise process.TookTooLong("Reading the files of a change took too long.")
                yield each, data, sizes[each]

    def diff_raw(self, base: str, head: str) -> bytes:
        """`git diff --raw --numstat -z -M` of two commits or trees, full ids, no quoting."""
        return self._diff(base, head, "--raw", "--numstat", "-z", "--abbrev=40")

    def diff_patch(self, base: str, head: str, max_bytes: int = MAX_PATCH) -> bytes:
        """The patch with every knob pinned; UserFault above `max_bytes`."""
        return self._diff(base, head, "--patch", "-U3", max_bytes=max_bytes)

    def _diff(self, base: str, head: str, *form: str, max_bytes: int = MAX_PATCH) -> bytes:
        base = base or EMPTY_TREE
        try:
            return self.call(
                "diff", *DIFF_KNOBS, *form, oid(base), oid(head), "--",
                pins=DIFF_PINS, timeout_s=300, max_output=max_bytes,
            )  # fmt: skip
        except process.OutputTooLarge as error:
            size = f"{max_bytes // 1024**2} MiB" if max_bytes >= 1024**2 else f"{max_bytes} bytes"
            raise UserFault(
                f"The change is larger than {size}; nobody could review it. Split it."
            ) from error


def _records(out: IO[bytes]) -> Iterator[bytes]:
    """NUL-ended records of a stream."""
    rest = b""
    while chunk := out.read(1 << 16):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole


def _entry(record: bytes) -> Entry:
    about, _, path = record.partition(b"\t")
    mode, kind, name, size = about.decode().split()
    return Entry(mode, kind, name, None if size == "-" else int(size), path)


def display_path(path: bytes) -> str:
    """path for a sentence: control characters and broken UTF-8 escaped, at most 200 characters."""
    text = path.decode("utf-8", "backslashreplace")
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= 200 else f"{shown[:120]}…{shown[-79:]}"
