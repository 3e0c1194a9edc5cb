"""Places of a diff: deep links, coming back to where one was, and what hangs out of a file's frame."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import sheet
from tests.browser.conftest import Eyes
from tests.browser.reading import (
    CONTROLLER,
    QUEUE,
    Reading,
    change_to_read,
    handle,
    row,
    section,
)
from tests.e2e.house import House
from tests.e2e.repos import AGENT, POLICY

SIZES = pytest.mark.parametrize("size", ["desk", "phone"])
# Whether each choice of the menu is what a press on it would hit.
IS_HIT = """() => [...document.querySelectorAll(".file-menu button")].every((choice) => {
  const box = choice.getBoundingClientRect();
  return document.elementFromPoint(box.left + 9, box.bottom - 4) === choice;
})"""


@pytest.fixture(scope="module")
def reading(house: House) -> Reading:
    """One change, on which the tests leave nothing."""
    return change_to_read(house)


def _open(page: Page, reading: Reading, more: str = "") -> None:
    page.goto(reading.diff + more)
    expect(section(page, QUEUE).locator(".diff")).to_be_attached()


def _index(page: Page, path: str) -> str:
    return section(page, path).get_attribute("data-file") or ""


@SIZES
def test_the_menu_of_a_folded_file_hangs_over_what_follows(
    eyes: Eyes, reading: Reading, size: str
) -> None:
    page = eyes.open(size)
    _open(page, reading)
    opener = section(page, CONTROLLER).get_by_role("button", name="More for")
    opener.click()
    page.get_by_role("button", name="Fold", exact=True).click()
    opener.click()
    menu = page.get_by_role("group", name="More for")
    assert page.evaluate(IS_HIT)
    beside, button = menu.bounding_box(), opener.bounding_box()
    assert beside
    assert button
    assert abs(beside["y"] - button["y"] - button["height"]) < 8
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("button", name="Unfold")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(opener).to_be_focused()


@SIZES
def test_a_link_to_hidden_lines_opens_chooses_and_shows_all_of_them(
    eyes: Eyes, reading: Reading, size: str
) -> None:
    page = eyes.open(size)
    _open(page, reading)
    page.goto(f"{reading.diff}?#f{_index(page, CONTROLLER)}n40-50")
    expect(page.locator("tr.picked")).to_have_count(11)
    for line in (40, 50):
        expect(row(page, CONTROLLER, line)).to_be_in_viewport()


@SIZES
def test_a_reload_goes_back_to_the_place_and_not_to_the_address(
    eyes: Eyes, reading: Reading, size: str
) -> None:
    page = eyes.open(size)
    _open(page, reading)
    page.goto(f"{reading.diff}?#f{_index(page, CONTROLLER)}")
    expect(section(page, CONTROLLER).locator(".file-head")).to_be_in_viewport()
    row(page, QUEUE, 20).scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 60)")
    page.wait_for_timeout(300)  # it is noted where one reads
    before = row(page, QUEUE, 20).bounding_box()
    page.reload()
    page.wait_for_timeout(600)  # the browser has done its own
    after = row(page, QUEUE, 20).bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 24


def test_back_goes_to_where_one_read_and_not_to_the_head_of_the_file(
    eyes: Eyes, reading: Reading
) -> None:
    page = eyes.open()
    _open(page, reading)
    tree = page.get_by_role("navigation", name="Files")
    tree.get_by_role("link", name=re.compile("ShuffleQueue")).click()
    page.evaluate("scrollBy(0, 200)")
    page.wait_for_timeout(300)
    before = page.evaluate("scrollY")
    tree.get_by_role("link", name=re.compile("gradle")).click()
    page.wait_for_timeout(300)
    page.go_back()
    page.wait_for_timeout(300)
    assert abs(page.evaluate("scrollY") - before) <= 24


@pytest.mark.parametrize(
    ("hash_of", "words"),
    [
        ("f{file}n99999", "Line 99,999 of PlaybackController.kt is not in this round."),
        ("f999", "The file of this link is not in this round."),
        ("thread-999999", "The comment of this link is not on this page."),
    ],
)
def test_a_link_to_what_is_not_there_says_so(
    eyes: Eyes, reading: Reading, hash_of: str, words: str
) -> None:
    page = eyes.open()
    _open(page, reading)
    page.goto(f"{reading.diff}?#{hash_of.format(file=_index(page, CONTROLLER))}")
    expect(page.locator("#toasts")).to_contain_text(words)
    expect(page.locator("[data-live-region]")).to_have_text(words)
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#toasts")).not_to_contain_text(words)


def test_at_a_desk_drafts_are_counted_shown_and_published_from_the_bar(
    eyes: Eyes, house: House
) -> None:
    page = eyes.open()
    _open(page, change_to_read(house))
    handle(page, QUEUE, 20).click()
    page.get_by_role("textbox", name="Comment").fill("Why twenty?")
    page.get_by_role("button", name="Add to batch").click()
    page.get_by_role(
        "button", name="1 draft"
    ).click()  # the sheet may be open before its words come
    expect(sheet(page)).to_contain_text("Why twenty?")
    sheet(page).get_by_role("button", name="Publish 1 comment").click()
    expect(page.get_by_role("button", name="0 drafts")).to_be_visible()


ALTER = """
def alter():
    for path in pathlib.Path().glob("part*.txt"):
        path.write_text(path.read_text().replace("word", "sword"))

VERBS = {"alter": alter, """


@pytest.fixture(scope="module")
def long(house: House) -> str:
    """The address of a change of many files whose lines wrap: nobody can guess their height."""
    words = [" ".join(["", str(line), *["word"] * (line * 7 % 60)]) for line in range(60)]
    files = {f"part{number:02}.txt": "\n".join([*words, ""]) for number in range(24)}
    files["tools/agent.py"] = AGENT.replace("\nVERBS = {", ALTER, 1)
    name, _ = house.origin(files, policy=POLICY)
    return f"/changes/{house.admin.reviewed(name, 'alter')['number']}/rounds/1/"


@SIZES
@pytest.mark.parametrize("place", ["part20.txt", "part09.txt"])
def test_a_file_that_is_gone_to_stands_under_the_heads_whatever_lies_above(
    eyes: Eyes, long: str, size: str, place: str
) -> None:
    page = eyes.open(size)
    page.goto(long)
    index = _index(page, place)
    page.goto("/")
    page.goto(f"{long}#f{index}")
    expect(section(page, place).locator(".diff")).to_be_attached()
    page.wait_for_timeout(1200)  # what comes above takes its height meanwhile
    found = section(page, place).bounding_box()
    assert found
    assert 40 < found["y"] < 130


def test_lines_that_were_opened_are_open_after_a_reload(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    index = _index(page, CONTROLLER)
    page.goto("/")
    page.goto(f"{reading.diff}#f{index}n40-46")
    expect(page.locator(f"#f{index}n46")).to_be_visible()
    page.wait_for_timeout(400)
    before = page.locator(f"#f{index}n43").bounding_box()
    page.reload()
    expect(page.locator(f"#f{index}n43")).to_be_visible()
    page.wait_for_timeout(600)
    after = page.locator(f"#f{index}n43").bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 4
