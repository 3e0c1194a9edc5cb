"""How heavy a shown row is: counted, not timed, before the marks of changed words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviews.diffs import (
    SPLIT,
    UNIFIED,
    WHOLE,
    Options,
    index_patch,
    parse_file,
    render_file,
)
from reviews.diffs.digest import hunk_digests
from tests.bench.diffs_made import made
from tests.bench.harness import Row, bench

MARKS = re.compile(r"</?(?:b|ins|del|span)\b[^>]*>")
ELEMENT = re.compile(r"<[a-z]")
MOST_BYTES, MOST_ELEMENTS = 110, 6
MOST_BESIDE = 2.0  # two cells of code for one
MOST_HEADS = 1.25
BESIDE = "diff page, a line side by side, against one under the other"
ROW = re.compile(r"<tr.*?(?=<tr|</table)", re.DOTALL)


@dataclass(frozen=True)
class Weight:
    """Of a row on average: its own, and with its share of heads, blocks and what opens lines."""

    size: float
    elements: float
    whole: float


@bench("diff-html")
def html_rows() -> list[Row]:
    """Bytes and elements a row, on average over a diff of 5,000 changed lines, rendered as the page
    has it: with a name for each hunk and what opens the lines between."""
    unified, split = _weigh(UNIFIED), _weigh(SPLIT)
    heads = "diff page, bytes a row with heads (a hunk each 8 rows), against it alone"
    return [
        _row("bytes", unified.size, MOST_BYTES),
        _row("elements", unified.elements, MOST_ELEMENTS),
        _beside(heads, unified.whole, unified.size, "bytes", MOST_HEADS),
        _beside(f"{BESIDE} (bytes)", split.whole, unified.whole, "bytes", MOST_BESIDE),
        _beside(f"{BESIDE} (elements)", split.elements, unified.elements, "elements", MOST_BESIDE),
    ]


def _weigh(view: str) -> Weight:
    diff = made("5k")
    html, count = "", 0
    for file in index_patch(diff.patch, diff.raw):
        parsed = parse_file(diff.patch[file.start : file.end], file, WHOLE)
        options = Options(
            view=view,
            new_lines=diff.sides[file.new_oid].count(b"\n"),
            digests=hunk_digests(file.path, parsed.hunks),
        )
        html += MARKS.sub("", render_file(parsed, anchor=f"f{file.index}", options=options))
        count += sum(len(hunk.rows) for hunk in parsed.hunks)
    rows = "".join(ROW.findall(html))
    return Weight(
        size=len(rows.encode()) / count,
        elements=len(ELEMENT.findall(rows)) / count,
        whole=len(html.encode()) / count,
    )


def _row(unit: str, found: float, most: float) -> Row:
    ratio = round(found / most, 4)
    name = f"diff page, {unit} a row, against the goal"
    return Row(name, ours=round(found, 3), peer=most, ratio=ratio, goal=1.0, unit=unit)


def _beside(name: str, ours: float, other: float, unit: str, goal: float) -> Row:
    return Row(name, round(ours, 3), round(other, 3), round(ours / other, 4), goal, unit=unit)
