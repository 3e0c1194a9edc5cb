"""Where a comment stands: the file and the lines it names, and the code that it quotes."""

from __future__ import annotations

from dataclasses import dataclass

from reviews.diffs import display_path
from reviews.diffs.text import decode, readable
from reviews.errors import Refused
from reviews.models import DiffFile, Round
from reviews.services import blobs
from reviews.services.reading import encodings_in

MAX_QUOTE = 2000  # characters
MAX_LINE = 2**31 - 1  # that a column takes


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a thread stands. file_index None: the whole round. Lines are 1-based, inclusive."""

    round_number: int
    file_index: int | None = None
    path: str = ""
    side: str = "new"
    line: int | None = None
    end_line: int | None = None


def file_of(round_: Round, anchor: Anchor) -> DiffFile | None:
    """The file the anchor names, by index or by exact path, with its lines checked."""
    if anchor.file_index is None and not anchor.path:
        if anchor.line is not None:
            raise Refused("A line is a line of a file. Say of which.")
        return None
    if anchor.side not in ("old", "new"):
        raise Refused("The side is old or new.")
    file = _by_index(round_, anchor.file_index) or _by_path(round_, anchor)
    if file is None:
        raise Refused(f"Round {round_.number} has no such file.")
    if anchor.line is not None:
        _check_lines(file, anchor.side, anchor.line, anchor.end_line or anchor.line)
    return file


def _by_index(round_: Round, index: int | None) -> DiffFile | None:
    return None if index is None else round_.files.filter(index=index).first()


def _by_path(round_: Round, anchor: Anchor) -> DiffFile | None:
    """By its name as it is, then as it is shown; then by what it was called before."""
    if anchor.file_index is not None:
        return None
    shown = display_path(anchor.path.encode("utf-8", "replace"))
    for column in ("display", "old_display"):
        for name in (shown, anchor.path):
            if found := round_.files.filter(**{column: name}).order_by("index").first():
                return found
    return None


def _check_lines(file: DiffFile, side: str, line: int, last: int) -> None:
    """Refuse lines that the side does not have; of one that is not kept any line is taken."""
    kept, size = (file.old, file.old_size) if side == "old" else (file.new, file.new_size)
    count = len(lines_of(file, side)) if kept or not size else MAX_LINE
    if 1 <= line <= last <= count:
        return
    raise Refused(
        f"{file.display} has {count:,} lines on the {side} side; line {line}"
        f"{f' to {last}' if last != line else ''} is not among them."
    )


def lines_of(file: DiffFile, side: str) -> list[str]:
    """The lines of one side as text; empty when that side does not exist or is not kept."""
    data = blobs.get(file.old if side == "old" else file.new)
    told = encodings_in(file)
    name = (told.old if side == "old" else told.new).name if told else "utf-8"
    lines = readable(decode(data), name).replace("\x00", "\u2400").split("\n")
    return lines[: _count(data)]


def _count(data: bytes) -> int:
    """Number of lines: a last line without newline counts."""
    return data.count(b"\n") + (not data.endswith(b"\n") if data else 0)


def quote(file: DiffFile | None, anchor: Anchor) -> str:
    """The code commented on, kept so that the comment reads alone."""
    if file is None or anchor.line is None:
        return ""
    lines = lines_of(file, anchor.side)
    return "\n".join(lines[anchor.line - 1 : anchor.end_line or anchor.line])[:MAX_QUOTE]
