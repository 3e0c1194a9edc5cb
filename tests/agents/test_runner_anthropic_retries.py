"""A service that is down or busy is asked again, as long as it wishes and in the same words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from agents.runners.anthropic_api import TRIES
from agents.runners.anthropic_stream import Trouble, wait_before
from tests.agents.anthropic_talks import LOOK, talk
from tests.agents.factories import outcome, texts
from tests.doubles.messages_api import (
    MessagesApi,
    Turn,
    end,
    start,
    text_block,
    thinking_block,
    tool_block,
)


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "0.4"},
        {"retry_after_ms": "400"},
        {"retry_after_ms": "400", "retry_after": "9"},
    ],
)
def test_the_services_own_waiting_time_is_honoured(
    tmp_path: Path, headers: Mapping[str, str]
) -> None:
    limited = Turn.error(429, "rate_limit_error", "slow down", **headers)
    with MessagesApi([limited, Turn.text("Fine.")]) as api:
        values = talk(api, tmp_path)
    assert outcome(values).status == "passed"
    assert 0.4 <= api.times[1] - api.times[0] < 8
    assert [headers.get("x-stainless-retry-count") for headers in api.headers] == ["0", "0"]


@pytest.mark.parametrize("status", [500, 503, 529])
def test_a_service_that_stays_down_five_times_fails_with_the_reason(
    tmp_path: Path, status: int
) -> None:  # F19
    with MessagesApi([Turn.error(status, "overloaded_error", "Overloaded")]) as api:
        ended = outcome(talk(api, tmp_path))
    assert (ended.status, ended.fault, ended.retry) == ("error", "platform", True)
    assert len(api.requests) == TRIES == 5
    assert str(status) in ended.reason
    assert "Fix the fault." in ended.session


def test_a_service_that_comes_back_on_the_last_try_is_enough(tmp_path: Path) -> None:  # F19
    down = [Turn.error(529, "overloaded_error")] * (TRIES - 1)
    with MessagesApi([*down, Turn.text("Ok.")]) as api:
        values = talk(api, tmp_path)
    assert outcome(values).status == "passed"
    said = texts(values, "note")
    assert said.count("Trying again in") == TRIES - 1
    assert "discarded" not in said, "nothing came that could be"


def test_each_wait_is_longer_and_none_is_the_same(tmp_path: Path) -> None:

    trouble = Trouble("down", retry=True)
    for attempt in range(1, 8):
        waits = [wait_before(attempt, trouble, 1.0) for _ in range(50)]
        longest = min(2.0 ** (attempt - 1), 60.0)
        assert longest / 2 <= min(waits) < max(waits) <= longest
    assert wait_before(1, Trouble("limited", retry=True, after=30), 1.0) == 30


def test_a_call_that_is_tried_again_holds_the_very_same_words(tmp_path: Path) -> None:
    """Thoughts of the model are bound to the words before them; the cache is, too."""
    calls = [
        tool_block(2, {"id": "t1", "name": "bash", "input": {"command": "echo é; exit 3"}}),
        tool_block(3, {"id": "t2", "name": "no_such_tool", "input": {"a": [1.5, None]}}),
        tool_block(4, {"id": "t3", "name": "plan", "input": {"items": 3}}),
    ]
    said = thinking_block(0, "Hm…") + text_block(1, "Größe") + b"".join(calls)
    turns = [Turn(start() + said + end("tool_use")), LOOK]
    turns += [Turn.error(529, "overloaded_error"), Turn.text("Ok.")]
    with MessagesApi(turns) as api:
        assert outcome(talk(api, tmp_path)).status == "passed"
    _, first, by_sdk, by_us = api.requests
    assert by_us["messages"] == by_sdk["messages"]
    assert by_sdk["messages"][: len(first["messages"])] == first["messages"]
    assert by_us["messages"][1]["content"][0]["signature"] == "c2ln"
