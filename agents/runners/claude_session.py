"""Claude Code's own record of a conversation, kept between runs and laid out again.

The record is written inside the sandbox, so it is the agent's word: it is read without following
links, bounded, and put back only under the names that the program itself would use. It is kept as
values, not as text, so that masking its words leaves its form whole. Its line of costs is left out,
so that the next process counts its own money from nothing.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from agents.text import decode

MAX_BYTES = 64 * 1024 * 1024  # of the record
MAX_KEPT = 15 * 1024 * 1024  # characters of what is kept; the engine drops more than 16 Mi
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SUFFIX, _MAX_FILES = ".jsonl", 2000
_FOLDER = "projects/-workspace"  # named after the place where the program works
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation: the program's id for it, and its record, one value a line."""

    id: str
    record: tuple[Mapping[str, Any], ...]

    def text(self) -> str:
        """As Outcome.session keeps it: {session_id, files: {path: [line, ...]}}; "" if too long.

        What was sent to the model, which the record repeats beside the conversation, goes first.
        """
        for lines in (self.record, [each for each in self.record if not _is_repeated(each)]):
            files = {f"{_FOLDER}/{self.id}{_SUFFIX}": list(lines)}
            try:
                text = json.dumps({"session_id": self.id, "files": files})
            except RecursionError:  # nested as deep as could just be read
                return ""
            if len(text) <= MAX_KEPT:
                return text
        return ""


def kept(text: str) -> Session | None:
    """What `Session.text` made; None for anything else, whoever made it."""
    try:
        told = json.loads(text)
        number, files = told["session_id"], told["files"]
        record = files[f"{_FOLDER}/{number}{_SUFFIX}"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_one = isinstance(number, str) and _ID.fullmatch(number) and isinstance(record, list)
    if not is_one or not all(isinstance(line, dict) for line in record):
        return None
    return Session(number, tuple(record))


def lay_out(session: Session, config: Path) -> None:
    """Put the record where the program looks for it, in a fresh folder of settings."""
    folder = config / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{session.id}{_SUFFIX}"
    text = "".join(json.dumps(line) + "\n" for line in session.record)
    path.write_text(text, encoding="utf-8")


def read(config: Path, number: str) -> Session | None:
    """The record of session `number`; None when it is not there, too long, or not a plain file.

    Call only when every process that could write it is dead.
    """
    if not _ID.fullmatch(number):
        return None
    data = _bytes(config, [*_FOLDER.split("/"), f"{number}{_SUFFIX}"])
    if data is None or len(data) > MAX_BYTES:
        return None
    lines = map(_value, decode(data).split("\n"))
    record = [line for line in lines if line is not None and line.get("type") != "cost-state"]
    return Session(number, tuple(record)) if record else None


def newest(config: Path) -> str:
    """The session that was written to last, by its id; empty when there is none."""
    with ExitStack() as opened:
        try:
            held: int | None = None
            for step in (str(config), *_FOLDER.split("/")):
                held = _entered(opened, step, held)
            with os.scandir(held) as entries:
                found = [each for each in islice(entries, _MAX_FILES) if _is_record(each)]
            last = max(found, key=lambda each: each.stat(follow_symlinks=False).st_mtime_ns)
        except (OSError, ValueError):  # not there, or empty
            return ""
    return last.name.removesuffix(_SUFFIX)


def _is_record(entry: os.DirEntry[str]) -> bool:
    is_named = entry.name.endswith(_SUFFIX) and _ID.fullmatch(entry.name.removesuffix(_SUFFIX))
    return bool(is_named) and entry.is_file(follow_symlinks=False)


def _value(line: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_repeated(line: Mapping[str, Any]) -> bool:
    return str(line.get("type", "")).startswith("api-request")


def _bytes(root: Path, steps: list[str]) -> bytes | None:
    """The file below `root`; None when any step to it, `root` too, is not what it was."""
    with ExitStack() as opened:
        try:
            held = _entered(opened, root, None)
            for step in steps[:-1]:
                held = _entered(opened, step, held)
            file = opened.enter_context(open(os.open(steps[-1], _FLAGS, dir_fd=held), "rb"))
            is_plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return file.read(MAX_BYTES + 1) if is_plain else None
        except OSError:
            return None


def _entered(opened: ExitStack, path: Path | str, held: int | None) -> int:
    folder = os.open(path, _FLAGS | os.O_DIRECTORY, dir_fd=held)
    opened.callback(os.close, folder)
    return folder
