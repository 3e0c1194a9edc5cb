"""What a program remembers of its conversation: taken out of its sandbox, laid into the next one.

A preset names folders below the program's home (`Preset.keeps`). They lie in a folder of the run
that every start of the program shares. What stands there is the agent's word: it is read without
following a link, bounded, as text alone, and laid out again under the same names only. It is kept
as values where it is JSON, so that masking its words leaves its form whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from agents import confined
from agents.beside import folder_beside, keep, place_beside
from agents.box.view import HOME
from agents.errors import AgentFault
from agents.events import JSON, Event
from agents.job import Job, Mount
from agents.runners.command_lines import whole

MAX_BYTES = 64 * 1024 * 1024  # of all files together, as they stand in the sandbox
MAX_KEPT = 15 * 1024 * 1024  # characters of what is kept; the engine drops more than 16 Mi
MAX_FILES = 500
_MAX_FOLDERS = 1000  # that are looked into
_ID = 200  # characters of a session's name
_PLACE, _TOLD = "memory", "told.json"

UNREADABLE = "The conversation so far cannot be gone on with; the agent begins a new one."
_TOO_LARGE = (
    "The program's conversation is too large to be kept; the next run of this change begins a new "
    "one, and is told in words what was said."
)


@dataclass(frozen=True, slots=True)
class Habits:
    """How a program remembers, as `presets.Preset` says. keeps: folders below its home.

    needs_name: it goes on with a conversation by its name alone.
    """

    keeps: tuple[str, ...] = ()
    needs_name: bool = True
    renames: tuple[str, str] = ("", "")
    counts_on: bool = False


class Memory:
    """A run's folder of what the program remembers. session: its own name for the conversation.

    is_known: whether a start can go on with it. counted: tokens read and written that the program
    had told of it, where it counts on from run to run.
    """

    def __init__(self, folder: Path, habits: Habits) -> None:
        self.session = ""
        self.is_known = False
        self.counted = (0, 0)
        self._habits = habits
        self._folder = folder
        self._keeps = habits.keeps
        for number in range(len(self._keeps)):
            (folder / str(number)).mkdir(mode=0o700, exist_ok=True)

    @property
    def has_place(self) -> bool:
        """Whether any folder of the program's is kept."""
        return bool(self._keeps)

    def mounts(self) -> tuple[Mount, ...]:
        """Where the program finds it."""
        return tuple(
            Mount(self._folder / str(number), f"{HOME}/{name}", is_writable=True)
            for number, name in enumerate(self._keeps)
        )

    def lay_out(self, text: str) -> bool:
        """Put back what `text` of an earlier run's memory says; False when it says nothing."""
        found = _said(text)
        if found is None:
            return False
        for path, content in found["files"].items():
            number, _, inside = path.partition("/")
            if number.isdecimal() and int(number) < len(self._keeps):
                _write(self._folder / number, self._renamed(inside), content)
        self.session, self.counted = found["session"], _counted(found.get("counted"))
        self.is_known = bool(self.session or (found["files"] and not self._habits.needs_name))
        self._write_down()
        return self.is_known

    def _renamed(self, path: str) -> str:
        old, new = self._habits.renames
        return path.replace(old, new) if old else path

    def forget(self) -> None:
        """Go on with nothing: the next start begins a new conversation."""
        self.session, self.is_known, self.counted = "", False, (0, 0)

    def heard(self, session: str, counted: tuple[int, int] = (0, 0)) -> None:
        """The program has told how it calls the conversation that it is in now."""
        if session and len(session) <= _ID and session.isprintable():
            self.session, self.is_known = session, True
            self.counted = counted if self._habits.counts_on and any(counted) else self.counted
            self._write_down()

    def find(self) -> None:
        """Know again what was written down, in the folder of a run that has died."""
        with suppress(OSError):
            found = _said((self._folder / _TOLD).read_text(encoding="utf-8"))
            if found is not None:
                self.session, self.counted = found["session"], _counted(found.get("counted"))

    def _write_down(self) -> None:
        """Beside what the program can write, for a reader after the worker was killed."""
        told = {"session": self.session, "counted": self.counted, "files": {}}
        keep(self._folder / _TOLD, json.dumps(told))

    def text(self) -> tuple[str, list[Event]]:
        """As Outcome.session keeps it, and a note when it is too large; empty: nothing to keep.

        Call only when every process that could write there is dead.
        """
        files: dict[str, JSON] = {}
        size = 0
        for path, data in self._files():
            size += len(data)
            if size > MAX_BYTES or len(files) >= MAX_FILES:
                return "", [_note(_TOO_LARGE)]
            content = _values(data)
            if content is not None:
                files[path] = content
        if not self.session and not files:
            return "", []
        try:
            told = {"session": self.session, "counted": self.counted, "files": files}
            text = json.dumps(told)
        except RecursionError:  # nested as deep as could just be read
            return "", [_note(_TOO_LARGE)]
        return (text, []) if len(text) <= MAX_KEPT else ("", [_note(_TOO_LARGE)])

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for number in range(len(self._keeps)):
            root = self._folder / str(number)
            for path in _paths(root):
                try:
                    yield f"{number}/{path}", confined.read(root, path, MAX_BYTES)
                except AgentFault:  # a pipe, a link, or too large to be a conversation
                    continue


@contextmanager
def memory(job: Job, habits: Habits) -> Iterator[Memory]:
    """The run's own memory, gone at the end."""
    with folder_beside(job.workspace.root, _PLACE) as folder:
        yield Memory(folder, habits)


def left(root: Path, habits: Habits) -> str:
    """What a killed run in the worktree `root` remembered, as `Memory.text`; empty: nothing."""
    folder = place_beside(root, _PLACE)
    if not folder.is_dir():
        return ""
    held = Memory(folder, habits)
    held.find()
    return held.text()[0] if held.session or not habits.needs_name else ""


def begun(held: Memory, job: Job) -> list[Event]:
    """Lay out what the change's run before has kept; a note when that cannot be used."""
    if not job.session or held.lay_out(job.session):
        return []
    return [_note(UNREADABLE)]


def _note(text: str) -> Event:
    return Event("note", {"text": text}, source="system")


def _paths(root: Path) -> Iterator[str]:
    """Files below a folder, each folder's by their names; what cannot be entered holds none."""
    todo, looked = ["."], 0
    while todo and looked < _MAX_FOLDERS:
        folder, looked = todo.pop(), looked + 1
        try:
            names = confined.names(root, folder, MAX_FILES + 1)
        except AgentFault:
            continue
        paths = [name if folder == "." else f"{folder}/{name}" for name in names]
        good = [path for path in paths if path.isprintable()]
        yield from (path for path in good if not path.endswith("/"))
        todo += [path.rstrip("/") for path in good if path.endswith("/")]


def _values(data: bytes) -> JSON:
    """Text as {json: value}, or {lines: [value or text, ...]}; None for what is no text."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    whole = _value(text)
    if whole is not None:
        return {"json": whole}
    lines: list[JSON] = []
    for line in text.split("\n"):
        found = _value(line)
        lines.append(line if found is None else found)
    return {"lines": lines}


def _value(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _said(text: str) -> Mapping[str, Any] | None:
    """What `Memory.text` made; None for anything else, whoever made it."""
    try:
        found = json.loads(text)
        is_one = isinstance(found["session"], str) and isinstance(found["files"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if is_one and len(found["session"]) <= _ID else None


def _counted(value: object) -> tuple[int, int]:
    read, written = value if isinstance(value, list) and len(value) == 2 else (0, 0)
    return whole(read), whole(written)


def _write(root: Path, path: str, content: object) -> None:
    """Write one kept file below a fresh folder of ours."""
    text = _text(content)
    try:
        steps = confined.parts_of(path)
    except AgentFault:
        return
    if text is None or not steps or PurePosixPath(path).is_absolute():
        return
    place = root.joinpath(*steps)
    if place.exists():  # two that have one name now: the first is the one that was gone on with
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8", errors="replace", newline="")


def _text(content: object) -> str | None:
    if not isinstance(content, dict):
        return None
    if "json" in content:
        return json.dumps(content["json"])
    lines = content.get("lines")
    if not isinstance(lines, list):
        return None
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
