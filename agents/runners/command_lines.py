"""A stream of bytes as lines of JSON, however long, broken or many they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agents.text import clean, decode

MAX_LINE = 16 * 1024 * 1024  # bytes; a file's whole content may be one line


class Lines:
    """Cuts a stream into lines; one longer than `limit` bytes is dropped and counted."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self.dropped = 0
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._is_too_long = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Lines that are whole now, without their ends."""
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._add(part)
            yield from self.end()
        self._add(rest)

    def end(self) -> Iterator[bytes]:
        """What is left, as a last line."""
        line, is_too_long = b"".join(self._parts), self._is_too_long
        self._parts, self._size, self._is_too_long = [], 0, False
        if is_too_long:
            self.dropped += 1
        elif line.strip():
            yield line.rstrip(b"\r")

    def _add(self, part: bytes) -> None:
        self._size += len(part)
        if self._is_too_long or self._size > self._limit:
            self._is_too_long, self._parts = True, []
        elif part:
            self._parts.append(part)


def record(line: bytes) -> Mapping[str, Any] | None:
    """The JSON object on a line, or None when there is none on it."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        found = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


def shown(line: bytes) -> str:
    """A line that is no record, as text."""
    return decode(line) + "\n"


def text(value: object, limit: int = 1_000_000) -> str:
    """value when it is text, bounded and storable; else empty."""
    return clean(value[:limit]) if isinstance(value, str) else ""


def table(value: object) -> Mapping[str, Any]:
    """value when it is an object; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def rows(value: object, most: int = 400) -> list[Mapping[str, Any]]:
    """The objects in a list; nothing when it is none."""
    items = value[:most] if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def whole(value: object) -> int:
    """A count of tokens; 0 for anything else."""
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), 10**12) if is_count and isinstance(value, int) else 0


def money(value: object) -> float | None:
    """US dollars; None (unknown) for anything that cannot be an amount."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e6 else None
