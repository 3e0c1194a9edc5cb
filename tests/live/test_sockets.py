"""The live log over real sockets: who may open one, what comes, and when it ends."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.live.hand import Hand
from tests.live.server import Web, frame

pytestmark = pytest.mark.fleet
Seed = dict[str, Any]


@pytest.fixture
def seed(hand: Hand) -> Seed:
    return hand.do("seed")


def path_of(seed: Seed, after: int = 0) -> str:
    return f"/ws/runs/{seed['run']}/?after_seq={after}"


def read_to_end(socket: ClientConnection) -> list[dict[str, Any]]:
    """Every event until the server closes normally."""
    events = [event for text in socket for event in json.loads(text)["events"]]
    assert socket.close_code == 1000
    return events


def hear_the_end(socket: ClientConnection) -> int:
    """The code the server closes with; what it says before is dropped."""
    with contextlib.suppress(ConnectionClosedError):
        list(socket)
    return int(socket.close_code or 0)


def assert_refused(web: Web, path: str, host: str = "localhost", **headers: str) -> None:
    with pytest.raises(InvalidStatus) as refusal, web.open(path, host=host, **headers):
        pass
    assert refusal.value.response.status_code == 403


def test_a_browser_on_either_loopback_name_is_let_in(web: Web, seed: Seed) -> None:
    for host in ("localhost", "127.0.0.1"):
        with web.as_browser(path_of(seed), seed["cookie"], host) as socket:
            socket.ping()


def test_any_other_origin_is_refused(web: Web, seed: Seed) -> None:
    cookie = f"sessionid={seed['cookie']}"
    port = web.port
    origins = [
        "null",
        "",
        "http://evil.example",
        f"http://evil.example:{port}",
        f"https://localhost:{port}",
        f"http://localhost:{port + 1}",
        "http://localhost",
        f"http://localhost.evil.example:{port}",
        f"http://localhost:{port}/",
        f"http://localhost:{port}@evil.example",
        f"http://127.0.0.1:{port}",
        f"ws://localhost:{port}",
        "http://localhost:99999999",
        "http://[",
    ]
    for origin in origins:
        assert_refused(web, path_of(seed), Cookie=cookie, Origin=origin)
    assert_refused(web, path_of(seed), Cookie=cookie)


def test_a_foreign_host_is_refused_even_with_its_own_origin(web: Web, seed: Seed) -> None:
    origin = f"http://evil.example:{web.port}"
    cookie = f"sessionid={seed['cookie']}"
    assert_refused(web, path_of(seed), "evil.example", Origin=origin, Cookie=cookie)
    bearer = f"Bearer {seed['token']}"
    assert_refused(web, path_of(seed), "evil.example", Authorization=bearer)


def test_without_a_session_nobody_is_let_in(web: Web, seed: Seed) -> None:
    origin = f"http://localhost:{web.port}"
    assert_refused(web, path_of(seed), Origin=origin)
    assert_refused(web, path_of(seed), Origin=origin, Cookie="sessionid=nonsense")
    assert_refused(web, path_of(seed), Origin=origin, Cookie='sessionid=;a b; =;;;"{')


def test_a_token_is_let_in_from_any_origin(web: Web, seed: Seed) -> None:
    bearer = f"Bearer {seed['token']}"
    with web.open(path_of(seed), Authorization=bearer) as socket:
        socket.ping()
    with web.open(path_of(seed), Authorization=bearer, Origin="null") as socket:
        socket.ping()


def test_a_bad_token_is_refused_whatever_cookie_comes_with_it(web: Web, seed: Seed) -> None:
    good = {"Origin": f"http://localhost:{web.port}", "Cookie": f"sessionid={seed['cookie']}"}
    for given in ("Bearer nonsense", "Bearer ", "Basic YTpi", seed["token"]):
        assert_refused(web, path_of(seed), Authorization=given, **good)


def test_who_may_not_see_the_run_is_refused(web: Web, seed: Seed) -> None:
    bearer = f"Bearer {seed['stranger_token']}"
    for path in (path_of(seed), f"/ws/changes/{seed['change']}/", "/ws/runs/999999/"):
        assert_refused(web, path, Authorization=bearer)
        origin = f"http://localhost:{web.port}"
        cookie = f"sessionid={seed['stranger_cookie']}"
        assert_refused(web, path, Origin=origin, Cookie=cookie)


def test_a_cursor_that_is_no_number_and_paths_unknown_are_refused(web: Web, seed: Seed) -> None:
    bearer = f"Bearer {seed['token']}"
    for query in ("?after_seq=x", "?after_seq=-1", "?after_seq=1&after_seq=2", "?after_seq=٣"):
        with_query = f"/ws/runs/{seed['run']}/{query}".encode().decode("latin-1")
        assert_refused(web, with_query, Authorization=bearer)
    for path in ("/ws/", "/", "/ws/runs/x/", "/ws/runs/99999999999999999999999/", "/ws/queue"):
        assert_refused(web, path, Authorization=bearer)


def test_the_log_comes_whole_and_then_as_it_is_written(web: Web, hand: Hand, seed: Seed) -> None:
    hand.do("write", run=seed["run"], count=250)
    with web.as_browser(path_of(seed), seed["cookie"]) as socket:
        first = frame(socket)
        assert first["events"][0]["seq"] == first["first_seq"] == 1
        assert first["run_status"] == "running"
        hand.do("write", run=seed["run"], count=30)
        hand.do("finish", run=seed["run"])
        events = first["events"] + read_to_end(socket)
    assert events == hand.do("log", run=seed["run"])
    assert events[-1]["kind"] == "end"


def test_a_cursor_brings_only_what_is_after_it(web: Web, hand: Hand, seed: Seed) -> None:
    hand.do("write", run=seed["run"], count=40)
    hand.do("finish", run=seed["run"])
    with web.as_browser(path_of(seed, after=33), seed["cookie"]) as socket:
        events = read_to_end(socket)
    assert [event["seq"] for event in events] == list(range(34, 42))


def test_an_ended_run_says_so_to_who_has_seen_it_all(web: Web, hand: Hand, seed: Seed) -> None:
    hand.do("finish", run=seed["run"])
    for after in (1, 10**15):
        with web.as_browser(path_of(seed, after), seed["cookie"]) as socket:
            assert frame(socket)["run_status"] == "passed"
            assert read_to_end(socket) == []


def test_a_cursor_beyond_the_log_follows_from_its_end(web: Web, hand: Hand, seed: Seed) -> None:
    hand.do("write", run=seed["run"], count=5)
    with web.as_browser(path_of(seed, after=10**12), seed["cookie"]) as socket:
        socket.ping()
        time.sleep(0.3)
        hand.do("write", run=seed["run"], count=1)
        assert frame(socket)["first_seq"] == 6


def test_signing_out_ends_the_socket_within_five_seconds(web: Web, hand: Hand, seed: Seed) -> None:
    with web.as_browser(path_of(seed), seed["cookie"]) as socket:
        started = time.monotonic()
        hand.do("sign_out", cookie=seed["cookie"])
        assert hear_the_end(socket) == 4403
        assert time.monotonic() - started < 5


def test_deactivating_a_person_ends_the_sockets_of_their_tokens(
    web: Web, hand: Hand, seed: Seed
) -> None:
    with web.open("/ws/queue/", Authorization=f"Bearer {seed['token']}") as socket:
        hand.do("deactivate", person=seed["person"])
        assert hear_the_end(socket) == 4403


def test_what_a_client_says_changes_nothing(web: Web, hand: Hand, seed: Seed) -> None:
    hand.do("write", run=seed["run"], count=3)
    with web.as_browser(path_of(seed), seed["cookie"]) as socket:
        socket.send('{"verdict": "approve"}')
        socket.send("[" * 2000)
        socket.send(b"\xff\x00")
        assert frame(socket)["last_seq"] == 3
    before = hand.do("log", run=seed["run"])
    assert len(before) == 3


def test_a_huge_message_and_a_chatty_client_are_put_out(web: Web, seed: Seed) -> None:
    with web.as_browser(path_of(seed), seed["cookie"]) as socket:
        socket.send("x" * 100_000)
        assert hear_the_end(socket) == 1009
    with web.as_browser(path_of(seed), seed["cookie"]) as socket:
        for _ in range(21):
            socket.send("hello")
        assert hear_the_end(socket) == 1008


def test_one_person_has_so_many_sockets_and_no_more(web: Web, seed: Seed) -> None:
    bearer = f"Bearer {seed['token']}"
    with contextlib.ExitStack() as sockets:
        for _ in range(199):
            sockets.enter_context(web.open("/ws/queue/", Authorization=bearer))
        with web.open("/ws/queue/", Authorization=bearer):
            assert_refused(web, "/ws/queue/", Authorization=bearer)
        time.sleep(0.3)
        sockets.enter_context(web.open("/ws/queue/", Authorization=bearer))


def test_pages_of_changes_and_the_queue_hear_a_bell_when_something_moved(
    web: Web, hand: Hand, seed: Seed
) -> None:
    other = hand.do("seed")
    bearer = f"Bearer {seed['token']}"
    with (
        web.open(f"/ws/changes/{seed['change']}/", Authorization=bearer) as mine,
        web.open(f"/ws/changes/{other['change']}/", Authorization=bearer) as another,
        web.open("/ws/queue/", Authorization=bearer) as queue,
    ):
        time.sleep(0.5)
        hand.do("move", change=seed["change"])
        assert frame(mine) == {"changed": True}
        assert frame(queue) == {"changed": True}
        with pytest.raises(TimeoutError):
            another.recv(timeout=1)


def test_a_log_that_grows_wakes_no_bell(web: Web, hand: Hand, seed: Seed) -> None:
    bearer = f"Bearer {seed['token']}"
    with web.open(f"/ws/changes/{seed['change']}/", Authorization=bearer) as socket:
        time.sleep(0.5)
        hand.do("write", run=seed["run"], count=20)
        with pytest.raises(TimeoutError):
            socket.recv(timeout=1)
