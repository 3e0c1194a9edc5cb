"""The parsed form of a change for programs: `show_diff --json` and the API's files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reviews.diffs.model import Hunk, ParsedFile
from reviews.diffs.names import decode_name
from reviews.diffs.text import plain


def to_json(files: Iterable[ParsedFile]) -> dict[str, Any]:
    """{files: [{index, path, old_path, status, added, removed, old_mode, new_mode, is_binary,
    error, hunks: [{rows: [[sign, old_line, new_line, text]]}]}]}.

    Names and lines are UTF-8 with U+FFFD for what is not; all else is the text itself. old_path is
    null except for renames and copies, a mode is null on the side where the file is not. The rows
    with sign "\\" are git's markers that no newline ends the line above; they have no numbers.
    """
    return {"files": [_file(parsed) for parsed in files]}


def _file(parsed: ParsedFile) -> dict[str, Any]:
    entry = parsed.entry
    return {
        "index": entry.index,
        "path": decode_name(entry.path),
        "old_path": None if entry.old_path is None else decode_name(entry.old_path),
        "status": str(entry.status),
        "added": entry.added,
        "removed": entry.removed,
        "old_mode": entry.old_mode or None,
        "new_mode": entry.new_mode or None,
        "is_binary": entry.is_binary,
        "error": parsed.error,
        "hunks": [_hunk(hunk) for hunk in parsed.hunks],
    }


def _hunk(hunk: Hunk) -> dict[str, Any]:
    return {"rows": [[sign, old, new, plain(text)] for sign, old, new, text in hunk.rows]}
