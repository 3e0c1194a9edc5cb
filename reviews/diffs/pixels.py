"""How many pixels a picture has, by its header alone: no pixel is ever decoded here.

Any bytes are read in bounded work; a header that is cut or makes no sense has no size.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from reviews.diffs.svg import is_svg, svg_pixels

Pixels = tuple[int, int]  # width, height; both at least 1

_SEGMENTS = 2_000  # of a JPEG before its frame
_FILL = 64  # bytes that fill the space before a segment
_BLOCKS = 2_000  # of a GIF before its first frame
_BOXES = 1_000  # of an AVIF, on any level
_ICONS = 64  # pictures of one icon
_HEAD = 4096
_NO_FRAME = {0xC4, 0xC8, 0xCC}  # among the JPEG markers from C0 to CF


def pixels(data: bytes) -> Pixels | None:
    """Width and height as the header claims; None when it does not say or is none of ours."""
    try:
        found = _read(data)
    except (struct.error, IndexError):  # the header ends early
        return None
    return found if found and min(found) > 0 else None


def _read(data: bytes) -> Pixels | None:
    for magic, offset, reader in _READERS:
        if data.startswith(magic, offset):
            return reader(data)
    return svg_pixels(data) if is_svg(data[:_HEAD]) else None


def _png(data: bytes) -> Pixels | None:
    if data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> Pixels | None:
    """The screen, or what its first frame needs: browsers make room for that."""
    width, height = struct.unpack_from("<HH", data, 6)
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    is_inside = False  # an extension: its blocks, each after its length, end with an empty one
    for _ in range(_BLOCKS):
        if is_inside:
            is_inside = data[at] > 0
            at += 1 + data[at]
        elif data[at] == 0x21:
            is_inside = True
            at += 2
        elif data[at] == 0x2C:
            left, top, wide, high = struct.unpack_from("<HHHH", data, at + 1)
            return max(width, left + wide), max(height, top + high)
        else:
            return None
    return None


def _jpeg(data: bytes) -> Pixels | None:
    at = 2
    for _ in range(_SEGMENTS):
        if data[at] != 0xFF:
            return None
        at += len(data[at : at + _FILL]) - len(data[at : at + _FILL].lstrip(b"\xff"))
        marker = data[at]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 4)
            return width, height
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # these stand alone
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 1)
        if length < 2:
            return None
        at += 1 + length
    return None


def _webp(data: bytes) -> Pixels | None:
    kind = data[12:16]
    if kind == b"VP8X":
        canvas = int.from_bytes(data[24:30].ljust(6, b"\0"), "little")
        size = (canvas & 0xFFFFFF) + 1, (canvas >> 24) + 1
        return size if len(data) >= 30 else None
    if kind == b"VP8L" and data[20] == 0x2F:
        (packed,) = struct.unpack_from("<I", data, 21)
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _bmp(data: bytes) -> Pixels | None:
    return _bitmap(data, 14)


def _bitmap(data: bytes, at: int) -> Pixels | None:
    (header,) = struct.unpack_from("<I", data, at)
    if header == 12:
        width, height = struct.unpack_from("<HH", data, at + 4)
        return width, height
    width, height = struct.unpack_from("<ii", data, at + 4)
    return abs(width), abs(height)


def _icon(data: bytes) -> Pixels | None:
    """The largest picture inside, by what it says itself: the list of them has one byte a side."""
    (count,) = struct.unpack_from("<H", data, 4)
    sizes: list[Pixels] = []
    for number in range(min(count, _ICONS)):
        start = 6 + 16 * number
        (offset,) = struct.unpack_from("<I", data, start + 12)
        sizes.append((data[start] or 256, data[start + 1] or 256))
        if data.startswith(b"\x89PNG", offset):
            width, height = struct.unpack_from(">II", data, offset + 16)
            sizes.append((width, height))
        elif inner := _bitmap(data, offset):
            sizes.append((inner[0], (inner[1] + 1) // 2))  # the mask doubles its height
    return _largest(sizes)


def _avif(data: bytes) -> Pixels | None:
    """The largest extent that any picture inside names: tiles and thumbnails have their own."""
    sizes: list[Pixels] = []
    for at, _end in _inside(data, [b"meta", b"iprp", b"ipco", b"ispe"]):
        width, height = struct.unpack_from(">II", data, at + 4)
        sizes.append((width, height))
    return _largest(sizes)


def _inside(data: bytes, path: list[bytes]) -> Iterator[tuple[int, int]]:
    """Where the boxes at the end of `path` have their content: from, to."""
    places = [(0, len(data))]
    left = _BOXES
    for name in path:
        found: list[tuple[int, int]] = []
        for start, end in places:
            at = start
            while at + 8 <= end and left:
                left -= 1
                length, kind = struct.unpack_from(">I4s", data, at)
                if length < 8:  # to the end, or 64 bits long: neither is before what is looked for
                    break
                if kind == name:
                    found.append((at + 8 + 4 * (name == b"meta"), min(at + length, end)))
                at += length
        places = found
    yield from places


def _largest(sizes: list[Pixels]) -> Pixels | None:
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


_READERS: tuple[tuple[bytes, int, Callable[[bytes], Pixels | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, _png),
    (b"\xff\xd8\xff", 0, _jpeg),
    (b"GIF8", 0, _gif),
    (b"WEBP", 8, _webp),
    (b"ftyp", 4, _avif),
    (b"BM", 0, _bmp),
    (b"\0\0\1\0", 0, _icon),
)
