"""Headers of pictures, as small as they can be; no picture follows."""

from __future__ import annotations

import struct
import zlib


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"\0" * 12
    )


def box(kind: bytes, inner: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(inner), kind) + inner


def avif(*sizes: tuple[int, int]) -> bytes:
    extents = b"".join(box(b"ispe", struct.pack(">III", 0, *size)) for size in sizes)
    meta = box(b"meta", b"\0" * 4 + box(b"iprp", box(b"ipco", extents)))
    return box(b"ftyp", b"avif\0\0\0\0avifmif1") + meta


def jpeg(width: int, height: int) -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 10) + b"Exif\0\0\xff\xc0"
    return b"\xff\xd8" + exif + b"\xff\xff\xc2" + struct.pack(">HBHH", 11, 8, height, width)


def gif(screen: tuple[int, int], frame: tuple[int, int]) -> bytes:
    comment = b"\x21\xfe\x2c" + b"," * 0x2C + b"\0"
    start = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + b"\0" * 6
    return start + comment + b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0)


def icon(said: tuple[int, int], inner: bytes) -> bytes:
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, *said, 0, 0, 1, 32, len(inner), 22) + inner
