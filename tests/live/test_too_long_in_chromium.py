"""A comment that is too long, in the composer that saves itself: told there, and kept whole."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.live.conftest import Visit
from tests.live.hand import Hand

pytestmark = pytest.mark.browser


def test_a_refused_draft_says_why_where_it_stands_and_keeps_its_words(
    visit: Visit, hand: Hand
) -> None:
    made = hand.do("full_change")
    page = visit(f"/changes/{made['change']}/rounds/1/")
    page.locator(".diff tr:not(.insert) td:first-child a").last.click()
    field = page.locator("form.composer").get_by_role("textbox")
    words = "x" * 40_000
    field.fill(words)
    state = page.locator("form.composer [data-draft-state]")
    told = "The comment has 40000 characters; 32768 are the most."
    expect(state).to_have_text(told)  # at the pause, of itself
    assert field.input_value() == words
    page.get_by_role("button", name="Add to batch").click()
    expect(state).to_have_text(told)
    assert field.input_value() == words
    field.fill("Shorter.")
    expect(state).to_have_text("Saved")
