"""Another agent's real program takes an instruction to a verified change, through the services."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import LazySettings

from reviews.models import Person
from reviews.queries.instruct import offers_for
from reviews.services import instruct, judge, known_values
from reviews.states import ChangeStatus, RunKind
from tests import factories, modes
from tests.doubles.model_api import ModelApi, Turn
from tests.reviews.whole_runs import data, owner, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)
KEY = "sk-test-key-of-nobody"
POLICY = """
[runners.codex]
model = "gpt-5.1-codex"

[runners.gemini]
protocol = "acp"
model = "gemini-2.5-flash"

[[verifiers]]
name = "two"
argv = ["grep", "-q", "x = 2", "app.py"]
"""
SHELL = "sed -i s/1/2/ app.py"
CALLS = {
    "codex": ("exec_command", {"cmd": SHELL}),
    "gemini": ("run_shell_command", {"command": SHELL}),
}


@pytest.mark.clis
@pytest.mark.embedded_only
@pytest.mark.parametrize("name", ["codex", "gemini"])
def test_a_real_program_does_a_whole_task_and_the_server_verifies_it(
    name: str, data: Path, owner: Person, settings: LazySettings
) -> None:
    made = repository(data, {"app.py": "x = 1\n", ".honk.toml": POLICY})
    settings.HONK_SANDBOX_PATHS = [modes.CLIS, modes.CLIS / ".bin"]
    turns = [Turn("I look.", (CALLS[name],)), Turn("x is two."), Turn("And it stays two.")]
    with ModelApi(turns) as api:
        settings.HONK_MODEL_KEYS = {"openai": (KEY, f"{api.url}/v1"), "gemini": (KEY, api.url)}
        change = instruct.open_change(factories.actor(owner), made, "Make x two", runner=name)
        work_off(change)
        assert (change.status, change.reason) == (ChangeStatus.AWAITING_REVIEW, "")
        first = change.rounds.get()
        seen = judge.Seen(1, first.head, "Is it sure?", ["incomplete"])
        judge.reprompt(factories.actor(owner), change, seen)
        work_off(change)
    assert first.summary == "x is two."
    run, again = change.runs.filter(kind=RunKind.AGENT).order_by("pk")
    assert (run.input_tokens, run.output_tokens) == (200, 40)
    assert (again.input_tokens, again.output_tokens) == (100, 20)
    assert KEY not in " ".join(str(event.data) for event in run.events.all())
    sent = json.dumps(api.requests[2].body)  # the second round goes on with the first one's words
    assert "x is two." in sent
    assert "Is it sure?" in sent
    assert "You do not remember" not in sent
    assert "x is two." not in " ".join(str(event.data) for event in again.events.all())


def test_the_form_says_which_key_is_missing(
    data: Path, owner: Person, settings: LazySettings
) -> None:
    repository(data, {".honk.toml": POLICY})
    settings.HONK_MODEL_KEYS = {"openai": (KEY, ""), "gemini": ("", "")}
    (offer,) = offers_for(owner)
    why_not = {choice.name: choice.why_not for choice in offer.runners}
    assert why_not["codex"] == ""
    assert "GEMINI_API_KEY" in why_not["gemini"]


def test_every_key_is_known_to_the_redactor(settings: LazySettings) -> None:
    settings.HONK_MODEL_KEYS = {"openai": (KEY, ""), "gemini": ("another-long-key", "")}
    assert {KEY, "another-long-key"} <= set(known_values.known_values())
