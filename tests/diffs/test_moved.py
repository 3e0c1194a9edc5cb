"""Moved blocks: found where git's --color-moved finds them, and never where nothing moved."""

from __future__ import annotations

import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.diffs import Hunk, Row, read_patch
from reviews.diffs.moved import Move, find_moves
from reviews.diffs.moved_words import are_alike, difference
from reviews.diffs.whitespace import without_white

FUNCTION = [
    "def shuffle(queue, seed):", '    """A new order for the queue."""',
    "    random = Random(seed)", "    order = list(queue)", "    random.shuffle(order)",
    "    return order", "",
]  # fmt: skip
FILLER = [f"constant_{number} = {number * 7}" for number in range(40)]


def hunks_of(old: list[str], new: list[str], folder: Path) -> list[Hunk]:
    files = read_patch(git_diff({"x": old}, {"x": new}, folder)).files
    return [hunk for file in files for hunk in file.hunks]


def git_diff(
    old: dict[str, list[str]], new: dict[str, list[str]], folder: Path, *options: str
) -> bytes:
    """git's diff of two folders of files."""
    for side, files in (("a", old), ("b", new)):
        (folder / side).mkdir(exist_ok=True)
        for name, lines in files.items():
            (folder / side / name).write_text("".join(f"{line}\n" for line in lines))
    done = subprocess.run(
        ["git", "-c", "core.autocrlf=false", "diff", "--no-index", "--no-prefix", *options, "a", "b"],
        cwd=folder, capture_output=True, check=False,
        env={"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return done.stdout


def by_hand(*sides: tuple[list[str], list[str]]) -> dict[int, list[Move]]:
    """Moves of a change in which file N loses and gains these lines, far from one another."""
    files = []
    for index, (old, new) in enumerate(sides):
        removed = [Row("-", at, None, line) for at, line in enumerate(old, 1)]
        added = [Row("+", None, at, line) for at, line in enumerate(new, 101)]
        files.append(
            (index, [Hunk(1, len(old), 0, 0, "", removed), Hunk(50, 0, 101, len(new), "", added)])
        )
    return find_moves(files)


def test_a_function_that_moved_down_is_told_at_both_ends(tmp_path: Path) -> None:
    old, new = [*FUNCTION, *FILLER], [*FILLER, *FUNCTION]
    moves = find_moves([(4, hunks_of(old, new, tmp_path))])
    assert moves == {4: [Move("old", 1, 6, 4, 41, 46, ""), Move("new", 41, 46, 4, 1, 6, "")]}


def test_a_function_that_moved_to_another_file_is_told_in_both() -> None:
    moves = by_hand((FUNCTION, []), ([], FUNCTION))
    assert moves == {
        0: [Move("old", 1, 6, 1, 101, 106, "")],
        1: [Move("new", 101, 106, 0, 1, 6, "")],
    }


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda line: f"    {line}", "Indented differently."),
        (lambda line: f"{line}\r", "Only the line ends differ."),
        (lambda line: line.replace(", ", ","), "Only white space differs."),
        (lambda line: line.replace("def ", "async def "), "Only the word “async” was added."),
        (lambda line: line.replace("A new", "A fresh"), "Only the word “new” became “fresh”."),
        (
            lambda line: "\t" + line.replace("A new order", "A new long order"),
            "Only the word “long” was added, and white space differs.",
        ),
        (
            lambda line: line.replace("A new ", "A newer ").replace("list(queue)", "list(queues)"),
            "2 words differ.",
        ),
        (lambda line: line.replace('queue."""', 'queue!"""'), "One word or sign differs."),
        (lambda line: line.replace("for the queue.", "for queue"), "2 words or signs differ."),
    ],
)
def test_a_small_difference_is_said_in_one_true_sentence(change: object, note: str) -> None:
    assert callable(change)
    moves = by_hand((FUNCTION, []), ([], [change(line) if line else "" for line in FUNCTION]))
    assert [move.note for found in moves.values() for move in found] == [note, note]
    assert moves[0][0][:3] == ("old", 1, 6)


def test_a_word_that_was_dropped_from_the_first_line_is_said() -> None:
    old = ["private fun onShuffle() {", "    order.shuffle(random)", "    show(order)", "}"]
    moves = by_hand((old, []), ([], ["fun onShuffle() {", *old[1:]]))
    assert moves[1] == [Move("new", 101, 104, 0, 1, 4, "Only the word “private” was dropped.")]


def test_a_word_that_cannot_be_seen_is_not_quoted() -> None:
    assert difference(["a \u0001x b"], ["a b"]).startswith("2 words or signs differ")
    assert "\u202e" not in difference(["first \u202e word"], ["first word"])
    assert difference(["say " + "x" * 50], ["say"]) == "One word differs."


def test_a_block_that_was_only_indented_has_not_moved(tmp_path: Path) -> None:
    new = ["if ready:", *(f"    {line}" for line in FUNCTION), *FILLER]
    assert find_moves([(0, hunks_of([*FUNCTION, *FILLER], new, tmp_path))]) == {}


@pytest.mark.parametrize(
    "block",
    [
        ["}", "", "}", "", "}", "", "}", "", "}"],
        ["return order", "run(order)"],
        ["a = 1", "b = 2", "c = 3"],
        ["one long line of code that says everything = there + is + to + say"],
    ],
)
def test_too_little_is_no_block(block: list[str]) -> None:
    assert by_hand((block, []), ([], block)) == {}


def test_a_copy_has_one_origin_and_the_other_copy_none() -> None:
    moves = by_hand((FUNCTION, []), ([], FUNCTION), ([], FUNCTION))
    assert sorted(moves) == [0, 1]


def test_a_place_in_the_same_file_goes_before_one_in_another() -> None:
    moves = by_hand(([], FUNCTION), (FUNCTION, FUNCTION))
    assert moves == {1: [Move("old", 1, 6, 1, 101, 106, ""), Move("new", 101, 106, 1, 1, 6, "")]}


def test_the_longest_block_goes_first_and_the_rest_stays() -> None:
    longer = [*FILLER[:4], *FUNCTION[:6]]
    moves = by_hand(([*longer, "another = line", *FUNCTION[:6]], []), ([], longer))
    assert moves[1] == [Move("new", 101, 110, 0, 1, 10, "")]


def test_two_functions_that_changed_places_are_two_moves() -> None:
    moves = by_hand(([*FUNCTION, *FILLER[:5]], []), ([], [*FILLER[:5], *FUNCTION]))
    assert [move[:3] for move in moves[0]] == [("old", 1, 6), ("old", 8, 12)]
    assert [move[:3] for move in moves[1]] == [("new", 101, 105), ("new", 106, 111)]


def test_git_marks_the_lines_that_we_mark(tmp_path: Path) -> None:
    old = {"one.py": [*FUNCTION, *FILLER[:20]], "two.py": FILLER[20:]}
    new = {
        "one.py": FILLER[:20],
        "two.py": [
            *FILLER[20:30],
            "class Queue:",
            *(f"    {line}" for line in FUNCTION),
            *FILLER[30:],
        ],
    }
    options = ("--color=always", "--color-moved=blocks", "--color-moved-ws=ignore-all-space")
    coloured = git_diff(old, new, tmp_path, *options).decode().splitlines()
    git_says = {line[7:].split("\x1b")[0] for line in coloured if line.startswith("\x1b[1;35m-")}
    moves = find_moves([
        (file.entry.index, file.hunks) for file in read_patch(git_diff(old, new, tmp_path)).files
    ])  # fmt: skip
    ours = moves[0][0]
    assert set(old["one.py"][ours.start - 1 : ours.end]) == {line[1:] for line in git_says} - {""}
    assert ours.note == "Indented differently."


CODE = st.lists(
    st.sampled_from([*FUNCTION, *FILLER[:12], "}", "    order = list(other)", "\treturn order"]),
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CODE, CODE), min_size=1, max_size=3))
def test_every_move_pairs_lines_that_are_there_and_alike(
    sides: list[tuple[list[str], list[str]]],
) -> None:
    moves = by_hand(*sides)
    assert moves == by_hand(*sides)
    for index, found in moves.items():
        for move in found:
            check(sides, index, move)
            assert mirrored(index, move) in moves[move.other_index]
        for side in ("old", "new"):
            spans = [(move.start, move.end) for move in found if move.side == side]
            assert all(before[1] < after[0] for before, after in pairwise(spans))


def check(sides: list[tuple[list[str], list[str]]], index: int, move: Move) -> None:
    here = lines_of(sides[index], move.side, move.start, move.end)
    other_side = "new" if move.side == "old" else "old"
    there = lines_of(sides[move.other_index], other_side, move.other_start, move.other_end)
    assert len(here) == len(there) >= 3
    same = [without_white(a) == without_white(b) for a, b in zip(here, there, strict=True)]
    alike = [are_alike(a, b) for a, b in zip(here, there, strict=True)]
    assert all(one or other for one, other in zip(same, alike, strict=True))
    solid = [line for line, is_same in zip(here, same, strict=True) if is_same and line.strip()]
    assert len(solid) >= 3
    assert sum(map(str.isalnum, "".join(solid))) >= 20
    assert any(one or other for one, other in pairwise([*same, True]))
    assert bool(move.note) == (here != there)


def lines_of(side: tuple[list[str], list[str]], name: str, start: int, end: int) -> list[str]:
    lines, first = (side[0], 1) if name == "old" else (side[1], 101)
    return lines[start - first : end - first + 1]


def mirrored(index: int, move: Move) -> Move:
    side = "new" if move.side == "old" else "old"
    there = (move.other_start, move.other_end)
    return Move(side, *there, index, move.start, move.end, move.note)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["the same line everywhere"] * 30_000, ["the same line everywhere"] * 30_000),
        (["a line"] * 40_000, ["a line"] * 40_000),
        ([f"line number {n % 2_500}" for n in range(30_000)],) * 2,
        (
            [f"line number {n * 7 % 3_001}" for n in range(30_000)],
            [f"line number {n * 11 % 3_001}" for n in range(30_000)],
        ),
        ([f"one {n // 2} of them" if n % 2 else "aaaa bbbb cccc dddd" for n in range(30_000)],
         [f"one {n // 2} of them" if n % 2 else "aaaa bbbb cccc dddde" for n in range(30_000)]),
        ([f"{n}" + "long" * 50_000 for n in range(60)],) * 2,
    ],
    ids=["same", "more than are looked at", "in turns", "mixed", "alike", "long"],
)  # fmt: skip
def test_a_huge_change_costs_bounded_time(old: list[str], new: list[str]) -> None:
    started = time.process_time()
    by_hand((old, []), ([], new))
    assert time.process_time() - started < 5
