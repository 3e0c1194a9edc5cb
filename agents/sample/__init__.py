"""The sample: a small Python project with a seeded fault, and recorded sessions about it.

`seed.txt` holds its files, each below a line "=== COMMIT PATH": the commit that brings it. The
fault: lengths of an hour and more are shown in minutes alone (mixtape/lengths.py).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from agents import process
from agents.errors import PlatformFault
from agents.sample.recordings import INSTRUCTIONS, RECORDINGS, recording_for

__all__ = ["BRANCH", "INSTRUCTIONS", "NAME", "RECORDINGS", "create", "files", "recording_for"]

NAME = "mixtape"
BRANCH = "main"
_COMMITS = {
    1: "Keep tracks in playlists",
    2: "Shuffle without repeating an artist",
    3: "Tell the verifiers what to run",
}
_BEGAN = 1_760_000_000  # seconds; fixed, so that the sample has the same commits everywhere


def files() -> Iterator[tuple[int, str, bytes]]:
    """(commit, path, content) of the seed."""
    text = (Path(__file__).parent / "seed.txt").read_text(encoding="utf-8")
    for part in text.split("=== ")[1:]:
        head, _, content = part.partition("\n")
        commit, path = head.split(" ", 1)
        yield int(commit), path, content.encode()


def create(folder: Path) -> None:
    """Make the repository at `folder`, with a work tree, unless it is there already.

    Made beside it and moved, so that a stopped attempt leaves nothing half made there.
    """
    if (folder / ".git").is_dir():
        return
    making = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        _git(making, "init", "--quiet", f"--initial-branch={BRANCH}", ".")
        _git(making, "fast-import", "--quiet", stdin=_history())
        _git(making, "reset", "--quiet", "--hard", BRANCH)
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _history() -> bytes:
    stream = [_commit(number, message) for number, message in _COMMITS.items()]
    return b"".join(stream) + b"done\n"


def _commit(number: int, message: str) -> bytes:
    who = f"Robin Sample <robin@honkweb.invalid> {_BEGAN + number * 86_400} +0000"
    lines = [
        f"commit refs/heads/{BRANCH}\nauthor {who}\ncommitter {who}\n".encode(),
        _data(message.encode() + b"\n"),
    ]
    for commit, path, content in files():
        if commit == number:
            lines += [f"M 100644 inline {path}\n".encode(), _data(content)]
    return b"".join(lines) + b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "LC_ALL": "C.UTF-8",
    }
    done = process.run(["git", *arguments], env=env, cwd=folder, stdin=stdin)
    if done.code != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[-300:]
        raise PlatformFault(f"git {arguments[0]} failed while the sample was made: {said}")
