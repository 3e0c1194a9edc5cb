"""The judge's word and the figures in a real Chromium, at a desk's size and a phone's."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.live.hand import Hand
from tests.live.server import Web

pytestmark = pytest.mark.browser
SIZES: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
LOOKS = list(itertools.product(SIZES, ("light", "dark")))
PATIENCE_MS = 30_000
Open = Callable[[str, str, str], Page]


@pytest.fixture(scope="module")
def rows(hand: Hand) -> dict[str, Any]:
    return {**hand.do("seed"), **hand.do("judged_changes")}


@pytest.fixture
def look(chromium: Browser, web: Web, rows: dict[str, Any]) -> Iterator[Open]:
    """Opens a path as the administrator; fails on what the console complains of."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def go(path: str, size: str = "desk", theme: str = "light") -> Page:
        context = chromium.new_context(color_scheme=theme, **SIZES[size])
        contexts.append(context)
        site = f"http://localhost:{web.port}"
        context.add_cookies([{"name": "sessionid", "value": rows["cookie"], "url": site}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []


def shoot(page: Page, name: str) -> None:
    folder = os.environ.get("HONK_TEST_SCREENSHOTS", "")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_pages_fit_and_are_accessible(
    look: Open, rows: dict[str, Any], size: str, theme: str
) -> None:
    pages = {
        name: f"/changes/{rows[name]}/" for name in ("vetoed", "passed", "advised", "unjudged")
    }
    faults = []
    for name, path in {**pages, "figures": "/figures/"}.items():
        page = look(path, size, theme)
        shoot(page, f"judge-{name}-{size}-{theme}")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults += [f"{name}: {wide} px wider than the window"] if wide > 0 else []
        found: list[dict[str, Any]] = Axe().run(page).response["violations"]
        faults += [f"{name}: {each['id']} {each['nodes'][0]['html'][:160]}" for each in found]
    assert not faults, "\n".join(faults)


def test_a_finding_leads_to_its_line_in_the_diff(look: Open, rows: dict[str, Any]) -> None:
    page = look(f"/changes/{rows['vetoed']}/", "desk", "light")
    block = page.get_by_role("region", name="Judge")
    expect(block).to_contain_text("a model's opinion, blocking")
    expect(block).to_contain_text("Vetoed")
    expect(block).to_contain_text("after 1 repair")
    block.get_by_role("link", name="app.py:2").click()
    page.wait_for_url(f"**/changes/{rows['vetoed']}/rounds/1/#f0n2")
    expect(page.locator("#f0n2")).to_be_in_viewport(timeout=PATIENCE_MS)


def test_a_veto_is_overridden_with_a_written_reason(look: Open, rows: dict[str, Any]) -> None:
    page = look(f"/changes/{rows['vetoed']}/", "phone", "light")
    page.get_by_role("button", name="Override").click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("The judge vetoed it.")
    sheet.get_by_label("Reason").fill("The word was wrong too.")
    sheet.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible(timeout=PATIENCE_MS)


def test_the_figures_are_reached_from_every_size_and_change_with_the_period(
    look: Open, rows: dict[str, Any]
) -> None:
    desk = look("/", "desk", "light")
    desk.get_by_role("navigation", name="Sections").get_by_role("link", name="Figures").click()
    expect(desk.get_by_role("region", name="Vetoed by the judge")).to_contain_text("100 %")
    desk.get_by_role("link", name="90 days").click()
    expect(desk.get_by_role("link", name="90 days")).to_have_attribute("aria-current", "page")
    expect(desk.get_by_role("row", name="player")).to_contain_text("4 of 4")
    phone = look("/", "phone", "light")
    phone.get_by_label("Your menu").click()
    phone.get_by_role("link", name="Figures").click()
    expect(phone.get_by_role("region", name="Repaired after a veto")).to_contain_text("1 of 4")
