"""An agent steered by hand: words that can still be changed, stop, go on, pause."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import begun, sound
from tests.browser.conftest import LOOKS, Eyes, Shoot
from tests.e2e.house import House
from tests.e2e.test_steering import PATIENT


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_an_agent_is_told_stopped_and_gone_on_with(
    eyes: Eyes, house: House, size: str, theme: str, shoot: Shoot
) -> None:
    number, run = begun(house, PATIENT, "patient", "Be patient")
    page = eyes.open(size, color_scheme=theme)

    def look(name: str) -> None:
        shoot(page, f"steer-{name}-{size}-{theme}")

    page.goto(f"/runs/{run}/")
    _tell(page, "Use three", "Forget that")
    look("run")
    sound(page)
    _write_other_words(page, "Use three", "Use two", lambda: look("edit"))
    _take_back(page, "Forget that")

    page.goto(f"/changes/{number}/")
    look("change")
    sound(page)
    _writes_meanwhile(page, house, number)
    _stop(page)
    look("stopped")
    sound(page)

    page.goto(f"/runs/{run}/")
    expect(page.locator("#run-status")).to_contain_text("Paused")
    look("stopped-run")
    sound(page)
    page.get_by_role("button", name="Go on").click()
    house.admin.until(number, "awaiting_review", seconds=90)
    page.goto(f"/changes/{number}/")
    expect(page.locator("#message-queue")).to_contain_text("Handed over")
    look("done")
    assert "Use two" in house.admin.patch(number).decode()


def _tell(page: Page, *messages: str) -> None:
    """Send each, and see it wait."""
    for words in messages:
        page.locator("textarea[name=message]").fill(words)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#message-queue")).to_contain_text(words)


def _writes_meanwhile(page: Page, house: House, number: int) -> None:
    """What is half typed on the change's page stays while the page is told of news."""
    field = page.get_by_role("textbox", name="Message to the agent")
    field.fill("Half a sen")
    house.admin.post(f"/changes/{number}/messages", 201, text="News")
    expect(page.locator("#message-queue")).to_contain_text("News")
    expect(field).to_have_value("Half a sen")
    _tell(page, "Half a sentence")
    expect(field).to_have_value("")
    for words in ("News", "Half a sentence"):
        _take_back(page, words)


def _write_other_words(page: Page, old: str, new: str, look: Callable[[], None]) -> None:
    """Change a message that waits; look: at the editor that is open."""
    waits = page.locator("#message-queue li").filter(has_text=old)
    waits.get_by_text("Edit", exact=True).click()
    waits.get_by_role("textbox", name="Other words").fill(new)
    look()
    waits.get_by_role("button", name="Save").click()
    expect(page.locator("#message-queue")).to_contain_text(new)


def _take_back(page: Page, words: str) -> None:
    waits = page.locator("#message-queue li").filter(has_text=words)
    waits.get_by_role("button", name="Take back").click()
    expect(page.locator("#message-queue")).not_to_contain_text(words)


def _stop(page: Page) -> None:
    """Stop from the change's page, which then says who did and that the work is kept."""
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#change-head")).to_contain_text(re.compile("Stopped by .* kept"))
    expect(page.locator("#steering")).to_contain_text("It stands still")
