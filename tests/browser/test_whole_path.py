"""The main job by a person's hands: from the sign-in link to the commit on main."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import (
    act,
    approve_unread,
    give,
    line_number,
    look_at,
    overflow,
    sheet,
    status,
    tab,
)
from tests.browser.conftest import Eyes, Shoot
from tests.e2e.house import House
from tests.e2e.repos import do

SIZES = pytest.mark.parametrize("size", ["desk", "phone"])


@SIZES
@pytest.mark.fleet
def test_from_the_instruction_to_the_commit_on_main(
    eyes: Eyes, house: House, size: str, shoot: Shoot
) -> None:
    name, origin = house.origin()
    page = eyes.open(size, signed_in=False)
    page.goto(house.manage("sign_in_link", "admin").strip())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{house.url}/")

    work = do("say working on it", "sleep 2", "say nearly there", "sleep 1",
              "write app.txt one\\nTWO\\nthree")  # fmt: skip
    number = give(page, name, work)
    _follow_the_log(page)
    _comment_on_the_diff(page, size, shoot)
    _ask_for_another_round(page, number, size, shoot)
    log = house.admin.log(house.admin.run(house.admin.change(number))["id"])
    assert "Why so loud?" in str(log)
    assert "\\r" not in str(log), "a browser's returns reach no agent"

    _approve_at_the_second_try(page, number, size, shoot)
    house.admin.until(number, "merged")
    page.goto(f"/changes/{number}/")
    expect(page.locator("#landed")).to_contain_text(origin.tip()[:7])
    assert origin.show("app.txt") == "one\nTwo\nthree"


def _follow_the_log(page: Page) -> None:
    """From the agent's first words to the end of its run, on one page."""
    tab(page, "Log")
    page.evaluate("window.honkWasHere = true")
    expect(page.get_by_role("log")).to_contain_text("working on it")
    expect(page.get_by_role("log")).to_contain_text("nearly there")
    expect(page.get_by_role("log")).to_contain_text("The run ended: passed")
    assert page.evaluate("window.honkWasHere"), "the log came without a reload"


def _comment_on_the_diff(page: Page, size: str, shoot: Shoot) -> None:
    """A draft on a line, which outlives a reload."""
    tab(page, "Brief")
    status(page, re.compile("Your turn"))
    tab(page, "Diff")
    expect(page.get_by_role("region", name="app.txt")).to_contain_text("TWO")
    number_cell = line_number(page, "app.txt", 2)
    number_cell.tap() if size == "phone" else number_cell.click()
    page.get_by_role("textbox", name="Comment").fill("Why so loud?")
    expect(page.locator(".composer [data-draft-state]")).to_contain_text("Saved")
    shoot(page, f"diff-draft-{size}")
    page.reload()
    expect(page.locator(".comment.draft")).to_contain_text("Why so loud?")
    assert overflow(page) <= 0


def _ask_for_another_round(page: Page, number: int, size: str, shoot: Shoot) -> None:
    """Publish the comment, re-prompt, and see the second round come."""
    tab(page, "Brief")
    page.get_by_role("button", name="Publish 1 comment").click()
    act(page, "Re-prompt")
    page.get_by_text("Incomplete", exact=True).locator("visible=true").click()
    sheet(page).locator("textarea[name=message]").fill(do("write app.txt one\\nTwo\\nthree"))
    shoot(page, f"reprompt-{size}")
    sheet(page).get_by_role("button", name="Re-prompt", exact=True).click()
    page.goto(f"/changes/{number}/")
    status(page, re.compile("Your turn"))
    expect(page.locator("#rounds")).to_contain_text("Round 2")


def _approve_at_the_second_try(page: Page, number: int, size: str, shoot: Shoot) -> None:
    """Approve, undo it in time, approve again."""
    approve_unread(page)
    shoot(page, f"undo-{size}")
    page.get_by_role("button", name="Undo", exact=True).click()
    page.goto(f"/changes/{number}/")
    status(page, re.compile("Your turn"))
    _read(page)
    act(page, "Approve")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()


def _read(page: Page) -> None:
    """Open the diff for as long as it takes to look at its one file, and come back."""
    tab(page, "Diff")
    look_at(page, "app.txt")
    tab(page, "Brief")


@SIZES
def test_a_change_is_rejected_with_a_reason(eyes: Eyes, house: House, size: str) -> None:
    name, _ = house.origin()
    change = house.admin.reviewed(name, "write app.txt other")
    page = eyes.open(size)
    page.goto(f"/changes/{change['number']}/")
    act(page, "Reject")
    sheet(page).get_by_role("button", name="Reject", exact=True).click()
    expect(sheet(page).get_by_role("alert")).to_contain_text("reason")
    sheet(page).get_by_text("Wrong", exact=True).click()
    sheet(page).locator("textarea[name=message]").fill("Not this way.")
    sheet(page).get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Rejected")).to_be_visible()
    assert house.admin.change(change["number"])["status"] == "rejected"
    page.goto(f"/changes/{change['number']}/")
    expect(page.locator("#timeline")).to_contain_text("Not this way.")


def test_without_sockets_the_log_comes_by_polling(eyes: Eyes, house: House) -> None:
    name, _ = house.origin()
    number = house.admin.open(name, do("say one", "sleep 2", "say two", "sleep 1", "say three"))
    run = house.admin.wait_for_log(number, "one")
    page = eyes.open("phone")
    page.route_web_socket("**/*", lambda socket: socket.close())
    page.goto(f"/runs/{run}/")
    page.evaluate("window.honkWasHere = true")
    expect(page.get_by_role("log")).to_contain_text("three")
    expect(page.get_by_role("log")).to_contain_text("The run ended: passed")
    assert page.evaluate("window.honkWasHere")
    lines = page.get_by_role("log").inner_text().splitlines()
    assert [lines.count(word) for word in ("one", "two", "three")] == [1, 1, 1]


def test_a_stale_tab_is_told_what_stands_now_and_decides_nothing(eyes: Eyes, house: House) -> None:
    name, origin = house.origin()
    before = origin.tip()
    change = house.admin.reviewed(name, "write app.txt other")
    page = eyes.open("desk")
    page.route("**/*", lambda route: route.abort() if route.request.resource_type in
               ("xhr", "fetch") else route.continue_())  # fmt: skip
    page.route_web_socket("**/*", lambda socket: socket.close())
    page.goto(f"/changes/{change['number']}/")
    house.admin.reprompted(change, "write app.txt second")
    approve_unread(page)
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Nothing was decided")
    expect(told).to_contain_text("round 2")
    assert house.admin.change(change["number"])["status"] == "awaiting_review"
    assert origin.tip() == before


def test_a_double_tap_approves_once(eyes: Eyes, house: House) -> None:
    name, origin = house.origin()
    change = house.admin.reviewed(name, "write app.txt other")
    page = eyes.open("phone")
    page.goto(f"/changes/{change['number']}/")
    _read(page)
    page.get_by_role("button", name="Approve", exact=True).dblclick()
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    house.admin.until(change["number"], "merged")
    assert len(origin.commits()) == 2


def test_what_is_typed_survives_a_reload(eyes: Eyes, house: House) -> None:
    name, _ = house.origin()
    page = eyes.open("phone")
    page.goto("/new/")
    page.get_by_label("Repository").select_option(name)
    page.get_by_label("Instruction").fill("A long thought")
    page.wait_for_timeout(1200)
    page.reload()
    expect(page.get_by_label("Instruction")).to_have_value("A long thought")


def test_the_queue_offers_what_is_new_without_moving_what_is_read(eyes: Eyes, house: House) -> None:
    name, _ = house.origin()
    page = eyes.open("desk")
    page.goto("/")
    number = house.admin.open(
        name, do("sleep 1", "write app.txt queue"), title="Move me in the queue"
    )
    house.admin.until(number, "awaiting_review")
    needs_you = page.get_by_role("region", name=re.compile("^Needs you"))
    needs_you.get_by_role("button", name=re.compile(r"^\d+ new$")).click()
    expect(needs_you).to_contain_text("Move me in the queue")


@SIZES
def test_guard_items_are_ticked_before_approving(eyes: Eyes, house: House, size: str) -> None:
    name, _ = house.origin()
    change = house.admin.reviewed(name, "write check.sh exit 0")
    page = eyes.open(size)
    page.goto(f"/changes/{change['number']}/")
    act(page, "Approve")
    expect(page.get_by_role("alert")).to_contain_text("not ticked")
    page.get_by_label("I saw it").check()
    approve_unread(page)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    assert house.admin.change(change["number"])["status"] == "approved"
