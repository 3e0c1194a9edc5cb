"""How heavy a shown row is: counted, not timed, before the marks of changed words."""

from __future__ import annotations

import re

from reviews.diffs import WHOLE, index_patch, parse_file, render_file
from tests.bench.diffs_made import made
from tests.bench.harness import Row, bench

MARKS = re.compile(r"</?(?:b|ins|del|span)\b[^>]*>")
ELEMENT = re.compile(r"<[a-z]")
MOST_BYTES, MOST_ELEMENTS = 110, 6


@bench("diff-html")
def html_rows() -> list[Row]:
    """Bytes and elements a row, on average over a diff of 5,000 changed lines."""
    diff = made("5k")
    files = index_patch(diff.patch, diff.raw)
    html, rows = "", 0
    for file in files:
        parsed = parse_file(diff.patch[file.start : file.end], file, WHOLE)
        html += MARKS.sub("", render_file(parsed, anchor=f"f{file.index}"))
        rows += sum(len(hunk.rows) for hunk in parsed.hunks)
    size, elements = len(html.encode()) / rows, len(ELEMENT.findall(html)) / rows
    return [_row("bytes", size, MOST_BYTES), _row("elements", elements, MOST_ELEMENTS)]


def _row(unit: str, found: float, most: float) -> Row:
    ratio = round(found / most, 4)
    name = f"diff page, {unit} a row, against the goal"
    return Row(name, ours=round(found, 3), peer=most, ratio=ratio, goal=1.0, unit=unit)
