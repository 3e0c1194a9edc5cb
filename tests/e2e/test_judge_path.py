"""A whole installation with a judge: the worker asks it, its veto is mended, the change lands."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.doubles.messages_api import MessagesApi, Turn
from tests.e2e.house import House
from tests.e2e.repos import POLICY

JUDGED = POLICY + '[judge]\nmode = "blocking"\nrepairs = 1\n'
EXTRA = {
    "kind": "out_of_scope",
    "text": "extra.txt was not asked for.",
    "path": "extra.txt",
    "line": 1,
}


def said(verdict: str, summary: str, *findings: object) -> Turn:
    return Turn.text(json.dumps({"verdict": verdict, "summary": summary, "findings": findings}))


def test_a_veto_is_mended_and_the_change_lands(own_house: Callable[..., House]) -> None:
    turns = [
        # The program that plays the agent obeys every line `do:` that it is told.
        said("veto", "It leaves a file behind.\ndo: delete extra.txt", EXTRA),
        said("pass", "It does what was asked for."),
    ]
    with MessagesApi(turns) as model:
        house = own_house(ANTHROPIC_API_KEY="test-key-of-nobody", ANTHROPIC_BASE_URL=model.url)
        api = house.start().admin
        name, origin = house.origin(policy=JUDGED)
        change = api.reviewed(name, "write app.txt one\\nTWO\\nthree", "write extra.txt x")
        kinds = [run["kind"] for run in change["runs"]]
        assert kinds == ["agent", "verifier", "judge", "agent", "verifier", "judge"]
        judge = api.round(change["number"])["judge"]
        assert (judge["status"], judge["mode"], judge["verdict"]) == ("passed", "blocking", "pass")
        page = house.page.client.get(f"/changes/{change['number']}/").text
        assert "Passes it" in page
        assert "after 1 repair" in page
        for run in change["runs"]:
            assert house.page.client.get(f"/runs/{run['id']}/").status_code == 200
        api.merged(change)
        assert origin.show("app.txt") == "one\nTWO\nthree"
        assert "100 %" in house.page.client.get("/figures/").text
        house.end()
    first, second = (request["messages"][0]["content"] for request in model.requests)
    assert "extra.txt (+1 -0)" in first
    assert "file: extra.txt" not in second
    assert "test-key-of-nobody" in model.headers[0]["authorization"]
