"""What Chromium has in its page, and what a reader copies, is the text that git has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from reviews.diffs import Options, ParsedFile, read_patch, render_file
from tests.diffs.trees import LINES

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
CELLS = """() => [...document.querySelectorAll("tr")].map(
    (row) => [...row.cells].slice(1).map((cell) => cell.TEXT))"""
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(chromium_path: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path or None, args=["--no-sandbox"]
        )
        yield browser.new_page()
        browser.close()


def added(lines: list[str]) -> ParsedFile:
    body = "".join(f"+{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    head = b"--- /dev/null\n+++ b/x\n@@ -0,0 +1,%d @@\n" % len(lines)
    return read_patch(head + body).files[0]


def show(page: Page, parsed: ParsedFile, *, is_compact: bool) -> None:
    css = "".join(
        (CSS / name).read_text() for name in ("tokens.css", "diff.css", "caption.css", "code.css")
    )
    html = render_file(parsed, anchor="f0", options=Options(is_compact=is_compact))
    page.set_content(f"<!doctype html><meta charset=utf-8><style>{css}</style>{html}")
    # Blocks with content-visibility have no innerText before the first frame.
    page.evaluate(
        "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
    )


def nasty() -> list[str]:
    controls = [chr(code) for code in range(1, 0xA1) if chr(code) != "\n"]
    others = ["\u200b", "\u2028", "\u2029", "\ufeff", "\u202eabc\u202c", "👩\u200d💻", "e\u0301"]
    known = [line.decode() for line in LINES if line.decode("utf-8", "ignore").encode() == line]
    return [
        *known,
        *(f"a{char}b" for char in controls + others),
        " lead",
        "trail ",
        "\t\ttabs",
        "\r",
    ]


@pytest.mark.parametrize("is_compact", [True, False])
@pytest.mark.parametrize("kind", ["textContent", "innerText"])
def test_the_cells_hold_exactly_signs_and_lines(page: Page, kind: str, is_compact: bool) -> None:
    lines = nasty()
    show(page, added(lines), is_compact=is_compact)
    assert page.evaluate(CELLS.replace("TEXT", kind)) == [["+", line] for line in lines]


def test_a_selection_copies_code_without_numbers_and_signs(page: Page) -> None:
    show(page, added(["def f():", "    return 1", "\tx", "end"]), is_compact=True)
    copied = page.evaluate(
        "() => { getSelection().selectAllChildren(document.querySelector('.block'));"
        " return getSelection().toString(); }"
    )
    assert copied == "def f():\n    return 1\n\tx\nend"


def test_marks_are_seen_and_turn_no_text_around(page: Page) -> None:
    show(page, added(["a\u202ebc = 1; // \u2066"]), is_compact=True)
    glyphs = page.evaluate(
        "() => [...document.querySelectorAll('.mark')].map("
        "(mark) => [getComputedStyle(mark, '::before').content, mark.offsetWidth > 0])"
    )
    assert glyphs == [['"U+202E"', True], ['"U+2066"', True]]
    left = page.evaluate(
        "() => { const cell = document.querySelector('td:last-child'); const at = (node, i) => {"
        " const range = document.createRange(); range.setStart(node, i); range.setEnd(node, i + 1);"
        " return range.getBoundingClientRect().left; };"
        " return [at(cell.firstChild, 0), at(cell.childNodes[2], 0), at(cell.childNodes[2], 1)]; }"
    )
    assert left == sorted(left)
