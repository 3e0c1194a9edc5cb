"""The pages in a real Chromium: the log while it grows, and every page for those who need help."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.live.conftest import DESK, PHONE, Visit
from tests.live.hand import Hand

pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


def output(text: str, part: str = "t1") -> dict[str, Any]:
    return {"kind": "output", "part": part, "data": {"text": text}}


def tool(title: str, part: str = "t1") -> dict[str, Any]:
    return {"kind": "tool", "part": part, "data": {"name": "bash", "title": title}}


def path_on(page: Page, path: str) -> str:
    site: str = page.evaluate("location.origin")
    return site + path


def new_run(hand: Hand) -> int:
    run: int = hand.do("seed")["run"]
    return run


def is_at_end(page: Page) -> bool:
    place = "document.querySelector('[data-log-bottom]').getBoundingClientRect().bottom"
    return bool(page.evaluate(f"{place} <= innerHeight + 80"))


def test_lines_join_their_step_as_they_come(visit: Visit, hand: Hand) -> None:
    run = new_run(hand)
    hand.do("append", run=run, rows=[tool("pytest -q"), output("\x1b[31mfirst ha")])
    page = visit(f"/runs/{run}/")

    hand.do("append", run=run, rows=[output("lf\x1b[0m\nsecond\n")])

    expect(page.locator(".output .l")).to_have_text(["first half", "second"])
    expect(page.locator(".output .l").first.locator(".a1").last).to_have_text("lf")


def test_without_sockets_the_log_is_polled(visit: Visit, hand: Hand) -> None:
    run = new_run(hand)
    page = visit(f"/runs/{run}/", init="window.WebSocket = class { constructor() { throw 1 } }")
    hand.do("append", run=run, rows=[tool("make"), output("built\n")])
    expect(page.get_by_text("built")).to_be_visible(timeout=8000)


def test_the_log_follows_until_the_reader_scrolls_up(visit: Visit, hand: Hand) -> None:
    run = new_run(hand)
    say = [{"kind": "text", "part": f"m{n}", "data": {"text": f"Word {n}."}} for n in range(80)]
    hand.do("append", run=run, rows=say[:60])
    page = visit(f"/runs/{run}/", **PHONE)
    expect(page.get_by_text("Word 59.")).to_be_in_viewport()

    hand.do("append", run=run, rows=say[60:70])
    expect(page.get_by_text("Word 69.")).to_be_in_viewport()
    page.evaluate("scrollTo(0, 300)")
    page.wait_for_timeout(200)
    hand.do("append", run=run, rows=say[70:])

    expect(page.get_by_role("button", name="10 new")).to_be_visible()
    assert page.evaluate("scrollY") == 300
    page.get_by_role("button", name="10 new").click()
    expect(page.get_by_text("Word 79.")).to_be_in_viewport()


def test_long_output_opens_to_every_line(visit: Visit, hand: Hand) -> None:
    run = new_run(hand)
    hand.do("append", run=run, rows=[tool("seq")])
    page = visit(f"/runs/{run}/")
    for start in range(0, 2400, 300):
        text = "".join(f"{n}\n" for n in range(start, start + 300))
        hand.do("append", run=run, rows=[output(text)])
    expect(page.get_by_role("button", name="Show 2,388 more lines")).to_be_visible()

    while page.locator("[data-more-lines]").is_visible():
        page.locator("[data-more-lines]").click()
        page.wait_for_timeout(400)

    shown = page.evaluate("[...document.querySelectorAll('.output .l')].map(l => l.textContent)")
    assert shown == [str(n) for n in range(2400)]


def test_a_screen_reader_hears_the_end_of_the_run(visit: Visit, hand: Hand) -> None:
    run = new_run(hand)
    page = visit(f"/runs/{run}/")
    page.wait_for_timeout(300)
    hand.do("finish", run=run)
    expect(page.locator("[data-live-region]")).to_contain_text("The run ended: passed")


def test_a_draft_is_saved_at_a_pause_and_comes_back(visit: Visit, hand: Hand) -> None:
    made = hand.do("full_change")
    page = visit(f"/changes/{made['change']}/rounds/1/")
    page.locator("#f0n1 td a").click()
    page.get_by_label("Comment").fill("Half a thou")
    expect(page.locator("[data-draft-state]").first).to_have_text("Saved")
    page.reload()
    expect(page.get_by_text("Half a thou").first).to_be_visible()


def test_a_sheet_takes_the_focus_and_gives_it_back(visit: Visit, hand: Hand) -> None:
    made = hand.do("full_change")
    page = visit(f"/changes/{made['change']}/")
    page.get_by_role("button", name="Re-prompt").click()
    assert page.evaluate("document.querySelector('dialog[open]').contains(document.activeElement)")
    page.locator("textarea[name=message]").fill("Not lost")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Re-prompt")).to_be_focused()
    page.get_by_role("button", name="Re-prompt").click()
    expect(page.locator("textarea[name=message]")).to_have_value("Not lost")


def test_the_undo_window_counts_down_on_the_page(visit: Visit, hand: Hand) -> None:
    made = hand.do("full_change")
    page = visit(f"/changes/{made['change']}/")
    page.get_by_label("I saw it").check()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_timeout(700)  # a tap right after the first is no answer
    page.get_by_role("button", name="Approve without reading 1 file").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    before = page.locator("[data-toast-count]").inner_text()
    page.wait_for_timeout(2100)
    assert page.locator("[data-toast-count]").inner_text() != before
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is taken back")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_shuts_anybody_out(
    visit: Visit, hand: Hand, scheme: str, screen: dict[str, Any]
) -> None:
    made = hand.do("full_change")
    hand.do("append", run=made["run"], rows=[tool("pytest"), output("\x1b[33mok\x1b[0m\n")])
    paths = ["/", "/new/", f"/changes/{made['change']}/", f"/changes/{made['change']}/rounds/1/",
             f"/runs/{made['run']}/", "/people/", "/repositories/", "/accounts/2fa/"]  # fmt: skip
    found: list[str] = []
    page = visit("/", color_scheme=scheme, bypass_csp=True, **screen)
    for path in paths:
        page.goto(path_on(page, path))
        answer = Axe().run(page, options={"runOnly": RULES}).response
        found += [f"{path} {v['id']} {v['nodes'][0]['target']}" for v in answer["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path} is wider than the screen")
    assert found == []


def test_keys_move_through_the_queue(visit: Visit, hand: Hand) -> None:
    hand.do("full_change")
    page = visit("/")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.getAttribute('href')") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.getAttribute('href')") == first


def test_new_rows_of_the_queue_wait_for_the_reader(visit: Visit, hand: Hand) -> None:
    hand.do("full_change")
    page = visit("/")
    cards = page.locator("[data-section=you] .card")
    count = cards.count()

    hand.do("full_change")

    expect(page.get_by_role("button", name="1 new")).to_be_visible(timeout=10_000)
    assert cards.count() == count
    page.get_by_role("button", name="1 new").click()
    expect(cards).to_have_count(count + 1)
