"""What stands above rows: where a hunk is, the lines hidden above it, where a block was moved to.

All of it is a table's caption, for no line of the file is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reviews.diffs import text
from reviews.diffs.cells import place_of
from reviews.diffs.model import Hunk
from reviews.diffs.moved import Move

STEP = 20  # lines that one press shows of a large gap
SMALL = 40  # lines of a gap that are shown all at once


class Gap(NamedTuple):
    """Lines of the new side that no hunk shows: first to last, inclusive; old = new - shift."""

    first: int
    last: int
    shift: int

    @property
    def lines(self) -> int:
        return self.last - self.first + 1


Define = Callable[[int], tuple[int, str] | None]  # new line -> its definition's line and label


@dataclass(frozen=True, slots=True)
class Heads:
    """encoding: of the file. names: display names of other files by index, for moved blocks.

    define: finds what encloses a line, None where the content is not kept.
    """

    anchor: str
    encoding: str
    names: Mapping[int, str] = field(default_factory=dict)
    define: Define | None = None

    def of_hunk(self, hunk: Hunk, gap: Gap | None, digest: str, move: Move | None) -> str:
        """The caption of a hunk: git's heading, else which lines it is, and what can be opened."""
        parts = ["<caption"]
        if digest:
            parts.append(f" data-hunk={digest}")
        if gap:
            parts.append(f" data-gap={_of_gap(gap)}")
        words = hunk.section or _extent(hunk)
        parts.append(f"><i>{text.to_html(words, self.encoding)}</i>")
        if gap:
            parts.append(self._buttons(gap))
        if move:
            parts.append(f"<span class=moved-band>{self._moved(move)}</span>")
        return "".join(parts)

    def of_move(self, move: Move) -> str:
        """The caption of a moved block inside a hunk."""
        return f"<caption class=moved-band>{self._moved(move)}"

    def tail(self, gap: Gap) -> str:
        """What can be opened after the last hunk."""
        return f'<p class="tail" data-gap="{_of_gap(gap)}">{self._buttons(gap, is_tail=True)}</p>'

    def _buttons(self, gap: Gap, *, is_tail: bool = False) -> str:
        if gap.lines <= SMALL:
            lines = f"{gap.lines} line{'' if gap.lines == 1 else 's'}"
            return _button("", f"Show {lines}")
        buttons = [_button(str(STEP), f"Show {STEP}"), _button("", f"All {gap.lines:,}")]
        found = None if is_tail or self.define is None else self.define(gap.last + 1)
        if found and gap.first <= found[0] < gap.last - STEP:
            label = text.to_html(found[1][:60], self.encoding)
            buttons.append(_button("def", f"Up to {label}", f" data-def-line={found[0]}"))
        return "".join(buttons)

    def _moved(self, move: Move) -> str:
        """Where a block went or came from, in words, with a link."""
        verb = "to" if move.side == "old" else "from"
        other = "new" if move.side == "old" else "old"
        one = move.other_start == move.other_end
        lines = (
            f"line {move.other_start}" if one else f"lines {move.other_start} to {move.other_end}"
        )
        name = self.names.get(move.other_index)
        where = f"<bdi>{text.to_html(name)}</bdi>, {lines}" if name else lines
        note = f" {text.to_html(move.note)}" if move.note else ""
        place = place_of(f"f{move.other_index}", other, move.other_start)
        return f'Moved {verb} {where}.{note} <a href="#{place}">Go there</a>'


def _of_gap(gap: Gap) -> str:
    """Its lines, and the shift where there is one."""
    return f"{gap.first},{gap.last}" + (f",{gap.shift}" if gap.shift else "")


def _button(how: str, words: str, more: str = "") -> str:
    return f"<button data-more{f'={how}' if how else ''}{more}>{words}</button>"


def _extent(hunk: Hunk) -> str:
    start, length = hunk.new_start, hunk.new_length
    if not length:
        start, length = hunk.old_start, hunk.old_length
    return f"Lines {start} to {start + length - 1}" if length > 1 else f"Line {start}"


def bounds(hunk: Hunk) -> tuple[int, int]:
    """The first line of the hunk on the old and on the new side; git names the line before an
    empty side."""
    old = hunk.old_start if hunk.old_length else hunk.old_start + 1
    new = hunk.new_start if hunk.new_length else hunk.new_start + 1
    return old, new
