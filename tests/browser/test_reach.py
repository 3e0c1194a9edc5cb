"""What a person needs while a log runs on stays on the screen, and no header leaves it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import begun, overflow
from tests.browser.conftest import Eyes, Shoot
from tests.e2e.house import House

# Says more than a screen holds, and waits; gone on with, it ends.
TALKER = """
[runners.talker]
argv = ["sh", "-c", '''
[ -f said.txt ] && exit 0
echo said > said.txt; seq 1 40 | while read n; do echo "line $n"; done
echo begun; sleep 4389''']
"""
SHAPES = [("desk", "light"), ("phone", "dark"), ("desk", "dark"), ("phone", "light")]


def _in_reach(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_in_viewport(ratio=1)


def _lies_clear(page: Page, above: str, below: str) -> None:
    """The end of one thing is not under another."""
    ends = page.locator(above).evaluate("e => e.getBoundingClientRect().bottom")
    begins = page.locator(below).evaluate("e => e.getBoundingClientRect().top")
    assert ends <= begins


@pytest.mark.parametrize(("size", "theme"), SHAPES[:2])
def test_who_follows_a_long_log_can_steer_all_the_time(
    eyes: Eyes, house: House, size: str, theme: str, shoot: Shoot
) -> None:
    number, run = begun(house, TALKER, "talker", "Say much")
    page = eyes.open(size, color_scheme=theme)
    page.goto(f"/runs/{run}/")
    page.get_by_role("button", name="more lines").click()
    expect(page.get_by_text("line 30", exact=True)).to_be_attached()
    for way in ("scrollTo(0, document.body.scrollHeight / 2)", "scrollTo(0, 1e6)"):
        page.evaluate(way)
        expect(page.locator("#run-status")).to_be_in_viewport(ratio=1)
        if "1e6" not in way or size == "phone":
            for button in ("Send", "Pause", "Stop"):
                _in_reach(page, button)
    page.get_by_label("Follow").uncheck()
    page.get_by_label("Follow").check()
    shoot(page, f"reach-{size}-{theme}")
    _lies_clear(page, "#log", ".message-bar")
    assert overflow(page) <= 0

    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#run-status")).to_contain_text("Paused")
    page.get_by_label("Follow").check()
    expect(page.get_by_role("heading", name="It stands still")).to_be_in_viewport()
    shoot(page, f"reach-paused-{size}-{theme}")
    _in_reach(page, "Go on")
    page.get_by_role("button", name="Go on").click()
    house.admin.until(number, "awaiting_review", seconds=90)


def test_an_editor_that_is_left_keeps_the_message_as_it_was(eyes: Eyes, house: House) -> None:
    number, run = begun(house, TALKER, "talker", "Say much")
    house.admin.post(f"/changes/{number}/messages", 201, text="Use three")
    page = eyes.open()
    page.goto(f"/runs/{run}/")
    waits = page.locator("#message-queue li")
    waits.get_by_text("Edit", exact=True).click()
    expect(waits.get_by_role("button", name="Take back")).to_be_hidden()
    waits.get_by_role("textbox", name="Other words").fill("Use two")
    waits.get_by_role("button", name="Keep as it was").click()
    expect(waits.get_by_role("textbox")).to_be_hidden()
    expect(waits.get_by_text("Edit", exact=True)).to_be_focused()
    waits.get_by_text("Edit", exact=True).click()
    expect(waits.get_by_role("textbox", name="Other words")).to_have_value("Use three")
    house.admin.post(f"/changes/{number}/stop")


@pytest.mark.parametrize("width", [360, 768, 1000, 1440])
def test_the_header_keeps_the_persons_menu_on_the_screen(eyes: Eyes, width: int) -> None:
    page = eyes.open(viewport={"width": width, "height": 800})
    page.goto("/")
    page.evaluate("document.querySelectorAll('.nav .count').forEach(e => e.textContent = '128')")
    expect(page.locator(".head summary[aria-label='Your menu']")).to_be_in_viewport(ratio=1)
    assert overflow(page) <= 0
