"""Pictures and notebooks of a change in a browser: seen, and without any means to act."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.acts import overflow
from tests.browser.conftest import LOOKS, Eyes
from tests.browser.reading import Reading, change_to_read, section
from tests.e2e.house import House

SCRIPT = "document.documentElement.setAttribute('data-ran','1')"
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">'
    f"<script>{SCRIPT}</script>"
    f'<rect width="40" height="30" onload="{SCRIPT}"/></svg>'
)
CELLS = [
    {"cell_type": "markdown", "metadata": {}, "source": f"<script>{SCRIPT}</script>"},
    {"cell_type": "code", "metadata": {}, "source": ["total = sum(x)"], "execution_count": 1,
     "outputs": [{"output_type": "stream", "name": "stdout", "text": "<b>41</b>"}]},
]  # fmt: skip
NOTEBOOK = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": CELLS})


@pytest.fixture(scope="module")
def reading(house: House) -> Reading:
    return change_to_read(house, f"write logo.svg {DRAWING}", f"write sums.ipynb {NOTEBOOK}")


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_a_picture_is_drawn_and_a_notebook_stands_by_cell(
    eyes: Eyes, reading: Reading, size: str, theme: str
) -> None:
    page = eyes.open(size, color_scheme=theme)
    page.goto(reading.diff)
    section(page, "logo.svg").scroll_into_view_if_needed()
    picture = section(page, "logo.svg").get_by_role("img", name="The picture after this change")
    expect(picture).to_have_js_property("naturalWidth", 40)
    book = section(page, "sums.ipynb")
    book.scroll_into_view_if_needed()
    expect(book.get_by_role("heading", name="Cell 2, code: added")).to_be_visible()
    book.get_by_text("Output: text, 1 line").click()
    expect(book.get_by_text("<b>41</b>", exact=True)).to_be_visible()
    expect(book.locator(".raw-lines table")).to_be_hidden()
    assert page.locator("[data-ran]").count() == 0
    assert overflow(page) <= 0
    assert Axe().run(page, ".diff").response["violations"] == []


def test_a_drawing_opened_by_itself_runs_nothing(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    page.goto(reading.diff)
    index = section(page, "logo.svg").get_attribute("data-file")
    answer = page.goto(f"{reading.diff}files/{index}/sides/new")
    assert answer
    assert answer.headers["content-type"] == "image/svg+xml"
    assert page.locator("rect").count() == 1
    assert page.locator("[data-ran]").count() == 0
    eyes.trouble.clear()  # Chromium says that the policy held: that is what was to happen
