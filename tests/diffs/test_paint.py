"""The line's HTML with colours and changed words: never another text than the line's own."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reviews.diffs import text
from reviews.diffs.highlight import Runs, lex
from reviews.diffs.model import Row
from reviews.diffs.paint import paint_line, painter

OURS = re.compile(r"</?(?:i|b)(?: class=[kscn])?>")
CHARACTERS = "ab_ \t<>&\"'\r\0\x1b\u202e\u200b\ufe0f☺é漢𝕏\udce9\udcff\x85\xa0а"
lines = st.text(CHARACTERS, max_size=40)
cuts = st.lists(st.integers(0, 45), max_size=12, unique=True).map(sorted)
classes = st.sampled_from("kscn")


def pairs(points: list[int]) -> list[tuple[int, int]]:
    return list(zip(points[::2], points[1::2], strict=False))


@given(lines, cuts, cuts, classes, st.sampled_from(["utf-8", "latin-1", "gbk", "euc-jp"]))
@example("a\r", [0, 2], [1, 2], "s", "utf-8")
@example("a\rb", [0, 2], [], "s", "utf-8")
@example("\udcb0\udca1", [0, 1], [1, 2], "s", "gbk")
def test_without_its_tags_a_line_is_what_it_is_without_colours(
    line: str, of_runs: list[int], of_ranges: list[int], name: str, encoding: str
) -> None:
    runs = [(start, end, name) for start, end in pairs(of_runs)]
    html = paint_line(line, runs, pairs(of_ranges), encoding)
    assert OURS.sub("", html) == text.to_html(line, encoding)


@given(lines, cuts, cuts)
def test_tags_are_nested_with_the_changed_words_outside(
    line: str, of_runs: list[int], of_ranges: list[int]
) -> None:
    html = paint_line(line, [(a, b, "s") for a, b in pairs(of_runs)], pairs(of_ranges))
    inside = "".join(OURS.findall(html))
    while (fewer := re.sub(r"<i class=s></i>|<b></b>", "", inside)) != inside:
        inside = fewer
    assert inside == ""
    assert re.search(r"<i[^>]*>(?:(?!</i>).)*<[bi]\b", html, re.DOTALL) is None


@given(st.text("ab<&é", max_size=30), cuts, cuts)
def test_each_character_has_its_class_and_its_mark(
    line: str, of_runs: list[int], of_ranges: list[int]
) -> None:
    runs, ranges = [(a, b, "s") for a, b in pairs(of_runs)], pairs(of_ranges)
    coloured = {at for a, b, _ in runs for at in range(a, min(b, len(line)))}
    changed = {at for a, b in ranges for at in range(a, min(b, len(line)))}
    assert found(paint_line(line, runs, ranges)) == (line, coloured, changed)


def found(html: str) -> tuple[str, set[int], set[int]]:
    """The text of painted HTML, and which characters of it stand in <i> and in <b>."""
    shown, coloured, changed = "", set(), set()
    in_run = in_word = False
    for piece in re.findall(r"<[^>]*>|&\w+;|.", html, re.DOTALL):
        if piece.startswith("<"):
            in_run = piece.startswith("<i") if "i" in piece else in_run
            in_word = piece == "<b>" if "b" in piece else in_word
            continue
        coloured |= {len(shown)} if in_run else set()
        changed |= {len(shown)} if in_word else set()
        shown += {"&amp;": "&", "&lt;": "<", "&gt;": ">"}.get(piece, piece)
    return shown, coloured, changed


@pytest.mark.parametrize(
    ("line", "runs", "ranges", "html"),
    [
        ("return 1", [(0, 6, "k"), (7, 8, "n")], [],
         "<i class=k>return</i> <i class=n>1</i>"),
        ('say("a b")', [(4, 9, "s")], [(7, 8)],
         'say(<i class=s>"a </i><b><i class=s>b</i></b><i class=s>"</i>)'),
        ("if x", [(0, 2, "k")], [(0, 4)], "<b><i class=k>if</i> x</b>"),
        ("a<b", [(1, 2, "k")], [], "a<i class=k>&lt;</i>b"),
        ("plain", [], [(0, 5)], "<b>plain</b>"),
        ("plain", [], [], "plain"),
    ],
)  # fmt: skip
def test_words_lie_around_colours_and_split_them(
    line: str, runs: list[tuple[int, int, str]], ranges: list[tuple[int, int]], html: str
) -> None:
    assert paint_line(line, runs, ranges) == html


def test_a_mark_keeps_its_place_inside_a_colour() -> None:
    html = paint_line('x = "\u202e"', [(4, 7, "s")], [])
    assert html.startswith('x = <i class=s>"<span class="mark"')
    assert html.endswith('</span>"</i>')


def test_a_removed_row_has_the_old_sides_colours_and_any_other_the_new_sides() -> None:
    old, new = (lex(data, "python", 5) for data in (b"pass\n1\n", b"1\npass\n"))
    assert old is not None
    assert new is not None
    paint = painter(Runs.read(old), Runs.read(new))
    assert paint(Row("-", 1, None, "pass"), (), "utf-8") == "<i class=k>pass</i>"
    assert paint(Row("+", None, 1, "1"), (), "utf-8") == "<i class=n>1</i>"
    assert paint(Row(" ", 1, 2, "pass"), (), "utf-8") == "<i class=k>pass</i>"
    assert paint(Row("\\", None, None, "No newline"), (), "utf-8") == "No newline"


@given(lines, cuts)
def test_without_runs_a_line_is_as_plain_as_ever(line: str, of_ranges: list[int]) -> None:
    row, ranges = Row(" ", 1, 1, line), pairs(of_ranges)
    html = painter(None, None)(row, ranges, "utf-8")
    assert html == paint_line(line, (), ranges)
    assert OURS.sub("", html) == text.to_html(line)
    if not ranges:
        assert html == text.to_html(line)
