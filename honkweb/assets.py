"""One name for all scripts and styles of this version, which stands in their addresses.

A browser keeps each for ever, asks for none again, and never runs one version's scripts on the
pages of another: scripts import each other by relative addresses.
"""

from __future__ import annotations

import hashlib
from pathlib import Path


def version(*places: Path) -> str:
    """12 hex digits over names and contents of files, and of the files in folders."""
    found = hashlib.sha256()
    for place in places:
        files = sorted(each for each in place.rglob("*") if each.is_file()) or [place]
        for file in files:
            found.update(f"{file.relative_to(place)}\0".encode())
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:12]
