"""50,000 rows in a real Chromium: when they can be read, how they scroll, what a press costs.

Ours from the real server, against a page with all our rows at once and against diff2html, on a desk
and on a phone whose processor is four times slower.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.database import ready
from tests.bench.diffs_made import made
from tests.bench.harness import Row, bench, leave_out
from tests.bench.pages_made import diff2html_page, plain_page, serving

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True,
}  # fmt: skip
SLOWER = 4.0
LOADS = 3
FRAME_MS, PAINT_MS = 200, 100
PLAIN, DIFF2HTML, PHONE_PLAIN, COMMENT = 1 / 20, 1 / 50, 1 / 33, 1 / 10
PATIENCE_MS = 120_000
READY = """() => new Promise((done) => requestAnimationFrame(() =>
  setTimeout(() => done(performance.now()))))"""
SCROLL = """async () => {
  let longest = 0, last = performance.now();
  for (let frame = 0; frame < 200; frame += 1) {
    window.scrollBy(0, innerHeight);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  return longest;
}"""
WATCH = """() => {
  window.slowest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.slowest = Math.max(window.slowest, entry.duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: false });
}"""
# A form under a line, as a page without ours would put it there; laid out at once.
INSERT = """() => {
  const row = document.querySelectorAll("tr.a")[3];
  row.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    row.insertAdjacentHTML("afterend", "<tr><td colspan=3><textarea></textarea>");
    row.nextElementSibling.querySelector("textarea").focus();
  });
}"""


@dataclass(frozen=True)
class Place:
    """Where a page is, and the cookies that open it."""

    address: str
    cookies: tuple[Any, ...] = ()


@bench("diff-browser")
def browser_rows() -> list[Row]:
    """Rows of a desk and of a phone; left out where there is no Chromium."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        return leave_out("the diff page in a browser", "for want of Chromium")
    with _places() as places, sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        try:
            return [*_ready(browser, places), *_felt(browser, places)]
        finally:
            browser.close()


@contextmanager
def _places() -> Iterator[dict[str, Place]]:
    """The pages by name; records are made before a browser's loop runs."""
    ready()
    from django.conf import settings
    from django.test import Client

    from tests.bench.rounds_made import reviewable

    diff = made("50k-rows")
    change = reviewable(diff)
    client = Client()
    client.force_login(change.author)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    with tempfile.TemporaryDirectory(prefix="honk-bench-") as folder, serving() as address:
        own = {"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}
        places = {
            "ours": Place(f"{address}/changes/{change.pk}/rounds/1/", (own,)),
            "plain": Place(plain_page(diff, Path(folder))),
        }
        if peer := diff2html_page(diff, Path(folder)):
            places["diff2html"] = Place(peer)
        yield places


@contextmanager
def _opened(browser: Browser, place: Place, size: dict[str, Any], slower: float) -> Iterator[Page]:
    """The page opened twice, as by somebody whose browser knows the site's scripts and styles."""
    context = browser.new_context(**size)
    try:
        context.add_cookies(list(place.cookies))
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        if slower > 1:
            tools = context.new_cdp_session(page)
            tools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        if place.cookies:
            page.goto(place.address, wait_until="load")
        page.goto(place.address, wait_until="load")
        yield page
    finally:
        context.close()


def _took(browser: Browser, place: Place, size: dict[str, Any], slower: float) -> float:
    """Milliseconds from asking for the page until it is loaded and painted; the best of some."""
    found = []
    for _ in range(LOADS if place.cookies else 1):  # the others take many seconds each
        with _opened(browser, place, size, slower) as page:
            found.append(page.evaluate(READY))
    return min(found)


def _ready(browser: Browser, places: dict[str, Place]) -> list[Row]:
    _took(browser, places["ours"], DESK, 1)  # a server's first page, and what it keeps of it
    ours, plain = (_took(browser, places[name], DESK, 1) for name in ("ours", "plain"))
    phone, slow = (_took(browser, places[name], PHONE, SLOWER) for name in ("ours", "plain"))
    what = "browser, 50k rows to read"
    rows = [
        _row(f"{what}, against all rows at once", ours, plain, PLAIN),
        _row(f"{what}, slow phone, against all at once", phone, slow, PHONE_PLAIN),
    ]
    if "diff2html" not in places:
        return [*rows, *leave_out("diff2html in a browser", "for want of node and npm")]
    peer = _took(browser, places["diff2html"], DESK, 1)
    return [*rows, _row(f"{what}, against diff2html", ours, peer, DIFF2HTML)]


def _felt(browser: Browser, places: dict[str, Place]) -> list[Row]:
    """Scrolling, and presses with 10,000 rows open."""
    rows = []
    for words, size, slower in (("", DESK, 1.0), (", slow phone", PHONE, SLOWER)):
        with _opened(browser, places["plain"], size, slower) as page:
            page.evaluate(INSERT)
            theirs = _pressed(page, "tr.a a >> nth=3")
        with _opened(browser, places["ours"], size, slower) as page:
            # a phone has no button to fold; there a file is folded by marking it as viewed
            has_fold = page.locator("#f0 [data-fold]").is_visible()
            fold = _pressed(page, "#f0 [data-fold]") if has_fold else None
            viewed = _pressed(page, "#f0 label.viewed")
            comment = _pressed(page, "#f1 .file-body tr.a a >> nth=3")
        with _opened(browser, places["ours"], size, slower) as page:
            longest = page.evaluate(SCROLL)
        rows += [
            _row(
                f"browser, a comment opened{words}, against all at once", comment, theirs, COMMENT
            ),
            _row(f"browser, a comment opened{words}, to the next paint", comment, PAINT_MS, 1),
            *(
                [_row(f"browser, a file folded{words}, to the next paint", fold, PAINT_MS, 1)]
                if fold is not None
                else []
            ),
            _row(f"browser, a file viewed{words}, to the next paint", viewed, PAINT_MS, 1),
            _row(f"browser, the longest frame of scrolling{words}", longest, FRAME_MS, 1),
        ]
    return rows


def _pressed(page: Page, selector: str) -> float:
    """Milliseconds from a press until what it did is painted, as the browser itself tells."""
    target = page.locator(selector).first
    target.scroll_into_view_if_needed()
    page.evaluate(WATCH)
    target.click()
    page.wait_for_timeout(1_000)
    slowest: float = page.evaluate("window.slowest")
    return max(slowest, 16)  # it tells of nothing that was faster


def _row(name: str, ours: float, peer: float, goal: float) -> Row:
    return Row(name, round(ours, 1), round(peer, 1), round(ours / peer, 4), round(goal, 4))
