"""Diffs of three sizes, made by git from the source of packages that are installed anyway."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import django

SIZES = {"5k": 5_000, "50k": 50_000, "300k": 300_000}
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
    """A patch and git's raw and numstat records for the same two trees."""

    name: str
    patch: bytes
    raw: bytes


@cache
def made(size: str) -> Made:
    """The diff of that size (changed lines), always the same for the same packages."""
    with tempfile.TemporaryDirectory(prefix="honk-bench-") as folder:
        repository = Path(folder)
        _git(repository, "init", "-q")
        files = _copy_sources(repository)
        _commit(repository, "base")
        _change(files, SIZES[size])
        _commit(repository, "change")
        two = ("-M", "--full-index", "HEAD~1", "HEAD")
        patch = _git(repository, *KNOBS, "diff", *two)
        raw = _git(repository, *KNOBS, "diff", "--raw", "--numstat", "-z", "--abbrev=40", *two)
    return Made(size, patch, raw)


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
