"""What happens between an approval and the branch when the branch is not as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.house import House
from tests.e2e.repos import do, git

TWO = "write app.txt one\\nTWO\\nthree"


def test_a_conflict_comes_back_with_its_files_and_the_next_round_resolves_it(house: House) -> None:
    api = house.admin
    name, origin = house.origin()
    change = api.reviewed(name, TWO, "write mine.txt mine")
    theirs = origin.commit({"app.txt": "one\n2\nthree\n"})
    api.verdict(change, "approve", 202)
    back = api.until(change["number"], "awaiting_review", "merged")
    assert back["status"] == "awaiting_review"
    merge = api.run(back, "merge")
    assert (merge["status"], merge["fault"]) == ("failed", "user")
    assert "app.txt" in merge["reason"]
    assert origin.tip() == theirs

    again = api.reprompted(back, "resolve app.txt one\\nTWO and 2\\nthree")
    assert again["rounds"][-1]["base"] == theirs
    assert api.round(back["number"])["origin"] == "conflict"
    api.merged(again)
    assert origin.show("app.txt") == "one\nTWO and 2\nthree"
    assert origin.show("mine.txt") == "mine"


def test_a_moved_branch_is_merged_and_verified_again_before_it_lands(house: House) -> None:
    api = house.admin
    name, origin = house.origin()
    change = api.reviewed(name, TWO)
    theirs = origin.commit({"theirs.txt": "theirs\n"})
    merged = api.merged(change)
    kinds = [run["kind"] for run in merged["runs"]]
    assert kinds.count("verifier") == 2
    assert kinds.count("merge") == 2
    assert origin.commits()[1] == theirs
    assert (origin.show("app.txt"), origin.show("theirs.txt")) == ("one\nTWO\nthree", "theirs")


def test_what_is_green_alone_and_red_together_does_not_land(house: House) -> None:
    api = house.admin
    name, origin = house.origin()
    change = api.reviewed(name, "write other.txt brok")
    check = "grep -q brok other.txt && { echo 'no brok any more'; exit 1; }\nexit 0\n"
    theirs = origin.commit({"check.sh": check})
    api.verdict(change, "approve", 202)
    back = api.until(change["number"], "awaiting_review", "merged")
    assert back["status"] == "awaiting_review"
    assert origin.tip() == theirs


def test_a_dirty_work_tree_is_refused_and_nothing_in_it_is_lost(house: House) -> None:
    api = house.admin
    name, origin = house.origin(bare=False)
    change = api.reviewed(name, TWO)
    before = origin.tip()
    (origin.tree / "app.txt").write_text("my own unsaved work\n")
    api.verdict(change, "approve", 202)
    back = api.until(change["number"], "awaiting_review", "merged")
    assert back["status"] == "awaiting_review"
    merge = api.run(back, "merge")
    assert merge["status"] == "failed"
    assert merge["reason"]
    assert (origin.tree / "app.txt").read_text() == "my own unsaved work\n"
    assert origin.tip() == before
    git(origin.tree, "checkout", "--", "app.txt")
    api.merged(back)
    assert (origin.tree / "app.txt").read_text() == "one\nTWO\nthree\n"


def test_changes_approved_at_once_land_one_after_the_other(house: House) -> None:
    api = house.admin
    name, origin = house.origin()
    numbers = [api.open(name, do(f"write new{i}.txt {i}")) for i in range(4)]
    changes = [api.until(number, "awaiting_review") for number in numbers]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda c: api.client.post(
            f"/changes/{c['number']}/verdict",
            json={"verdict": "approve", "round": 1, "head": c["rounds"][0]["head"]},
        ), changes * 2))  # fmt: skip
    for number in numbers:
        api.until(number, "merged")
    assert len(origin.commits()) == 5
    assert [origin.show(f"new{i}.txt") for i in range(4)] == ["0", "1", "2", "3"]


def test_a_rewritten_branch_is_never_overwritten(house: House) -> None:
    api = house.admin
    name, origin = house.origin()
    change = api.reviewed(name, TWO)
    git(origin.tree, "commit", "-q", "--amend", "-m", "Rewritten")
    git(origin.tree, "push", "-qf", "origin", "HEAD:main")
    rewritten = origin.tip()
    api.verdict(change, "approve", 202)
    api.until(change["number"], "merged", "awaiting_review")
    assert rewritten in origin.commits()
