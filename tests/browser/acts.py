"""What a person does on the pages, by what the controls are called."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.house import House

NUMBER = re.compile(r"/changes/(\d+)/")
# All that axe checks unasked, and the size of targets, which it leaves out unless asked.
AXE = {"rules": {"target-size": {"enabled": True}}}


def give(page: Page, repository: str, instruction: str, runner: str = "agent") -> int:
    """Give an instruction through the form; the change's number."""
    page.goto("/")
    page.get_by_role("link", name="New", exact=True).locator("visible=true").click()
    _offered(page, repository, runner)
    page.get_by_label("Instruction").fill(instruction)
    page.get_by_label("Runner").select_option(runner)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(NUMBER)
    found = NUMBER.search(page.url)
    assert found
    return int(found[1])


def _offered(page: Page, repository: str, runner: str) -> None:
    """A repository just added is read by a worker first; then its runners are in the form."""
    for _ in range(20):
        page.get_by_label("Repository").select_option(repository)
        if page.get_by_label("Runner").locator(f"option[value={runner}]").count():
            return
        page.wait_for_timeout(500)
        page.reload()


def status(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait until the head of the change's page says so, without a reload."""
    expect(page.locator("#change-head")).to_contain_text(words)


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Parts of the change").get_by_role(
        "link", name=re.compile(f"^{name}")
    ).click()


def act(page: Page, name: str) -> None:
    """A control of the verdict bar."""
    page.get_by_role("region", name="Verdict on round").get_by_role(
        "button", name=name, exact=True
    ).click()


def approve_unread(page: Page, files: str = "1 file") -> None:
    """Approve without opening these, as the sheet that asks about them says."""
    act(page, "Approve")
    expect(sheet(page)).to_contain_text(f"You have not opened 1 of {files}")
    page.wait_for_timeout(700)  # a tap right after the first is no answer
    sheet(page).get_by_role("button", name="Approve without reading 1 file").click()


def look_at(page: Page, path: str) -> None:
    """Stay on the diff until the server has heard that its only file was opened."""
    expect(page.get_by_role("region", name=path).locator(".diff")).to_be_visible()
    expect(page.locator("[data-seen]")).to_have_attribute("data-opened", re.compile(r"\d"))


def sheet(page: Page) -> Locator:
    """The sheet that is open."""
    return page.get_by_role("dialog")


def line_number(page: Page, path: str, line: int) -> Locator:
    """The handle of a new line."""
    return (
        page.get_by_role("region", name=path).get_by_role("link", name=str(line), exact=True).last
    )


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


def violations(page: Page) -> list[str]:
    """What axe finds inaccessible, each in a line; empty when nothing is.

    Read from the top of the page: further down a target may stand half under the sticky header, which
    axe takes for a small one.
    """
    was: int = page.evaluate("() => { const y = scrollY; scrollTo(0, 0); return y; }")
    found: list[dict[str, Any]] = Axe().run(page, options=AXE).response["violations"]
    page.evaluate("(y) => scrollTo(0, y)", was)
    return [
        f"{v['id']} ({v['impact']}): " + "; ".join(n["html"][:160] for n in v["nodes"][:3])
        for v in found
    ]


def sound(page: Page) -> None:
    """It fits its window and is accessible."""
    assert overflow(page) <= 0
    found = violations(page)
    assert not found, found


def begun(house: House, policy: str, runner: str, title: str) -> tuple[int, int]:
    """A new change whose agent has said "begun" and works on; its number and that of its run."""
    name, _ = house.origin(policy=policy)
    number = house.admin.open(name, "Take your time", runner=runner, title=title)
    return number, house.admin.wait_for_log(number, "begun")
