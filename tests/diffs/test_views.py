"""For any two trees the rows that stand in the HTML are git's lines, in both views."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from reviews.diffs import (
    SPLIT,
    WHOLE,
    FileEntry,
    Options,
    ParsedFile,
    index_patch,
    parse_file,
    render_file,
)
from reviews.diffs.moved import find_moves
from tests.diffs.shown import ShownRow, rows_of, written
from tests.diffs.test_truth import EXAMPLES, lines_of
from tests.diffs.trees import Compared, Tree, compare, pairs


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("git") / "r.git"


def shown(compared: Compared, view: str) -> Iterator[tuple[list[str], list[ShownRow]]]:
    """For each file git's lines as they have to show, and the rows of the page."""
    entries = index_patch(compared.patch, compared.raw)
    parsed = [parse_file(compared.patch[e.start : e.end], e, WHOLE) for e in entries]
    moves = find_moves([(file.entry.index, file.hunks) for file in parsed])
    for file in parsed:
        options = Options(view=view, moves=moves.get(file.entry.index, ()), new_lines=10_000)
        html = render_file(file, anchor=f"f{file.entry.index}", options=options)
        yield list(lines(compared, file.entry, file)), rows_of(html)


def lines(compared: Compared, entry: FileEntry, file: ParsedFile) -> Iterator[str]:
    for line in lines_of(compared.patch[entry.start : entry.end]):
        yield written(line) if file.encoding == "utf-8" else line.decode(file.encoding, "replace")


@EXAMPLES
@given(pair=pairs())
def test_unified_rows_are_gits_lines(repository: Path, pair: tuple[Tree, Tree]) -> None:
    for expected, rows in shown(compare(repository, *pair), "unified"):
        assert ["".join(row.cells[1:]) for row in rows] == expected


@EXAMPLES
@given(pair=pairs())
def test_each_half_of_a_split_view_is_its_side_of_gits_lines(
    repository: Path, pair: tuple[Tree, Tree]
) -> None:
    for expected, rows in shown(compare(repository, *pair), SPLIT):
        assert all(len(row.cells) == 6 for row in rows)
        for signs, half in ((" -", slice(1, 3)), (" +", slice(4, 6))):
            found = ["".join(row.cells[half]) for row in rows if any(row.cells[half])]
            assert [line for line in found if line[0] != "\\"] == [
                line for line in expected if line[0] in signs
            ]


@EXAMPLES
@given(pair=pairs())
def test_numbers_beside_the_lines_count_each_side(
    repository: Path, pair: tuple[Tree, Tree]
) -> None:
    for _, rows in shown(compare(repository, *pair), SPLIT):
        for at in (0, 3):
            numbers = [int(row.cells[at]) for row in rows if row.cells[at]]
            assert numbers == sorted(set(numbers))
