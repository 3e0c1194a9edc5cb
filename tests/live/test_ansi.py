"""Output of a hostile process becomes inert lines, however it was cut into chunks."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.templatetags.ansi import MAX_LINE, Terminal, nearest_256, plain, render


def joined(pieces: list[str]) -> list[str]:
    """The lines of a stream fed in these pieces, with a browser's way of joining fragments."""
    terminal, lines = Terminal(), list[str]()
    for fragment in [*map(terminal.feed, pieces), terminal.finish()]:
        fresh = list(fragment.lines)
        if fragment.continues and fresh:
            lines[-1] += fresh.pop(0)
        lines += fresh
    return [merged(line) for line in lines]


def merged(line: str) -> str:
    """One span where two neighbours of the same colour stand."""
    return re.sub(r'(<span class="(a[^"]*)">[^<]*)</span><span class="\2">', r"\1", line)


def settled(line: str) -> str:
    while (after := merged(line)) != line:
        line = after
    return line


def visible(text: str) -> str:
    return plain(text)


noise = st.text(
    alphabet=st.sampled_from(list("ab<&\"'\n\r\t;0123m[]()\\PKHJ\x1b\x07\x00\x9b\x9c\x7f\u202e8?")),
    max_size=60,
)


@given(noise, st.lists(st.integers(0, 60), max_size=6))
def test_cutting_the_stream_anywhere_changes_nothing(text: str, cuts: list[int]) -> None:
    edges = [0, *sorted(min(c, len(text)) for c in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(edges)]

    assert [settled(x) for x in joined(pieces)] == [settled(x) for x in joined([text])]


@given(noise)
def test_only_our_spans_reach_the_page(text: str) -> None:
    html = "\n".join(render(text))
    without_ours = re.sub(r'<span class="[a-z0-9 ]+">|</span>', "", html)
    assert "<" not in without_ours
    assert "\x1b" not in html
    assert html.count("<span") == html.count("</span>")


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=80))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_sixteen_colours_and_bold_become_classes() -> None:
    assert render("\x1b[1;31mred\x1b[0m plain") == ('<span class="a1 ab">red</span> plain',)


def test_a_bright_colour_has_its_own_number() -> None:
    assert render("\x1b[92mok\x1b[39m.") == ('<span class="a10">ok</span>.',)


def test_a_colour_of_the_256_is_composed_of_levels() -> None:
    assert render("\x1b[38;5;208mx") == ('<span class="ax r5 g2 b0">x</span>',)


def test_a_24_bit_colour_goes_to_the_nearest_of_256() -> None:
    assert nearest_256(255, 135, 0) == 208
    assert nearest_256(128, 128, 128) == 244
    assert render("\x1b[38;2;255;130;4mx") == ('<span class="ax r5 g2 b0">x</span>',)


def test_a_ground_becomes_bold_so_that_black_on_black_can_be_read() -> None:
    assert render("\x1b[30;40mblack\x1b[0m") == ('<span class="a0 ab">black</span>',)


def test_concealed_text_is_shown() -> None:
    assert render("\x1b[8mapprove this\x1b[28m") == ("approve this",)


def test_a_link_is_no_link_and_its_words_stay() -> None:
    html = "".join(render("\x1b]8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\"))
    assert html == "click"


def test_an_unterminated_command_does_not_swallow_the_next_line() -> None:
    assert render("\x1b]0;title without an end\nnext line")[1] == "next line"


def test_an_endless_command_is_swallowed_no_further_than_its_bound() -> None:
    assert "tail" in visible("\x1b]0;" + "x" * 5000 + "tail")


def test_markup_between_colours_is_text() -> None:
    assert render("\x1b[31m<script>\x1b[0m") == ('<span class="a1">&lt;script&gt;</span>',)


@pytest.mark.parametrize("char", ["\x00", "\x08", "\x7f", "\x9b", "\u202e", "\u200b", "\ufeff"])
def test_a_control_or_invisible_character_is_marked(char: str) -> None:
    html = "".join(render(f"a{char}b"))
    assert 'class="mark"' in html
    assert char not in html


def test_a_c1_csi_is_not_obeyed() -> None:
    assert "31m" in visible("\x9b31mred")


def test_a_line_break_of_two_characters_is_one_break() -> None:
    assert joined(["a\r", "\nb\r\n"]) == ["a", "b"]


def test_a_lone_return_hides_nothing() -> None:
    assert visible("secret\rcover").splitlines() == ["secret\u240d", "cover"]


def test_huge_parameters_stay_readable_and_quick() -> None:
    began = time.perf_counter()
    assert "visible" in visible("\x1b[" + "9" * 200_000 + "mvisible")
    assert time.perf_counter() - began < 8


def test_an_endless_line_is_broken() -> None:
    lines = render("x" * (MAX_LINE * 3 + 1))
    assert [len(line) for line in lines] == [MAX_LINE, MAX_LINE, MAX_LINE, 1]
