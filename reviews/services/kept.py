"""HTML that was rendered once for all: kept by what it was made of, gzipped, on this machine.

A cache that may be deleted at any time; a name says all that the text depends on, so nothing in it
is ever out of date (HONK_RENDERER for the code and its packages). The caller has checked that the
asker may see what it was made of, and names nothing by a number that anybody may make up.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from django.conf import settings

logger = logging.getLogger(__name__)
LEVEL = 5  # of gzip: 6 takes twice as long for 2 % less
BLOCK = 4096  # bytes on disk that the smallest file takes
PART = 64  # of the room is what a process writes before it looks whether the folder still fits


@dataclass(slots=True)
class _Written:
    """Bytes that this process, with all its threads, wrote since it last looked."""

    size: int = 0
    lock: Lock = field(default_factory=Lock)

    def is_much_with(self, size: int) -> bool:
        """Count them; whether it is time to look again, which one thread is told."""
        with self.lock:
            self.size += size
            if self.size <= _room() // PART:
                return False
            self.size = 0
            return True


_written = _Written()


def name_of(*parts: object) -> str:
    """A name for what is made of these parts (their text), by this version of the code.

    HTML of another version is never served.
    """
    whole = hashlib.sha256()
    for part in (settings.HONK_RENDERER, *parts):
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogateescape")
        whole.update(b"%d:" % len(data) + data)
    return whole.hexdigest()


def gzipped(name: str, make: Callable[[], str]) -> bytes:
    """The HTML of that name, gzipped; made when it is not kept yet. A full disk only costs time."""
    path = _path(name)
    with suppress(OSError):
        return path.read_bytes()
    data = gzip.compress(make().encode("utf-8", "replace"), LEVEL, mtime=0)
    try:
        _write(path, data)
        if _written.is_much_with(_on_disk(len(data))):
            trim()
    except OSError:
        logger.warning("Rendered HTML could not be kept.", exc_info=True)
    return data


def html(name: str, make: Callable[[], str]) -> str:
    """The HTML of that name as text."""
    return gzip.decompress(gzipped(name, make)).decode()


def number(name: str, make: Callable[[], int]) -> int:
    """The number of that name, where finding it out takes reading what it is of."""
    return int(html(name, lambda: str(make())))


def trim() -> None:
    """Delete what was made longest ago until the rest fits HONK_KEPT_MB.

    What a process that was killed had half written is among it.
    """
    found = []
    for path in _folder().glob("??/*"):
        with suppress(OSError):
            status = path.stat()
            found.append((status.st_mtime, _on_disk(status.st_size), path))
    room = _room()
    for _, size, path in sorted(found, reverse=True):
        room -= size
        if room < 0:
            path.unlink(missing_ok=True)


def _room() -> int:
    return int(settings.HONK_KEPT_MB) * 1024 * 1024


def _on_disk(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _folder() -> Path:
    return Path(settings.HONK_DATA) / "kept"


def _path(name: str) -> Path:
    return _folder() / name[:2] / f"{name[2:]}.gz"


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: another process may read at any time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
