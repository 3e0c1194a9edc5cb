"""The switch of the first incident, as an administrator uses it and everybody sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.acts import overflow, violations
from tests.browser.conftest import Eyes
from tests.e2e.house import House
from tests.installation import wait_for


@pytest.fixture
def running(house: House) -> Iterator[House]:
    """The house, which is not paused afterwards, whatever happened."""
    yield house
    house.manage("resume")


def test_one_button_pauses_every_page_says_so_and_the_banner_undoes_it(
    eyes: Eyes, running: House
) -> None:
    watching, page = eyes.open("phone"), eyes.open("desk")
    watching.goto("/")
    page.goto("/")
    page.get_by_label("Your menu").click()
    page.get_by_role("link", name="Incident").click()
    page.get_by_label("Reason").fill("A key may have leaked")
    page.get_by_role("button", name="Pause everything").click()
    expect(page.locator("[data-incident]")).to_contain_text("A key may have leaked")
    watching.reload()
    banner = watching.locator("[data-incident]")
    expect(banner).to_contain_text("Paused by admin")
    assert overflow(watching) == 0
    assert violations(watching) == []
    stranger = eyes.open("phone", signed_in=False)
    stranger.goto("/accounts/login/")
    expect(stranger.locator("[data-incident]")).to_contain_text("Paused since")
    expect(stranger.get_by_text("A key may have leaked")).to_have_count(0)
    banner.get_by_role("button", name="Resume").click()
    expect(watching.locator("[data-incident]")).to_have_count(0)
    expect(page.locator("[data-incident]")).to_have_count(0)  # without a reload


def test_the_settings_of_a_runner_are_shown_for_those_that_heed_them(
    eyes: Eyes, running: House
) -> None:
    name, _ = running.origin()
    page = eyes.open("phone")
    page.goto(f"/repositories/{name}/")
    page.get_by_label("One run, US dollars").fill("2.50")
    page.locator("#caps").get_by_role("button", name="Save").click()
    expect(page.get_by_label("One run, US dollars")).to_have_value("2.50")

    def knows_the_runner() -> bool:  # the worker reads the policy a moment after it was added
        page.goto(f"/new/?in={name}")
        return page.locator("#runner option[value=agent]").count() > 0

    wait_for(knows_the_runner, lambda: "the runner of the policy is not offered")
    page.get_by_label("Runner").select_option("agent")
    expect(page.locator("[data-runner-settings]")).to_be_hidden()
    page.get_by_label("Instruction").fill("Please do this.\ndo: write app.txt money")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#rounds")).to_contain_text("unknown")  # a program that does not tell
