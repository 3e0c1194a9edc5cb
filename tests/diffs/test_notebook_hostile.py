"""Notebooks that mean harm, or are none: nothing acts, nothing raises, nothing takes long."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.diffs.notebook import render_cells
from tests.diffs.notebooks import book, cell, displayed, headings, printed, shown

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_nothing_in_a_notebook_is_markup() -> None:
    hostile = cell(
        HOSTILE, HOSTILE, metadata={HOSTILE: 1}, id=HOSTILE,
        outputs=[
            printed(HOSTILE), displayed(text_html=HOSTILE), {"output_type": HOSTILE},
            {"output_type": "display_data", "data": {HOSTILE: HOSTILE, "image/svg+xml": HOSTILE}},
            {"output_type": "stream", "name": HOSTILE, "text": {HOSTILE: HOSTILE}}, HOSTILE,
            {"output_type": "error", "ename": HOSTILE, "evalue": HOSTILE, "traceback": HOSTILE},
        ],
    )  # fmt: skip
    plain = cell("x", id=HOSTILE)
    for sides in ((None, hostile), (hostile, None), (plain, hostile), (hostile, plain)):
        old, new = (book(side, **{HOSTILE: 1}) if side else None for side in sides)
        for view in ("unified", "split"):
            html = shown(old, new, view)
            assert "<script" not in html
            assert "<img" not in html
            assert "&lt;script&gt;" in html


def test_what_cannot_be_seen_is_marked() -> None:
    html = shown(None, book(cell("a\u202eb\0c\ud800d")))
    assert 'data-c="U+202E"' in html
    assert 'data-c="U+0000"' in html
    assert "\0" not in html
    assert "\u202e" not in html
    html.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b'{"nbformat": 4}', b'{"cells": []}',
        b'{"nbformat": 3, "worksheets": []}', book()[:-1], book() + b"\0",
        book({"cell_type": 7}), book({"source": "x"}), book(cell("x", outputs={})),
        book(cell("x", id=7)), book(cell({"a": 1})), book(cell(["a", 1])), book("x"),  # type: ignore[arg-type]
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "evil", "source": "good"}]}',
        b'{"nbformat": 4, "cells": [], "x": ' + b"9" * 5000 + b"}",
        b" " * (4 * 1024 * 1024) + book(), b'{"nbformat": 4, "cells": [' + b"[]," * 900_000,
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_shown_by_its_lines(data: bytes) -> None:
    assert render_cells(None, data, anchor="f3", view="unified") is None
    assert render_cells(book(), data, anchor="f3", view="unified") is None
    assert render_cells(data, None, anchor="f3", view="unified") is None


@pytest.mark.parametrize("depth", [500, 10_000, 100_000])
@pytest.mark.parametrize("where", ["cells", "metadata"])
def test_no_depth_of_nesting_is_too_much(depth: int, where: str) -> None:
    deep = b"[" * depth + b"]" * depth
    data = b'{"nbformat": 4, "cells": [], "' + where.encode() + b'": ' + deep + b"}"
    html = render_cells(book(), data, anchor="f3", view="unified")
    assert html is None or depth == 500


def test_nothing_on_either_side_is_no_notebook() -> None:
    assert render_cells(None, None, anchor="f3", view="unified") is None


def test_five_thousand_cells_take_less_than_three_seconds() -> None:
    sources = [f"value_{n} = compute({n}, {n * 7})\nprint(value_{n})" for n in range(5000)]
    old = book(*map(cell, sources))
    new = book(*(cell(s.replace("compute", "derive")) for s in sources[2500:] + sources[:2500]))
    started = time.process_time()
    html = shown(old, new)
    assert time.process_time() - started < 3
    assert len(html) < 8_000_000


@pytest.mark.parametrize(
    "source",
    ["x\n" * 1_300_000, "\0" * 600_000, "y" * 3_000_000, "a b\n" * 700_000, "\u202e\n" * 99_999],
)
def test_a_huge_cell_is_shown_as_far_as_a_page_bears_it(source: str) -> None:
    started = time.process_time()
    html = shown(book(cell("x\ny\n" * 100_000)), book(cell(source)))
    assert time.process_time() - started < 5
    assert "not shown here." in html
    assert len(html) < 8_000_000


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["code"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cell_type",
                    "source",
                    "outputs",
                    "data",
                    "text",
                    "output_type",
                    "metadata",
                    "id",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_VALUES, max_size=4), st.lists(_VALUES, max_size=4))
def test_no_notebook_raises(old: list[Any], new: list[Any]) -> None:
    tame = [{"cell_type": "code", **c} if isinstance(c, dict) else c for c in old]
    html = render_cells(book(*tame), book(*new), anchor="f3", view="split")
    assert html is None or "<script" not in html


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from("abcdefg"), max_size=9),
    st.lists(st.sampled_from("abcdefg"), max_size=9),
)
def test_every_cell_of_both_sides_is_told_once(old: list[str], new: list[str]) -> None:
    html = shown(book(*map(cell, old)), book(*map(cell, new)))
    folded = sum(map(int, re.findall(r"(\d+) cells? unchanged:", html)))
    told = headings(html)
    gone = sum("removed" in words for words in told)
    fresh = sum(words.endswith(": added") for words in told)
    assert len(told) - gone + folded == len(new)
    assert gone + len(told) - gone - fresh + folded == len(old)
