"""Whether text is an SVG picture, and how large it is drawn; bounded for any bytes."""

from __future__ import annotations

import re

_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?svg(?=[\s/>])")
_SKIPPED = ((b"<?", b"?>"), (b"<!--", b"-->"), (b"<!DOCTYPE svg", b">"))
_TAG = 16_384  # bytes of the root's tag
_ATTRIBUTE = re.compile(rb"""\s(width|height|viewBox)\s*=\s*["']([^"'<]{0,100})["']""")
_LENGTH = re.compile(rb"\s*(\d{1,9}(?:\.\d{0,20})?)\s*(px|pt|pc|mm|cm|in)?\s*")
_UNITS = {b"": 1.0, b"px": 1.0, b"pt": 4 / 3, b"pc": 16.0, b"mm": 96 / 25.4, b"cm": 96 / 2.54,
          b"in": 96.0}  # fmt: skip
_NUMBER = re.compile(rb"-?\d{1,9}(?:\.\d{0,20})?")
_DEFAULT = (300, 150)  # what browsers take where an SVG names no size
# A few elements that each draw others twice draw millions; so do entities.
_REPEATS = re.compile(rb"<(?:[\w.-]{1,30}:)?(?:use|pattern|mask|marker|filter|feImage)[\s/>]")
_MOST_REPEATS = 24


def is_svg(head: bytes) -> bool:
    """Whether the first element is <svg>: only comments, instructions, a document type before."""
    return _root_at(head) is not None


def svg_pixels(data: bytes) -> tuple[int, int] | None:
    """Size in CSS pixels; None where drawing it may cost more than its size says."""
    at = _root_at(data)
    if at is None or b"<!ENTITY" in data or len(_REPEATS.findall(data)) > _MOST_REPEATS:
        return None
    tag = data[at : at + _TAG].partition(b">")[0]
    given = dict(_ATTRIBUTE.findall(tag))
    box = [float(number) for number in _NUMBER.findall(given.get(b"viewBox", b""))[:4]]
    width, height = _pixels(given.get(b"width")), _pixels(given.get(b"height"))
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        ratio = box[2] / box[3]
        if width is None:
            width = box[2] if height is None else height * ratio
        if height is None:
            height = width / ratio
    if width is None and height is None:
        return _DEFAULT
    whole = (width or _DEFAULT[0], height or _DEFAULT[1])
    return max(1, round(whole[0])), max(1, round(whole[1]))


def _root_at(data: bytes) -> int | None:
    """Where the root's tag begins, when it is <svg>."""
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while True:
        at += len(data[at:at + 4096]) - len(data[at:at + 4096].lstrip(b" \t\r\n"))  # fmt: skip
        for start, end in _SKIPPED:
            if data.startswith(start, at):
                stop = data.find(end, at + len(start))
                if stop < 0:
                    return None
                at = stop + len(end)
                break
        else:
            return at if _ROOT.match(data, at) else None


def _pixels(length: bytes | None) -> float | None:
    """A length in CSS pixels; None for percentages and what depends on fonts."""
    found = _LENGTH.fullmatch(length or b"")
    return float(found[1]) * _UNITS[found[2] or b""] if found else None
