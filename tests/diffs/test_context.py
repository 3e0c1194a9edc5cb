"""Lines between hunks: with them, all of a file can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from reviews.diffs import WHOLE, index_patch, parse_file
from reviews.diffs.context import context_rows, extents_in, extents_of
from reviews.diffs.text import encode
from tests.diffs.test_truth import EXAMPLES, blob
from tests.diffs.trees import Tree, compare, pairs


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("git") / "r.git"


@EXAMPLES
@given(pair=pairs())
def test_what_is_opened_and_what_was_shown_is_the_whole_file_on_both_sides(
    repository: Path, pair: tuple[Tree, Tree]
) -> None:
    compared = compare(repository, *pair)
    for entry in index_patch(compared.patch, compared.raw):
        if entry.status != "modified" or entry.is_binary or entry.new_mode == "160000":
            continue
        slice_ = compared.patch[entry.start : entry.end]
        parsed = parse_file(slice_, entry, WHOLE)
        new = lines(blob(compared.new, entry.path))
        opened = context_rows(new, extents_in(slice_), 1, len(new))
        assert extents_in(slice_) == extents_of(parsed.hunks)
        rows = [*opened, *(row for hunk in parsed.hunks for row in hunk.rows)]
        assert side(rows, 1) == lines(blob(compared.old, entry.path))
        assert side(rows, 2) == new


def lines(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n") if data else []


def side(rows: list[tuple[str, int | None, int | None, str]], number: int) -> list[bytes]:
    """The lines of one side by their own numbers."""
    found = {row[number]: encode(row[3]) for row in rows if row[number] is not None}
    assert sorted(found) == list(range(1, len(found) + 1))  # type: ignore[type-var]
    return [found[line] for line in sorted(found)]  # type: ignore[type-var]


def test_a_gap_between_two_hunks_keeps_both_numbers(repository: Path) -> None:
    old = [b"%d" % n for n in range(1, 41)]
    new = [*old[:2], b"more", b"lines", *old[2:30], *old[33:]]
    trees: list[Tree] = [{b"a": ("100644", b"\n".join(side) + b"\n")} for side in (old, new)]
    compared = compare(repository, *trees)
    rows = context_rows(new, extents_in(compared.patch), 1, len(new))
    assert [(row.old_line, row.new_line) for row in rows[:2]] == [(6, 8), (7, 9)]
    assert [(row.old_line, row.new_line) for row in rows[-2:]] == [(39, 38), (40, 39)]
    assert [row.text for row in rows][:2] == ["6", "7"]
