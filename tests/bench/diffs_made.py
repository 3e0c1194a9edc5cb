"""Diffs of several sizes, made by git from the source of packages that are installed anyway."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, cycle, islice
from pathlib import Path

import django

SIZES = {"5k": 5_000, "50k": 50_000, "300k": 300_000}
# The same sources cut into so many files of so many lines: 434,000 changed lines, 62 in each file;
# 50,000 rows to read; one file that is long.
CUT = {"430k": (7_000, 250), "50k-rows": (50, 1_000), "2k-lines": (1, 2_000)}
KNOBS = (
    "-c",
    "core.quotePath=true",
    "-c",
    "diff.noprefix=false",
    "-c",
    "diff.mnemonicPrefix=false",
)


@dataclass(frozen=True)
class Made:
    """A patch, git's raw and numstat records for the same two trees, and both sides of each file.

    sides: contents by object id.
    """

    name: str
    patch: bytes
    raw: bytes
    sides: Mapping[str, bytes]


@cache
def made(size: str) -> Made:
    """The diff of that size (changed lines), always the same for the same packages."""
    with tempfile.TemporaryDirectory(prefix="honk-bench-") as folder:
        repository = Path(folder)
        _git(repository, "init", "-q")
        files = _cut_sources(repository, *CUT[size]) if size in CUT else _copy_sources(repository)
        _commit(repository, "base")
        _change(files, SIZES.get(size, sys.maxsize))
        _commit(repository, "change")
        two = ("-M", "--full-index", "HEAD~1", "HEAD")
        patch = _git(repository, *KNOBS, "diff", *two)
        raw = _git(repository, *KNOBS, "diff", "--raw", "--numstat", "-z", "--abbrev=40", *two)
        sides = _contents(repository, raw)
    return Made(size, patch, raw, sides)


def _copy_sources(repository: Path) -> list[Path]:
    """Every Python file of the installed packages' folder, up to 7,000."""
    packages = Path(django.__file__).resolve().parent.parent
    copied = []
    for source in sorted(packages.rglob("*.py"))[:7_000]:
        target = repository / source.relative_to(packages)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        copied.append(target)
    return copied


def _cut_sources(repository: Path, count: int, lines: int) -> list[Path]:
    """The lines of those sources, one after the other, as `count` files of `lines` each."""
    made = []
    stream = _source_lines()
    for number in range(count):
        target = repository / f"part{number // 100:02}" / f"module{number:04}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"\n".join(islice(stream, lines)) + b"\n")
        made.append(target)
    return made


def _source_lines() -> Iterator[bytes]:
    """From the beginning again when there are no more."""
    packages = Path(django.__file__).resolve().parent
    sources = sorted(packages.rglob("*.py"))
    return chain.from_iterable(source.read_bytes().splitlines() for source in cycle(sources))


def _contents(repository: Path, raw: bytes) -> dict[str, bytes]:
    """What the objects hold that the raw records name."""
    oids = dict.fromkeys(re.findall(rb"\b[0-9a-f]{40}\b", raw))
    asked = b"".join(oid + b"\n" for oid in oids if oid.strip(b"0"))
    argv = ["git", "-C", str(repository), "cat-file", "--batch"]
    said = subprocess.run(argv, check=True, stdout=subprocess.PIPE, input=asked).stdout
    found, at = {}, 0
    while at < len(said):
        head = said.index(b"\n", at)
        oid, _, size = said[at:head].split(b" ")
        found[oid.decode()] = said[head + 1 : head + 1 + int(size)]
        at = head + 2 + int(size)
    return found


def _change(files: list[Path], wanted: int) -> None:
    """Edit every eighth line (one removed, one added) until `wanted` lines have changed."""
    changed = 0
    for file in files:
        lines = file.read_bytes().split(b"\n")
        for number in range(3, len(lines) - 1, 8):
            if changed >= wanted:
                break
            lines[number] += b"  # changed here"
            changed += 2
        file.write_bytes(b"\n".join(lines))


def _commit(repository: Path, message: str) -> None:
    _git(repository, "add", "-A")
    who = ("-c", "user.name=Bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0")
    _git(repository, *who, "commit", "-q", "--no-verify", "-m", message)


def _git(repository: Path, *arguments: str) -> bytes:
    argv = ["git", "-C", str(repository), *arguments]
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout
