"""What Claude Code's lines mean: on recordings of the real program, and on anything at all."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.events import KINDS, Event
from agents.runners.claude_adapter import State, adapt
from agents.runners.claude_lines import Lines
from agents.runners.claude_results import outcome_of

RECORDINGS = Path(__file__).parent / "recordings"
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.jsonl"))


def recorded(name: str) -> bytes:
    return (RECORDINGS / f"{name}.jsonl").read_bytes()


def adapted(said: bytes, *cuts: int) -> tuple[State, list[Event]]:
    """State and events of a stream that came in pieces, cut at these offsets."""
    lines, state, events = Lines(), State(), []
    edges = [0, *sorted(cut % (len(said) + 1) for cut in cuts), len(said)]
    pieces = [said[a:b] for a, b in itertools.pairwise(edges)]
    for line in [*(line for piece in pieces for line in lines.feed(piece)), *lines.end()]:
        state, more = adapt(state, line)
        events += more
    return state, events


def shown(state: State, events: list[Event]) -> dict[str, object]:
    """What a golden file holds."""
    rows = [[e.kind, e.part, e.parent, e.source, dict(e.data)] for e in events]
    result = dataclasses.asdict(state.result) if state.result else None
    assert result is None or result["usage"].pop("seen_usd") is None  # these are only told
    return {"said": state.said, "turns": state.turns, "result": result, "events": rows}


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_of_the_real_program_is_told_as_its_golden_says(name: str) -> None:
    golden = RECORDINGS / f"{name}.golden.json"
    told = shown(*adapted(recorded(name)))
    if os.environ.get("HONK_TEST_GOLDEN") == "write":
        golden.write_text(json.dumps(told, indent=1) + "\n")
    assert told == json.loads(golden.read_text())


def test_frames_of_one_message_are_one_step_and_deltas_are_never_told() -> None:
    state, events = adapted(recorded("whole_run"))
    lines = recorded("whole_run").splitlines()
    assert sum(b'"stream_event"' in line for line in lines) > len(lines) / 2
    assert [e.data["number"] for e in events if e.kind == "step"] == [*range(1, state.turns + 1)]
    assert not any("partial_json" in str(e.data) for e in events)


def test_usage_is_taken_from_results_alone_and_the_cost_is_of_the_whole_process() -> None:
    _, events = adapted(recorded("whole_run"))
    (usage,) = [e.data for e in events if e.kind == "usage"]
    assert usage["input"] == 600  # six calls of the model, each said to be 100 again and again


def test_two_inits_and_two_results_of_one_process_count_once() -> None:
    said = recorded("told_at_end")
    assert said.count(b'"subtype": "init"') == said.count(b'"type": "result"') == 2
    state, events = adapted(said)
    costs = [e.data["cost"] for e in events if e.kind == "usage"]
    assert costs == [pytest.approx(0.0008), pytest.approx(0.0016)]
    assert state.result is not None
    assert (state.result.usage.cost_usd, state.result.text) == (costs[-1], "Two.")
    assert state.result.usage.input_tokens == 200


@pytest.mark.parametrize("change", [{"total_cost_usd": None}, {"total_cost_usd": "free"}])
def test_a_cost_that_is_not_told_is_unknown_and_not_nothing(change: dict[str, object]) -> None:
    line = json.dumps({"type": "result", "is_error": False, "subtype": "success", **change})
    state, _ = adapt(State(), line.encode())
    assert state.result is not None
    assert state.result.usage.cost_usd is None


def test_the_price_of_an_unknown_model_is_not_guessed() -> None:
    state, _ = adapted(recorded("unknown_price"))
    assert state.result is not None
    assert state.result.usage.cost_usd is None
    assert state.result.usage.output_tokens > 0


def test_a_stopped_run_has_no_result() -> None:
    assert adapted(recorded("stopped"))[0].result is None


def test_is_error_decides_and_not_the_subtype() -> None:
    state, _ = adapted(recorded("service_down"))
    assert state.result is not None
    assert (state.result.subtype, state.result.is_error) == ("success", True)
    assert outcome_of(state.result, 1, was_ended=False).status == "error"
    line = json.dumps({"type": "result", "subtype": "success"})
    unclear, _ = adapt(State(), line.encode())
    assert unclear.result is not None
    assert unclear.result.is_error


def test_a_result_and_an_exit_code_that_disagree_are_a_failure() -> None:
    state, _ = adapted(recorded("told_meanwhile"))
    assert state.result is not None
    assert outcome_of(state.result, 0, was_ended=False).status == "passed"
    assert outcome_of(state.result, 3, was_ended=False).status == "failed"
    assert outcome_of(state.result, -9, was_ended=True).status == "passed"


def test_a_declined_call_is_told_and_the_run_still_passes() -> None:
    state, events = adapted(recorded("declined"))
    assert state.result is not None
    assert not state.result.is_error
    assert [e.data["ok"] for e in events if e.kind == "result"] == [False]


def test_a_line_of_several_megabytes_is_read() -> None:
    text = "x" * 3_000_000
    frame = {
        "type": "assistant",
        "message": {"id": "m", "content": [{"type": "text", "text": text}]},
    }
    _, events = adapted(json.dumps(frame).encode() + b"\n", 10, 1_000_000, 2_999_999)
    assert events[-1].data["text"] == text


def test_a_line_without_end_is_given_up_in_pieces() -> None:
    lines = Lines(longest=1000)
    given = [line for _ in range(10) for line in lines.feed(b"x" * 300)]
    assert max(map(len, given)) <= 1300


def test_what_is_not_of_the_protocol_is_output_with_one_note() -> None:
    _, events = adapted(b'Segfault in \xff\x00 module\n[1,2]\n\n"text"\n{"type": 5}\n')
    assert [e.kind for e in events] == ["note", "output", "output", "output", "output"]


def test_unknown_subtypes_and_types_are_told_as_unknown_and_bounded() -> None:
    lines = [{"type": "system", "subtype": "of_2030"}, {"type": "of_2031", "long": "x" * 100_000}]
    _, events = adapted(b"\n".join(json.dumps(line).encode() for line in lines))
    assert [e.kind for e in events] == ["unknown", "unknown"]
    assert all(len(str(e.data["raw"])) < 3000 for e in events)


def test_a_state_is_left_as_it_was() -> None:
    state = State()
    for line in recorded("whole_run").splitlines():
        before = dataclasses.replace(state)
        after, _ = adapt(state, line)
        assert state == before
        state = after


@pytest.mark.parametrize("name", ["whole_run", "asked"])
@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, 10**6), max_size=8))
def test_where_the_stream_is_cut_into_chunks_makes_no_difference(
    name: str, cuts: list[int]
) -> None:
    said = recorded(name)
    assert adapted(said, *cuts) == adapted(said)


def _words(text: str) -> list[str]:
    return text.split()


KEYS = st.sampled_from(
    _words(
        "type subtype message content id input name text is_error result errors modelUsage usage "
        "total_cost_usd tool_use_id tool_use_result structuredPatch filePath timestamp request "
        "request_id parent_tool_use_id todos task status attempt retry_delay_ms isReplay"
    )
)
TYPES = st.sampled_from(
    _words("assistant user result system stream_event control_request control_response other")
)
BLOCKS = st.sampled_from(_words("text thinking tool_use tool_result image"))
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(), inner),
    max_leaves=12,
)
FRAMES = st.builds(
    lambda kind, rest, block, more: {
        **rest, "type": kind, "message": {"id": "m", "content": [{**more, "type": block}]},
    },
    TYPES, st.dictionaries(KEYS, JUNK), BLOCKS, st.dictionaries(KEYS, JUNK),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.binary(max_size=200) | FRAMES.map(lambda f: json.dumps(f).encode()), max_size=8))
def test_no_line_makes_it_raise(lines: list[bytes]) -> None:
    state, events = adapted(b"\n".join(lines))
    assert all(event.kind in KINDS for event in events)
    json.dumps([dict(event.data) for event in events])
    if state.result is not None:
        outcome_of(state.result, None, was_ended=False)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_byte_of_a_recording_may_be_wrong(data: st.DataObject) -> None:
    said = bytearray(recorded("told_meanwhile"))
    for _ in range(data.draw(st.integers(1, 5))):
        said[data.draw(st.integers(0, len(said) - 1))] = data.draw(st.integers(0, 255))
    adapted(bytes(said))


def test_deep_and_huge_values_are_no_trouble() -> None:
    deep = b'{"type": "system", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    huge = b'{"type": "result", "total_cost_usd": 1e999, "usage": {"input_tokens": ' + b"9" * 4000
    state, events = reduce(
        lambda so_far, line: adapt(so_far[0], line), [deep, huge + b"}}"], (State(), ())
    )
    assert state.result is not None
    assert state.result.usage.cost_usd is None
    assert events
