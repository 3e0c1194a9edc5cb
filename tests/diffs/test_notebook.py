"""Notebooks by cell: what became of each in words, then its lines."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from reviews.diffs import Options, read_patch, render_file
from tests.diffs.notebooks import book, cell, displayed, headings, printed, shown
from tests.diffs.pictures import png

A, B, C, D = "import math", "radius = 3\narea = math.pi", "print(area)", "# The end of it"


def test_every_cell_is_said_by_its_number_kind_and_what_became_of_it() -> None:
    old = book(cell(A), cell(B), cell(C), cell(D, "markdown"))
    new = book(cell(A), cell(B + " * radius ** 2"), cell("x = 1"), cell(D, "markdown"))
    html = shown(old, new)
    assert headings(html) == [
        "Cell 2, code: changed", "Cell 3 before, code: removed", "Cell 3, code: added",
    ]  # fmt: skip
    assert "Cells: 1 added, 1 removed, 1 changed, 2 unchanged." in html
    assert "1 cell unchanged: 1." in html
    assert "1 cell unchanged: 4." in html


def test_a_changed_source_is_shown_as_rows_with_its_words_marked() -> None:
    html = shown(book(cell("total = old_sum(x)")), book(cell("total = new_sum(x)")))
    assert "<tr class=d id=f3c1o1><td>1<td>-<td>total = " in html
    assert "<tr class=a id=f3c1n1><td>1<td>+<td>total = " in html
    assert "<b>" in html


def test_no_number_of_a_cell_is_a_handle_to_comment_on(tmp_path: object) -> None:
    old, new = book(cell(A), cell(B), cell(C)), book(cell(B + "!"), cell("y"), cell(A + "?"))
    for view in ("unified", "split"):
        html = shown(old, new, view)
        assert "href" not in html
        ids = re.findall(r"\bid=\"?([^ >\"]+)", html)
        assert len(ids) == len(set(ids)) > 3
        assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in ids)
        assert not any(re.fullmatch(r"f\d+[no]\d+", name) for name in ids)


def test_the_split_view_has_both_sides_in_a_row() -> None:
    html = shown(book(cell("a = 1")), book(cell("a = 2")), "split")
    assert re.search(r"<tr class=p><td id=f3c1o1>1<td>-.*<td id=f3c1n1>1<td>\+", html)


def test_a_cell_is_known_by_its_id_wherever_it_goes() -> None:
    one, two, three = (cell(s, id=s) for s in ("a", "b", "c"))
    html = shown(book(one, two, three), book(cell("z", id="c"), one, two))
    assert headings(html) == ["Cell 1, code: moved from 3, changed"]


def test_a_cell_without_an_id_is_known_by_its_source() -> None:
    html = shown(book(cell(A), cell(B), cell(C)), book(cell(C), cell(A), cell(B)))
    assert headings(html) == ["Cell 1, code: moved from 3"]
    assert "<table>" not in html


def test_ids_that_stand_twice_are_no_ids() -> None:
    old = book(cell(A, id="x"), cell(B, id="x"))
    new = book(cell(B, id="x"), cell(A, id="x"), cell(C, id="x"))
    html = shown(old, new)
    assert len(headings(html)) == 2
    assert "Cell 3, code: added" in html


def test_a_source_as_lines_is_the_same_as_one_string() -> None:
    html = shown(book(cell(["a\n", "b"])), book(cell("a\nb")))
    assert "No cell differs, only how the file is written." in html


def test_a_cell_without_source_is_an_empty_one() -> None:
    empty = {"cell_type": "code"}
    assert headings(shown(book(empty), book(empty, cell("a")))) == ["Cell 2, code: added"]


def test_another_kind_is_a_change() -> None:
    html = shown(book(cell(D, "markdown")), book(cell(D, "raw")))
    assert headings(html) == ["Cell 1, raw, was markdown: changed"]


def test_a_rerun_is_one_sentence() -> None:
    old = book(*(cell(s, execution_count=n) for n, s in enumerate((A, B, C))))
    new = book(*(cell(s, execution_count=n + 7) for n, s in enumerate((A, B, C))))
    html = shown(old, new)
    assert "Only execution counts differ." in html
    assert "3 cells unchanged: 1 to 3." in html
    assert "<h3" not in html


def test_metadata_is_said_by_name() -> None:
    html = shown(
        book(cell(A, metadata={"tags": ["x"]})),
        book(cell(A, metadata={"tags": ["<y>"], "<b>": 1}), metadata={"kernelspec": {"name": "r"}}),
    )
    assert headings(html) == ["Cell 1, code: metadata changed"]
    assert "metadata.tags" in html
    assert "metadata.&lt;b&gt;" in html
    assert "beside the cells: <bdi>metadata.kernelspec</bdi>." in html


def test_an_output_is_said_and_its_text_folded() -> None:
    old = book(cell(A, outputs=[printed("one\n")]))
    new = book(cell(A, outputs=[printed(["one\n", "two <i>\n"])]))
    html = shown(old, new)
    assert headings(html) == ["Cell 1, code: output changed"]
    assert "<summary>Output: <bdi>text</bdi>, 2 lines, changed</summary>" in html
    assert "two &lt;i&gt;" in html
    assert "id=f3c1x1n2" in html


def test_a_trouble_is_shown_without_its_colours() -> None:
    error = {
        "output_type": "error", "ename": "NameError", "evalue": "x",
        "traceback": ["\x1b[0;31mNameError\x1b[0m: x", "\x1b]0;title\x07"],
    }  # fmt: skip
    html = shown(None, book(cell(A, outputs=[error])))
    assert "Output: <bdi>error</bdi>, 3 lines</summary>" in html
    assert "[0;31m" not in html
    assert "U+001B" in html


def test_a_picture_that_was_drawn_is_shown_with_its_size() -> None:
    data = b64encode(png(640, 480)).decode()
    html = shown(None, book(cell(A, outputs=[displayed(image_png=data[:20] + "\n" + data[20:])])))
    assert f'<img src="data:image/png;base64,{data}"' in html
    assert "640 × 480" in html


@pytest.mark.parametrize(
    "data",
    [b64encode(png(50_000, 50_000)).decode(), b64encode(b"<svg/>").decode(), '"><script>', 7, None],
)
def test_a_picture_that_is_none_or_too_large_is_not_loaded(data: Any) -> None:
    html = shown(None, book(cell(A, outputs=[displayed(image_png=data)])))
    assert "<img" not in html
    assert "<script" not in html
    assert "image/png" in html


def test_pictures_are_shown_as_far_as_a_page_bears_them() -> None:
    large = b64encode(png(10, 10) + b"\0" * 300_000).decode()
    html = shown(
        None, book(*(cell(str(n), outputs=[displayed(image_png=large)]) for n in range(9)))
    )
    assert html.count("<img") == 3
    assert html.count("Too large to be shown here.") == 6


def test_the_lines_of_a_long_file_go_on_inside_their_fold() -> None:
    patch = b"--- a/x\n+++ b/x\n@@ -0,0 +1,9 @@\n" + b"+x\n" * 9
    parsed = replace(read_patch(patch).files[0], next_row=9)
    html = render_file(parsed, anchor="f3", options=Options(extra="<hr>", is_aside=True))
    before, _, fold = html.partition('<details class="raw-lines">')
    assert "<hr>" in before
    assert "<tr" not in before
    assert fold.index("<tr") < fold.index('class="rest"') < fold.index("</details>")
