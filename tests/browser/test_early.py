"""What is pressed before a page's scripts have arrived is done when they have."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.acts import line_number
from tests.browser.conftest import Eyes
from tests.e2e.house import House
from tests.e2e.repos import do


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_line_pressed_before_the_scripts_are_there_opens_its_composer(
    eyes: Eyes, house: House, size: str
) -> None:
    name, _ = house.origin()
    number = house.admin.open(name, do("write app.txt one\\nTWO\\nthree"), title="Two, loud")
    house.admin.until(number, "awaiting_review")
    page = eyes.open(size)
    late: list[Route] = []
    page.route("**/comment*.js", lambda route: late.append(route))  # noqa: PLW0108 - Playwright marks what it is given
    page.goto(f"/changes/{number}/rounds/1/", wait_until="commit")
    line_number(page, "app.txt", 2).click()
    expect(page.get_by_role("textbox", name="Comment")).to_have_count(0)
    for route in late:
        route.continue_()
    expect(page.get_by_role("textbox", name="Comment")).to_be_focused()
    assert "#" in page.url, "the line that was pressed is in the address"
