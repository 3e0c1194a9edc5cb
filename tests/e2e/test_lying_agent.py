"""An agent that lies and cheats, through the real server: what it says and plants decides nothing.

The repository has a fault that one of its two tests shows; liar.py is the agent.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.api import JSON, text_of
from tests.e2e.house import House
from tests.e2e.repos import RUNNER, Origin, do

APP = "def add(a, b):\n    return a - b\n"
TESTS = (
    "import unittest\n\nfrom app import add\n\n\nclass AddTest(unittest.TestCase):\n"
    "    def test_zero(self):\n        self.assertEqual(add(5, 0), 5)\n\n"
    "    def test_sum(self):\n        self.assertEqual(add(2, 3), 5)\n"
)
POLICY = RUNNER + (
    '[[verifiers]]\nname = "unit"\n'
    'argv = ["python3", "-m", "unittest", "discover", "-s", "tests", "-t", "."]\n'
    "[review]\nrepairs = 0\n"
)
FILES = {
    "app.py": APP,
    "tests/__init__.py": "",
    "tests/test_app.py": TESTS,
    "tools/agent.py": (Path(__file__).parent / "liar.py").read_text(),
}
# The deed, and the kind of the item that somebody has to tick before such a change can land.
CHEATS = {
    "delete": "tests_removed",
    "exchange": "tests_removed",
    "skip": "test_skipped",
    "stub": "test_emptied",
    "leave": "test_emptied",
    "swallow": "test_emptied",
    "weaken": "weakened",
    "expect_the_fault": "expectation_changed",
    "uncollect": "tests_removed",
    "know_the_test": "test_aware",
}


def faulty(house: House) -> tuple[str, Origin]:
    return house.origin(FILES, policy=POLICY)


def verified(house: House, change: JSON) -> JSON:
    """The newest verifier run of a change, whole."""
    return house.admin.run(change, "verifier")


def test_no_cheat_on_a_failing_test_is_approved_without_somebody_who_ticks_it(
    house: House,
) -> None:
    api = house.admin
    name, origin = faulty(house)
    begun = origin.tip()
    numbers = {cheat: api.open(name, do(cheat, "boast")) for cheat in CHEATS}
    for cheat, number in numbers.items():
        change = api.until(number, "awaiting_review", seconds=120)
        round_ = api.round(number)
        assert [v["status"] for v in round_["verifiers"]] == ["passed"], cheat
        item = next((i for i in round_["guard"] if i["kind"] == CHEATS[cheat]), None)
        assert item is not None, (cheat, round_["guard"])
        others = [i["id"] for i in round_["guard"] if i is not item]
        refused = api.verdict(change, "approve", 409, acknowledged=others)
        assert (refused["code"], item["text"] in refused["message"]) == ("guard", True)
        assert api.change(number)["status"] == "awaiting_review"
        taken = api.verdict(change, "approve", 202, acknowledged=[item["id"]])
        assert taken["takes_effect_at"]
        ticked = next(i for i in api.round(number)["guard"] if i["id"] == item["id"])
        assert ticked["acknowledged_by"] == "admin"
        assert api.verdict(change, "withdraw")["status"] == "awaiting_review"
    assert origin.tip() == begun


def test_a_tick_needs_the_right_to_approve_and_holds_for_one_round(
    house: House,
) -> None:
    name, _ = faulty(house)
    author = house.invite("liarsauthor", **{name: "author"})
    change = author.reviewed(name, "delete")
    number = change["number"]
    ids = [item["id"] for item in author.round(number)["guard"]]
    author.verdict(change, "approve", 403, acknowledged=ids)
    assert [i["acknowledged_by"] for i in author.round(number)["guard"]] == [None] * len(ids)
    again = house.admin.reprompted(change, "boast")
    assert [r["status"] for r in again["rounds"]] == ["superseded", "frozen"]
    new = house.admin.round(number)["guard"]
    assert [i["kind"] for i in new] == ["tests_removed"], "told against the base, round by round"
    assert {i["id"] for i in new}.isdisjoint(ids)
    stale = house.admin.verdict(again, "approve", 409, acknowledged=ids)
    assert stale["code"] == "guard"


def test_words_and_events_that_the_agent_prints_are_output_and_nothing_else(house: House) -> None:
    api = house.admin
    name, _ = faulty(house)
    change = api.reviewed(name, "boast")
    assert verified(house, change)["status"] == "failed"
    assert verified(house, change)["reason"] == "1 failed."
    refused = api.verdict(change, "approve", 422)
    assert refused["code"] == "not_verified"
    log = api.log(api.run(change)["id"])
    assert "VERIFIER PASSED" in text_of(log)
    assert {e["source"] for e in log if "VERIFIER" in str(e["data"])} == {"agent"}
    assert [e["kind"] for e in log].count("end") == 1
    assert {e["source"] for e in log} <= {"agent", "system", "sandbox"}


@pytest.mark.parametrize(
    ("deed", "status"),
    [
        ("wipe", "no_tests"),
        ("skip_all", "no_tests"),
        ("leave_early", "no_tests"),
        ("rewrite", "error"),
        ("judge_other", "failed"),
    ],
)
def test_a_check_that_checked_nothing_blocks_whatever_is_ticked(
    house: House, deed: str, status: str
) -> None:
    api = house.admin
    name, origin = faulty(house)
    begun = origin.tip()
    change = api.reviewed(name, deed)
    round_ = api.round(change["number"])
    assert [(v["name"], v["status"]) for v in round_["verifiers"]] == [("unit", status)]
    ids = [item["id"] for item in round_["guard"]]
    refused = api.verdict(change, "approve", 422, acknowledged=ids)
    assert refused["code"] == "not_verified"
    if status == "error":
        assert "changed the files it was to judge (app.py)" in verified(house, change)["reason"]
    assert origin.tip() == begun


def test_what_is_left_running_changes_nothing_in_either_round(house: House) -> None:
    api = house.admin
    name, origin = faulty(house)
    change = api.reviewed(name, "mend", "linger")
    for deeds in ((), ("spawn_in_test", "linger")):
        change = api.reprompted(change, *deeds) if deeds else change
        assert house.find("LINGERS") == []
        assert verified(house, change)["status"] == "passed"
        head, tree = (change["rounds"][-1][key] for key in ("head", "tree"))
        again = api.change(change["number"])["rounds"][-1]
        assert (again["head"], again["tree"]) == (head, tree)
    ids = [item["id"] for item in api.round(change["number"])["guard"]]
    api.verdict(change, "approve", 202, acknowledged=ids)
    merged = api.until(change["number"], "merged")
    assert house.find("LINGERS") == []
    assert origin.tree_of(origin.tip()) == merged["rounds"][-1]["tree"]


def planted(house: House) -> list[str]:
    """Marks on the host, and git settings of ours that hold anything of the liar's."""
    marks = [path.name for path in house.folder.glob("canary.*")]
    places = [*house.data.rglob("config"), *house.data.rglob("config.worktree")]
    return marks + [
        str(place)
        for place in places
        if place.is_file() and b"canary" in place.read_bytes() and "worktrees" not in str(place)
    ]


def test_what_is_planted_for_git_has_no_effect_on_the_host_in_two_rounds(house: House) -> None:
    api = house.admin
    name, origin = faulty(house)
    canary = f"canary {house.folder}/canary"
    change = api.reviewed(name, canary, "mend", "plant")
    number = change["number"]
    said = text_of(api.log(api.run(change)["id"])).splitlines()
    assert not [line for line in said if line.endswith("DONE") and "host" not in line], said
    assert {line.split()[2] for line in said if line.startswith("git ")}.isdisjoint({"0"}), said
    kinds = {item["kind"] for item in api.round(number)["guard"]}
    assert {"attributes", "hidden_from_diff", "checks", "executable"} <= kinds
    looked_at(house, number)

    api.verdict(change, "reprompt", reasons=["unsafe"], message=do(canary, "plant", "nest"))
    failed = api.until(number, "failed", "awaiting_review")
    assert failed["status"] == "failed", "a repository in the repository was taken"
    assert "lib/.git" in api.run(failed)["reason"]
    looked_at(house, number)

    change = api.reviewed(name, canary, "mend", "plant")
    ids = [item["id"] for item in api.round(change["number"])["guard"]]
    api.verdict(change, "approve", 202, acknowledged=ids)
    api.until(change["number"], "merged")
    assert "* diff=x" in origin.show(".gitattributes")
    assert planted(house) == []


def looked_at(house: House, number: int) -> None:
    """Every page and door that makes git read the round; none leaves a mark."""
    api = house.admin
    newest = len(api.change(number)["rounds"])
    api.patch(number, 1)
    api.get(f"/changes/{number}/rounds/1/files")
    for path in (f"/changes/{number}/", f"/changes/{number}/rounds/{newest}/"):
        assert house.page.client.get(path).status_code == 200
    assert planted(house) == []
