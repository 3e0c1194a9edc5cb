"""Presets as data, and what the programs' lines mean, on lines that the real programs wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import policy, runners
from agents.drive import Value
from agents.events import KINDS, Event
from agents.runners.command_lines import Lines, record
from agents.runners.command_play import Plain, Structured
from agents.runners.command_readers import READERS, Said
from agents.runners.presets import PRESETS, PROVIDERS
from tests.agents.factories import events, outcome, texts
from tests.agents.test_runner_command import run as run_plain

RECORDED = Path(__file__).parent / "recorded"
NAMES = sorted(READERS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def recording(name: str) -> bytes:
    return (RECORDED / f"{name}.jsonl").read_bytes()


def read(name: str, data: bytes) -> tuple[Structured, list[Event]]:
    form = Structured("run", Said(), READERS[name])
    told = [*form.feed(data), *form.feed(b"")] if data else [*form.feed(b"")]
    return form, told


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_session_is_understood_to_its_last_line(name: str) -> None:
    form, told = read(name, recording(name))
    assert [each.data for each in told if each.kind == "unknown"] == []
    assert texts(told, "text") == "Looking.Fixed add."
    assert "return a + b" in texts(told, "output")
    assert [each.data["ok"] for each in told if each.kind == "result"][:1] == [True]
    total = form.total()
    assert (total.input_tokens, total.output_tokens) == (200, 40)
    assert form.said.summary == "Fixed add."
    assert form.trouble(0) == ""


def test_each_tool_call_is_told_once_and_below_its_program() -> None:
    _, told = read("codex", recording("codex"))
    tools = [each for each in told if each.kind == "tool"]
    assert [(each.part, each.parent) for each in tools] == [("run.item_2", "run")]


def test_only_what_tells_its_cost_has_one() -> None:
    costs = {name: read(name, recording(name))[0].total().cost for name in NAMES}
    assert costs["codex"] is None
    assert costs["gemini"] is None
    assert costs["opencode"] == pytest.approx(0.00091)


@pytest.mark.parametrize("name", NAMES)
def test_a_session_cut_at_any_byte_is_no_finished_one(name: str) -> None:
    data = recording(name).rstrip(b"\n")
    for end in range(len(data)):
        form, _ = read(name, data[:end])
        assert form.trouble(0), end


@pytest.mark.parametrize("name", NAMES)
@given(lines=st.lists(st.dictionaries(st.text(max_size=4), JSON) | JSON, max_size=6), at=st.data())
def test_no_line_is_an_exception(name: str, lines: list[Any], at: st.DataObject) -> None:
    real = [json.loads(line) for line in recording(name).splitlines()]
    broken = dict(at.draw(st.sampled_from(real)))
    broken[at.draw(st.sampled_from(sorted(broken)))] = at.draw(JSON)
    data = b"\n".join(json.dumps(each).encode() for each in [*lines, broken])
    _, told = read(name, data)
    assert all(each.kind in KINDS for each in told)


def test_a_refusal_by_the_model_is_a_failure_in_its_words() -> None:
    lines = {
        "codex": {"type": "turn.failed", "error": {"message": "no money"}},
        "gemini": {"type": "result", "status": "error", "error": {"message": "no money"}},
        "opencode": {"type": "error", "error": {"name": "X", "data": {"message": "no money"}}},
    }
    for name, line in lines.items():
        form, _ = read(name, json.dumps(line).encode())
        assert form.trouble(1) == "no money", name


def test_lines_are_cut_anywhere_and_too_long_ones_are_dropped() -> None:
    lines = Lines(limit=10)
    got = [
        each for part in (b'{"a', b'":1}\r\n\n', b"x" * 11, b"\nend") for each in lines.feed(part)
    ]
    assert [*got, *lines.end()] == [b'{"a":1}', b"end"]
    assert lines.dropped == 1
    assert record(b"{" * 100_000) is None
    assert record(b"[1]") is None


def found(text: str) -> policy.Policy:
    return policy.parse(text.encode())


def test_a_name_that_is_a_preset_needs_no_more() -> None:
    spec = found("[runners.codex]").runner("codex")
    assert spec is not None
    assert (spec.preset, spec.argv) == ("codex", ())


def test_words_that_are_options_are_added_to_the_preset() -> None:
    spec = found('[runners.codex]\nargv = ["--search"]\nmodel = "m"').runner("codex")
    assert spec is not None
    assert (spec.preset, spec.argv, spec.model) == ("codex", ("--search",), "m")


def test_a_program_of_ones_own_may_bear_a_presets_name() -> None:
    spec = found('[runners.aider]\nargv = ["./aider.sh"]').runner("aider")
    assert spec is not None
    assert spec.preset == ""


def test_a_preset_that_is_not_known_is_told() -> None:
    told = found('[runners.x]\npreset = "nobody"\nargv = ["x"]').problems
    assert any("'preset' in [runners.x] must be one of" in each for each in told)


def test_acp_is_refused_for_a_program_that_does_not_speak_it() -> None:
    problems = found('[runners.codex]\nprotocol = "acp"').problems
    assert problems == ("Codex CLI does not speak ACP; [runners.codex] takes its plain output.",)
    assert found('[runners.gemini]\nprotocol = "acp"').problems == ()
    assert found('[runners.mine]\nargv = ["mine"]\nprotocol = "acp"').problems == ()


def test_a_preset_is_offered_with_the_key_that_is_missing() -> None:
    both = found('[runners.codex]\n[runners.mine]\npreset = "opencode"\nmodel = "anthropic/x"')

    def why_not(*providers: str) -> dict[str, str]:
        choices = runners.available(
            both, has_key=False, is_sample=False, providers=frozenset(providers)
        )
        return {each.name: each.why_not for each in choices if each.name in ("codex", "mine")}

    assert "OPENAI_API_KEY" in why_not("anthropic")["codex"]
    assert why_not("openai", "anthropic") == {"codex": "", "mine": ""}
    assert "ANTHROPIC_API_KEY" in why_not("openai")["mine"]


def test_the_model_says_which_service_is_meant_else_the_key_that_there_is() -> None:
    preset = PRESETS["opencode"]
    assert preset.provider("google/gemini", frozenset({"openai"})) == "gemini"
    assert preset.provider("", frozenset({"anthropic"})) == "anthropic"
    assert preset.provider("", frozenset()) == "openai"


def test_without_a_key_a_preset_ends_at_once_and_says_which(tmp_path: Path) -> None:
    values = run_preset(tmp_path)
    assert (outcome(values).status, outcome(values).fault) == ("error", "platform")
    assert "OPENAI_API_KEY" in outcome(values).reason
    assert [each.kind for each in events(values)] == ["start", "step"]


def run_preset(root: Path) -> list[Value]:
    return run_plain(root, preset=PRESETS["codex"])


def test_plain_words_at_the_end_may_mean_failure_although_the_exit_is_good() -> None:
    def trouble(text: str) -> str:
        form = Plain("run", Said(), PRESETS["aider"].fails_on)
        assert [*form.feed(text.encode())]
        return form.trouble(0)

    refused = "a.txt\nlitellm.AuthenticationError: Your account\nis empty.\n"
    assert trouble(refused) == "litellm.AuthenticationError: Your account"
    assert trouble("Applied edit to a.txt, not litellm.Error: at all\n") == ""
    assert trouble(refused + "later\n" * 20) == ""


def test_every_preset_talks_to_services_we_know_and_names_the_version_that_was_tried() -> None:
    for name, preset in PRESETS.items():
        assert set(preset.access) <= set(PROVIDERS), name
        assert preset.tried, name
        assert not preset.reads or preset.reads in READERS, name
        assert bool(preset.keeps) == bool(preset.goes_on), name


def test_folders_that_are_kept_lie_below_the_home() -> None:
    policy_of = '[runners.mine]\nargv = ["mine"]\nprotocol = "acp"\nkeeps = ["{}"]'
    good = found(policy_of.format(".mine/sessions"))
    assert good.problems == ()
    assert [each.keeps for each in good.runners] == [(".mine/sessions",)]
    for bad in ("/etc", "../x", "", ".", "a/../../x"):
        told = found(policy_of.format(bad))
        assert [each.keeps for each in told.runners] == [()], bad
        assert "below the program's home" in told.problems[0], bad
