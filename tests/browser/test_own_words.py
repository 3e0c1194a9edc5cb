"""What a browser keeps for a person is nobody else's: a shared one, a session that is over."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Eyes
from tests.browser.reading import QUEUE, Reading, change_to_read, handle, section
from tests.e2e.house import House
from tests.e2e.repos import POLICY

WORDS = "Nobody but me reads this"
COMMENTS = re.compile(r"/comments/$")


@pytest.fixture(scope="module")
def reading(house: House) -> Reading:
    """A change that two people may read; the other is called like its repository."""
    made = change_to_read(house)
    house.invite(f"other-{made.repository}", **{made.repository: "reviewer"})
    return made


def _sign_in(page: Page, house: House, username: str) -> None:
    page.goto("about:blank")  # what the page before has to say is said
    page.context.clear_cookies()
    page.goto(house.manage("sign_in_link", username).strip())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{house.url}/")


def _other(reading: Reading) -> str:
    return f"other-{reading.repository}"


def _read(page: Page, reading: Reading) -> None:
    page.goto(reading.diff)
    expect(section(page, QUEUE).locator(".diff")).to_be_attached()


def _drop_session(context: BrowserContext) -> None:
    """As if it had ended on the server."""
    context.clear_cookies(name="sessionid")


def _composer(page: Page) -> str:
    """Waits for the words that came back."""
    field = page.get_by_role("textbox", name="Comment")
    expect(field).to_be_visible()
    return field.input_value()


def _thrown_away(page: Page) -> None:
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("form.composer")).to_have_count(0)


def test_unsent_words_never_become_a_draft_of_the_next_person(
    eyes: Eyes, house: House, reading: Reading
) -> None:
    page = eyes.open()
    _read(page, reading)
    page.route(COMMENTS, lambda route: route.abort())
    handle(page, QUEUE, 20).click()
    page.get_by_role("textbox", name="Comment").fill(WORDS)
    expect(page.locator(".composer.unsent")).to_contain_text("Kept on this device")
    page.unroute(COMMENTS)

    _sign_in(page, house, _other(reading))
    saved: list[str] = []
    page.on("request", lambda asked: saved.append(asked.url) if asked.method == "POST" else None)
    _read(page, reading)
    page.wait_for_timeout(1500)
    assert page.locator("form.composer").count() == 0
    assert WORDS not in page.content()
    assert not [url for url in saved if COMMENTS.search(url)]

    _sign_in(page, house, "admin")
    _read(page, reading)
    assert _composer(page) == WORDS
    expect(page.locator(".composer [data-draft-state]")).to_contain_text("Saved")
    _thrown_away(page)


def test_words_of_a_time_before_copies_had_a_person_are_given_to_nobody(
    eyes: Eyes, reading: Reading
) -> None:
    page = eyes.open()
    _read(page, reading)
    page.evaluate(
        """([path, words]) => localStorage.setItem(`honk-draft:${path}:change`,
            JSON.stringify({round: "1", body: words}))""",
        [reading.diff, WORDS],
    )
    _read(page, reading)
    page.wait_for_timeout(1000)
    assert page.locator("form.composer").count() == 0


def test_a_session_that_ends_while_one_writes_keeps_the_words_for_their_writer(
    eyes: Eyes, house: House, reading: Reading
) -> None:
    page = eyes.open("phone")
    _read(page, reading)
    _drop_session(page.context)
    handle(page, QUEUE, 20).tap()
    page.get_by_role("textbox", name="Comment").fill(WORDS)
    state = page.locator(".composer.unsent [data-draft-state]")
    expect(state).to_contain_text("Signed out. Kept on this device")
    page.get_by_role("button", name="Add to batch").tap()
    expect(state).to_contain_text("Signed out. Kept on this device")
    expect(page.get_by_role("textbox", name="Comment")).to_have_value(WORDS)

    page.goto(reading.diff)
    assert page.evaluate("document.body.dataset.person") is None, "the sign-in page is nobody's"
    _sign_in(page, house, "admin")
    _read(page, reading)
    assert _composer(page) == WORDS
    expect(page.locator(".composer [data-draft-state]")).to_contain_text("Saved")
    _thrown_away(page)


def test_an_instruction_sent_after_the_session_is_over_comes_back_to_its_writer_only(
    eyes: Eyes, house: House, reading: Reading
) -> None:
    page = eyes.open()
    page.goto("/new/")
    page.get_by_label("Repository").select_option(reading.repository)
    page.get_by_label("Instruction").fill(WORDS)
    _drop_session(page.context)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/accounts/"))

    _sign_in(page, house, _other(reading))
    page.goto("/new/")
    expect(page.get_by_label("Instruction")).to_have_value("")
    _sign_in(page, house, "admin")
    page.goto("/new/")
    expect(page.get_by_label("Instruction")).to_have_value(WORDS)


def test_words_of_a_verdict_come_back_to_their_writer_and_go_when_they_are_taken(
    eyes: Eyes, house: House, reading: Reading
) -> None:
    page = eyes.open()
    at = f"/changes/{reading.number}/"
    page.goto(at)
    page.get_by_role("button", name="Re-prompt", exact=True).click()
    page.get_by_placeholder("Add a message").fill(WORDS)
    page.wait_for_timeout(1000)
    _sign_in(page, house, _other(reading))
    page.goto(at)
    expect(page.get_by_placeholder("Add a message")).to_have_value("")
    _sign_in(page, house, "admin")
    page.goto(at)
    page.get_by_role("button", name="Re-prompt", exact=True).click()
    expect(page.get_by_placeholder("Add a message")).to_have_value(WORDS)
    page.get_by_role("dialog").get_by_text("Incomplete").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Re-prompt")).click()
    expect(page.get_by_text("round 2 is queued")).to_be_visible()
    assert not [key for key in page.evaluate("Object.keys(localStorage)") if "verdict" in key]


def test_what_one_person_opened_is_not_opened_by_the_next_on_the_same_device(
    eyes: Eyes, house: House, reading: Reading
) -> None:
    name, _ = house.origin(policy=f"{POLICY}\n[review]\ntwo_person = false\n")
    number = house.admin.reviewed(name, "write app.txt one")["number"]
    house.give_role(_other(reading), name, "maintainer")
    page = eyes.open()
    page.goto(f"/changes/{number}/rounds/1/")
    expect(page.locator("[data-seen]")).to_have_attribute("data-opened", re.compile(r"\d"))
    _sign_in(page, house, _other(reading))
    page.goto(f"/changes/{number}/")
    expect(page.locator("[data-seen]")).to_have_attribute("data-opened", "")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("You have not opened 1 of 1 file")


def test_a_look_that_could_not_be_told_goes_with_the_approval(eyes: Eyes, house: House) -> None:
    name, _ = house.origin()
    number = house.admin.reviewed(name, "write app.txt one")["number"]
    page = eyes.open()
    page.route(re.compile("/looks/$"), lambda route: route.abort())
    page.goto(f"/changes/{number}/rounds/1/")
    expect(page.locator(".approve.primary")).to_be_visible()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    page.goto(f"/changes/{number}/")
    expect(page.locator("#timeline")).to_contain_text("approved round 1")
    expect(page.locator("#timeline")).not_to_contain_text("opening")
