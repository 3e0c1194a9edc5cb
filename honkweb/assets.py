"""One name for a version of files: of all scripts and styles, and of the code that renders.

The first stands in their addresses. A browser keeps each for ever, asks for none again, and never
runs one version's scripts on the pages of another: scripts import each other by relative addresses.
"""

from __future__ import annotations

import hashlib
from pathlib import Path


def version(*places: Path) -> str:
    """12 hex digits over names and contents of files, and of the files in folders.

    Without what Python compiles beside its code: that depends on what ran there before.
    """
    found = hashlib.sha256()
    for place in places:
        files = sorted(each for each in place.rglob("*") if _counts(each)) or [place]
        for file in files:
            found.update(f"{file.relative_to(place)}\0".encode())
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:12]


def _counts(path: Path) -> bool:
    return path.parent.name != "__pycache__" and path.is_file()
