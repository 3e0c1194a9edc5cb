"""The way out of the sandbox: one host, our key, nothing else, and nothing left behind."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from agents.forwarder import Forwarder
from agents.job import Attached, Mount
from agents.runners.presets import MESSAGES
from tests.agents import boxes, ways
from tests.doubles.messages_api import MessagesApi, Turn
from tests.doubles.plain_service import Upstream

KEY = "the-real-key"
# The plain ones are there for questions about the way itself.
PLAIN = (("GET", "/"), ("POST", "/"), ("GET", "/moved"))


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as made:
        yield made


def test_the_key_is_put_in_and_what_the_program_claims_to_be_is_left_out(
    tmp_path: Path, upstream: Upstream
) -> None:
    base = upstream.url + "/prefix/"
    way = Forwarder(base, {"X-Api-Key": KEY}, tmp_path, routes=MESSAGES)
    with way as forwarder, ways.client(forwarder) as asks:
        answer = asks.post(
            "/v1/messages?beta=true",
            headers={"x-api-key": "dummy", "authorization": "Bearer dummy", "cookie": "a=b",
                     "anthropic-beta": "new-2030-01-01", "x-unknown": "left out", "x-stainless-lang": "js",
                     "openai-organization": "o", "openai-project": "p",
                     "x-goog-user-project": "p", "anthropic-workspace-id": "w"},
            json={"field_of_2030": 1},
        )  # fmt: skip
    assert answer.text == "first second"
    assert "set-cookie" not in answer.headers
    (seen,) = upstream.asked
    assert seen["path"] == "/prefix/v1/messages?beta=true"
    assert json.loads(seen["body"]) == {"field_of_2030": 1}
    headers = seen["headers"]
    assert headers["x-api-key"] == KEY
    assert headers["anthropic-beta"] == "new-2030-01-01"
    assert headers["x-stainless-lang"] == "js"
    assert headers["host"] == upstream.url.removeprefix("http://")
    gone = {"authorization", "cookie", "x-unknown", "openai-organization", "openai-project",
            "x-goog-user-project", "anthropic-workspace-id"}  # fmt: skip
    assert not gone & headers.keys()
    assert forwarder.uploaded == len(seen["body"])


def test_the_socket_is_ours_alone_and_may_lie_deep(tmp_path: Path, upstream: Upstream) -> None:
    folder = tmp_path / ("deep" * 20) / ("er" * 40)
    folder.mkdir(parents=True)
    with Forwarder(upstream.url, {}, folder, routes=PLAIN) as forwarder:
        assert stat.S_IMODE(forwarder.socket.stat().st_mode) == 0o600
    assert not forwarder.socket.exists()


def test_a_redirect_is_handed_back_and_not_followed(tmp_path: Path, upstream: Upstream) -> None:
    with (
        Forwarder(upstream.url, {}, tmp_path, routes=PLAIN) as forwarder,
        ways.client(forwarder) as asks,
    ):
        assert asks.get("/moved").status_code == 302
    assert len(upstream.asked) == 1


def test_proxies_of_the_environment_are_ignored(
    tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with (
        Forwarder(upstream.url, {}, tmp_path, routes=PLAIN) as forwarder,
        ways.client(forwarder) as asks,
    ):
        assert asks.get("/").status_code == 200


@pytest.mark.parametrize("is_told", [True, False])
def test_a_request_that_is_too_large_is_refused(
    tmp_path: Path, upstream: Upstream, is_told: bool
) -> None:
    def parts() -> Iterator[bytes]:
        yield b"x" * 1000
        yield b"x" * 1000

    body = b"x" * 2000 if is_told else parts()
    with Forwarder(upstream.url, {}, tmp_path, routes=PLAIN, max_request=1500) as forwarder:
        with ways.client(forwarder) as asks:
            answer = asks.post("/", content=body)
        assert answer.status_code == 413
        assert not (is_told and upstream.asked)


@pytest.mark.parametrize("header", [{"x-api-key": "t0ken"}, {"authorization": "Bearer t0ken"}])
def test_with_a_token_only_its_holder_is_served(
    tmp_path: Path, upstream: Upstream, header: dict[str, str]
) -> None:
    with (
        Forwarder(upstream.url, {}, tmp_path, "t0ken", routes=PLAIN) as forwarder,
        ways.client(forwarder) as asks,
    ):
        assert asks.get("/", headers=header).status_code == 200
        assert asks.get("/").status_code == 401
        assert asks.get("/", headers={"x-api-key": "wrong"}).status_code == 401
    assert len(upstream.asked) == 1


def test_an_answer_passes_as_it_comes(tmp_path: Path, upstream: Upstream) -> None:
    upstream.hold.clear()
    with (
        Forwarder(upstream.url, {}, tmp_path, routes=PLAIN) as forwarder,
        ways.client(forwarder) as asks,
        asks.stream("GET", "/") as answer,
    ):
        said = answer.iter_bytes()
        assert next(said).startswith(b"first")
        upstream.hold.set()
        assert b"".join(said).endswith(b"second")


def test_a_program_that_goes_away_ends_its_request_upstream(
    tmp_path: Path, upstream: Upstream
) -> None:
    upstream.hold.clear()
    with Forwarder(upstream.url, {}, tmp_path, routes=PLAIN) as forwarder:
        with ways.client(forwarder) as asks, asks.stream("GET", "/") as answer:
            next(answer.iter_bytes())
        assert upstream.broke.wait(30)


def test_leaving_ends_what_still_streams_and_leaves_no_thread(
    tmp_path: Path, upstream: Upstream
) -> None:
    upstream.hold.clear()
    with Forwarder(upstream.url, {}, tmp_path, routes=PLAIN) as forwarder:
        asks = ways.client(forwarder)
        answer = asks.send(asks.build_request("GET", "/"), stream=True)
        said = answer.iter_bytes()
        next(said)
    with pytest.raises(httpx2.HTTPError):
        list(said)
    asks.close()
    assert upstream.broke.wait(30)
    assert not [each for each in threading.enumerate() if each.name == "forwarder"]


def test_a_service_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    with (
        Forwarder("http://127.0.0.1:1", {}, tmp_path, routes=MESSAGES) as forwarder,
        ways.client(forwarder) as asks,
    ):
        answer = asks.post("/v1/messages", json={})
    assert answer.status_code == 502
    assert answer.json()["type"] == "error"


def test_a_stream_of_the_messages_api_that_is_cut_stays_cut(tmp_path: Path) -> None:
    turn = Turn.text("Hello")
    with (
        MessagesApi([turn.cut_after(len(turn.body) // 2)]) as api,
        Forwarder(api.url, {"x-api-key": KEY}, tmp_path, routes=MESSAGES) as forwarder,
        ways.client(forwarder) as asks,
        pytest.raises(httpx2.RemoteProtocolError),
    ):
        asks.post("/v1/messages", json={})


def test_a_program_in_the_sandbox_reaches_the_socket_and_nothing_else(
    tmp_path: Path, upstream: Upstream
) -> None:
    (tmp_path / "run").mkdir()
    port = upstream.url.rpartition(":")[2]
    script = f"""
import socket
line = socket.socket(socket.AF_UNIX); line.connect("/run/api.sock")
line.sendall(b"GET / HTTP/1.1\\r\\nhost: a\\r\\nconnection: close\\r\\n\\r\\n")
print(line.makefile("rb").read().decode())
try:
    socket.create_connection(("127.0.0.1", {port})); print("REACHED")
except OSError: print("no way")
"""
    with Forwarder(upstream.url, {"x-api-key": KEY}, tmp_path / "run", routes=PLAIN) as forwarder:
        way = Attached((Mount(forwarder.socket, "/run/api.sock"),))
        space = boxes.plain(tmp_path / "tree")
        code, said = boxes.inside(space, "python3", "-c", script, attached=way)
    assert code == 0
    assert "200 OK" in said
    assert "no way" in said
    assert KEY not in said
    assert upstream.asked[0]["headers"]["x-api-key"] == KEY
