"""What may be asked for through a forwarder: the model calls of one service, spelled exactly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.forwarder import Forwarder
from agents.routes import MAX_QUERY
from agents.runners.presets import MESSAGES, PROVIDERS
from tests.agents import ways
from tests.doubles.plain_service import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as made:
        yield made


@pytest.mark.parametrize(
    "line",
    [
        b"GET http://elsewhere.test/ HTTP/1.1",
        b"CONNECT elsewhere.test:443 HTTP/1.1",
        b"POST /v1/messages/../admin HTTP/1.1",
        b"POST /v1/messages/%2e%2e/admin HTTP/1.1",
        b"POST /v1/%6dessages HTTP/1.1",
        b"POST /v1/messages/..;/admin HTTP/1.1",
        b"POST /v1/messages;a HTTP/1.1",
        b"POST /v1\\messages HTTP/1.1",
        b"POST //v1/messages HTTP/1.1",
        b"POST /v1/messages/ HTTP/1.1",
        b"POST /v1/messagesfoo HTTP/1.1",
        b"POST /v1/messages/batches HTTP/1.1",
        b"GET /v1/messages/batches HTTP/1.1",
        b"GET /v1/messages HTTP/1.1",
        b"DELETE /v1/messages HTTP/1.1",
        b"POST /admin HTTP/1.1",
        b"POST /v1/messages?key=of-somebody-else HTTP/1.1",
        b"POST /v1/messages?beta=%6bey HTTP/1.1",
        b"POST /v1/messages?" + b"a" * (MAX_QUERY + 1) + b" HTTP/1.1",
    ],
)
def test_other_addresses_paths_and_methods_are_refused(
    tmp_path: Path, upstream: Upstream, line: bytes
) -> None:
    with Forwarder(
        upstream.url, {"x-api-key": "the-real-key"}, tmp_path, routes=MESSAGES
    ) as forwarder:
        said = ways.raw(forwarder, line + b"\r\nhost: any.test\r\nconnection: close\r\n\r\n")
    assert said.split()[1] in (b"400", b"403")
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("provider", "method", "path", "is_open"),
    [
        ("anthropic", "POST", "/v1/messages/count_tokens", True),
        ("anthropic", "GET", "/v1/files", False),
        ("gemini", "POST", "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", True),
        ("gemini", "POST", "/v1beta/models/gemini-2.5-flash:generateContent", True),
        ("gemini", "POST", "/v1beta/models/a/b:generateContent", False),
        ("gemini", "POST", "/v1beta/models/:generateContent", False),
        ("gemini", "POST", "/v1beta/models/g:batchGenerateContent", False),
        ("gemini", "GET", "/v1beta/files", False),
        ("openai", "POST", "/responses", True),
        ("openai", "POST", "/chat/completions", True),
        ("openai", "GET", "/models?client_version=0.1.0", True),
        ("openai", "DELETE", "/models", False),
        ("openai", "GET", "/responses/resp_1", False),
        ("openai", "POST", "/files", False),
    ],
)
def test_of_each_service_only_its_model_calls_are_open(
    tmp_path: Path, upstream: Upstream, provider: str, method: str, path: str, is_open: bool
) -> None:
    way = Forwarder(upstream.url, {}, tmp_path, routes=PROVIDERS[provider].routes)
    with way as forwarder, ways.client(forwarder) as asks:
        assert asks.request(method, path).status_code == (200 if is_open else 403)
    assert [each["path"] for each in upstream.asked] == ([path] if is_open else [])
