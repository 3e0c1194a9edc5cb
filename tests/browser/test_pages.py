"""Every page in both themes and sizes: nothing wider than the window, accessible, no trouble said.

With HONK_TEST_SCREENSHOTS=FOLDER each is also kept as a picture; `queue-desk-light.png` and
`diff-phone-light.png` are the ones that README shows, as docs/*.png.
"""

from __future__ import annotations

import pytest

from tests.browser.acts import overflow, violations
from tests.browser.conftest import LOOKS, Eyes, Shoot
from tests.e2e.house import House
from tests.e2e.repos import LANGUAGES, ODD, POLICY, do

Places = dict[str, str]
PLAN = [f"write src/part{i}.py def part{i}():\\n    return {i}" for i in range(6)]


@pytest.fixture(scope="session")
def places(house: House) -> Places:
    """Addresses of pages with something on them: the sample's changes and some of ours."""
    api = house.admin
    house.manage("prepare")
    house.manage("prepare", "--finish")
    name, _ = house.origin({**ODD, **LANGUAGES}, policy=POLICY + "[review]\nrepairs = 0\n")
    long = "write other.txt " + "x" * 400 + " " + "word " * 90
    made = api.reviewed(
        name,
        *PLAN,
        long,
        "write app.txt one\\n2\\n<b>three</b>",
        "spam 40",
        title="Give every part of the player a module of its own",
    )
    comment = {"round": 1, "path": "app.txt", "line": 2, "body": "Is that a number?\nSay why."}
    api.post(f"/changes/{made['number']}/comments", 201, **comment, publish=True)
    again = api.reprompted(
        made, "write app.txt one\\nTwo\\nthree\\nfour", "say 1. Done: a word now, in app.txt."
    )
    half = api.open(name, do("say half way", "exit 3"), title="Read playlists of the old format")
    failed = api.until(half, "failed")
    red = api.reviewed(
        name, "write app.txt broken", "write check.sh exit 0", title="Say what the import left out"
    )
    number, run = again["number"], api.run(made)["id"]
    return {
        "queue": "/", "running": "/?turn=agent", "new": "/new/",
        "change": f"/changes/{number}/", "diff": f"/changes/{number}/rounds/2/",
        "old-diff": f"/changes/{number}/rounds/1/", "since": f"/changes/{number}/rounds/1..2/",
        "run": f"/runs/{run}/", "failed": f"/changes/{failed['number']}/",
        "red": f"/changes/{red['number']}/", "red-diff": f"/changes/{red['number']}/rounds/1/",
        "people": "/people/", "repositories": "/repositories/",
        "money": "/money/", "incident": "/incident/",
        "repository": f"/repositories/{name}/", "sample-diff": "/changes/1/rounds/1/",
        "sample": "/changes/1/", "password": "/accounts/password/change/",
        "passkeys": "/accounts/2fa/", "nowhere": "/changes/999999/", "login": "/accounts/login/",
    }  # fmt: skip


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_every_page_fits_its_window_and_is_accessible(
    eyes: Eyes, places: Places, size: str, theme: str, shoot: Shoot
) -> None:
    page = eyes.open(size, color_scheme=theme)
    stranger = eyes.open(size, color_scheme=theme, signed_in=False)
    faults = []
    for name, address in places.items():
        viewer = stranger if name == "login" else page
        viewer.goto(address)
        viewer.wait_for_load_state("networkidle")
        shoot(viewer, f"{name}-{size}-{theme}")
        if (wide := overflow(viewer)) > 0:
            faults.append(f"{name}: {wide} px wider than the window")
        faults += [f"{name}: {told}" for told in violations(viewer)]
    assert not faults, "\n".join(faults)


def test_nothing_is_wider_than_the_narrowest_phone(eyes: Eyes, places: Places) -> None:
    page = eyes.open("phone", viewport={"width": 360, "height": 780})
    wide = {}
    for name, address in places.items():
        page.goto(address)
        if (pixels := overflow(page)) > 0:
            wide[name] = pixels
    assert wide == {}
