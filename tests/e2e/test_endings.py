"""How rounds end that are not simply green: each in a clear sentence, with whose fault it was."""

from __future__ import annotations

import time

import pytest

from tests.e2e.api import text_of
from tests.e2e.house import House
from tests.e2e.repos import POLICY, RUNNER, VERIFIER, do

TWO = "write app.txt one\\nTWO\\nthree"
OTHERS = """
[runners.nothing]
argv = ["true"]
[runners.crash]
argv = ["sh", "-c", "kill -SEGV $$"]
[runners.missing]
argv = ["no-such-program"]
[runners.loud]
argv = ["sh", "-c", "yes loud | head -c 3000000; echo; echo last words"]
[runners.reader]
argv = ["sh", "-c", "cat > app.txt"]
"""


def test_an_agent_that_changes_nothing_says_so_and_can_be_prompted_again(house: House) -> None:
    api = house.admin
    name, _ = house.origin(policy=POLICY + OTHERS)
    change = api.until(api.open(name, "Do it.", "nothing"), "awaiting_review")
    assert [r["kind"] for r in change["runs"]] == ["agent"]
    refused = api.verdict(change, "approve", 422)
    assert "nothing" in refused["message"]
    assert api.get(f"/changes/{change['number']}/rounds/1/files")["files"] == []
    api.verdict(change, "reprompt", reason="incomplete", message=do(TWO), runner="agent")
    api.merged(api.until(change["number"], "awaiting_review"))


@pytest.mark.parametrize(
    ("runner", "told"),
    [("agent", "exit 3"), ("crash", "crash ended"), ("missing", "no-such-program")],
)
def test_an_agent_that_fails_ends_as_failed_and_a_retry_is_a_new_run(
    house: House, runner: str, told: str
) -> None:
    api = house.admin
    name, _ = house.origin(policy=POLICY + OTHERS)
    number = api.open(name, do("write app.txt half", "say trying", "exit 3"), runner)
    failed = api.until(number, "failed")
    assert failed["failed_stage"] == "running"
    run = api.run(failed)
    assert run["status"] in ("failed", "error")
    assert told.lower() in run["reason"].lower()
    assert run["fault"] in ("agent", "user")
    again = api.post(f"/changes/{number}/retry")
    assert len(again["runs"]) == 2
    assert len(api.until(number, "failed")["runs"]) == 2


def test_a_loud_agent_is_stored_whole_and_in_order(house: House) -> None:
    api = house.admin
    name, _ = house.origin(policy=POLICY + OTHERS)
    change = api.until(api.open(name, "x", "loud"), "awaiting_review")
    log = api.log(api.run(change)["id"])
    assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
    text = text_of(log)
    assert text.endswith("last words\n")
    assert len(text) > 2_999_000
    assert [e["kind"] for e in log].count("end") == 1


def test_a_program_may_read_the_instruction_from_its_standard_input(house: House) -> None:
    api = house.admin
    name, origin = house.origin(policy=POLICY + OTHERS)
    number = api.open(name, "Grüße, 'quoted' $(id)\n`x` {instruction}", "reader")
    api.merged(api.until(number, "awaiting_review"))
    assert origin.show("app.txt") == "Grüße, 'quoted' $(id)\n`x` {instruction}"


def test_a_red_verifier_goes_back_to_the_agent_and_then_blocks_approving(house: House) -> None:
    api = house.admin
    policy = POLICY + "[review]\nrepairs = 1\n"
    name, origin = house.origin(policy=policy)
    change = api.reviewed(name, "write app.txt broken")
    assert [r["kind"] for r in change["runs"]][:3] == ["agent", "verifier", "agent"]
    told = next(e for e in api.log(change["runs"][2]["id"]) if e["kind"] == "tool")
    assert "app.txt is broken" in told["data"]["input"]["argv"][-1]
    round_ = api.round(change["number"])
    assert [v["status"] for v in round_["verifiers"]] == ["failed"]
    refused = api.verdict(change, "approve", 422)
    assert refused["code"] == "not_verified"
    assert "check" in refused["message"]
    mended = api.reprompted(change, "write app.txt whole")
    api.merged(mended)
    assert origin.show("app.txt") == "whole"


def test_the_policy_of_the_change_itself_decides_nothing(house: House) -> None:
    api = house.admin
    name, _ = house.origin(policy=POLICY + "[review]\nrepairs = 0\n")
    change = api.reviewed(name, "write .honk.toml", "write app.txt broken", "write check.sh true")
    round_ = api.round(change["number"])
    assert [v["name"] for v in round_["verifiers"]] == ["check"]
    assert [(g["kind"], g["path"]) for g in round_["guard"]] == [
        ("checks", "check.sh"), ("policy", ".honk.toml"),
    ]  # fmt: skip
    ids = [item["id"] for item in round_["guard"]]
    assert api.verdict(change, "approve", 409)["code"] == "guard"
    api.verdict(change, "approve", 202, acknowledged=ids)
    named = api.round(change["number"])["guard"][0]["acknowledged_by"]
    assert named == "admin"


def test_exit_0_without_a_test_is_not_green(house: House) -> None:
    api = house.admin
    policy = RUNNER + (
        '[[verifiers]]\nname = "unit"\nargv = ["python3", "-m", "unittest", "discover"]\n'
        "[review]\nrepairs = 0\n"
    )
    name, _ = house.origin(policy=policy)
    change = api.reviewed(name, TWO)
    assert api.round(change["number"])["verifiers"][0]["status"] == "no_tests"
    api.verdict(change, "approve", 422)


def test_a_verifier_whose_tool_is_missing_is_neither_red_nor_green(house: House) -> None:
    api = house.admin
    policy = RUNNER + '[[verifiers]]\nname = "lint"\nargv = ["no-such-linter", "."]\n'
    name, _ = house.origin(policy=policy)
    change = api.reviewed(name, TWO)
    assert [r["kind"] for r in change["runs"]].count("agent") == 1
    run = api.run(change, "verifier")
    assert run["status"] == "error"
    assert "no-such-linter" in run["reason"]
    assert "[setup]" in run["reason"]
    api.verdict(change, "approve", 422)


def test_a_verifier_that_hangs_ends_at_its_own_limit(house: House) -> None:
    api = house.admin
    policy = RUNNER + VERIFIER.replace("60", "1") + "[review]\nrepairs = 0\n"
    name, _ = house.origin({"slow": "60\n"}, policy=policy)
    change = api.reviewed(name, TWO)
    assert api.round(change["number"])["verifiers"][0]["status"] == "timed_out"
    api.verdict(change, "approve", 422)


def test_an_agent_that_hangs_ends_at_the_limit_and_leaves_no_process(house: House) -> None:
    api = house.admin
    name, _ = house.origin(policy=POLICY + "[limits]\nwall_s = 2\n")
    number = api.open(name, do("child 4321", "say begun", "sleep 4321"))
    failed = api.until(number, "failed")
    run = api.run(failed)
    assert (run["status"], failed["failed_stage"]) == ("timed_out", "running")
    assert [e["kind"] for e in api.log(run["id"])].count("limit") == 1
    assert house.find("4321") == []


def test_verifiers_are_found_by_what_the_repository_holds(house: House) -> None:
    api = house.admin
    test = (
        "import unittest\n\n\nclass T(unittest.TestCase):\n"
        "    def test_app(self) -> None:\n        assert 'broken' not in open('app.txt').read()\n"
    )
    name, _ = house.origin({"test_app.py": test}, policy=RUNNER)
    change = api.reviewed(name, TWO)
    round_ = api.round(change["number"])
    assert [(v["name"], v["status"]) for v in round_["verifiers"]] == [("unittest", "passed")]


def test_a_policy_that_cannot_be_read_is_told_and_stops_nothing(house: House) -> None:
    api = house.admin
    name, _ = house.origin(policy="this is [not toml")
    failed = api.until(api.open(name, "x", ""), "failed")
    assert "runner" in api.run(failed)["reason"].lower()
    notes = [e["data"].get("text", "") for e in api.log(api.run(failed)["id"])]
    assert any(".honk.toml" in text for text in notes)


def test_what_is_running_can_be_cancelled_and_what_is_queued(house: House) -> None:
    api = house.admin
    name, _ = house.origin()
    number = api.open(name, do("child 4322", "say begun", "sleep 4322"))
    run = api.wait_for_log(number, "begun")
    assert house.find("4322")
    assert api.post(f"/changes/{number}/cancel")["status"] == "cancelled"
    assert api.post(f"/changes/{number}/cancel")["status"] == "cancelled"
    deadline = time.monotonic() + 10
    while house.find("4322") or api.get(f"/runs/{run}")["status"] != "cancelled":
        assert time.monotonic() < deadline, (house.find("4322"), api.get(f"/runs/{run}"))
        time.sleep(0.2)
    assert [e["kind"] for e in api.log(run)].count("end") == 1
    reopened = api.post(f"/changes/{number}/retry")
    assert reopened["status"] in ("queued", "running")
    assert len(reopened["rounds"]) == 2
    assert api.post(f"/changes/{number}/cancel")["status"] == "cancelled"
    api.post(f"/changes/{number}/messages", 409, text="Hello?")


def test_the_agent_has_neither_network_nor_the_servers_secrets_nor_git(house: House) -> None:
    api = house.admin
    probe = (
        (
            "import os, pathlib, socket, subprocess\n"
            "print(sorted(os.environ))\n"
            "try:\n    socket.create_connection(('127.0.0.1', PORT), 2)\n    print('CONNECTED')\n"
            "except OSError as e:\n    print('refused', e)\n"
            "print(pathlib.Path('DATA').exists() and os.listdir('DATA'))\n"
            "print(subprocess.run(['git', 'commit', '--allow-empty', '-m', 'mine'],"
            " capture_output=True).returncode)\n"
            "pathlib.Path('app.txt').write_text('probed\\n')\n"
        )
        .replace("PORT", str(house.port))
        .replace("DATA", str(house.data))
    )
    name, _ = house.origin({"tools/agent.py": probe})
    change = api.reviewed(name, "say probe")
    said = text_of(api.log(api.run(change)["id"])).splitlines()
    assert "HONK" not in said[0]
    assert said[1].startswith("refused")
    assert "secret_key" not in said[2]
    assert said[3] != "0"
