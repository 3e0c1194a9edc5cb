"""The way by keys alone: from a change to its diff, through the lines, to the verdict; and targets."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import LOOKS, Eyes
from tests.browser.reading import CONTROLLER, QUEUE, Reading, change_to_read, handle, row, section
from tests.e2e.house import House

PRESSES_MOST = 60
SIZE = {"runOnly": {"type": "tag", "values": ["wcag22aa"]}}


@pytest.fixture(scope="module")
def reading(house: House) -> Reading:
    """One change, on which the tests leave nothing."""
    return change_to_read(house)


def _open(page: Page, reading: Reading) -> None:
    page.goto(reading.diff)
    expect(section(page, QUEUE).locator(".diff")).to_be_attached()


def _focused(page: Page, script: str) -> str:
    return str(page.evaluate(f"(at => {script})(document.activeElement)"))


def test_keys_lead_to_the_diff_and_back_and_to_approve_which_they_never_press(
    eyes: Eyes, reading: Reading
) -> None:
    page = eyes.open()
    page.goto(f"/changes/{reading.number}/")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_focused()
    assert reading.house.admin.change(reading.number)["status"] == "awaiting_review"
    page.keyboard.press("d")
    page.wait_for_url(re.compile(r"/rounds/1/$"))
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_focused()
    page.keyboard.press("r")
    expect(page.get_by_role("dialog", name="Verdict on round 1")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.wait_for_url(re.compile(rf"/changes/{reading.number}/$"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("To Approve")


def test_the_lines_of_a_file_are_one_stop_of_the_tab_key(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    stops = section(page, QUEUE).locator("td > a:not([tabindex='-1'])")
    expect(stops).to_have_count(1)
    handle(page, QUEUE, 20).focus()
    page.keyboard.press("j")
    expect(handle(page, QUEUE, 21)).to_be_focused()
    expect(stops).to_have_count(1)
    page.keyboard.press("Tab")
    assert _focused(page, "at.closest('td') === null") == "True"
    page.keyboard.press("Shift+Tab")
    expect(handle(page, QUEUE, 21)).to_be_focused()
    page.evaluate("document.activeElement.blur(); document.querySelector('#main').focus()")
    met = 0
    for _ in range(PRESSES_MOST):
        page.keyboard.press("Tab")
        met += _focused(page, "at.matches('.files td > a')") == "True"
    assert met <= page.locator("section.file").count()


def test_lines_that_come_later_are_no_stops_either(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    section(page, CONTROLLER).get_by_role("button", name="Show 20").click()
    expect(row(page, CONTROLLER, 63)).to_be_attached()
    stops = section(page, CONTROLLER).locator("td > a:not([tabindex='-1'])")
    expect(stops).to_have_count(1)
    page.get_by_role("button", name="Split").click()
    expect(section(page, CONTROLLER).locator('.diff[data-view="split"]')).to_be_attached()
    expect(stops).to_have_count(1)


@pytest.mark.parametrize(("key", "name"), [("f", "Filter files"), ("/", "Find in change")])
def test_escape_leaves_an_empty_field_and_the_keys_live_again(
    eyes: Eyes, reading: Reading, key: str, name: str
) -> None:
    page = eyes.open()
    _open(page, reading)
    page.keyboard.press(key)
    field = page.get_by_role("searchbox", name=name).locator("visible=true")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    page.keyboard.press("j")
    assert _focused(page, "at.matches('.files td > a')") == "True"


@pytest.mark.parametrize("next_key", ["c", "j", "n"])
def test_after_viewed_the_next_file_takes_the_keys(
    eyes: Eyes, reading: Reading, next_key: str
) -> None:
    page = eyes.open()
    _open(page, reading)
    handle(page, CONTROLLER, 86).focus()
    page.keyboard.press("v")
    expect(section(page, CONTROLLER).locator("[data-file-body]")).to_be_hidden()
    assert _focused(page, "at.closest('section.file').ariaLabel") == QUEUE
    page.keyboard.press(next_key)
    assert _focused(page, "at.closest('section.file').ariaLabel") == QUEUE
    place = "textarea" if next_key == "c" else "td > a"
    assert _focused(page, f"at.matches('{place}')") == "True"
    if next_key == "c":
        page.keyboard.press("Escape")
        expect(page.locator("form.composer")).to_have_count(0)
    section(page, CONTROLLER).get_by_role("checkbox", name="Viewed").uncheck()


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_targets_are_as_large_as_wcag_asks(
    eyes: Eyes, reading: Reading, size: str, theme: str
) -> None:
    page = eyes.open(size, color_scheme=theme)
    for path in (reading.diff, f"/changes/{reading.number}/", "/"):
        page.goto(path)
        page.wait_for_timeout(500)  # the lines have got their place in the order
        found = Axe().run(page, options=SIZE).response
        assert [node["html"][:160] for v in found["violations"] for node in v["nodes"]] == [], path
        assert found["passes"], "something was measured"


def test_a_finger_has_a_number_of_24_pixels_and_buttons_of_44(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open("phone")
    _open(page, reading)
    box = handle(page, QUEUE, 20).bounding_box()
    assert box
    assert box["height"] >= 24
    assert box["width"] >= 24
    for button in (
        section(page, QUEUE).locator(".hunk-viewed").first,
        section(page, "gradle.lockfile").get_by_role("button", name="Open", exact=True),
    ):
        size = button.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 44


def test_single_keys_can_be_switched_off_and_on_again(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    page.goto(f"/changes/{reading.number}/")
    page.keyboard.press("?")
    switch = page.get_by_label("Single keys are on")
    switch.uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.reload()
    page.keyboard.press("d")
    page.keyboard.press("?")
    page.wait_for_timeout(300)
    assert page.url.endswith(f"/changes/{reading.number}/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("[data-sheet=keys-sheet]").evaluate("(button) => button.click()")
    switch.check()
    page.locator("#keys-sheet [data-sheet-close]").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("r")
    expect(page.get_by_role("dialog", name="Verdict on round 1")).to_be_visible()
