"""Approving with files that were never opened asks once, and says which."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.acts import act, approve_unread, look_at, sheet, sound
from tests.browser.conftest import LOOKS, Eyes, Shoot
from tests.e2e.house import House

SETTLED = 700  # ms after which a tap on the sheet counts: it is no second tap on what opened it


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_sheet_names_what_was_not_opened_and_leads_there(
    eyes: Eyes, house: House, size: str, theme: str, shoot: Shoot
) -> None:
    name, _ = house.origin()
    number = house.admin.reviewed(name, "write app.txt one", "write new.txt two")["number"]
    page = eyes.open(size, color_scheme=theme)
    page.goto(f"/changes/{number}/")

    page.get_by_role("button", name="Approve", exact=True).dblclick()
    asked = sheet(page)
    expect(asked.get_by_role("heading", name="Approve round 1?")).to_be_visible()
    expect(asked).to_contain_text("You have not opened 2 of 2 files. The record will say so.")
    expect(asked.get_by_role("listitem").filter(has_text="new.txt")).to_contain_text(
        "+1 −0, new file"
    )
    assert house.admin.change(number)["status"] == "awaiting_review", "two taps approve nothing"
    shoot(page, f"unread-{size}-{theme}")
    sound(page)

    page.wait_for_timeout(SETTLED)
    asked.get_by_role("link", name="Open app.txt").click()
    page.wait_for_url(re.compile(r"/rounds/1/#f\d+"))


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_whoever_reads_on_is_not_asked_of_that_file_again(
    eyes: Eyes, house: House, size: str
) -> None:
    name, _ = house.origin()
    change = house.admin.reviewed(name, "write app.txt one")
    page = eyes.open(size)
    page.goto(f"/changes/{change['number']}/")
    act(page, "Approve")
    page.wait_for_timeout(SETTLED)
    sheet(page).get_by_role("link", name="Open the first unread file").click()
    look_at(page, "app.txt")
    page.goto(f"/changes/{change['number']}/")
    act(page, "Approve")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    page.goto(f"/changes/{change['number']}/")
    expect(page.locator("#timeline")).to_contain_text("approved round 1")
    expect(page.locator("#timeline")).not_to_contain_text("without opening")


def test_the_record_says_what_was_not_opened(eyes: Eyes, house: House) -> None:
    name, _ = house.origin()
    change = house.admin.reviewed(name, "write app.txt one")
    page = eyes.open("phone")
    page.goto(f"/changes/{change['number']}/")
    approve_unread(page)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    page.goto(f"/changes/{change['number']}/")
    expect(page.locator("#timeline")).to_contain_text("no record of opening any of 1 file")


def test_a_comparison_alone_opens_no_file_and_shows_the_rest_of_one_that_was_opened(
    eyes: Eyes, house: House
) -> None:
    name, _ = house.origin()
    change = house.admin.reviewed(name, "write app.txt one")
    house.admin.reprompted(change, "write app.txt two")
    at = f"/changes/{change['number']}/rounds"
    page = eyes.open()
    for opened_before in (False, True):
        with page.expect_response(re.compile(r"/rounds/1\.\.2/looks/$")) as told:
            page.goto(f"{at}/1..2/")
        assert bool(told.value.json()["opened"]) == opened_before
        opened = re.compile(r"\d" if opened_before else "^$")
        expect(page.locator("[data-seen]")).to_have_attribute("data-opened", opened)
        with page.expect_response(re.compile(r"/rounds/1/looks/$")):
            page.goto(f"{at}/1/")


def test_a_report_that_came_too_often_is_sent_again(eyes: Eyes, house: House) -> None:
    name, _ = house.origin()
    number = house.admin.reviewed(name, "write app.txt one")["number"]
    page = eyes.open()
    too_often = {"status": 429, "headers": {"Retry-After": "1"}}
    page.route(re.compile("/looks/$"), lambda route: route.fulfill(**too_often), times=1)
    page.goto(f"/changes/{number}/rounds/1/")
    look_at(page, "app.txt")
