"""Another agent's real program takes an instruction to a verified change, through the services."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from reviews.models import Person
from reviews.queries.instruct import offers_for
from reviews.services import instruct
from reviews.services.work_agent import secrets
from reviews.states import ChangeStatus, RunKind
from tests import factories, modes
from tests.doubles.model_api import ModelApi, Turn
from tests.reviews.test_work import data, owner, repository, work_off

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
    with ModelApi([Turn("I look.", (CALLS[name],)), Turn("x is two.")]) as api:
        settings.HONK_MODEL_KEYS = {"openai": (KEY, f"{api.url}/v1"), "gemini": (KEY, api.url)}
        change = instruct.open_change(factories.actor(owner), made, "Make x two", runner=name)
        work_off(change)
    assert (change.status, change.reason) == (ChangeStatus.AWAITING_REVIEW, "")
    assert change.rounds.get().summary == "x is two."
    run = change.runs.get(kind=RunKind.AGENT)
    assert (run.input_tokens, run.output_tokens) == (200, 40)
    assert KEY not in " ".join(str(event.data) for event in run.events.all())


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
    assert {KEY, "another-long-key"} <= set(secrets())
