"""The ways in which a known secret may be written."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

_MIN = 6  # characters; shorter ones would hit by chance
_LINE = 16  # a line of a value of many lines counts by itself from this length on


def forms_of(value: str) -> set[str]:
    """The value, each long line of it, and their usual encodings, none too short to be a sign."""
    lines = [line.strip() for line in value.splitlines() if len(line.strip()) >= _LINE]
    parts = {value, value.strip(), *(lines if len(value.splitlines()) > 1 else ())}
    return {form for part in parts for form in _forms(part) if len(form) >= _MIN}


def _forms(value: str) -> Iterator[str]:
    data = value.encode("utf-8", "surrogatepass")
    yield from (value, value[::-1], data.hex(), html.escape(value), html.escape(value, quote=False))
    yield "".join(f"%{byte:02x}" for byte in data)
    yield from (quote(data, safe=""), quote(data), quote_plus(data), quote(data, safe="/:?=&@+"))
    yield "".join(chr(b) if chr(b).isalnum() and b < 128 else f"%{b:02x}" for b in data)
    yield "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in value)
    yield from (repr(value)[1:-1], value.replace("/", "\\/"))
    for is_ascii in (True, False):
        once = json.dumps(value, ensure_ascii=is_ascii)[1:-1]
        yield from (once, once.replace("/", "\\/"), json.dumps(once, ensure_ascii=is_ascii)[1:-1])
    for shift in range(3):  # base64 of a text that holds the value somewhere inside
        coded = base64.b64encode(b"\0" * shift + data).decode()
        inner = coded[(0, 2, 3)[shift] : len(coded) - 4 if (len(data) + shift) % 3 else None]
        yield from (inner, inner.replace("+", "-").replace("/", "_"))


def lowered(text: str) -> str:
    """text in small letters, character by character, so that every place stays where it is."""
    if text.isascii():
        return text.lower()
    low = text.lower()
    if len(low) == len(text) and "σ" not in low and "ς" not in low:
        return low
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
