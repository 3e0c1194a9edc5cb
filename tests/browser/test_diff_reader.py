"""Reading a diff by a person's hands: lines around, views, marks, files, keys, copies."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import overflow, sheet, sound
from tests.browser.conftest import LOOKS, Eyes, Shoot
from tests.browser.reading import CONTROLLER, QUEUE, Reading, change_to_read, handle, row, section
from tests.e2e.house import House

SIZES = pytest.mark.parametrize("size", ["desk", "phone"])


@pytest.fixture(scope="module")
def reading(house: House) -> Reading:
    """One change for all tests that leave nothing behind on it."""
    return change_to_read(house)


@pytest.fixture
def own_reading(house: House) -> Reading:
    """A change of the test's own."""
    return change_to_read(house)


def _open(page: Page, reading: Reading) -> None:
    page.goto(reading.diff)
    expect(section(page, QUEUE).locator(".diff")).to_be_attached()


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_reader_is_accessible_in_both_views(
    eyes: Eyes, reading: Reading, size: str, theme: str, shoot: Shoot
) -> None:
    page = eyes.open(size, color_scheme=theme)
    _open(page, reading)
    sound(page)
    shoot(page, f"reader-{size}-{theme}")
    if size == "desk":
        page.get_by_role("button", name="Split").click()
        expect(section(page, QUEUE).locator('.diff[data-view="split"]')).to_be_attached()
        sound(page)
        shoot(page, f"reader-split-{size}-{theme}")


@SIZES
def test_hidden_lines_come_by_twenty_and_then_all(eyes: Eyes, reading: Reading, size: str) -> None:
    page = eyes.open(size)
    _open(page, reading)
    file = section(page, CONTROLLER)
    shown = row(page, CONTROLLER, 84)
    expect(row(page, CONTROLLER, 63)).to_have_count(0)
    file.get_by_role("button", name="Show 20").click()
    expect(row(page, CONTROLLER, 63)).to_contain_text("// line 63 of the controller")
    expect(row(page, CONTROLLER, 62)).to_have_count(0)
    expect(shown).to_be_in_viewport()
    file.get_by_role("button", name="All 62").click()
    expect(row(page, CONTROLLER, 1)).to_contain_text("// line 1 of the controller")
    expect(file.locator("[data-more]")).to_have_count(0)
    numbers = file.locator("tr:not(.d) td:first-child").all_inner_texts()
    assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))


def test_a_link_to_a_hidden_line_opens_it(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    index = section(page, CONTROLLER).get_attribute("data-file")
    page.goto(f"{reading.diff}?#f{index}n40-42")
    expect(row(page, CONTROLLER, 40)).to_be_in_viewport()
    for line in (40, 41, 42):
        expect(row(page, CONTROLLER, line)).to_have_class(re.compile("picked"))
    expect(row(page, CONTROLLER, 43)).not_to_have_class(re.compile("picked"))


def test_the_view_is_kept_and_comes_from_the_server(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    page.get_by_role("button", name="Split").click()
    expect(section(page, QUEUE).locator('.diff[data-view="split"]')).to_be_attached()
    source = page.request.get(reading.diff).text()
    assert 'data-view="split"' in source
    assert 'data-view="unified"' not in source
    page.get_by_role("button", name="Unified").click()
    expect(section(page, QUEUE).locator('.diff[data-view="unified"]')).to_be_attached()


def test_a_narrow_window_is_unified_whatever_was_chosen(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    page.get_by_role("button", name="Split").click()
    expect(section(page, QUEUE).locator('.diff[data-view="split"]')).to_be_attached()
    page.set_viewport_size({"width": 800, "height": 800})
    expect(section(page, QUEUE).locator('.diff[data-view="unified"]')).to_be_attached()
    assert overflow(page) <= 0


@SIZES
def test_a_viewed_file_folds_and_the_next_one_comes(
    eyes: Eyes, own_reading: Reading, size: str
) -> None:
    page = eyes.open(size)
    _open(page, own_reading)
    first = page.locator("section.file").first
    path = first.get_attribute("aria-label") or ""
    with page.expect_response(re.compile("/viewed/$")) as told:
        first.get_by_role("checkbox", name="Viewed").check()
    assert told.value.status == 204
    expect(first.locator("[data-file-body]")).to_be_hidden()
    expect(page.locator("section.file").nth(1).locator(".file-head")).to_be_in_viewport()
    page.reload()
    expect(section(page, path).get_by_role("checkbox", name="Viewed")).to_be_checked()
    expect(section(page, path).locator("[data-file-body]")).to_be_hidden()
    with page.expect_response(re.compile("/viewed/$")):
        section(page, path).get_by_role("checkbox", name="Viewed").uncheck()
    expect(section(page, path).locator("[data-file-body]")).to_be_visible()


def test_a_viewed_hunk_folds_alone_and_stays_so(eyes: Eyes, own_reading: Reading) -> None:
    page = eyes.open()
    _open(page, own_reading)
    hunk = section(page, QUEUE).locator(".hunk-viewed").first
    with page.expect_response(re.compile("/viewed/$")) as told:
        hunk.click()
    assert told.value.status == 204
    expect(handle(page, QUEUE, 9)).to_be_hidden()
    page.reload()
    expect(section(page, QUEUE).locator(".hunk-viewed").first).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(handle(page, QUEUE, 9)).to_be_hidden()


def test_a_folded_file_is_a_sentence_until_it_is_opened(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    lock = section(page, "gradle.lockfile")
    expect(lock.locator(".diff")).to_have_count(0)
    lock.get_by_role("button", name="Open", exact=True).click()
    expect(row(page, "gradle.lockfile", 41)).to_contain_text("a:b39")


def test_files_are_filtered_and_gone_to(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    page.keyboard.press("f")
    page.keyboard.type("control")
    tree = page.get_by_role("navigation", name="Files")
    expect(tree.get_by_role("link")).to_have_count(2)  # the file and the order
    page.keyboard.press("Enter")
    expect(section(page, CONTROLLER).locator(".file-head")).to_be_in_viewport()
    page.get_by_role("searchbox", name="Filter files").fill("nothing of that")
    expect(tree.get_by_text("No file has this")).to_be_visible()


def test_on_a_phone_the_files_are_a_sheet(eyes: Eyes, reading: Reading, shoot: Shoot) -> None:
    page = eyes.open("phone")
    _open(page, reading)
    page.get_by_role("button", name=re.compile(r"of 3$")).tap()
    expect(sheet(page).get_by_role("searchbox", name="Filter files")).to_be_visible()
    expect(sheet(page).get_by_role("searchbox", name="Find in change")).to_be_visible()
    page.wait_for_timeout(400)  # it has come up
    shoot(page, "reader-files-phone")
    sound(page)
    sheet(page).get_by_role("link", name=re.compile("PlaybackController")).tap()
    expect(sheet(page)).to_have_count(0)
    expect(section(page, CONTROLLER).locator(".file-head")).to_be_in_viewport()


def test_a_change_is_read_with_keys_alone(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    handle(page, CONTROLLER, 84).focus()
    page.keyboard.press("n")
    first = page.evaluate("document.activeElement.closest('tr').className")
    assert re.search("[ad]", first)
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("k")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.getAttribute('href')") == second
    page.keyboard.press("e")
    expect(row(page, CONTROLLER, 70)).to_be_attached()
    page.keyboard.press("x")
    expect(section(page, CONTROLLER).locator("[data-file-body]")).to_be_hidden()
    page.keyboard.press("x")
    page.keyboard.press("?")
    expect(sheet(page)).to_contain_text("Next, previous changed block")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find in change")).to_be_focused()


def _copied(page: Page, first: str, last: str) -> str:
    """What is copied when the code of two rows and all between is selected."""
    return str(page.evaluate(
        """([first, last]) => {
          const from = document.querySelector(first), to = document.querySelector(last);
          const range = document.createRange();
          range.setStart(from, 0); range.setEnd(to, to.childNodes.length);
          getSelection().removeAllRanges(); getSelection().addRange(range);
          const data = new DataTransfer();
          document.dispatchEvent(new ClipboardEvent("copy",
            {clipboardData: data, bubbles: true, cancelable: true}));
          return data.getData("text/plain");
        }""",
        [first, last],
    ))  # fmt: skip


def test_a_copy_is_the_lines_and_nothing_else(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open()
    _open(page, reading)
    index = section(page, QUEUE).get_attribute("data-file")
    start, end = f"tr[id='f{index}n10'] td:last-child", f"tr[id='f{index}n13'] td:last-child"
    assert _copied(page, start, end) == (
        ") {\n    private var order: List<TrackId> = emptyList()\n\n"
        "    fun start(tracks: List<TrackId>): TrackId {\n"
        "    fun start(tracks: List<TrackId>): TrackId? {"
    )
    page.get_by_role("button", name="Split").click()
    expect(section(page, QUEUE).locator('.diff[data-view="split"]')).to_be_attached()
    new = f"td[id='f{index}n%d'] ~ td ~ td"
    assert _copied(page, new % 11, new % 14) == (
        "    private var order: List<TrackId> = emptyList()\n\n"
        "    fun start(tracks: List<TrackId>): TrackId? {\n"
        "        order = tracks.shuffled(random)"
    )
    page.get_by_role("button", name="Unified").click()


def test_the_place_is_kept_over_a_reload(eyes: Eyes, reading: Reading) -> None:
    page = eyes.open("phone")
    _open(page, reading)
    row(page, QUEUE, 20).scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 60)")
    before = row(page, QUEUE, 20).bounding_box()
    page.wait_for_timeout(300)
    page.reload()
    expect(row(page, QUEUE, 20)).to_be_in_viewport()
    page.wait_for_timeout(300)
    after = row(page, QUEUE, 20).bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 24


def test_what_was_looked_at_is_told(eyes: Eyes, own_reading: Reading) -> None:
    page = eyes.open()
    _open(page, own_reading)
    page.wait_for_timeout(900)
    with page.expect_request(re.compile("/looks/$")) as told:
        page.evaluate("dispatchEvent(new Event('pagehide'))")  # of a real one no request is seen
    assert "looks=" in (told.value.post_data or "")
