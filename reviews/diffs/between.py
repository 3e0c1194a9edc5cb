"""Hunks between two contents that stand in no patch of git's: the same form, three lines around."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviews.diffs.anchor import same_lines
from reviews.diffs.model import Hunk, Row
from reviews.diffs.text import decode

CONTEXT = 3
_HEADING = 80  # bytes of a heading, as git cuts it
_STARTS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$")
_NO_NEWLINE = Row("\\", None, None, " No newline at end of file")


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines old_start..old_end became new_start..new_end: 0-based, the ends not included."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def split_lines(data: bytes | None) -> list[bytes]:
    r"""Lines with their line feeds; only b"\n" ends one. None (no such file) has none."""
    lines = (data or b"").split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def hunks_between(
    old: Sequence[bytes], new: Sequence[bytes], matches: Mapping[int, int] | None = None
) -> list[Hunk]:
    """Hunks that turn `old` into `new` (lines with their ends).

    matches: which lines are the same (both numbers rising), found here when not given.
    """
    known = same_lines(old, new) if matches is None else matches
    writer = _Writer(old, new)
    return [writer.hunk(group) for group in _groups(edits_between(len(old), len(new), known))]


def edits_between(old_count: int, new_count: int, matches: Mapping[int, int]) -> list[Edit]:
    """What lies between the lines that are the same."""
    edits: list[Edit] = []
    at = other = 0
    for line, place in [*sorted(matches.items()), (old_count, new_count)]:
        if line > at or place > other:
            edits.append(Edit(at, line, other, place))
        at, other = line + 1, place + 1
    return edits


def _groups(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Edits whose context touches, together."""
    group: list[Edit] = []
    for edit in edits:
        if group and edit.old_start - group[-1].old_end > 2 * CONTEXT:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


class _Writer:
    """Rows of hunks in order; keeps the heading that was found last, as git does."""

    def __init__(self, old: Sequence[bytes], new: Sequence[bytes]) -> None:
        self.old, self.new = old, new
        self.heading = ""
        self.searched = 0

    def hunk(self, group: Sequence[Edit]) -> Hunk:
        lead = min(CONTEXT, group[0].old_start)
        start, new_start = group[0].old_start - lead, group[0].new_start - lead
        end = min(len(self.old), group[-1].old_end + CONTEXT)
        new_end = group[-1].new_end + end - group[-1].old_end
        return Hunk(
            start + 1 if end > start else 0, end - start,
            new_start + 1 if new_end > new_start else 0, new_end - new_start,
            section=self._section(start), rows=list(self._rows(group, start, new_start, end)),
        )  # fmt: skip

    def _rows(self, group: Sequence[Edit], at: int, other: int, end: int) -> Iterator[Row]:
        for edit in [*group, Edit(end, end, 0, 0)]:
            for line in range(at, edit.old_start):
                yield from _row(" ", line + 1, line + 1 - at + other, self.old[line])
            for line in range(edit.old_start, edit.old_end):
                yield from _row("-", line + 1, None, self.old[line])
            for line in range(edit.new_start, edit.new_end):
                yield from _row("+", None, line + 1, self.new[line])
            at, other = edit.old_end, edit.new_end

    def _section(self, start: int) -> str:
        """The nearest line above `start` that begins with a letter, else the one found before."""
        for line in range(start - 1, self.searched - 1, -1):
            if self.old[line][:1] and self.old[line][0] in _STARTS:
                self.heading = decode(self.old[line][:_HEADING].rstrip(b" \t\n\v\f\r"))
                break
        self.searched = max(self.searched, start)
        return self.heading


def _row(sign: str, old_line: int | None, new_line: int | None, line: bytes) -> Iterator[Row]:
    yield Row(sign, old_line, new_line, decode(line.removesuffix(b"\n")))
    if not line.endswith(b"\n"):
        yield _NO_NEWLINE


def cut(hunks: Sequence[Hunk], first: int, rows: int) -> tuple[list[Hunk], int | None]:
    """Rows `first` to `first + rows` as hunks of their own, and the next row (None: no more)."""
    chosen: list[Hunk] = []
    at, last = 0, first + rows
    for hunk in hunks:
        start, end = max(0, first - at), min(len(hunk.rows), last - at)
        if start < end:
            chosen.append(hunk if end - start == len(hunk.rows) else _part(hunk, start, end))
        at += len(hunk.rows)
    return chosen, last if last < at else None


def _part(hunk: Hunk, start: int, end: int) -> Hunk:
    """Some of the hunk's rows, with numbers of their own."""
    rows = hunk.rows[start:end]
    olds = [row.old_line for row in rows if row.old_line is not None]
    news = [row.new_line for row in rows if row.new_line is not None]
    before = hunk.rows[:start]
    old_before = sum(row.old_line is not None for row in before) + hunk.old_start - 1
    new_before = sum(row.new_line is not None for row in before) + hunk.new_start - 1
    return Hunk(
        olds[0] if olds else max(0, old_before), len(olds),
        news[0] if news else max(0, new_before), len(news), hunk.section, rows,
    )  # fmt: skip
