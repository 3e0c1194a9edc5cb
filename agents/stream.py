"""Events made fit to store: chunks joined, secrets masked, sizes cut, oddities told as `unknown`.

Not responsible for limits: it neither counts nor drops.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

from agents.events import CHUNKED, JSON, KINDS, MAX_DATA_BYTES, Event
from agents.text import clean, cut, json_size, pieces

JOIN_S = 0.08
_TEXT_BYTES = MAX_DATA_BYTES - 1024  # room for the other keys of a chunk
_STRING_CHARACTERS = 8000
_DEPTH = 12
_ITEMS = 400


class Redactor(Protocol):
    """Masks known secrets and shapes of secrets."""

    def redact(self, text: str) -> str:
        """text with every secret in it masked."""

    def pending(self, text: str) -> int:
        """How many of the last characters may be the beginning of a secret."""


class NoRedactor:
    """Masks nothing; for runs that know no secret."""

    def redact(self, text: str) -> str:
        """text as it is."""
        return text

    def pending(self, _text: str) -> int:
        """Nothing is held back."""
        return 0


@dataclass
class _Buffer:
    event: Event
    since: float
    texts: list[str] = field(default_factory=list)
    size: int = 0


class Joiner:
    """Joins chunks of one part for 80 ms or 64 KB; everything it gives is masked and cut."""

    def __init__(self, redactor: Redactor, clock: Callable[[], float]) -> None:
        self._redactor = redactor
        self._clock = clock
        self._buffers: dict[tuple[str, str, str, str], _Buffer] = {}

    def add(self, event: Event) -> Iterator[Event]:
        """Take an event; gives what is ready, in order."""
        text = event.data.get("text")
        if event.kind not in CHUNKED or not isinstance(text, str) or _is_own_row(event):
            yield from self.flush()
            yield from fit(self._masked(event))
            return
        buffer = self._buffers.setdefault(_key(event), _Buffer(event, self._clock()))
        buffer.texts.append(text)
        buffer.size += len(text)
        if buffer.size >= MAX_DATA_BYTES:
            yield from self._give(buffer, last=False)

    def due(self) -> Iterator[Event]:
        """Chunks that have waited long enough."""
        now = self._clock()
        for buffer in list(self._buffers.values()):
            if now - buffer.since >= JOIN_S:
                yield from self._give(buffer, last=False)

    def flush(self) -> Iterator[Event]:
        """Everything that waits, in the order in which it began."""
        for buffer in list(self._buffers.values()):
            yield from self._give(buffer, last=True)

    def mask(self, text: str) -> str:
        """text as it may be stored."""
        return self._redactor.redact(clean(text))

    def _give(self, buffer: _Buffer, *, last: bool) -> Iterator[Event]:
        text = clean("".join(buffer.texts))
        held = 0 if last else min(self._redactor.pending(text), MAX_DATA_BYTES)
        ready, rest = text[: len(text) - held], text[len(text) - held :]
        if rest:
            buffer.texts, buffer.size, buffer.since = [rest], len(rest), self._clock()
        else:
            del self._buffers[_key(buffer.event)]
        for piece in pieces(self._redactor.redact(ready), _TEXT_BYTES):
            yield replace(buffer.event, data={"text": piece})

    def _masked(self, event: Event) -> Event:
        return replace(event, data=cast(Mapping[str, JSON], plain(event.data, self.mask)))


def _key(event: Event) -> tuple[str, str, str, str]:
    return event.kind, event.part, event.parent, event.source


def _is_own_row(event: Event) -> bool:
    return bool(event.dedup) or len(event.data) > 1


def plain(value: object, mask: Callable[[str], str], depth: int = 0) -> JSON:
    """value as JSON that can be stored: bounded depth, items and numbers; strings masked."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, int):
        return value if abs(value) < 2**63 else f"a number of {value.bit_length()} bits"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return _plain_container(value, mask, depth)


def _plain_container(value: object, mask: Callable[[str], str], depth: int) -> JSON:
    if depth >= _DEPTH:
        return "…"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:_ITEMS]
        return {mask(str(key))[:200]: plain(item, mask, depth + 1) for key, item in pairs}
    if isinstance(value, list | tuple):
        return [plain(item, mask, depth + 1) for item in value[:_ITEMS]]
    return mask(f"<{type(value).__name__}>")


def fit(event: Event) -> Iterator[Event]:
    """The event in rows of at most 64 KiB: long text becomes more rows, other strings are cut."""
    if json_size(dict(event.data)) <= MAX_DATA_BYTES:
        yield event
        return
    text = event.data.get("text")
    others = {key: value for key, value in event.data.items() if key != "text"}
    if not isinstance(text, str) or json_size(others) > 1000:
        yield replace(event, data=_shortened(event.data))
    elif event.kind == "result":
        for piece in pieces(text, _TEXT_BYTES):
            yield Event("output", {"text": piece}, event.part, event.parent, event.source)
        yield replace(event, data=others)
    else:
        yield from _continued(event, text, others)


def _continued(event: Event, text: str, others: Mapping[str, JSON]) -> Iterator[Event]:
    for number, piece in enumerate(pieces(text, _TEXT_BYTES)):
        dedup = f"{event.dedup}+{number}" if event.dedup and number else event.dedup
        yield replace(event, data={**others, "text": piece}, dedup=dedup)


def _shortened(data: Mapping[str, JSON]) -> Mapping[str, JSON]:
    limit = _STRING_CHARACTERS
    while limit >= 50:
        shorter = plain(data, lambda text, limit=limit: cut(text, limit))  # type: ignore[misc]
        if json_size(shorter) <= MAX_DATA_BYTES:
            return cast(Mapping[str, JSON], shorter)
        limit //= 4
    return {
        "text": "This event was too large to keep.",
        "keys": [*(str(k)[:80] for k in list(data)[:20])],
    }


def recognised(item: Event) -> Event:
    """item, or an `unknown` event when its kind or shape is not one of ours."""
    known: object = item.data
    if item.kind in KINDS and isinstance(known, Mapping) and _are_text(item):
        return item
    return unknown(item)


def _are_text(item: Event) -> bool:
    names: tuple[object, ...] = (item.part, item.parent, item.source, item.dedup)
    return all(isinstance(name, str) for name in names)


def unknown(item: object) -> Event:
    """The `unknown` event for anything a runner yields that nobody understands."""
    return Event("unknown", {"raw": cut(clean(repr(item)), 4000)})
