"""What a request may ask of a model service: nothing by which the service reaches other hosts."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from agents.events import Event
from agents.forwarder import Forwarder
from agents.forwarder_bodies import MAX_REQUEST, Bodies, Unfit
from agents.job import Outcome
from agents.meter import Meter
from agents.metered import metered
from agents.request_bodies import refusal
from agents.runners.presets import MESSAGES, PROVIDERS
from tests.agents import ways
from tests.doubles.plain_service import Upstream

CLAUDE, CHAT, RESPONSES = b"/v1/messages", b"/chat/completions", b"/responses"
GEMINI = b"/v1beta/models/gemini-2.5-pro:streamGenerateContent"
OUT = "https://evil.test/x"
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def said(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(blocks)}]}


def tools(*given: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [], "tools": list(given)}


def parts(*given: dict[str, Any]) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": list(given)}]}


INLINE = {"type": "tool_definition", "definition": {"type": "web_fetch_20260318", "name": "f"}}
REACHING: list[tuple[bytes, dict[str, Any]]] = [
    (CLAUDE, {"mcp_servers": [{"type": "url", "url": OUT, "name": "e"}]}),
    *((CLAUDE, tools({"type": kind, "name": "a"})) for kind in (
        "web_fetch_20250910", "web_search_20260318", "code_execution_20260521", "mcp_toolset", "mcp",
        "bash_20250124\n", "web_fetch_2030")),
    (CLAUDE, tools({"name": "ok", "input_schema": {}}, {"type": "web_fetch_20250910"})),
    (CLAUDE, said({"type": "tool_addition", "tool": INLINE})),
    (CLAUDE, said({"type": "image", "source": {"type": "url", "url": OUT}})),
    (CLAUDE, said({"type": "document", "source": {"type": "url", "url": " FTP://a/b"}})),
    (CLAUDE, said({"type": "document", "source": {"type": "file", "file_id": "file_1"}})),
    (CLAUDE, said({"type": "container_upload", "file_id": "file_1"})),
    (CLAUDE, {"container": "container_1"}), (CLAUDE, {"container": {"skills": [{"skill_id": "a"}]}}),
    (CLAUDE, said({"type": "tool_result", "content": [
        {"type": "image", "source": {"type": "url", "url": OUT}}]})),
    (CLAUDE + b"/count_tokens", said({"type": "image", "source": {"type": "url", "url": OUT}})),
    *((RESPONSES, {"input": [], "tools": [tool]}) for tool in (
        {"type": "mcp", "server_label": "e", "server_url": OUT}, {"type": "web_search"},
        {"type": "web_search_preview"}, {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "file_search", "vector_store_ids": ["v"]}, {"server_url": OUT}, {"type": None},
        {"type": "shell", "environment": {"type": "container_auto"}},
        {"type": "namespace", "name": "n", "tools": [{"type": "mcp", "connector_id": "c"}]})),
    (RESPONSES, {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": OUT}]}]}),
    (RESPONSES, {"input": [{"content": [{"type": "input_file", "file_url": OUT}]}]}),
    (RESPONSES, {"input": [{"content": [{"type": "input_file", "file_id": "file-1"}]}]}),
    (RESPONSES, {"input": [], "prompt": {"id": "pmpt_1"}}),
    (RESPONSES, {"type": "tool_use", "input": [{"content": [{"image_url": OUT}]}]}),
    (CHAT, said({"type": "image_url", "image_url": {"url": OUT}})),
    (CHAT, said({"type": "image_url", "image_url": "//evil.test/x"})),
    (CHAT, said({"type": "file", "file": {"file_data": OUT}})),
    (CHAT, {"messages": [], "web_search_options": {"user_location": None}}),
    (CHAT, {"messages": [], "plugins": [{"id": "web"}]}),
    *((CHAT, {"messages": [], "model": model}) for model in (
        "gpt-4o-search-preview", "gpt-5-search-api", "o4-mini-deep-research", "x/y:online")),
    *((GEMINI, {**parts(), "tools": tool}) for tool in (
        [{"googleSearch": {}}], [{"google_search": {}}], {"urlContext": {}}, [{"codeExecution": {}}],
        [{"functionDeclarations": [], "googleSearchRetrieval": {}}],
        [{"mcpServers": [{"streamableHttpTransport": {"url": OUT}}]}],
        [{"retrieval": {"externalApi": {"endpoint": OUT}}}])),
    (GEMINI, parts({"fileData": {"fileUri": OUT}})), (GEMINI, parts({"file_data": {"file_uri": OUT}})),
    (GEMINI, parts({"functionResponse": {"parts": [{"fileData": {"fileUri": "gs://a/b"}}]}})),
    (GEMINI, {**parts(), "cachedContent": "cachedContents/1"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), REACHING)
def test_what_makes_the_service_reach_out_is_refused(path: bytes, body: dict[str, Any]) -> None:
    assert "may not reach other hosts" in refusal(json.dumps(body).encode(), path)


FREE = {
    "type": "web_fetch",
    "url": OUT,
    "tools": [{"type": "mcp"}],
    "file_id": "a",
    "source": {"url": OUT},
}
SCHEMA = {
    "type": "object",
    "properties": {"url": {"type": "string", "default": OUT}, "tools": FREE},
}
STAYING: list[tuple[bytes, dict[str, Any]]] = [
    (CLAUDE, tools({"name": "fetch", "input_schema": SCHEMA, "input_examples": [FREE]},
                   {"type": "custom", "name": "b", "input_schema": SCHEMA},
                   {"type": "bash_20250124", "name": "bash"},
                   {"type": "text_editor_20250728", "name": "e"},
                   {"type": "tool_search_tool_regex_20251119", "name": "s"})),
    (CLAUDE, said({"type": "text", "text": OUT, "cache_control": {"type": "ephemeral"}},
                  {"type": "tool_use", "id": "1", "name": "f", "input": FREE},
                  {"type": "tool_result", "tool_use_id": "1", "content": json.dumps(FREE)},
                  {"type": "image", "source": {"type": "base64", "media_type": "a", "data": "aGk="}})),
    (CLAUDE, {"mcp_servers": [], "container": None, "metadata": {"user_id": OUT},
              "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
    (RESPONSES, {"input": [{"type": "function_call", "arguments": json.dumps(FREE)},
                           {"role": "user", "content": [{"type": "input_image", "image_url": PIXEL}]},
                           {"content": [{"type": "input_file", "file_data": PIXEL}]}],
                 "text": {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}},
                 "tools": [{"type": "function", "name": "f", "parameters": SCHEMA},
                           {"type": "custom", "name": "c",
                            "format": {"type": "grammar", "definition": "start: a"}},
                           {"type": "namespace", "name": "n", "tools": [
                               {"type": "function", "name": "g", "parameters": SCHEMA}]},
                           {"type": "local_shell"}], "model": "gpt-5.1-codex"}),
    (CHAT, {**said({"type": "image_url", "image_url": {"url": PIXEL}}, {"type": "text", "text": OUT}),
            "tools": [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}],
            "response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}}),
    (GEMINI, {**parts({"text": OUT}, {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
                      {"functionCall": {"name": "f", "args": FREE}},
                      {"functionResponse": {"name": "f", "response": FREE}}),
              "tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": SCHEMA,
                                                   "parameters": SCHEMA}]}],
              "generationConfig": {"responseSchema": SCHEMA}}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), STAYING)
def test_what_programs_do_themselves_and_words_about_addresses_pass(
    path: bytes, body: dict[str, Any]
) -> None:
    assert refusal(json.dumps(body).encode(), path) == ""


@pytest.mark.parametrize(
    "body",
    [
        b'{"tools": [{"type": "mcp"}], "tools": []}', b'{"tools": [], "t\\u006fols": []}', b"x" * 9,
        b"[1]", b'{"a": NaN}', b"{'a': 1}", b'{"a": 1,}', b'{"a": 1}{"b": 2}', b"\xff{}",
        json.dumps({"a": "b"}).encode("utf-16"), b"\xef\xbb\xbf{}", b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", b'{"a": [' + b"1," * 500_000 + b"1]}",
        b'{"a": "' + b'\\"' * 500_000, b'{"a": ' + b"1" * 1_000_000 + b"}",
    ],
    ids=lambda body: body[:20].decode("latin-1"),
)  # fmt: skip
def test_a_body_that_could_be_read_in_two_ways_or_not_at_all_is_refused_soon(body: bytes) -> None:
    began = time.monotonic()
    assert "not passed on" in refusal(body, CLAUDE)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("provider", "path", "body"),
    [
        ("anthropic", "/v1/messages?beta=true", tools({"type": "web_search_20260318"})),
        ("openai", "/responses", {"input": "a", "tools": [{"type": "web_search"}]}),
        ("gemini", GEMINI.decode(), {**parts(), "tools": [{"googleSearch": {}}]}),
    ],
)
def test_a_refused_request_goes_nowhere_costs_nothing_and_is_told_in_the_log(
    tmp_path: Path, provider: str, path: str, body: dict[str, Any]
) -> None:
    meter = Meter(cap=1.0)
    routes = PROVIDERS[provider].routes
    with (
        Upstream() as upstream,
        Forwarder(upstream.url, {}, tmp_path, routes=routes, meter=meter) as forwarder,
        ways.client(forwarder) as asks,
    ):
        answers = [asks.post(path, json=body) for _ in range(2)]
        assert asks.post(path, json={"a": 1}).status_code == 200
    assert [each.status_code for each in answers] == [400, 400]
    assert "tool that the service runs" in answers[0].json()["error"]["message"]
    assert (len(upstream.asked), forwarder.asked, meter.total.cost) == (1, 1, 0)

    def ends() -> Any:
        yield Outcome("passed")

    told = [str(e.data["text"]) for e in metered(ends(), meter) if isinstance(e, Event)]
    assert any("refused (2 times)" in text and "may not reach other hosts" in text for text in told)


def test_a_body_is_passed_on_as_it_came_under_the_name_it_was_read_by(tmp_path: Path) -> None:
    body = b'{"a" :  1.50, "\xc3\xa4": "\\u00e4"}'
    odd = {"content-type": "application/x-protobuf"}
    with (
        Upstream() as upstream,
        Forwarder(upstream.url, {}, tmp_path, routes=MESSAGES) as forwarder,
        ways.client(forwarder) as asks,
    ):
        assert asks.post("/v1/messages", content=iter([body[:5], body[5:]]), headers=odd).is_success
    (seen,) = upstream.asked
    assert (seen["body"], seen["headers"]["content-type"]) == (body, "application/json")


def test_a_compressed_body_is_refused(tmp_path: Path) -> None:
    packed, named = gzip.compress(b"{}"), {"content-encoding": "gzip"}
    with (
        Upstream() as upstream,
        Forwarder(upstream.url, {}, tmp_path, routes=MESSAGES) as forwarder,
        ways.client(forwarder) as asks,
    ):
        assert asks.post("/v1/messages", content=packed, headers=named).status_code == 415
        assert asks.post("/v1/messages", content=packed).status_code == 400
    assert upstream.asked == []


def test_a_body_of_the_largest_size_is_read_in_a_moment() -> None:
    text = "x, [ { \\\n" * (MAX_REQUEST // 16)
    body = json.dumps(said({"type": "text", "text": text})).encode()
    began = time.monotonic()
    assert refusal(body, CLAUDE) == ""
    assert time.monotonic() - began < 8


@pytest.mark.asyncio
async def test_only_so_much_is_held_at_once() -> None:
    async def comes() -> Any:
        return {"type": "http.request", "body": b"x" * 60, "more_body": False}

    bodies = Bodies(100, 100)
    async with bodies.whole(comes):
        with pytest.raises(Unfit, match="at once"):
            async with bodies.whole(comes):
                pass
    async with bodies.whole(comes) as body:
        assert len(body) == 60
