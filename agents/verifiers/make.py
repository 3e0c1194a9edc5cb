"""make test: only found here; what it prints is read by `judge` like any other program's output."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

name = "make test"
_TARGET = re.compile(rb"^test[ \t]*:(?!=)", re.MULTILINE)
_FILES = ("GNUmakefile", "makefile", "Makefile")


def detect(files: Mapping[str, bytes]) -> Sequence[str] | None:
    """A makefile at the top with a target `test`."""
    found = any(_TARGET.search(files.get(path, b"")) for path in _FILES)
    return ("make", "test") if found else None
