"""Shapes, refusals and cursors of section 8, asked from outside."""

from __future__ import annotations

import json

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.e2e.house import House
from tests.e2e.repos import do

TWO = "write app.txt one\\nTWO\\nthree"


def test_refusals_have_their_codes(house: House) -> None:
    api = house.admin
    name, _ = house.origin()
    assert api.post("/changes", 404, repository="nowhere", instruction="x")["fault"] == "user"
    api.post("/changes", 422, repository=name, instruction="   ")
    api.post("/changes", 400, repository=name)
    api.post("/changes", 400, repository=name, instruction="x", status="merged")
    api.get("/changes/999999", 404)
    api.get("/runs/999999/events", 404)
    answer = api.client.post("/changes", content=b"{not json")
    assert answer.status_code == 400
    assert answer.json()["code"]
    assert httpx.get(f"{house.base}/api/v1/changes", trust_env=False).status_code == 401
    assert httpx.get(f"{house.base}/api/v1/openapi.json", trust_env=False).status_code == 401


def test_the_description_lists_every_path_of_the_contract(house: House) -> None:
    listed = house.admin.get("/openapi.json")["paths"]
    change, run = "/api/v1/changes/{number}", "/api/v1/runs/{id}"
    at_round = f"{change}/rounds/{{n}}"
    wanted = [
        "/api/v1/changes", change, at_round, f"{at_round}/files", f"{at_round}/patch",
        f"{change}/comments", f"{change}/verdict", f"{change}/cancel", f"{change}/messages",
        f"{change}/retry", run, f"{run}/events",
    ]  # fmt: skip
    assert set(wanted) <= set(listed)


def test_a_log_is_read_by_cursor_from_both_ends_without_gap(house: House) -> None:
    api = house.admin
    name, _ = house.origin()
    lines = [line for i in range(12) for line in (f"say part {i}", "sleep 0.12")]
    change = api.reviewed(name, *lines, TWO)
    run = api.run(change)["id"]
    whole = api.log(run)
    assert len(whole) > 12
    tail = api.get(f"/runs/{run}/events", tail=5)
    assert tail["events"] == whole[-5:]
    assert (tail["first_seq"], tail["last_seq"]) == (whole[-5]["seq"], whole[-1]["seq"])
    assert tail["run_status"] == "passed"
    back, first = [], tail["first_seq"]
    while first > 1:
        page = api.get(f"/runs/{run}/events", before_seq=first, limit=3)
        back = page["events"] + back
        first = page["first_seq"]
    assert back + tail["events"] == whole
    assert api.get(f"/runs/{run}/events", after_seq=whole[-1]["seq"])["events"] == []
    assert whole[0].keys() == {"seq", "kind", "part", "parent", "source", "at", "data"}


@pytest.mark.fleet
def test_a_socket_with_a_token_gets_the_stored_log_while_it_grows(house: House) -> None:
    api = house.admin
    name, _ = house.origin()
    number = api.open(name, do("say one", "sleep 0.5", "say two", "sleep 0.5", "say three", TWO))
    run = api.wait_for_log(number, "one")
    events: list[dict[str, object]] = []
    headers = {"Authorization": f"Bearer {api.token}"}
    url = f"ws://127.0.0.1:{house.port}/ws/runs/{run}/?after_seq=0"
    with connect(url, additional_headers=headers) as socket:
        while not events or events[-1]["kind"] != "end":
            events += json.loads(socket.recv(timeout=20))["events"]
    assert events == api.log(run)
    with pytest.raises(InvalidStatus) as refused, connect(url):
        pass
    assert refused.value.response.status_code == 403


def test_more_changes_than_slots_all_come_to_review(house: House) -> None:
    api = house.admin
    name, _ = house.origin()
    numbers = [api.open(name, do("sleep 0.1", f"write new{i}.txt {i}")) for i in range(20)]
    for number in numbers:
        api.until(number, "awaiting_review", seconds=90)
    listed = api.get("/changes", repository=name, limit=200)["changes"]
    assert sorted(c["number"] for c in listed) == numbers
    assert all(c["rounds"][0]["head"] for c in listed)
