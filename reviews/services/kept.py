"""HTML that was rendered once for all: kept by what it was made of, gzipped, on this machine.

A cache that may be deleted at any time; a name says all that the text depends on, so nothing in it
is ever out of date. The caller has checked that the asker may see what it was made of.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from django.conf import settings

import reviews.diffs

logger = logging.getLogger(__name__)
LEVEL = 5  # of gzip: 6 takes twice as long for 2 % less


@cache
def version() -> str:
    """A name for the code that renders: HTML of another version is never served."""
    whole = hashlib.sha256()
    for path in sorted(Path(reviews.diffs.__file__).parent.glob("*.py")):
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def name_of(*parts: object) -> str:
    """A name for what is made of these parts (their text), by this version of the code."""
    whole = hashlib.sha256()
    for part in (version(), *parts):
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
        if name.startswith("00"):  # one in 256: where no worker tidies this machine
            trim()
    except OSError:
        logger.warning("Rendered HTML could not be kept.", exc_info=True)
    return data


def html(name: str, make: Callable[[], str]) -> str:
    """The HTML of that name as text."""
    return gzip.decompress(gzipped(name, make)).decode()


def trim() -> None:
    """Delete what was made longest ago until the rest fits HONK_KEPT_MB."""
    found = []
    for path in _folder().glob("??/*.gz"):
        with suppress(OSError):
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    room = settings.HONK_KEPT_MB * 1024 * 1024
    for _, size, path in sorted(found, reverse=True):
        room -= size
        if room < 0:
            path.unlink(missing_ok=True)


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
