"""Coming back to a change: what is new, and each comment beside the hunk that answers it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.acts import sound, tab
from tests.browser.conftest import LOOKS, Eyes, Shoot
from tests.browser.reading import NEW_QUEUE, QUEUE, Reading, change_to_read, handle, section, write
from tests.e2e.house import House

AGAIN = NEW_QUEUE.replace("order.firstOrNull()", "order.firstOrNull() // may be none")
SAID = "null is not what the controller takes."


@pytest.fixture(scope="module")
def second(house: House) -> Reading:
    """A change of two rounds, the second made of one comment that the agent answered."""
    reading = change_to_read(house)
    api = house.admin
    line = NEW_QUEUE.split("\n").index("        return order.firstOrNull()") + 1
    api.post(
        f"/changes/{reading.number}/comments", 201, round=1, path=QUEUE, side="new", line=line,
        body=SAID, publish=True,
    )  # fmt: skip
    api.reprompted(api.change(reading.number), write(QUEUE, AGAIN), "say 1. Done: told in a word.")
    return reading


def _note(page: Page) -> Locator:
    return page.locator(".hunk-note", has_text=SAID)


def _open(page: Page, reading: Reading) -> None:
    """The way of a returning reviewer: the diff's tab."""
    page.goto(f"/changes/{reading.number}/")
    tab(page, "Diff")
    page.wait_for_url(re.compile(r"/rounds/1\.\.2/$"))
    expect(section(page, QUEUE).locator(".diff")).to_be_attached()


@pytest.mark.parametrize(("size", "look"), LOOKS)
def test_the_answer_stands_beside_its_hunk_at_a_desk_and_below_it_on_a_phone(
    eyes: Eyes, second: Reading, shoot: Shoot, size: str, look: str
) -> None:
    page = eyes.open(size, color_scheme=look)
    _open(page, second)

    expect(page.get_by_text("1 of 1 comment answered in words")).to_be_visible()
    expect(_note(page)).to_contain_text("told in a word.")
    changed = handle(page, QUEUE, 16).bounding_box()
    note, rows = _note(page).bounding_box(), section(page, QUEUE).bounding_box()
    assert changed
    assert note
    assert rows
    if size == "desk":
        assert note["x"] >= rows["x"] + rows["width"]
        assert abs(note["y"] - changed["y"]) < 60
    else:
        assert note["y"] > changed["y"]
        assert note["y"] + note["height"] <= rows["y"] + rows["height"]
    sound(page)
    shoot(page, f"since-{size}-{look}")


def test_the_whole_change_and_back_is_one_press(eyes: Eyes, second: Reading) -> None:
    page = eyes.open()
    _open(page, second)
    shown = page.get_by_role("navigation", name="How much is shown")
    shown.get_by_role("link", name="Whole change").click()
    page.wait_for_url(re.compile(r"/rounds/2/$"))
    shown.get_by_role("link", name="Since you looked").click()
    page.wait_for_url(re.compile(r"/rounds/1\.\.2/$"))


def test_hidden_lines_are_opened_and_the_answer_stays_at_its_hunk(
    eyes: Eyes, second: Reading
) -> None:
    page = eyes.open("phone")
    _open(page, second)
    section(page, QUEUE).get_by_role("button", name=re.compile("^Show")).first.click()
    expect(handle(page, QUEUE, 1)).to_be_visible()
    expect(_note(page)).to_be_visible()
    assert section(page, QUEUE).locator(".hunk-note").count() == 1


def test_a_line_of_the_earlier_round_takes_no_comment_and_one_of_the_later_does(
    eyes: Eyes, second: Reading
) -> None:
    page = eyes.open()
    _open(page, second)
    expect(section(page, QUEUE).locator("tr.d")).to_have_count(1)
    expect(section(page, QUEUE).locator("tr.d a[href^='#f']")).to_have_count(0)
    handle(page, QUEUE, 16).click()
    expect(page.get_by_role("textbox", name="Comment")).to_be_visible()
