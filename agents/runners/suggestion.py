"""Writes edits that people suggested into the worktree; no model is called, no program started.

options["edits"] is a list of objects with
  path: the file (any bytes, surrogate-escaped)     by: whose suggestion it is
  start, end: its lines, 1-based, inclusive         text: what stands in their place, "" for none
  sha256: of the file's content when the lines were chosen
Lines are those of that content; several edits of one file never touch each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents import confined
from agents.errors import AgentFault
from agents.events import JSON, Event, Tick
from agents.job import NOTHING_USED, Job, Outcome
from agents.ports import Control, Sandbox

Said = Iterator[Event | Tick | Outcome]


@dataclass(frozen=True, slots=True)
class Edit:
    """One suggestion: `text` in the place of lines start..end (1-based, inclusive) of `path`."""

    path: str
    start: int
    end: int
    text: str
    by: str
    sha256: str

    @property
    def words(self) -> str:
        """What was done, as a sentence."""
        one = self.start == self.end
        lines = f"line {self.start}" if one else f"lines {self.start} to {self.end}"
        return f"Applied {self.by}'s suggestion to {_shown(self.path)} {lines}."

    def as_json(self) -> dict[str, JSON]:
        """An entry of options["edits"]."""
        return {
            "path": self.path, "start": self.start, "end": self.end, "text": self.text,
            "by": self.by, "sha256": self.sha256,
        }  # fmt: skip


class SuggestionRunner:
    """Carries out one round of applied suggestions; the same edits give the same tree each time."""

    name = "suggested edit"

    def run(self, job: Job, _sandbox: Sandbox, control: Control) -> Said:
        """One step a file; a file that is not what was commented on ends the run as failed."""
        said: list[str] = []
        for number, (path, edits) in enumerate(_by_path(job.options.get("edits")).items(), 1):
            if control.stop_reason():
                yield Outcome("cancelled", control.stop_reason(), "user", usage=NOTHING_USED)
                return
            yield Event("step", {"number": number})
            try:
                yield from _write(job.workspace.root, path, edits, f"edit-{number}")
            except AgentFault as fault:
                yield Outcome("failed", str(fault), fault="user", usage=NOTHING_USED)
                return
            said += [edit.words for edit in edits]
        yield Outcome("passed", summary="\n".join(said), usage=NOTHING_USED)

    def left(self, _root: Path) -> str:
        """There is no conversation: the edits are made again from the tree they began with."""
        return ""


def _by_path(given: JSON) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for one in given if isinstance(given, list) else []:
        if isinstance(one, Mapping):
            edit = Edit(
                str(one["path"]), int(str(one["start"])), int(str(one["end"])), str(one["text"]),
                str(one["by"]), str(one["sha256"]),
            )  # fmt: skip
            found.setdefault(edit.path, []).append(edit)
    return found


def _write(root: Path, path: str, edits: Sequence[Edit], part: str) -> Said:
    shown = _shown(path)
    yield Event("tool", {"name": "edit", "input": {"path": shown}, "title": shown}, part)
    before = confined.read(root, path)
    if any(hashlib.sha256(before).hexdigest() != edit.sha256 for edit in edits):
        raise AgentFault(f"{shown} is not what the suggestion was written for.")
    after = spliced(before, edits)
    confined.write(root, path, after)
    yield Event("text", {"text": "\n".join(edit.words for edit in edits)}, f"{part}-said")
    removed = sum(edit.end - edit.start + 1 for edit in edits)
    added = removed + len(lines_of(after)) - len(lines_of(before))
    yield Event("diff", {"path": shown, "added": added, "removed": removed}, part)
    yield Event("result", {"exit": None, "ok": True, "seconds": 0.0}, part)


def spliced(content: bytes, edits: Sequence[Edit]) -> bytes:
    """`content` with each edit's lines replaced, every other byte as it is.

    New lines end as the first line they replace does; where the file's last line has no newline
    and is replaced, the new last line has none.
    """
    lines = lines_of(content)
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        if not 1 <= edit.start <= edit.end <= len(lines):
            raise AgentFault(f"{_shown(edit.path)} has {len(lines)} lines; {edit.end} is not one.")
        lines[edit.start - 1 : edit.end] = _fresh(edit, lines)
    return b"".join(lines)


def _fresh(edit: Edit, lines: Sequence[bytes]) -> list[bytes]:
    """The suggestion's lines with their ends; its own last newline may be left out."""
    if not edit.text:
        return []
    end = _end_of(lines, edit.start - 1)
    texts = edit.text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    fresh = [text.encode("utf-8", "surrogateescape") + end for text in texts]
    if not lines[edit.end - 1].endswith(b"\n"):
        fresh[-1] = fresh[-1].removesuffix(end)
    return fresh


def _end_of(lines: Sequence[bytes], index: int) -> bytes:
    """How a line ends; of a last line without newline, how the one before it does."""
    for line in (lines[index], lines[index - 1] if index else b""):
        if line.endswith(b"\n"):
            return b"\r\n" if line.endswith(b"\r\n") else b"\n"
    return b"\n"


def lines_of(content: bytes) -> list[bytes]:
    """Lines with their ends, as git counts them: only a newline ends one."""
    parts = content.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _shown(path: str) -> str:
    """A name on one line that every log can hold."""
    told = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in told)[:500]
