"""A change's page while it is open: what is new comes at once, and a page at rest lets be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import modes
from tests.browser.acts import status
from tests.browser.conftest import Eyes, signed_in
from tests.doubles.messages_api import MessagesApi, Turn
from tests.e2e.house import House
from tests.installation import wait_for

SOON_MS = 2000  # from the moment at which it is stored
REST_MS = 7000


def asks(question: str, *answers: str, say: str = "") -> Turn:
    return Turn.tools(("ask", {"question": question, "answers": list(answers)}), say=say)


@pytest.fixture(scope="module")
def model() -> Iterator[MessagesApi]:
    second = asks("Second?", "Three", "Four", say="Then this:")  # so that its call has another id
    turns = [asks("First?", "One", "Two"), second, Turn.text("Done.")]
    with MessagesApi(turns) as service:
        yield service


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory, model: MessagesApi) -> Iterator[House]:
    """An installation whose agents ask two questions."""
    own = {"ANTHROPIC_API_KEY": "test-key-of-nobody", "ANTHROPIC_BASE_URL": model.url}
    with modes.database() as name:
        made = House(tmp_path_factory.mktemp("asking"), name, own).set_up().start()
        try:
            yield made
        finally:
            made.end()


@pytest.fixture
def watcher(browser: Browser, asking: House) -> Iterator[Page]:
    """The administrator's page of that installation."""
    eyes = Eyes(browser, asking, signed_in(browser, asking))
    yield eyes.open("desk")
    eyes.close()
    assert not eyes.trouble, "\n".join(eyes.trouble)


def test_questions_come_at_once_and_a_change_at_rest_is_not_asked_for_again_and_again(
    watcher: Page, asking: House
) -> None:
    name, _ = asking.origin()
    number = asking.admin.open(name, "Ask me twice", "anthropic_api")
    watcher.goto(f"/changes/{number}/")
    for question, answer in (("First?", "One"), ("Second?", "Three")):
        _is_asked(asking, number, question)
        button = watcher.get_by_role("button", name=answer)
        expect(button).to_be_visible(timeout=SOON_MS)
        button.click()
    status(watcher, "The agent changed nothing")
    watcher.wait_for_timeout(SOON_MS)  # the last bells of the run that has ended

    asked: list[str] = []
    watcher.on("request", lambda request: asked.append(request.url))
    watcher.on("websocket", lambda socket: asked.append(socket.url))
    watcher.wait_for_timeout(REST_MS)
    assert len(asked) <= 1, asked  # the slow look, for a bell that was lost


def _is_asked(house: House, number: int, question: str) -> None:
    def is_so() -> bool:
        return bool(house.admin.change(number)["question"] == question)

    wait_for(is_so, lambda: house.admin.told(house.admin.change(number)), 60)


def test_what_another_decides_comes_to_a_page_at_rest(eyes: Eyes, house: House) -> None:
    name, _ = house.origin()
    change = house.admin.reviewed(name, "write app.txt rest")
    number = change["number"]
    page = eyes.open("phone")
    with page.expect_websocket(lambda socket: socket.url.endswith(f"/ws/changes/{number}/")) as got:
        page.goto(f"/changes/{number}/")
    assert not got.value.is_closed()
    status(page, "Ready to be read")
    house.admin.verdict(change, "reject", message="Not like this.", reasons=["other"])
    expect(page.locator("#change-head")).to_contain_text("Rejected", timeout=SOON_MS)


def test_a_tick_says_at_once_who_and_when(eyes: Eyes, house: House) -> None:
    name, _ = house.origin()
    change = house.admin.reviewed(name, "write check.sh exit 0")
    page = eyes.open("phone")
    page.goto(f"/changes/{change['number']}/")
    guard = page.locator("#guard")
    expect(guard).to_contain_text("1 item, 1 to tick")
    box = page.get_by_label("I saw it")
    box.focus()
    page.keyboard.press("Space")
    expect(guard).to_contain_text("Ticked by")
    expect(guard).not_to_contain_text("to tick")
    expect(guard.locator(".tick")).to_be_focused()
