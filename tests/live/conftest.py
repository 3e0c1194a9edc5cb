"""One web process, one helper process and one browser for all tests of a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests import modes
from tests.live.hand import Hand
from tests.live.server import Web, prepare

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True,
}  # fmt: skip
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A running web process on a database of its own."""
    folder = tmp_path_factory.mktemp("live") / "data"
    with modes.database() as name:
        own = modes.clean_environment() | modes.mode_environment(folder, name)
        server = Web(prepare(own))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def hand(web: Web) -> Iterator[Hand]:
    """A process that writes rows into the web process's database."""
    helper = Hand(web.environment)
    yield helper
    helper.close()


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """The system's Chromium, or Playwright's own."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path or None, args=arguments)
        yield browser
        browser.close()


def is_complaint(message: ConsoleMessage) -> bool:
    """Errors, but for a socket that a page left behind before it was open, and a refused comment,
    which tests send on purpose."""
    told, of = message.text, str(message.location.get("url", ""))
    is_refusal = "status of 400" in told and of.endswith("/comments/")
    is_left = told.startswith("WebSocket connection to")
    return message.type == "error" and not (is_refusal or is_left)


@pytest.fixture(scope="module")
def rows(hand: Hand) -> dict[str, Any]:
    return hand.do("seed")


@pytest.fixture
def visit(chromium: Browser, web: Web, rows: dict[str, Any]) -> Iterator[Visit]:
    """Opens a path as the administrator; fails on what the console complains of."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def go(path: str, init: str = "", **screen: Any) -> Page:
        context = chromium.new_context(**{**DESK, **screen})
        contexts.append(context)
        site = f"http://localhost:{web.port}"
        context.add_cookies([{"name": "sessionid", "value": rows["cookie"], "url": site}])
        if init:
            context.add_init_script(init)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if is_complaint(m) else None)
        page.goto(site + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []
