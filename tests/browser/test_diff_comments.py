"""Commenting on a diff by a person's hands: lines, ranges, drafts that are never lost, suggestions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.acts import overflow, sound
from tests.browser.conftest import Eyes, Shoot
from tests.browser.reading import CONTROLLER, QUEUE, Reading, change_to_read, handle, row, section
from tests.e2e.house import House

SIZES = pytest.mark.parametrize("size", ["desk", "phone"])


@pytest.fixture
def reading(house: House) -> Reading:
    """A change of the test's own."""
    return change_to_read(house)


def _open(page: Page, reading: Reading) -> None:
    page.goto(reading.diff)
    expect(section(page, QUEUE).locator(".diff")).to_be_attached()


def _field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Comment")


def _saved(page: Page) -> None:
    expect(page.locator(".composer [data-draft-state]")).to_contain_text("Saved")


def _hold(page: Page, place: Locator) -> None:
    """A long press of a finger."""
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    touch = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    fingers = page.context.new_cdp_session(page)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [touch]})
    page.wait_for_timeout(600)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@SIZES
def test_a_tap_on_a_number_writes_a_comment_that_stays_in_its_place(
    eyes: Eyes, reading: Reading, size: str, shoot: Shoot
) -> None:
    page = eyes.open(size)
    _open(page, reading)
    number = handle(page, QUEUE, 20)
    number.tap() if size == "phone" else number.click()
    expect(_field(page)).to_be_focused()
    _field(page).fill("Where does the limit come from?")
    _saved(page)
    shoot(page, f"reader-draft-{size}")
    assert overflow(page) <= 0
    page.get_by_role("button", name="Add to batch").click()
    expect(page.locator(".comment.draft:not(form)")).to_contain_text("Where does the limit")
    expect(page.locator("[data-draft-count]").locator("visible=true")).to_have_text("1 draft")
    page.reload()
    under = row(page, QUEUE, 20).locator("xpath=following-sibling::tr[1]")
    expect(under).to_contain_text("Where does the limit come from?")
    sound(page)


def test_shift_and_a_press_make_a_range(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    handle(page, QUEUE, 20).click()
    page.keyboard.press("Escape")
    handle(page, QUEUE, 23).click(modifiers=["Shift"])
    expect(page.locator("[data-composer-place]")).to_have_text("Lines 20 to 23")
    expect(page.locator("tr.picked")).to_have_count(4)
    assert page.url.endswith("n20-23")
    _field(page).fill("All of these")
    _saved(page)
    page.reload()
    thread = row(page, QUEUE, 23).locator("xpath=following-sibling::tr[1]")
    expect(thread).to_contain_text("lines 20 to 23")


def test_an_empty_composer_gives_way_to_that_of_a_range_and_a_written_one_stays(
    eyes: Eyes, reading: Reading
) -> None:
    page = eyes.open()
    _open(page, reading)
    handle(page, QUEUE, 20).click()
    handle(page, QUEUE, 23).click(modifiers=["Shift"])
    expect(page.locator("[data-composer-place]")).to_have_text(["Lines 20 to 23"])
    expect(_field(page)).to_be_focused()
    expect(page.locator("tr.insert")).to_have_count(1)
    _field(page).fill("All of these")
    _saved(page)
    handle(page, QUEUE, 17).click()
    expect(page.locator("[data-composer-place]")).to_have_text(["Line 17", "Lines 20 to 23"])
    expect(_field(page).nth(1)).to_have_value("All of these")


def test_a_drag_over_numbers_makes_a_range(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    handle(page, QUEUE, 20).hover()
    page.mouse.down()
    handle(page, QUEUE, 21).hover()
    handle(page, QUEUE, 22).hover()
    page.mouse.up()
    expect(page.locator("[data-composer-place]")).to_have_text("Lines 20 to 22")


def test_a_long_press_begins_a_range_and_a_tap_ends_it(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open("phone")
    _open(page, reading)
    _hold(page, handle(page, QUEUE, 20))
    expect(page.locator(".pick-offer")).to_contain_text("tap the last line")
    handle(page, QUEUE, 22).tap()
    expect(page.locator("[data-composer-place]")).to_have_text("Lines 20 to 22")


def test_a_tap_on_a_line_offers_a_button_as_large_as_a_finger(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open("phone")
    _open(page, reading)
    row(page, QUEUE, 20).locator("td").last.tap()
    offer = page.get_by_role("button", name="Comment on line 20")
    box = offer.bounding_box()
    assert box
    assert box["height"] >= 44
    offer.tap()
    expect(page.locator("[data-composer-place]")).to_have_text("Line 20")


def test_escape_closes_and_keeps_what_was_written(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    handle(page, QUEUE, 20).click()
    page.keyboard.type("Half a thought")
    page.keyboard.press("Escape")
    expect(page.locator("form.composer")).to_have_count(0)
    expect(page.locator(".comment.draft")).to_contain_text("Half a thought")
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(_field(page)).to_have_value("Half a thought")
    _field(page).fill("A whole thought")
    _saved(page)
    page.reload()
    expect(page.locator(".comment.draft")).to_have_count(1)
    expect(page.locator(".comment.draft")).to_contain_text("A whole thought")


def test_what_is_written_offline_comes_back_and_is_sent_later(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open("phone")
    _open(page, reading)
    handle(page, QUEUE, 20).tap()
    page.context.set_offline(True)
    _field(page).fill("Written in a tunnel")
    expect(page.locator(".composer.unsent")).to_contain_text("Kept on this device")
    page.context.set_offline(False)
    _saved(page)
    page.reload()
    expect(page.locator(".comment.draft")).to_contain_text("Written in a tunnel")


def test_what_is_closed_offline_stays_in_sight_as_unsent_and_is_saved_later(
    eyes: Eyes, reading: Reading
) -> None:
    page = eyes.open()
    _open(page, reading)
    handle(page, QUEUE, 20).click()
    page.context.set_offline(True)
    page.keyboard.type("Closed in a tunnel")
    page.keyboard.press("Escape")
    kept = page.locator(".comment.unsent")
    expect(kept).to_contain_text("Kept on this device")
    expect(kept.get_by_role("textbox")).to_have_value("Closed in a tunnel")
    expect(kept).to_be_in_viewport()
    page.context.set_offline(False)
    expect(page.locator("[data-draft-state]", has_text="Saved")).to_be_visible()
    page.reload()
    expect(page.locator(".comment.draft:not(form)")).to_contain_text("Closed in a tunnel")


def test_a_composer_is_opened_again_when_only_this_device_has_its_words(
    eyes: Eyes, reading: Reading
) -> None:
    page = eyes.open()
    _open(page, reading)
    refused = re.compile(rf"/changes/{reading.number}/comments/$")
    page.route(refused, lambda route: route.abort())
    handle(page, QUEUE, 20).click()
    _field(page).fill("Nobody has this yet")
    expect(page.locator(".composer.unsent")).to_be_visible()
    page.reload()
    expect(_field(page)).to_have_value("Nobody has this yet")
    expect(page.locator("[data-composer-place]")).to_have_text("Line 20")
    page.unroute(refused)
    _field(page).press("End")
    page.keyboard.type("!")
    _saved(page)


def test_a_thread_is_answered_resolved_and_opened_again(eyes: Eyes, reading: Reading) -> None:
    index = {"round": 1, "path": QUEUE, "line": 20, "body": "Say why."}
    reading.house.admin.post(f"/changes/{reading.number}/comments", 201, **index, publish=True)
    page = eyes.open()
    _open(page, reading)
    thread = page.locator(".thread")
    expect(row(page, QUEUE, 20).locator("xpath=following-sibling::tr[1]")).to_contain_text("Say")
    thread.get_by_role("button", name="Reply").click()
    _field(page).fill("Because of the limit.")
    _saved(page)
    page.get_by_role("button", name="Add to batch").click()
    expect(thread.locator(".comment")).to_have_count(2)
    page.reload()
    page.locator(".thread").get_by_text("Discard").click()
    expect(thread.locator(".comment")).to_have_count(1)
    thread.get_by_role("button", name="Resolve").click()
    expect(thread.locator("details.resolved")).to_contain_text("Say why.")
    expect(thread.get_by_role("button", name="Reopen")).to_be_hidden()
    thread.locator("summary").click()
    thread.get_by_role("button", name="Reopen").click()
    expect(thread.get_by_role("button", name="Resolve")).to_be_visible()


def test_a_suggestion_begins_with_the_lines_as_they_are_and_is_applied(
    eyes: Eyes, reading: Reading, shoot: Shoot
) -> None:
    page = eyes.open()
    _open(page, reading)
    handle(page, QUEUE, 16).click()
    page.get_by_role("button", name="Suggest edit").click()
    lines = page.get_by_role("textbox", name="Suggested lines")
    expect(lines).to_have_value("        return order.firstOrNull()")
    lines.fill("        return order.firstOrNull() // or nothing")
    _field(page).fill("Say so.")
    _saved(page)
    page.get_by_role("button", name="Add to batch").click()
    shoot(page, "reader-suggestion-desk")
    expect(page.locator(".suggested .now")).to_contain_text("// or nothing")
    page.get_by_role("button", name="Apply as round 2").click()
    page.wait_for_url(re.compile(rf"/changes/{reading.number}/$"))
    made = reading.house.admin.until(reading.number, "awaiting_review")
    assert made["rounds"][-1]["number"] == 2
    assert "firstOrNull() // or nothing" in reading.house.admin.patch(reading.number, 2).decode()


def test_files_and_the_whole_change_take_comments(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    section(page, CONTROLLER).get_by_role("button", name=re.compile("^More for")).click()
    page.get_by_role("button", name="Comment on the file").click()
    expect(page.locator("[data-composer-place]")).to_have_text("The file")
    _field(page).fill("Too much in one file")
    _saved(page)
    page.get_by_role("button", name="Add to batch").click()
    page.reload()
    expect(section(page, CONTROLLER).locator(".comment.draft")).to_contain_text("Too much")


def test_hiding_white_space_hides_no_comment(eyes: Eyes, reading: Reading) -> None:
    place = {"round": 1, "path": CONTROLLER, "side": "old", "line": 88, "body": "Indented at last."}
    reading.house.admin.post(f"/changes/{reading.number}/comments", 201, **place, publish=True)
    page = eyes.open()
    _open(page, reading)
    expect(page.get_by_text("Indented at last.")).to_be_visible()
    page.get_by_label("How the diff is shown").click()
    page.get_by_label("Hide changes of white space only").check()
    expect(section(page, CONTROLLER).locator("tr.d.w")).not_to_have_count(0)
    for hidden in section(page, CONTROLLER).locator("tr.d.w").all():
        expect(hidden).to_be_hidden()
    expect(page.get_by_text("Indented at last.")).to_be_visible()


def test_in_the_split_view_a_thread_stands_on_its_own_side(eyes: Eyes, reading: Reading) -> None:
    for side, line in (("old", 17), ("new", 17)):
        place = {"round": 1, "path": QUEUE, "side": side, "line": line, "body": f"On the {side}"}
        reading.house.admin.post(f"/changes/{reading.number}/comments", 201, **place, publish=True)
    page = eyes.open()
    _open(page, reading)
    page.get_by_role("button", name="Split").click()
    expect(section(page, QUEUE).locator('.diff[data-view="split"]')).to_be_attached()
    cells = page.locator("tr.insert > td")
    expect(cells.nth(0)).to_contain_text("On the old")
    expect(cells.nth(1)).to_contain_text("On the new")
    page.get_by_role("button", name="Unified").click()
    expect(page.locator("tr.insert > td")).to_have_count(1)
    expect(page.locator("tr.insert > td")).to_contain_text("On the old")
