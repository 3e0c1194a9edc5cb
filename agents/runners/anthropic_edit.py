"""The editor tool: reads and changes files of the worktree, follows no link, shows images.

Paths are confined to the worktree. Faults are sentences for the model.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents import confined
from agents.errors import AgentFault
from agents.events import JSON, Event, Tick
from agents.runners.anthropic_result import (
    MAX_RESULT,
    Image,
    Misuse,
    Result,
    result_event,
    string_of,
)
from agents.text import cut, decode

EDITOR = "str_replace_based_edit_tool"
MAX_IMAGE = 3_500_000  # bytes; 5 MB once it is base64, the most that the API takes
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)

Said = Generator[Event | Tick, None, Result]


@dataclass(frozen=True)
class Editor:
    """The commands of the editor tool on one worktree."""

    root: Path

    def run(self, part: str, given: Mapping[str, Any]) -> Said:
        """Carry one call out; raises Misuse for wrong arguments."""
        command, path = string_of(given, "command"), string_of(given, "path")
        commands: dict[str, Callable[[str, Mapping[str, Any]], Result]] = {
            "view": self._view,
            "create": self._create,
            "str_replace": self._replace,
            "insert": self._insert,
        }
        if command not in commands:
            raise Misuse(f"'command' must be one of {', '.join(commands)}.")
        began = time.monotonic()
        shown: dict[str, JSON] = {"command": command, "path": path}
        yield Event("tool", {"name": EDITOR, "input": shown, "title": f"{command} {path}"}, part)
        try:
            result = commands[command](path, given)
        except AgentFault as fault:
            result = Result(str(fault), is_error=True)
        yield result_event(part, result, time.monotonic() - began)
        return result

    def _view(self, path: str, given: Mapping[str, Any]) -> Result:
        if confined.is_folder(self.root, path):
            return Result("\n".join(confined.names(self.root, path)) or "(empty)")
        content = confined.read(self.root, path)
        kind = image_kind(content)
        if kind:
            return _image(path, kind, content)
        lines = decode(content).splitlines()
        first, last = _range(given.get("view_range"), len(lines))
        numbered = [f"{n}\t{line}" for n, line in enumerate(lines[first - 1 : last], first)]
        return Result(cut("\n".join(numbered), MAX_RESULT) or "(empty)")

    def _create(self, path: str, given: Mapping[str, Any]) -> Result:
        self._write(path, string_of(given, "file_text"))
        return Result(f"{path} is written.")

    def _replace(self, path: str, given: Mapping[str, Any]) -> Result:
        old, new = string_of(given, "old_str"), string_of(given, "new_str", "")
        text = self._read(path)
        count = text.count(old) if old else 0
        if count != 1:
            raise AgentFault(f"old_str stands {count} times in {path}; it must stand there once.")
        self._write(path, text.replace(old, new))
        return Result(f"{path} is changed.")

    def _insert(self, path: str, given: Mapping[str, Any]) -> Result:
        line, new = given.get("insert_line"), string_of(given, "insert_text")
        lines = self._read(path).splitlines(keepends=True)
        if not isinstance(line, int) or isinstance(line, bool) or not 0 <= line <= len(lines):
            raise Misuse(f"'insert_line' must be a number from 0 to {len(lines)}.")
        if line and not lines[line - 1].endswith("\n"):
            lines[line - 1] += "\n"
        lines.insert(line, new if new.endswith("\n") else new + "\n")
        self._write(path, "".join(lines))
        return Result(f"{path} is changed.")

    def _read(self, path: str) -> str:
        return confined.read(self.root, path).decode("utf-8", "surrogateescape")

    def _write(self, path: str, text: str) -> None:
        try:
            content = text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise AgentFault("The text holds characters that cannot be written.") from None
        confined.write(self.root, path, content)


def image_kind(content: bytes) -> str:
    """The media type of an image that a model can see, by its first bytes; else empty."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), "")


def _image(path: str, kind: str, content: bytes) -> Result:
    if len(content) > MAX_IMAGE:
        text = f"{path} is an image of {len(content)} bytes; at most {MAX_IMAGE} can be shown."
        return Result(text, is_error=True)
    text = f"{path}: {kind}, {len(content)} bytes."
    return Result(text, image=Image(kind, base64.b64encode(content).decode()))


def _range(value: object, count: int) -> tuple[int, int]:
    if value is None:
        return 1, count
    pair = [each for each in value if isinstance(each, int)] if isinstance(value, list) else []
    if len(pair) != 2:
        raise Misuse("'view_range' must be two line numbers.")
    return max(1, pair[0]), count if pair[1] == -1 else pair[1]
