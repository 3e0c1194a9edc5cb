"""Bytes of a program as lines, whatever their length."""

from __future__ import annotations

LONGEST = 32 * 1024 * 1024  # bytes; what is longer is given in pieces, which say nothing


class Lines:
    """Cuts a stream into lines; a line may come in any number of chunks."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._longest = longest

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their ends."""
        *whole, rest = data.split(b"\n")
        lines = []
        for part in whole:
            lines.append(b"".join((*self._parts, part)))
            self._parts, self._size = [], 0
        if rest:
            self._parts.append(rest)
            self._size += len(rest)
        return [*lines, *self.end()] if self._size > self._longest else lines

    def end(self) -> list[bytes]:
        """What is left when the stream ends."""
        left, self._parts, self._size = b"".join(self._parts), [], 0
        return [left] if left else []
