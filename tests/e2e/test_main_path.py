"""From an instruction to a merged change, by section 8 alone, on repositories made here."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from tests.e2e.api import text_of
from tests.e2e.house import House
from tests.e2e.repos import LANGUAGES, ODD, do, git

TWO = "write app.txt one\\nTWO\\nthree"


@pytest.mark.fleet
def test_an_instruction_becomes_a_commit_on_the_branch_in_two_rounds(house: House) -> None:
    api = house.admin
    name, origin = house.origin()
    begun = origin.tip()
    change = api.reviewed(name, TWO, "say did it", title="Shout the second line")
    number, first = change["number"], change["rounds"][0]
    assert (first["status"], first["base"]) == ("frozen", begun)
    assert len(first["head"]) == 40
    assert [r["kind"] for r in change["runs"]] == ["agent", "verifier"]
    assert change["title"] == "Shout the second line"

    comment = {"round": 1, "path": "app.txt", "side": "new", "line": 2, "body": "Quieter."}
    assert api.post(f"/changes/{number}/comments", 201, **comment, publish=True)["line"] == 2
    again = api.reprompted(change, "write app.txt one\\nTwo\\nthree")
    assert [r["status"] for r in again["rounds"]] == ["superseded", "frozen"]
    assert origin.tip() == begun

    told = api.log(api.run(again)["id"])[2]["data"]["input"]["argv"][-1]
    assert "Quieter." in told
    assert "app.txt, line 2" in told
    merged = api.merged(again)
    assert origin.show("app.txt") == "one\nTwo\nthree"
    assert origin.tree_of(origin.tip()) == merged["rounds"][-1]["tree"]
    assert origin.commits()[1:] == [begun]
    for run in merged["runs"]:
        assert house.page.client.get(f"/runs/{run['id']}/").status_code == 200


def test_files_and_patch_of_a_round_have_the_contracts_shape(house: House) -> None:
    api = house.admin
    name, origin = house.origin({**ODD, **LANGUAGES})
    change = api.reviewed(
        name, TWO, "delete other.txt", "mode check.sh", "write web/new.ts export\\n<b>x</b>",
        "write src/main.go package main",
    )  # fmt: skip
    number = change["number"]
    round_ = api.round(number)
    assert round_["verifiers"][0].keys() == {"name", "status", "required", "run"}
    assert round_["origin"] == "agent"
    files = {f["path"]: f for f in api.get(f"/changes/{number}/rounds/1/files")["files"]}
    assert {p: f["status"] for p, f in files.items()} == {
        "app.txt": "modified", "other.txt": "deleted", "check.sh": "modified",
        "web/new.ts": "added", "src/main.go": "modified",
    }  # fmt: skip
    assert (files["check.sh"]["old_mode"], files["check.sh"]["new_mode"]) == ("100644", "100755")
    rows = files["app.txt"]["hunks"][0]["rows"]
    assert rows[1:3] == [["-", 2, None, "two"], ["+", None, 2, "TWO"]]
    git(origin.tree, "apply", "--index", stdin=api.patch(number))
    assert git(origin.tree, "write-tree") == round_["tree"]


def test_odd_file_names_are_read_changed_and_merged(house: House) -> None:
    name, origin = house.origin(ODD)
    api = house.admin
    program = (
        "import os\nfor folder, _, names in os.walk('odd names'):\n"
        "    for name in names:\n        open(os.path.join(folder, name), 'a').write('more\\n')\n"
        "open(b'odd names/\\xff\\xfe', 'w').write('bytes')\n"
        "os.rename('app.txt', 'odd names/\"quoted\".txt')\n"
    )
    origin.commit({"tools/agent.py": program})
    change = api.reviewed(name, "say nothing")
    files = api.get(f"/changes/{change['number']}/rounds/1/files")["files"]
    assert len(files) == len(ODD) + 2
    named = next(f for f in files if f["path"].endswith("\nline.txt"))
    body = {"round": 1, "path": named["path"], "line": 2, "body": "Here."}
    answer = api.post(f"/changes/{change['number']}/comments", 201, **body)
    assert answer["file"] == named["index"]
    merged = api.merged(change)
    assert origin.tree_of(origin.tip()) == merged["rounds"][0]["tree"]


def test_a_work_tree_that_is_clean_is_brought_up_to_date(house: House) -> None:
    name, origin = house.origin(bare=False)
    house.admin.merged(house.admin.reviewed(name, TWO, "write new/file.txt hello"))
    assert (origin.tree / "app.txt").read_text() == "one\nTWO\nthree\n"
    assert (origin.tree / "new" / "file.txt").exists()
    assert git(origin.tree, "status", "--porcelain") == ""


def test_approving_opens_an_undo_window_and_the_same_again_changes_nothing(house: House) -> None:
    api = house.admin
    name, origin = house.origin()
    before = origin.tip()
    change = api.reviewed(name, TWO)
    first = api.verdict(change, "approve", 202)
    assert datetime.fromisoformat(first["takes_effect_at"]).tzinfo is not None
    assert first["status"] == "approved"
    second = api.verdict(change, "approve", 200)
    assert second["takes_effect_at"] == first["takes_effect_at"]
    withdrawn = api.verdict(change, "withdraw")
    assert (withdrawn["status"], withdrawn["takes_effect_at"]) == ("awaiting_review", None)
    time.sleep(2)
    assert api.change(change["number"])["status"] == "awaiting_review"
    assert origin.tip() == before
    api.merged(change)
    assert len(origin.commits()) == 2
    assert api.verdict(change, "approve", 200)["status"] == "merged"


def test_a_rejected_change_keeps_its_round_and_can_be_prompted_again(house: House) -> None:
    api = house.admin
    name, _ = house.origin()
    change = api.reviewed(name, TWO)
    api.verdict(change, "reject", 422)
    rejected = api.verdict(change, "reject", reason="wrong", message="Not so.")
    assert rejected["status"] == "rejected"
    assert api.verdict(change, "approve", 409)["change"]["status"] == "rejected"
    again = api.reprompted(change, "write app.txt other")
    assert [r["status"] for r in again["rounds"]] == ["rejected", "frozen"]


def test_a_stale_verdict_is_told_with_the_fresh_state(house: House) -> None:
    api = house.admin
    name, origin = house.origin()
    before = origin.tip()
    old = api.reviewed(name, TWO)
    new = api.reprompted(old, "write app.txt four")
    for kind in ("approve", "reject", "reprompt"):
        answer = api.verdict(old, kind, 409, reason="wrong")
        assert answer["retry"] is True
        assert answer["change"]["rounds"] == new["rounds"]
    head = new["rounds"][-1]["head"]
    at = f"/changes/{new['number']}/verdict"
    assert api.post(at, 409, verdict="approve", round=2, head="0" * 40)["code"] == "stale"
    for wrong in (head[:12], "", head.upper(), "main"):
        api.post(at, 422, verdict="approve", round=2, head=wrong)
    assert api.change(new["number"])["status"] == "awaiting_review"
    assert origin.tip() == before


def test_two_people_are_needed_once_a_repository_has_a_second_reviewer(house: House) -> None:
    name, origin = house.origin()
    author = house.invite("author2p", **{name: "author"})
    reviewer = house.invite("reviewer2p", **{name: "reviewer"})
    change = author.reviewed(name, TWO)
    author.verdict(change, "approve", 403)
    comment = {"round": 1, "path": "app.txt", "line": 2, "body": "Louder."}
    reviewer.post(f"/changes/{change['number']}/comments", 201, **comment, publish=True)
    reviewer.merged(change)
    mine = reviewer.reviewed(name, "write app.txt mine")
    refused = reviewer.verdict(mine, "approve", 403)
    assert refused["code"] == "two_person_rule"
    house.admin.merged(mine)
    text = git(origin.place, "log", "-1", "--format=%B", "main")
    assert "Honk-Approved-By: admin" in text
    assert "Honk-Instruction-By: Reviewer2P" in text


def test_people_without_a_role_see_nothing_and_readers_do_nothing(house: House) -> None:
    name, _ = house.origin()
    outsider = house.invite("outsider1")
    reader = house.invite("reader1", **{name: "reader"})
    change = house.admin.reviewed(name, TWO)
    number, run = change["number"], change["runs"][0]["id"]
    for path in (f"/changes/{number}", f"/runs/{run}", f"/runs/{run}/events"):
        outsider.get(path, 404)
        reader.get(path)
    outsider.post("/changes", 404, repository=name, instruction="x")
    reader.post("/changes", 403, repository=name, instruction="x")
    for who, code in ((outsider, 404), (reader, 403)):
        for verb in ("cancel", "retry"):
            who.post(f"/changes/{number}/{verb}", code)
        who.post(f"/changes/{number}/messages", code, text="Hello.")
        who.post(f"/changes/{number}/comments", code, round=1, body="Hello.")
        for kind in ("approve", "reject", "reprompt", "withdraw"):
            who.verdict(change, kind, code, reason="wrong")
    assert outsider.get("/changes")["changes"] == []


def test_a_patch_and_a_branch_are_imported_verified_and_merged(house: House) -> None:
    api = house.admin
    name, origin = house.origin()
    done = api.reviewed(name, "write app.txt from a patch")
    patch = house.folder / "one.patch"
    patch.write_bytes(api.patch(done["number"]))
    api.post(f"/changes/{done['number']}/cancel")
    said = house.manage("import_change", "--repo", name, "--patch", str(patch), "--title", "Bring")
    origin.branch("feature", {"feature.txt": "feature\n"})
    also = house.manage("import_change", "--repo", name, "--head", "feature", "--title", "A branch")
    for words, shown in ((said, "app.txt"), (also, "feature.txt")):
        number = int(words.split("#")[1].split(":")[0])
        change = api.until(number, "awaiting_review")
        assert api.round(number)["origin"] == "import"
        assert [r["kind"] for r in change["runs"]].count("verifier") == 1
        api.merged(change)
        assert shown in git(origin.place, "show", "--name-only", "--format=", "main")


def test_the_command_line_waits_and_tells_by_its_exit_code(house: House) -> None:
    name, _ = house.origin(bare=False)
    words = ["--repo", name, "--runner", "agent", "--wait", "--as", "admin"]
    said = house.manage("honk", do(TWO), *words)
    assert "Change #" in said
    assert "awaiting review" in said
    house.manage("honk", do("exit 3"), *words, expect=1)
    assert "nowhere" in house.manage("honk", "x", "--repo", "nowhere", expect=1)


def test_words_to_a_running_agent_are_kept_and_shown(house: House) -> None:
    api = house.admin
    name, _ = house.origin()
    number = api.open(name, do("say begun", "sleep 2", TWO))
    run = api.wait_for_log(number, "begun")
    sent = api.post(f"/changes/{number}/messages", 201, text="Mind the gap.")
    assert sent["text"] == "Mind the gap."
    api.until(number, "awaiting_review")
    notes = [e for e in api.log(run) if e["source"] == "user"]
    assert [e["data"]["text"] for e in notes] == ["Mind the gap."]
    assert "Mind the gap." in house.page.client.get(f"/runs/{run}/").text
    api.post(f"/changes/{number}/messages", 409, text="Too late.")


def test_an_agents_output_is_streamed_while_it_runs(house: House) -> None:
    api = house.admin
    name, _ = house.origin()
    number = api.open(name, do("say first", "sleep 2", "say second", TWO))
    run = api.wait_for_log(number, "first")
    assert "second" not in text_of(api.log(run))
    assert api.change(number)["status"] == "running"
    api.until(number, "awaiting_review")
    assert text_of(api.log(run)) == "first\nsecond\n"
