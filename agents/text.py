"""Text from outside made storable: one decoding, one measure of size, one way to cut.

What a program prints is bytes in no particular encoding. Everything that becomes an event goes
through `clean` (by `Decoder` for streams), so that NUL, lone surrogates and broken UTF-8 are shown
and can be stored by any database.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator

_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """text with NUL shown as U+2400 and lone surrogates as U+FFFD."""
    text = text.replace("\0", "\u2400")
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def decode(data: bytes) -> str:
    """UTF-8 with replacement, cleaned; never raises."""
    return clean(data.decode("utf-8", "replace"))


class Decoder:
    """Decodes a stream of bytes whose chunks may end inside a character."""

    def __init__(self) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> str:
        """Text of the whole characters so far."""
        return clean(self._utf8.decode(data))

    def end(self) -> str:
        """What is left at the end of the stream: a replacement mark for a cut character."""
        return clean(self._utf8.decode(b"", final=True))


def json_size(value: object) -> int:
    """Bytes of value as the JSON that is stored (ASCII only, the larger of the usual forms)."""
    return len(json.dumps(value))


def pieces(text: str, limit: int) -> Iterator[str]:
    """text in order, in parts whose stored JSON has at most `limit` bytes (limit >= 16)."""
    start = 0
    while start < len(text):
        length = limit - 2
        part = text[start : start + length]
        while json_size(part) > limit:
            length = max(1, min(length - 1, length * limit // json_size(part) - 2))
            part = text[start : start + length]
        yield part
        start += len(part)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; a mark says how much is missing in the middle."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


class Kept:
    """The beginning and the end of a text that may be far larger than memory should hold."""

    def __init__(self, head: int = 256 * 1024, tail: int = 1024 * 1024) -> None:
        self._head_room, self._tail_room = head, tail
        self._head: list[str] = []
        self._tail: list[str] = []
        self._tail_length = 0

    def add(self, text: str) -> None:
        """Append text, forgetting from the middle when there is too much."""
        if self._head_room > 0:
            self._head.append(text[: self._head_room])
            text, taken = text[self._head_room :], min(len(text), self._head_room)
            self._head_room -= taken
        if not text:
            return
        self._tail.append(text)
        self._tail_length += len(text)
        if self._tail_length > 2 * self._tail_room:
            last = "".join(self._tail)[-self._tail_room :]
            self._tail, self._tail_length = [last], len(last)

    def text(self) -> str:
        """What is kept, in order."""
        return "".join(self._head) + "".join(self._tail)

    def last_lines(self, count: int, limit: int = 4000) -> str:
        """The last `count` lines that are not blank, at most `limit` characters."""
        lines = [line for line in self.text()[-64 * 1024 :].splitlines() if line.strip()]
        return "\n".join(lines[-count:])[-limit:]
