"""An agent steered by hand: words that can still be changed, stop, go on, pause."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.acts import overflow
from tests.browser.conftest import Eyes
from tests.e2e.house import House
from tests.e2e.test_steering import PATIENT

Shoot = Callable[[Page, str], None]
LOOKS = [("desk", "light"), ("phone", "dark")]
if os.environ.get("HONK_TEST_SCREENSHOTS"):
    LOOKS = list(itertools.product(("desk", "phone"), ("light", "dark")))


def _sound(page: Page) -> None:
    """It fits its window and is accessible."""
    assert overflow(page) <= 0
    found = Axe().run(page).response["violations"]
    assert not found, [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_an_agent_is_told_stopped_and_gone_on_with(
    eyes: Eyes, house: House, size: str, theme: str, shoot: Shoot
) -> None:
    name, _ = house.origin(policy=PATIENT)
    api = house.admin
    number = api.open(name, "Take your time", runner="patient", title="Be patient")
    run = api.wait_for_log(number, "begun")
    page = eyes.open(size, color_scheme=theme)
    page.goto(f"/runs/{run}/")
    for words in ("Use three", "Forget that"):
        page.locator("textarea[name=message]").fill(words)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#message-queue")).to_contain_text(words)
    shoot(page, f"steer-run-{size}-{theme}")
    _sound(page)

    waits = page.locator("#message-queue li")
    mine = waits.filter(has_text="Use three")
    mine.get_by_text("Edit", exact=True).click()
    mine.get_by_role("textbox", name="Other words").fill("Use two")
    shoot(page, f"steer-edit-{size}-{theme}")
    mine.get_by_role("button", name="Save").click()
    expect(page.locator("#message-queue")).to_contain_text("Use two")
    waits.filter(has_text="Forget that").get_by_role("button", name="Take back").click()
    expect(page.locator("#message-queue")).not_to_contain_text("Forget that")

    page.goto(f"/changes/{number}/")
    shoot(page, f"steer-change-{size}-{theme}")
    _sound(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#change-head")).to_contain_text(re.compile("Stopped by .* kept"))
    expect(page.locator("#steering")).to_contain_text("It stands still")
    shoot(page, f"steer-stopped-{size}-{theme}")
    _sound(page)
    page.goto(f"/runs/{run}/")
    expect(page.locator("#run-status")).to_contain_text("Paused")
    shoot(page, f"steer-stopped-run-{size}-{theme}")
    _sound(page)
    page.get_by_role("button", name="Go on").click()
    api.until(number, "awaiting_review", seconds=90)
    page.goto(f"/changes/{number}/")
    expect(page.locator("#message-queue")).to_contain_text("Handed over")
    shoot(page, f"steer-done-{size}-{theme}")
    assert "Use two" in api.patch(number).decode()
