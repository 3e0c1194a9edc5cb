"""Which runners a repository offers, and how one is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents import policy
from agents.errors import UserFault
from agents.runners import available, load

WITH_MOD = policy.parse(
    b"[runners.mod]\nargv = ['sh', 'mod.sh']\n[runners.scripted]\nmodel = 'x'\n"
)


@pytest.mark.parametrize(
    ("has_key", "is_sample", "names"),
    [
        (False, False, ["mod", "anthropic_api", "claude_code"]),
        (True, False, ["anthropic_api", "claude_code", "mod"]),
        (False, True, ["scripted", "mod", "anthropic_api", "claude_code"]),
    ],
)
def test_what_can_be_used_is_offered_first(
    monkeypatch: pytest.MonkeyPatch, has_key: bool, is_sample: bool, names: list[str]
) -> None:
    monkeypatch.setenv("HONK_CLAUDE", os.path.realpath(sys.executable))  # any native program
    choices = available(WITH_MOD, has_key=has_key, is_sample=is_sample)
    assert [choice.name for choice in choices] == names
    without = [choice.name for choice in choices if choice.why_not]
    assert without == ([] if has_key else ["anthropic_api", "claude_code"])


def test_claude_code_that_is_not_installed_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HONK_CLAUDE", str(tmp_path / "claude"))
    *_, last = available(WITH_MOD, has_key=True, is_sample=False)
    assert (last.name, "is not installed" in last.why_not) == ("claude_code", True)
    (tmp_path / "claude").write_text("#!/usr/bin/env node\n")
    *_, last = available(WITH_MOD, has_key=True, is_sample=False)
    assert "is a script" in last.why_not


def test_each_kind_is_loaded_by_its_name() -> None:
    model = policy.parse(b"[runners.anthropic_api]\nmodel = 'm'\neffort = 'low'\n")
    assert load("scripted", WITH_MOD).name == "scripted"
    assert load("mod", WITH_MOD).name == "mod"
    claude = load("anthropic_api", model, key="k")
    assert (claude.model, claude.effort) == ("m", "low")  # type: ignore[attr-defined]
    code = load("claude_code", policy.parse(b"[runners.claude_code]\nmodel = 'm'\n"), key="k")
    assert (code.name, code.model) == ("claude_code", "m")  # type: ignore[attr-defined]
    assert load("anthropic_api", WITH_MOD).model.startswith("claude-")  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["other", "", "claude", "../x"])
def test_an_unknown_name_is_the_users_fault(name: str) -> None:
    there_are = "here are anthropic_api, claude_code, mod. Give the instruction again with one"
    with pytest.raises(UserFault, match=f"no runner named .*; {there_are}"):
        load(name, WITH_MOD)


def test_the_model_sdk_is_not_imported_before_it_is_used() -> None:
    code = (
        "import sys; from agents import policy, runners; "
        "runners.load('anthropic_api', policy.Policy(), key='k'); "
        "sys.exit('anthropic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
