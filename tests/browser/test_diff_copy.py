"""What Chromium copies of the diff: lines are exact wherever the selection begins."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Eyes
from tests.browser.reading import section
from tests.diffs.trees import Tree, compare, git
from tests.e2e.house import House

pytestmark = pytest.mark.browser
# git takes a file for text where the first 8000 bytes hold no NUL
FAR = b"".join(b"%d\n" % number for number in range(2000))
COPIED = """() => {
  const data = new DataTransfer();
  document.dispatchEvent(
    new ClipboardEvent('copy', {clipboardData: data, bubbles: true, cancelable: true}));
  return data.getData('text/plain');
}"""


@pytest.fixture(scope="module")
def number(house: House) -> int:
    """A change with empty lines, without a last newline, and with a NUL."""
    old: Tree = {b"gaps.txt": ("100644", b"a\n\nb\n"), b"nul.txt": ("100644", FAR)}
    new: Tree = {
        b"gaps.txt": ("100644", b"a\n\nb\n\n\nc"),
        b"nul.txt": ("100644", FAR + b"x\0y\n"),
    }
    place = house.folder / "gaps.git"
    compare(place, old, new)
    base = git(place, "rev-parse", "old").strip().decode()
    git(place, "update-ref", "refs/heads/main", base)
    tree = git(place, "rev-parse", "new^{tree}").strip().decode()
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    head = git(place, *who, "commit-tree", tree, "-p", base, "-m", "Gaps").strip().decode()
    git(place, "update-ref", "refs/heads/gaps", head)
    house.page.post("/repositories/", {"name": "gaps", "origin": str(place)})
    told = house.manage("import_change", "--repo", "gaps", "--head", "gaps", "--title", "Gaps")
    made = int(told.split("#")[1].split(":")[0])
    house.admin.until(made, "awaiting_review")
    return made


def _open(page: Page, number: int) -> None:
    page.goto(f"/changes/{number}/rounds/1/")
    for name in ("gaps.txt", "nul.txt"):
        section(page, name).scroll_into_view_if_needed()
        expect(section(page, name).locator(".diff tr").first).to_be_attached()


def test_all_of_the_page_keeps_empty_lines_and_no_sentence_of_git(eyes: Eyes, number: int) -> None:
    page = eyes.open()
    _open(page, number)
    page.keyboard.press("ControlOrMeta+a")
    copied = page.evaluate(COPIED)
    assert "\na\n\nb\n\n\nc\n" in copied
    assert "No newline at end of file" not in copied
    assert "1998\n1999\nx\0y" in copied
    assert "gaps.txt" in copied


def test_from_a_heading_into_rows_the_lines_are_exact(eyes: Eyes, number: int) -> None:
    page = eyes.open()
    _open(page, number)
    head = section(page, "gaps.txt").get_by_text("gaps.txt").first.bounding_box()
    last = section(page, "gaps.txt").locator(".diff tr.a td:last-child").last.bounding_box()
    assert head
    assert last
    page.mouse.move(head["x"] + 1, head["y"] + head["height"] / 2)
    page.mouse.down()
    page.mouse.move(last["x"] + 60, last["y"] + 10, steps=4)
    page.mouse.up()
    copied = page.evaluate(COPIED)
    assert copied.startswith("gaps.txt")
    assert copied.endswith("\na\n\nb\n\n\nc")


def test_a_nul_is_copied_itself(eyes: Eyes, number: int) -> None:
    page = eyes.open()
    _open(page, number)
    section(page, "nul.txt").locator("tr.a td:last-child").evaluate(
        "(cell) => getSelection().selectAllChildren(cell)"
    )
    assert page.evaluate(COPIED) == "x\0y"
