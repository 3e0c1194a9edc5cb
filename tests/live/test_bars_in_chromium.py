"""What the bars at the bottom of a phone's screen must not cover, and what they must offer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.live.conftest import PHONE, Visit
from tests.live.hand import Hand

pytestmark = pytest.mark.browser
# A keyboard of a phone, as the browser tells of it: it covers the page and leaves its height.
KEYBOARD = """
(() => {
  const seen = new EventTarget();
  Object.assign(seen, { height: innerHeight, offsetTop: 0, scale: 1 });
  Object.defineProperty(window, "visualViewport", { value: seen });
  window.rise = (px) => { seen.height = innerHeight - px; seen.dispatchEvent(new Event("resize")); };
})();
"""


def edge(place: Locator, which: str) -> float:
    return float(place.evaluate(f"e => e.getBoundingClientRect().{which}"))


def lies_clear(above: Locator, below: Locator) -> None:
    expect(above).to_be_in_viewport(ratio=1)
    assert edge(above, "bottom") <= edge(below, "top")


def solid(page: Page) -> Locator:
    return page.locator(".verdict-bar .approve.primary")


def test_a_composer_on_the_last_line_opens_above_the_bar_and_the_keyboard(
    visit: Visit, hand: Hand
) -> None:
    made = hand.do("full_change")
    page = visit(f"/changes/{made['change']}/rounds/1/", KEYBOARD, **PHONE)
    page.evaluate("document.querySelector('.files').style.paddingTop = '700px'; scrollTo(0, 0)")
    last = page.locator(".diff tr:not(.insert) td:first-child a").last
    last.evaluate("e => scrollBy(0, e.getBoundingClientRect().bottom - innerHeight + 75)")
    last.click()
    composer, bar = page.locator("form.composer"), page.locator(".diff-bar")
    expect(composer.get_by_role("textbox")).to_be_focused()
    lies_clear(composer, bar)
    page.evaluate("document.querySelector('main').style.paddingBottom = '600px'; rise(300)")
    assert edge(bar, "bottom") == 844 - 300
    lies_clear(composer, bar)


def test_a_question_is_answered_and_stopped_from_anywhere_in_its_log(
    visit: Visit, hand: Hand
) -> None:
    made = hand.do("asking")
    page = visit(f"/runs/{made['run']}/", **PHONE)
    bar = page.locator(".message-bar")
    queue = page.locator("#message-queue section")
    lies_clear(queue, bar)  # the log is followed: what waits for the agent is not under the bar
    expect(page.locator(".log-row").last).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    expect(page.get_by_role("button", name="The first")).not_to_be_in_viewport()
    expect(bar.get_by_role("textbox")).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Answer", exact=True).click()
    lies_clear(page.get_by_role("button", name="The last"), bar)
    bar.get_by_role("button", name="Stop").click()
    expect(page.locator("#run-status")).to_contain_text("Paused")
    expect(page.locator("#ask")).to_have_count(0)
    bar.get_by_role("button", name="Go on").click()
    expect(page.locator("#run-status")).to_contain_text("Needs an answer")
    page.get_by_role("button", name="The first").click()
    expect(page.locator("#ask")).to_have_count(0)


def test_approve_is_solid_only_when_the_diff_was_opened_and_all_is_ticked(
    visit: Visit, hand: Hand
) -> None:
    made = hand.do("full_change")
    page = visit(f"/changes/{made['change']}/", **PHONE)
    left = page.locator(".verdict-left")
    expect(left).to_contain_text("1 guard item, 1 file")
    page.get_by_label("I saw it").check()
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"^\s*Left: 1 file\s*$"))
    expect(solid(page)).to_have_count(0)
    left.get_by_role("link", name="Go to the diff").click()
    expect(solid(page)).to_have_count(1)
    page.go_back()
    expect(solid(page)).to_have_count(1)
    expect(left.get_by_text("Everything seen")).to_be_visible()
    expect(page.locator("[name=opened]")).to_have_value("0")
