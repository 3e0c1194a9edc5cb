"""Streams of the model API that break off or lie (THREATS E, F21): never taken as an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.job import Limits
from tests.agents.anthropic_talks import EDIT, results, runner, talk
from tests.agents.factories import events, job, mailbox, outcome, texts
from tests.doubles.messages_api import (
    MessagesApi,
    Turn,
    end,
    sse,
    start,
    text_block,
    thinking_block,
    tool_block,
)
from tests.doubles.plain_sandbox import PlainSandbox

RECORDED = (
    start()
    + thinking_block(0, "Hm…")
    + text_block(1, "Größe", 1)
    + tool_block(2, {"id": "t1", "name": "bash", "input": {"command": "echo >> ran"}})
    + end("tool_use")
)
CUTS = range(len(RECORDED))
AT_ONCE = 4  # cut answers in one run; a fifth would be its last try
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_a_stream_cut_at_any_byte_is_asked_again_and_no_tool_is_run_from_it(
    tmp_path: Path, part: int
) -> None:
    cuts = CUTS[part::PARTS]
    with MessagesApi([]) as api:
        claude = runner(api, backoff_s=0.0)
        for first in range(0, len(cuts), AT_ONCE):
            some = cuts[first : first + AT_ONCE]
            api.turns[:] = [*(Turn(RECORDED).cut_after(cut) for cut in some), Turn.text("Ok.")]
            api.start_over()
            values = list(claude.run(job(tmp_path), PlainSandbox(), mailbox()))
            assert len(api.requests) == len(some) + 1, list(some)
            assert outcome(values).summary == "Ok."
            assert texts(values, "note").count("discarded") == len(some)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_recorded_stream_is_an_answer_when_it_is_whole(tmp_path: Path) -> None:
    with MessagesApi([Turn(RECORDED), Turn.text("Ok.")]) as api:
        assert outcome(talk(api, tmp_path)).status == "passed"
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("part", range(4))
def test_a_stream_that_is_always_cut_fails_with_the_reason(tmp_path: Path, part: int) -> None:
    with MessagesApi([Turn(RECORDED).cut_after(len(RECORDED) * (part + 1) // 5)]) as api:
        ended = outcome(talk(api, tmp_path))
    assert (ended.status, ended.fault, ended.retry) == ("error", "platform", True)
    assert "5 times" in ended.reason
    assert list(tmp_path.iterdir()) == []


BROKEN = {
    "S077 no stop reason": start() + text_block(0, "Done.") + end(None),
    "S077 no message_stop": start() + text_block(0, "Done."),
    "empty": b"",
    "html": b"<html>502</html>",
    "S081 delta before start": sse(
        "content_block_delta", {"index": 0, "delta": {"type": "text_delta"}}
    ),
    "S081 no such block": start()
    + sse("content_block_delta", {"index": 7, "delta": {"type": "text_delta", "text": "x"}}),
    "S079 bad json": start() + b"event: content_block_start\ndata: {oops\n\n",
    "S083 error in the middle": start()
    + text_block(0, "Half")
    + sse("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "tool input cut": start()
    + tool_block(0, {"id": "t", "name": "bash", "input": {}}, '{"command": "touch bad", "x": [1')
    + end("tool_use"),
    "tool input deep": start()
    + tool_block(0, {"id": "t", "name": "bash", "input": {}}, '{"a":' * 3000)
    + end("tool_use"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_discarded_and_asked_again(tmp_path: Path, name: str) -> None:
    with MessagesApi([Turn(BROKEN[name]), Turn.text("Fine.")]) as api:
        values = talk(api, tmp_path)
    assert outcome(values).summary == "Fine."
    assert len(api.requests) == 2
    said = texts(values, "note")
    assert "discarded; trying again in" in said
    assert "Error" not in said
    assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (Turn(RECORDED).cut_after(len(RECORDED) // 2), "The connection to the model API broke off"),
        (Turn(BROKEN["S081 no such block"]), "is not in the form that it promises"),
    ],
)
def test_a_broken_answer_is_told_in_words_not_in_names_of_exceptions(
    tmp_path: Path, turn: Turn, words: str
) -> None:
    with MessagesApi([turn, Turn.text("Fine.")]) as api:
        said = texts(talk(api, tmp_path), "note")
    assert words in said
    assert "Error" not in said


def test_words_before_an_error_in_the_middle_are_told_as_discarded(tmp_path: Path) -> None:  # S083
    with MessagesApi([Turn(BROKEN["S083 error in the middle"]), Turn.text("Fine.")]) as api:
        values = talk(api, tmp_path)
    kinds = [e.kind for e in events(values) if e.kind in ("text", "note")]
    assert kinds.index("note") > kinds.index("text")
    parts = {e.part for e in events(values) if e.kind == "text"}
    assert parts == {"turn-1-1-0", "turn-1-2-0"}
    assert "Half" not in json.dumps(api.requests[1]["messages"])


def test_of_duplicate_keys_the_last_one_counts_for_who_looks_and_who_runs(
    tmp_path: Path,
) -> None:  # S085
    raw = '{"command": "touch first", "command": "touch last"}'
    call = tool_block(0, {"id": "t", "name": "bash", "input": {}}, raw)
    with MessagesApi([Turn(start() + call + end("tool_use")), Turn.text("Ok.")]) as api:
        values = talk(api, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["last"]
    [shown] = [e.data["title"] for e in events(values) if e.kind == "tool"]
    assert shown == "touch last"
    assert api.requests[1]["messages"][1]["content"][0]["input"] == {"command": "touch last"}


def test_nul_and_lone_surrogates_are_stored_with_replacement(tmp_path: Path) -> None:  # S087
    block = {"index": 0, "content_block": {"type": "text", "text": ""}}
    raw = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":'
    raw += b'{"type":"text_delta","text":"a\\u0000b\\ud800c"}}\n\n'
    body = start() + sse("content_block_start", block) + raw
    body += sse("content_block_stop", {"index": 0}) + end()
    with MessagesApi([Turn(body), Turn.text("Fine.")]) as api:
        values = talk(api, tmp_path)
    assert "\0" not in texts(values, "text") + outcome(values).summary
    json.dumps([dict(event.data) for event in events(values)]).encode("utf-8")
    json.dumps(json.loads(outcome(values).session), ensure_ascii=False).encode("utf-8")


def test_words_with_a_lone_surrogate_can_be_sent_back(tmp_path: Path) -> None:  # S087
    body = start() + text_block(0, "Look.", 1).replace(b"Look", rb"L\\ud800k\\u0000")
    body += tool_block(1, {"id": "t", "name": "bash", "input": {"command": "true"}})
    with MessagesApi([Turn(body + end("tool_use")), Turn.text("Fine.")]) as api:
        values = talk(api, tmp_path)
    assert outcome(values).summary == "Fine."
    json.dumps(api.requests[1], ensure_ascii=False).encode("utf-8")


def test_a_call_with_a_lone_surrogate_is_discarded_and_not_run(tmp_path: Path) -> None:  # S087
    raw = r'{"command": "touch bad; echo \ud800"}'
    body = start() + tool_block(0, {"id": "t", "name": "bash", "input": {}}, raw)
    with MessagesApi([Turn(body + end("tool_use")), Turn.text("Fine.")]) as api:
        values = talk(api, tmp_path)
    assert outcome(values).summary == "Fine."
    assert "discarded" in texts(values, "note")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["../x", "/etc/x", ".git/config", "a/../../x", "link/x", "link"])
def test_an_edit_outside_the_worktree_is_an_error_for_the_model(
    tmp_path: Path, path: str
) -> None:  # S089
    root, outside = tmp_path / "tree", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / ".git").write_text("gitdir: elsewhere")
    (root / "link").symlink_to(outside)
    turns = [Turn.tools((EDIT, {"command": "create", "path": path, "file_text": "x"}))]
    with MessagesApi([*turns, Turn.text("Sorry.")]) as api:
        assert outcome(talk(api, root)).status == "passed"
    assert results(api.requests[1])[0]["is_error"] is True
    assert list(outside.iterdir()) == []
    assert sorted(each.name for each in tmp_path.iterdir()) == ["outside", "tree"]


def test_three_misused_tools_in_a_row_end_the_run(tmp_path: Path) -> None:  # S091
    turns = [
        Turn.tools(("bash", {"command": ["no"]})),
        Turn.tools(("write_file", {"path": "../x"})),
        Turn.tools((EDIT, {"command": "view"})),
        Turn.text("never"),
    ]
    with MessagesApi(turns) as api:
        result = outcome(talk(api, tmp_path))
    assert (result.status, result.fault) == ("failed", "agent")
    assert len(api.requests) == 3


def test_an_unknown_tool_is_an_error_result_in_our_words(tmp_path: Path) -> None:  # S091
    with MessagesApi([Turn.tools(("write_file", {"path": "x"})), Turn.text("Ok.")]) as api:
        assert outcome(talk(api, tmp_path)).status == "passed"
    [result] = results(api.requests[1])
    assert (result["is_error"], result["content"]) == (True, "There is no tool 'write_file'.")


def test_a_right_call_between_wrong_ones_lets_the_run_go_on(tmp_path: Path) -> None:  # S091
    wrong = Turn.tools(("bash", {"command": 1}))
    right = Turn.tools(("bash", {"command": "true"}))
    with MessagesApi([wrong, wrong, right, wrong, wrong, Turn.text("Ok.")]) as api:
        assert outcome(talk(api, tmp_path)).status == "passed"


def test_what_comes_after_the_end_is_dropped_and_the_run_goes_on(tmp_path: Path) -> None:  # S095
    ghost = sse(
        "content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "ghost"}}
    )
    call = tool_block(1, {"id": "t", "name": "bash", "input": {"command": "true"}})
    first = Turn(
        start() + text_block(0, "I run it.") + call + end("tool_use") + ghost + b"junk\n\n"
    )
    with MessagesApi([first, Turn(Turn.text("Done.").body + ghost)]) as api:
        values = talk(api, tmp_path)
    assert outcome(values).summary == "Done."
    assert "ghost" not in json.dumps(api.requests) + texts(values, "text")


def test_a_mark_of_byte_order_before_the_stream_costs_at_most_a_try(tmp_path: Path) -> None:
    body = b"\xef\xbb\xbf" + start() + text_block(0, "Marked.") + end("end_turn")
    with MessagesApi([Turn(body), Turn.text("Fine.")]) as api:
        ended = outcome(talk(api, tmp_path))
    assert ended.status == "passed"
    assert ended.summary in ("Marked.", "Fine.")


@pytest.mark.parametrize("told", [-5, 10**18])
def test_counters_that_cannot_be_true_neither_pay_back_nor_ruin(tmp_path: Path, told: int) -> None:
    usage = sse("message_delta", {
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": told},
    })  # fmt: skip
    body = start() + text_block(0, "x") + usage + sse("message_stop", {})
    with MessagesApi([Turn(body)]) as api:
        ended = outcome(talk(api, tmp_path, limits=Limits(money_usd=1)))
    cost = ended.usage.cost_usd
    assert cost is None if told < 0 else cost is not None and 0 < cost <= 100
    assert 0 <= ended.usage.output_tokens <= 2_000_000
