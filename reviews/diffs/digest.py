"""Names of hunks and files by what they say: a viewed mark stands as long as that is the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from reviews.diffs.model import FileEntry, Hunk
from reviews.diffs.text import encode

LENGTH = 16  # hex digits


def hunk_digests(path: bytes, hunks: Sequence[Hunk]) -> list[str]:
    """A name for each hunk of a file: its changed lines, not their numbers nor the lines around.

    The same change made twice in one file has two names, by order.
    """
    seen: Counter[bytes] = Counter()
    names = []
    for hunk in hunks:
        said = b"".join(encode(row.sign + row.text) + b"\n" for row in hunk.rows if row.sign != " ")
        seen[said] += 1
        names.append(_name(b"hunk", path, b"%d" % seen[said], said))
    return names


def file_digest(entry: FileEntry) -> str:
    """A name for all that the change does to a file: both contents, modes and names."""
    old = entry.old_path or b""
    ids = f"{entry.old_oid} {entry.new_oid} {entry.old_mode} {entry.new_mode}".encode()
    return _name(b"file", entry.path, old, ids)


def _name(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(b"%d:" % len(part) + part)
    return whole.hexdigest()[:LENGTH]
