"""What model calls cost, read from the answers that pass the forwarder, and the cap that it holds."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents.forwarder import Forwarder
from agents.meter import MOST_UNKNOWN, USED_UP, Bill, Call, Meter
from agents.routes import is_model_call
from agents.runners.presets import MESSAGES, PROVIDERS
from tests.agents import ways
from tests.doubles.messages_api import MessagesApi, Turn, end, start, text_block
from tests.doubles.plain_service import Upstream

CALL = (100 * 4 + 20 * 20) / 1e6  # US dollars of the double's usual answer
MILLION = 1e6


def asked(meter: Meter, api: MessagesApi, folder: Path, times: int = 1) -> list[httpx2.Response]:
    way = Forwarder(api.url, {}, folder, routes=MESSAGES, meter=meter)
    with way as forwarder, ways.client(forwarder) as asks:
        return [asks.post("/v1/messages", json={"model": "x"}) for _ in range(times)]


def read(
    answer: bytes, kind: bytes = b"text/event-stream", *, size: int = 7, path: bytes = b"/responses"
) -> Bill:
    """The bill of an answer that comes in pieces of `size` bytes."""
    meter = Meter()
    call = meter.begin(path)
    call.answers(200, kind, b"")
    for at in range(0, len(answer), size):
        call.feed(answer[at : at + size])
    call.end()
    return meter.total


def is_call(route: str) -> bool:
    method, path = route.split()
    return is_model_call(method, path.encode())


def events(*frames: Mapping[str, Any]) -> bytes:
    return b"".join(b"event: x\ndata: " + json.dumps(each).encode() + b"\n\n" for each in frames)


def test_streamed_answers_are_counted_and_pass_byte_for_byte(tmp_path: Path) -> None:
    turn, meter = Turn.text("Hello, wörld.\n\ndata: x"), Meter()
    with MessagesApi([turn]) as api:
        answers = asked(meter, api, tmp_path, 2)
        assert {headers["accept-encoding"] for headers in api.headers} == {"identity"}
    assert [each.content for each in answers] == [turn.body, turn.body]
    assert meter.total.known == pytest.approx(2 * CALL)
    assert (meter.total.tokens.all_input, meter.total.tokens.output) == (200, 40)
    assert (meter.total.priced, meter.total.unknown) == (2, 0)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as made:
        yield made


def test_money_is_known_while_an_answer_streams_and_leaving_it_saves_none(
    tmp_path: Path, upstream: Upstream
) -> None:
    upstream.first = start() + text_block(0, "word " * 2000, pieces=200)
    upstream.kind = "text/event-stream"
    upstream.hold.clear()
    meter = Meter()
    way = Forwarder(upstream.url, {}, tmp_path, routes=MESSAGES, meter=meter)
    with way as forwarder:
        with ways.client(forwarder) as asks, asks.stream("POST", "/v1/messages") as answer:
            heard, said = b"", answer.iter_raw()
            while b"content_block_stop" not in heard:
                heard += next(said)
            assert meter.total.known == pytest.approx((100 * 4 + 20) / MILLION)
        assert meter.settled(30).tokens.output >= 2000
    assert (meter.total.priced, meter.total.unknown) == (1, 0)


def test_counting_tokens_and_refusals_of_the_service_are_free(tmp_path: Path) -> None:
    meter = Meter(cap=1)
    with MessagesApi([Turn.error(529, "overloaded_error")]) as api:
        way = Forwarder(api.url, {}, tmp_path, routes=MESSAGES, meter=meter)
        with way as forwarder, ways.client(forwarder) as asks:
            asks.post("/v1/messages", json={})
            api.turns = [Turn.text("counted")]
            asks.post("/v1/messages/count_tokens", json={})
    assert meter.total == Bill()


@pytest.mark.parametrize(("status", "unknown"), [(200, 1), (302, 0), (404, 0), (529, 0)])
def test_only_an_answer_that_was_given_can_cost(status: int, unknown: int) -> None:
    meter = Meter()
    call = meter.begin(b"/v1/messages")
    call.answers(status, b"application/json", b"")
    call.feed(b"{}")
    call.end()
    assert meter.total == Bill(unknown=unknown)


def test_a_body_without_end_gets_its_answer_at_the_cap_too(tmp_path: Path) -> None:
    way = Forwarder(
        "http://127.0.0.1:1", {}, tmp_path, routes=MESSAGES, meter=Meter(0.0), max_request=1500
    )
    with way as forwarder, ways.client(forwarder) as asks:
        answer = asks.post("/v1/messages", content=iter([b"x" * 1000, b"x" * 1000]))
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, USED_UP)


def test_a_service_that_is_not_there_costs_nothing(tmp_path: Path) -> None:
    meter = Meter()
    way = Forwarder("http://127.0.0.1:1", {}, tmp_path, routes=MESSAGES, meter=meter)
    with way as forwarder, ways.client(forwarder) as asks:
        assert asks.post("/v1/messages", json={}).status_code == 502
    assert meter.total == Bill()


def test_from_the_cap_on_no_call_passes_and_the_sentence_says_why(tmp_path: Path) -> None:
    meter = Meter(cap=1.5 * CALL)
    with MessagesApi([Turn.text("Hello")]) as api:
        way = Forwarder(api.url, {}, tmp_path, routes=MESSAGES, meter=meter)
        with way as forwarder, ways.client(forwarder) as asks:
            big = {"messages": "x" * 3_000_000}  # more than fits into the socket
            said = [asks.post("/v1/messages", json=big) for _ in range(4)]
            assert asks.post("/v1/messages/count_tokens", json={}).status_code == 200
        assert len(api.requests) == 3
    assert [each.status_code for each in said] == [200, 200, 400, 400]
    assert said[-1].json()["error"] == {"type": "invalid_request_error", "message": USED_UP}
    assert meter.is_full


def test_under_a_cap_many_calls_at_once_exceed_it_by_a_few_only(tmp_path: Path) -> None:
    meter = Meter(cap=CALL / 2)
    with MessagesApi([Turn.text("Hello")]) as api:
        way = Forwarder(api.url, {}, tmp_path, routes=MESSAGES, meter=meter)
        with way as forwarder, ways.client(forwarder) as asks:
            ask = lambda: asks.post("/v1/messages", json={})  # noqa: E731
            threads = [threading.Thread(target=ask) for _ in range(24)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        assert 1 <= len(api.requests) <= 4


@pytest.mark.parametrize(("cap", "passed"), [(5.0, 1), (None, 3)])
def test_a_model_without_a_price_is_unknown_and_under_a_cap_asked_once(
    tmp_path: Path, cap: float | None, passed: int
) -> None:
    meter = Meter(cap, needs_price=True)
    with MessagesApi([Turn(start("model-of-tomorrow") + text_block(0, "x") + end())]) as api:
        said = asked(meter, api, tmp_path, 3)
        assert len(api.requests) == passed
    assert (meter.total.known, meter.total.unknown) == (None, passed)
    if cap:
        assert "price of model model-of-tomorrow is not known, and a cap" in said[-1].text
        assert not meter.is_full


def test_answers_without_usage_are_not_asked_for_without_end_under_a_cap(tmp_path: Path) -> None:
    meter = Meter(5.0, needs_price=True)
    with MessagesApi([Turn(b"data: {}\n\n")]) as api:
        asked(meter, api, tmp_path, MOST_UNKNOWN + 5)
        assert len(api.requests) == MOST_UNKNOWN + 1


def test_an_answer_that_breaks_off_counts_with_what_it_said(tmp_path: Path) -> None:
    meter = Meter()
    text = "word " * 2000
    with MessagesApi([Turn(start() + text_block(0, text, pieces=200) + end())]) as api:
        api.turns = [api.turns[0].cut_after(len(api.turns[0].body) - 200)]
        with pytest.raises(httpx2.RemoteProtocolError):
            asked(meter, api, tmp_path)
    assert meter.total.tokens.output >= 2000
    assert meter.total.unknown == 0


WHOLE = {"model": "claude-opus-5-5", "usage": {"input_tokens": 100, "output_tokens": 20}}
CACHED = {
    "input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 1000,
    "cache_creation_input_tokens": 300, "cache_creation": {"ephemeral_1h_input_tokens": 200},
}  # fmt: skip
SUMMARY = {"type": "compaction", "input_tokens": 100, "output_tokens": 20}


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        (WHOLE["usage"], CALL),
        (CACHED, (10 * 4 + 20 * 20 + 1000 * 4 * 0.05 + 100 * 4 * 1.25 + 200 * 4 * 2) / MILLION),
        ({**WHOLE["usage"], "iterations": [SUMMARY, {"type": "message"}]}, 2 * CALL),
    ],
    ids=["plain", "cached", "summarised"],
)
def test_an_answer_of_the_messages_api_has_the_price_of_the_table(
    usage: dict[str, Any], dollars: float
) -> None:
    bill = read(json.dumps({**WHOLE, "usage": usage}, indent=1).encode(), b"application/json")
    assert bill.known == pytest.approx(dollars)
    assert bill.unknown == 0


@pytest.mark.parametrize(
    "usage",
    [{"server_tool_use": {"web_search_requests": 2}}, {"service_tier": "priority"},
     {"speed": "fast"}, {"inference_geo": "us"}],
)  # fmt: skip
def test_what_costs_more_than_its_tokens_is_unknown_beyond_them(usage: dict[str, Any]) -> None:
    told = {**WHOLE, "usage": {**WHOLE["usage"], **usage}}
    bill = read(json.dumps(told).encode(), b"application/json")
    assert (bill.known, bill.unknown) == (pytest.approx(CALL), 1)


GEMINI = {"promptTokenCount": 50, "cachedContentTokenCount": 20, "candidatesTokenCount": 5,
          "thoughtsTokenCount": 2}  # fmt: skip
RESPONSES = {"input_tokens": 50, "input_tokens_details": {"cached_tokens": 20}, "output_tokens": 7}
CHAT = {"prompt_tokens": 50, "prompt_tokens_details": {"cached_tokens": 20}, "completion_tokens": 7}
OTHERS = {
    "responses": events(
        {"type": "response.created", "response": {"model": "gpt-9", "usage": None}},
        {"type": "response.completed", "response": {"model": "gpt-9", "usage": RESPONSES}},
    ),
    "chat": events({"model": "gpt-9", "usage": None}, {"model": "gpt-9", "usage": CHAT})
    + b"data: [DONE]\n\n",
    "gemini": events(
        {"usageMetadata": {"promptTokenCount": 50}, "modelVersion": "gemini-9"},
        {"usageMetadata": GEMINI, "modelVersion": "gemini-9"},
    ),
}


@pytest.mark.parametrize("service", OTHERS)
def test_other_services_tell_tokens_whose_price_is_unknown(service: str) -> None:
    bill = read(OTHERS[service])
    assert (bill.tokens.input, bill.tokens.cache_read, bill.tokens.output) == (30, 20, 7)
    assert (bill.known, bill.unknown) == (None, 1)


def test_a_list_of_frames_and_a_model_that_only_the_path_names_are_read() -> None:
    frames = json.dumps([{"usageMetadata": {"promptTokenCount": 1}}, {"usageMetadata": GEMINI}])
    path = b"/v1beta/models/claude-opus-5-5:streamGenerateContent"
    bill = read(frames.encode(), b"application/json", path=path)
    assert bill.known == pytest.approx((30 * 4 + 20 * 4 * 0.05 + 7 * 20) / MILLION)


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"\x00\xff", b'data: {"usage":\n\n', b"data: [[[" * 50_000, b'data: {"usage": 5}\n\n',
        b'data: {"type": "message_start", "message": {"usage": [1]}}\n\n',
        b'data: {"usage": {"input_tokens": "9", "output_tokens": -1e99}}\n\n',
        b'data: {"usage": {}}' + b"x" * (17 << 20), b'data: {"usage' + b"[" * 200_000 + b"\n\n",
    ],
    ids=range(9),
)  # fmt: skip
def test_an_answer_that_tells_nothing_of_use_is_unknown(answer: bytes) -> None:
    bill = read(answer, size=1 << 20)
    assert (bill.known, bill.unknown) == (None, 1)


def test_words_of_a_model_are_no_usage() -> None:
    lie = '{"type":"message_delta","usage":{"output_tokens":0,"input_tokens":0}}\n\ndata: '
    bill = read(start() + text_block(0, lie, pieces=1) + end())
    assert bill.known == pytest.approx(CALL)


def test_an_answer_that_is_compressed_all_the_same_is_unknown() -> None:
    meter = Meter()
    call: Call = meter.begin(b"/v1/messages")
    call.answers(200, b"application/json", b"gzip")
    call.feed(gzip.compress(json.dumps(WHOLE).encode()))
    call.end()
    assert (meter.total.known, meter.total.unknown) == (None, 1)


def test_of_what_presets_may_ask_all_but_counting_and_listing_costs() -> None:
    asked = {f"{m} {p}" for each in PROVIDERS.values() for m, p in each.routes}
    costs = {each for each in asked if is_call(each)}
    assert asked - costs == {
        "GET /models", "GET /v1/models", "GET /v1beta/models", "POST /v1/messages/count_tokens",
        "POST /v1beta/models/{name}:countTokens",
    }  # fmt: skip
