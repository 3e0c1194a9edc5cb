"""kill -9 in the middle of things: the truth afterwards, a working retry, no process left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests import modes
from tests.doubles.messages_api import MessagesApi, Turn
from tests.e2e.api import JSON, Api
from tests.e2e.chaos import (
    LEFT,
    ONCE,
    WORK,
    after,
    check_truth,
    interrupted_agent,
    interrupted_merge,
    settled,
    strike,
)
from tests.e2e.house import House
from tests.e2e.repos import do
from tests.installation import wait_for


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation that these tests may break."""
    with modes.database() as name:
        made = House(tmp_path_factory.mktemp("frail"), name).set_up().start()
        try:
            yield made
        finally:
            made.end()


AGENTS = ["web", "worker agent", "celery of agent", "pool process of agent"]


@pytest.mark.fleet
@pytest.mark.parametrize("target", AGENTS)
def test_an_agents_run_survives_in_truth_what_is_killed_under_it(frail: House, target: str) -> None:
    name, origin = frail.origin()

    def strike_when_begun() -> None:
        number = frail.admin.get("/changes", limit=1)["changes"][0]["number"]
        frail.admin.wait_for_log(number, "begun")
        strike(frail, target)

    change = interrupted_agent(frail, name, strike_when_begun)
    if target == "web":
        assert [r["kind"] for r in change["runs"]].count("agent") == 1, "it ran on"
    frail.admin.merged(change)
    assert origin.show("app.txt") == "done"


@pytest.mark.parametrize("target", ["pool process of agent", "up"])
def test_what_an_agent_had_written_before_the_kill_is_there_for_the_next_run(
    frail: House, target: str
) -> None:
    name, origin = frail.origin()
    frail.wait_ready()
    number = frail.admin.open(name, do(*ONCE))
    frail.admin.wait_for_log(number, "begun")
    strike(frail, target)
    change = settled(frail, number)
    lost = frail.admin.run(change)
    assert (change["status"], lost["status"]) == ("failed", "lost")
    assert "Its work so far was kept" in frail.admin.log(lost["id"])[-1]["data"]["reason"]
    check_truth(frail, change)
    frail.admin.post(f"/changes/{number}/retry")
    change = settled(frail, number)
    assert change["status"] == "awaiting_review", change["reason"]
    frail.admin.merged(change)
    assert origin.show("early.txt") == "first"
    assert origin.show("app.txt") == "second"


def test_a_talk_with_the_model_and_its_question_outlive_kills_and_restarts(
    own_house: Callable[..., House],
) -> None:
    begin = Turn.tools(
        ("bash", {"command": "touch app.txt; echo waiting; sleep 60"}), say="I wait, says the plum."
    )
    ask = Turn.tools(("ask", {"question": "Which plum?", "answers": ["red", "blue"]}))
    turns = [begin, Turn.text("Done."), ask, Turn.text("Red."), ask, Turn.text("Blue.")]
    with MessagesApi(turns) as model:
        house = own_house(ANTHROPIC_API_KEY="test-key-of-nobody", ANTHROPIC_BASE_URL=model.url)
        api = house.start().admin
        name, _ = house.origin()
        number = api.open(name, "Mend it, said the pear.", "anthropic_api")
        api.wait_for_log(number, "waiting")
        strike(house, "pool process of agent")
        assert settled(house, number)["status"] == "failed"
        api.post(f"/changes/{number}/retry")
        assert settled(house, number)["status"] == "awaiting_review"
        told = json.dumps(model.requests[1]["messages"])
        for words in ("said the pear", "says the plum", "You were interrupted"):
            assert words in told, words

        def restart() -> None:
            house.end()
            house.start()

        _answered_after(house, name, lambda: strike(house, "celery of agent"), "red")
        _answered_after(house, name, restart, "blue")
        house.end()
    for request, answer in ((3, "red"), (5, "blue")):
        told = json.dumps(model.requests[request]["messages"])
        assert told.count("Which plum?") == 1, "the same question, answered"
        assert answer in told


def _answered_after(house: House, name: str, blow: Callable[[], object], answer: str) -> None:
    """A question is put, its worker dies, and the answer goes on from there."""
    api = house.admin
    number = api.open(name, "Mend it, said the pear.", "anthropic_api")
    api.until(number, "needs_input")
    blow()
    run = api.run(api.change(number))
    wait_for(lambda: _is_parked(api, run), lambda: house.said()[-2000:], 60)
    change = api.change(number)
    assert (change["status"], change["waits_for"]) == ("needs_input", "answer")
    assert change["question"] == "Which plum?"
    api.post(f"/changes/{number}/messages", 201, text=answer, ask=_asked(api, run))
    assert settled(house, number)["status"] == "awaiting_review"
    assert [r["kind"] for r in api.change(number)["runs"]].count("agent") == 2


def _is_parked(api: Api, run: JSON) -> bool:
    notes = [event["data"]["text"] for event in api.log(run["id"]) if event["kind"] == "note"]
    return "Waits for an answer." in notes


def _asked(api: Api, run: JSON) -> str:
    return next(str(event["part"]) for event in api.log(run["id"]) if event["kind"] == "ask")


@pytest.mark.fleet
def test_an_ordinary_restart_hands_an_agents_work_over_without_a_person(frail: House) -> None:
    name, origin = frail.origin()
    frail.wait_ready()
    number = frail.admin.open(name, do(*ONCE))
    frail.admin.wait_for_log(number, "begun")
    frail.end()
    frail.start()
    change = settled(frail, number)
    assert change["status"] == "awaiting_review"
    lost = next(run for run in change["runs"] if run["kind"] == "agent")
    reason = frail.admin.log(lost["id"])[-1]["data"]["reason"]
    assert "The worker was shut down" in reason
    assert "Its work so far was kept" in reason
    check_truth(frail, change)
    frail.admin.merged(change)
    assert origin.show("early.txt") == "first"


@pytest.mark.parametrize(("target", "seconds"), [("worker work", 1.1), ("up", 1.2)])
def test_a_merge_lands_once_whatever_is_killed_under_it(
    frail: House, target: str, seconds: float
) -> None:
    name, origin = frail.origin()
    change = frail.admin.reviewed(name, "write app.txt merged")
    interrupted_merge(frail, origin, change, after(seconds, lambda: strike(frail, target)))


def test_a_verifier_whose_worker_dies_is_run_again(frail: House) -> None:
    name, _ = frail.origin({"slow": "2\n"})
    api = frail.admin
    number = api.open(name, do("write app.txt slow"))
    api.until(number, "verifying")
    strike_verifier = after(0.8, lambda: strike(frail, "celery of work"))
    strike_verifier()
    change = api.until(number, "awaiting_review", seconds=90)
    statuses = [r["status"] for r in change["runs"] if r["kind"] == "verifier"]
    assert statuses[-1] == "passed"


def test_a_killed_up_leaves_no_process_and_the_next_one_goes_on(frail: House) -> None:
    name, _ = frail.origin()
    numbers = [frail.admin.open(name, do(*WORK)) for _ in range(4)]
    frail.admin.wait_for_log(numbers[0], "begun")
    strike(frail, "up")
    for number in numbers:
        change = frail.admin.until(number, "awaiting_review", "failed", seconds=90)
        if change["status"] == "failed":
            frail.admin.post(f"/changes/{number}/retry")
            frail.admin.until(number, "awaiting_review", seconds=60)
    assert not frail.find("sleep", LEFT)
