"""What fingers hit on the diff's page: nothing lies over its neighbour, nothing is too small."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.acts import overflow, violations
from tests.browser.conftest import Eyes, Shoot
from tests.browser.reading import handle, section, write
from tests.e2e.house import House
from tests.e2e.repos import POLICY

FILE = "app/Refunds.kt"
# Far within a function of a long name, so that all three buttons stand in the heading and wrap
LINES = ["class Refunds {"] + [
    "    fun refundTheOrderBecauseTheCustomerAskedForIt() {" if at == 30 else f"        call({at})"
    for at in range(400)
]


@pytest.fixture(scope="module")
def number(house: House) -> int:
    """A change with hidden lines above, between and below its hunks."""
    name, _ = house.origin({FILE: "\n".join(LINES) + "\n"}, policy=POLICY)
    new = [line + " // new" if at in {100, 300} else line for at, line in enumerate(LINES)]
    made = house.admin.reviewed(name, write(FILE, "\n".join(new) + "\n"), title="Refund")
    return int(made["number"])


def _open(page: Page, number: int) -> None:
    page.goto(f"/changes/{number}/rounds/1/")
    expect(section(page, FILE).locator(".diff tr").first).to_be_attached()


def _overlaps(page: Page) -> list[str]:
    """Pairs of targets in the rows' headings, and numbers, that share a place on the screen."""
    found: list[str] = page.evaluate(
        """() => {
          const told = (selector) => [...document.querySelectorAll(selector)].map(
            (element) => [element.className || element.textContent, element.getBoundingClientRect()]);
          const heads = told('.diff :is(caption, .tail) :is(a, button)');
          const all = [...heads, ...told('.diff td > a')];
          return heads.flatMap(([name, a], at) => all.slice(at + 1).filter(([, b]) =>
            Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 &&
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5
          ).map(([other]) => `${name} over ${other}`));
        }"""
    )
    return found


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 360])
def test_no_button_of_a_heading_lies_over_another_or_over_a_number(
    eyes: Eyes, number: int, shoot: Shoot, width: int, look: str
) -> None:
    page = eyes.open("phone", viewport={"width": width, "height": 844}, color_scheme=look)
    _open(page, number)
    expect(section(page, FILE).get_by_role("button", name="Up to fun")).not_to_have_count(0)
    shoot(page, f"headings-{width}-{look}")
    assert not _overlaps(page)
    assert overflow(page) <= 0
    assert not violations(page)


def _is_for_a_finger(target: Locator) -> bool:
    box = target.bounding_box()
    assert box
    return box["width"] >= 44 and box["height"] >= 44


def test_the_changes_number_and_a_drafts_acts_are_as_large_as_a_finger(
    eyes: Eyes, number: int
) -> None:
    page = eyes.open("phone")
    _open(page, number)
    assert _is_for_a_finger(page.get_by_role("link", name=f"#{number}", exact=True))
    handle(page, FILE, 101).tap()
    page.get_by_role("textbox", name="Comment").fill("Why here?")
    page.get_by_role("button", name="Add to batch").tap()
    draft = page.locator(".comment.draft:not(form)")
    assert _is_for_a_finger(draft.get_by_role("button", name="Edit"))
    assert _is_for_a_finger(draft.get_by_role("button", name="Discard"))
