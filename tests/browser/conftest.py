"""A real Chromium against a real installation, at a desk's size and a phone's.

Whatever a page says on its console, every script error and every refusal by the content security
policy fails the test that saw it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import modes
from tests.e2e.house import House

SIZES: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 800}},
    "phone": {
        "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True,
        "device_scale_factor": 2,
    },
}  # fmt: skip
LOOKS = [("desk", "light"), ("phone", "dark")]  # of pages that are looked at whole
if os.environ.get("HONK_TEST_SCREENSHOTS"):
    LOOKS = list(itertools.product(("desk", "phone"), ("light", "dark")))
Shoot = Callable[[Page, str], None]  # keeps a picture under a name
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
# Said by Chromium itself of answers that a test asks for on purpose.
EXPECTED = ("Failed to load resource", "WebSocket connection to")


@dataclass
class Eyes:
    """Opens browser contexts that watch for trouble."""

    browser: Browser
    house: House
    cookies: dict[str, Any]
    trouble: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, size: str = "desk", *, signed_in: bool = True, **options: Any) -> Page:
        """A page of a context of its own."""
        state = {"storage_state": self.cookies} if signed_in else {}
        context = self.browser.new_context(
            base_url=self.house.url, **{**SIZES[size], **state, **options}
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.trouble.append(f"{page.url}: {error}"))
        page.on("console", lambda told: self._hear(page, told.type, told.text))
        return page

    def _hear(self, page: Page, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.startswith(EXPECTED):
            self.trouble.append(f"{page.url}: {text}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The installation that all pages are of; its undo window can be caught by a hand."""
    with modes.database() as name:
        settings = {"HONK_UNDO_SECONDS": "4"}
        made = House(tmp_path_factory.mktemp("house"), name, settings).set_up().start()
        try:
            yield made
        finally:
            made.end()


@pytest.fixture(scope="module")  # as long as it lives, its thread can run no other event loop
def browser(chromium_path: str) -> Iterator[Browser]:
    """The system's Chromium, or Playwright's own."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path or None, args=arguments)
        yield chromium
        chromium.close()


def signed_in(browser: Browser, house: House) -> dict[str, Any]:
    """What a browser keeps of the administrator's sign-in by a one-time link."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(house.manage("sign_in_link", "admin").strip())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{house.url}/")
    state: dict[str, Any] = dict(context.storage_state())
    context.close()
    return state


@pytest.fixture(scope="module")
def cookies(browser: Browser, house: House) -> dict[str, Any]:
    """The administrator's sign-in to the shared installation."""
    return signed_in(browser, house)


@pytest.fixture
def eyes(browser: Browser, house: House, cookies: dict[str, Any]) -> Iterator[Eyes]:
    """Contexts for a test; fails it when a page had trouble."""
    made = Eyes(browser, house, cookies)
    yield made
    made.close()
    assert not made.trouble, "\n".join(made.trouble)


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Shoot:
    """Keep a picture of a page where HONK_TEST_SCREENSHOTS names a folder."""
    folder = os.environ.get("HONK_TEST_SCREENSHOTS", "")

    def keep(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png")

    return keep
