"""Ways through a diff: finding words, links, the other view, a turned phone, many files."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import overflow, sheet, violations
from tests.browser.conftest import LOOKS, Eyes
from tests.browser.reading import CONTROLLER, QUEUE, Reading, change_to_read, handle, row, section
from tests.e2e.house import House

FAST_MS = 100
# Many entries more in the list of files, as the page of a large change has them.
MANY_FILES = """(count) => {
  const list = document.querySelector("[data-tree-group] ul");
  const one = list.querySelector("li");
  for (let at = 0; at < count; at += 1) {
    const made = one.cloneNode(true);
    made.querySelector("[title]").setAttribute("title", `made/by/hand/${at}.kt`);
    list.append(made);
  }
}"""
# From a letter typed to the next frame that is painted.
TYPED = """(words) => new Promise((done) => {
  const field = document.querySelector("[data-tree-filter]");
  const start = performance.now();
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""


@pytest.fixture(scope="module")
def reading(house: House) -> Reading:
    """One change, on which the tests leave at most drafts."""
    return change_to_read(house)


def _open(page: Page, reading: Reading, more: str = "") -> None:
    page.goto(reading.diff + more)
    expect(section(page, QUEUE).locator(".diff")).to_be_attached()


def _find(page: Page, words: str) -> None:
    page.get_by_role("searchbox", name="Find in change").locator("visible=true").fill(words)
    expect(page.locator(".found-row").first).to_contain_text(words)


def test_words_are_found_in_a_folded_file_and_gone_to_by_keys(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    page.keyboard.press("/")
    _find(page, "a:b39:1")
    page.keyboard.press("Enter")
    expect(row(page, "gradle.lockfile", 41)).to_be_in_viewport()
    assert page.evaluate("document.activeElement.closest('tr').innerText").endswith("classpath")
    page.keyboard.press("/")
    _find(page, "remember")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".found-file").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".found-row").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox", name="Find in change")).to_be_focused()
    expect(page.locator("[data-find-panel]")).to_be_hidden()


def test_on_a_phone_a_hit_closes_the_sheet_and_is_gone_to(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open("phone")
    _open(page, reading)
    page.get_by_role("button", name=re.compile(r"of 3$")).tap()
    _find(page, "remember")
    page.keyboard.press("Escape")
    expect(sheet(page)).to_be_visible()
    _find(page, "EmptyPlaylistState")
    page.locator(".found-row").first.tap()
    expect(sheet(page)).to_have_count(0)
    expect(row(page, CONTROLLER, 87)).to_be_in_viewport()
    assert overflow(page) <= 0


def test_a_search_that_fails_says_so_in_its_place(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    page.route(re.compile("/find/"), lambda route: route.abort())
    page.get_by_role("searchbox", name="Find in change").fill("remember")
    expect(page.locator("[data-find-panel]").get_by_role("alert")).to_contain_text("Try again")


def test_lines_that_were_opened_stay_open_in_the_other_view(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    section(page, CONTROLLER).get_by_role("button", name="Show 20").click()
    expect(row(page, CONTROLLER, 63)).to_be_attached()
    page.get_by_role("button", name="Split").click()
    split = section(page, CONTROLLER).locator('.diff[data-view="split"]')
    expect(split.locator("tr", has_text="// line 63 of")).to_be_attached()
    page.get_by_role("button", name="Unified").click()
    unified = section(page, CONTROLLER).locator('.diff[data-view="unified"]')
    expect(unified.locator("tr", has_text="// line 63 of")).to_be_attached()


def test_the_view_that_an_address_asks_for_wins_on_that_page(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading, "?view=split")
    expect(page.get_by_role("button", name="Split")).to_have_attribute("aria-pressed", "true")
    section(page, CONTROLLER).get_by_role("button", name="Show 20").click()
    expect(section(page, CONTROLLER).locator('.diff[data-view="split"] .expanded')).to_be_attached()
    expect(page.locator('.diff[data-view="unified"]')).to_have_count(0)
    _open(page, reading)
    expect(page.locator('.diff[data-view="split"]')).to_have_count(0)


def test_a_folded_file_is_not_looked_at_or_walked_into(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    section(page, QUEUE).get_by_role("button", name=f"Fold {QUEUE}").click()
    expect(section(page, QUEUE).locator("[data-file-body]")).to_be_hidden()
    assert section(page, QUEUE).evaluate("element => element.offsetHeight") < 80
    handle(page, CONTROLLER, 86).focus()
    page.keyboard.press("p")
    page.keyboard.press("p")
    focused = page.evaluate("document.activeElement.closest('section.file')?.ariaLabel")
    assert focused != QUEUE


def test_a_turned_phone_keeps_the_row_and_the_words_of_an_open_composer(
    eyes: Eyes, reading: Reading
) -> None:
    page = eyes.open("phone")
    _open(page, reading)
    handle(page, QUEUE, 20).tap()
    field = page.get_by_role("textbox", name="Comment")
    field.fill("Half a thought")
    page.wait_for_timeout(300)
    page.set_viewport_size({"width": 844, "height": 390})
    expect(field).to_have_value("Half a thought")
    expect(field).to_be_in_viewport()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(field).to_be_in_viewport()
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("form.composer")).to_have_count(0)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_change_itself_takes_a_comment(eyes: Eyes, reading: Reading, size: str) -> None:
    page = eyes.open(size)
    _open(page, reading)
    page.get_by_role("button", name="Comment on the change").click()
    expect(page.locator("[data-composer-place]")).to_have_text("The change")
    page.get_by_role("textbox", name="Comment").fill("Why now?")
    page.get_by_role("button", name="Add to batch").click()
    expect(page.locator(".change-threads .comment.draft")).to_contain_text("Why now?")
    page.reload()
    page.locator(".change-threads").get_by_role("button", name="Discard").click()
    expect(page.locator(".change-threads .comment")).to_have_count(0)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_what_opens_over_the_rows_is_accessible(
    eyes: Eyes, reading: Reading, size: str, theme: str
) -> None:
    page = eyes.open(size, color_scheme=theme)
    _open(page, reading)
    handle(page, QUEUE, 20).click()
    if size == "phone":
        page.get_by_role("button", name=re.compile(r"of 3$")).tap()
        page.wait_for_timeout(400)  # it has come up
    page.get_by_label("How the diff is shown").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    if size == "phone" and not sheet(page).count():
        page.get_by_role("button", name=re.compile(r"of 3$")).tap()
        page.wait_for_timeout(400)
    _find(page, "remember")
    assert violations(page) == []
    assert overflow(page) <= 0


def test_seven_thousand_files_are_filtered_while_one_types(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    page.evaluate(MANY_FILES, 7_000)
    page.wait_for_timeout(300)
    page.evaluate(TYPED, "m")  # the names are read once
    took = min(page.evaluate(TYPED, words) for words in ("ma", "made 69", "made 699"))
    shown = page.locator("[data-tree-file]:not([hidden])")
    assert shown.count() == 7 + 10  # 699 to 6699, and 6990 to 6999
    assert took < FAST_MS


def test_a_file_viewed_without_a_network_is_told_of_later(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open("phone")
    _open(page, reading)
    box = section(page, CONTROLLER).get_by_role("checkbox", name="Viewed")
    page.context.set_offline(True)
    box.check()
    expect(section(page, CONTROLLER).locator("[data-file-body]")).to_be_hidden()
    with page.expect_response(re.compile("/viewed/$")) as told:
        page.context.set_offline(False)
    assert told.value.status == 204
    page.reload()
    expect(box).to_be_checked()
    with page.expect_response(re.compile("/viewed/$")):
        box.uncheck()
