"""The real Claude Code through whole changes: the sample's seeded fault, then a re-prompt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from agents import sample
from agents.job import Outcome
from agents.sample import recordings
from reviews.models import Change, Person
from reviews.queries.instruct import offers_for
from reviews.services import instruct, judge, live_service, origins
from reviews.states import ChangeStatus, RunKind, RunStatus
from tests import factories
from tests.agents.claude_runs import KEY, bash, numbered, read
from tests.doubles.messages_api import MessagesApi, Turn
from tests.reviews.whole_runs import owner, work_off

__all__ = ["owner"]
pytestmark = pytest.mark.django_db(transaction=True)
TESTS = "python3 -m unittest discover -s tests -t ."
FIXED = "Lengths of an hour and more now show hours."
REPLACED = {
    "file_path": "/workspace/tests/test_lengths.py",
    "old_string": '        self.assertEqual(length_text(42), "0:42")\n',
    "new_string": recordings._HOUR_TEST,
}
TURNS = [
    Turn.tools(("Bash", {"command": "ls"}), ("Read", {"file_path": REPLACED["file_path"]})),
    read("mixtape/lengths.py"),
    Turn.tools(("Edit", REPLACED), say="First a test that shows it."),
    Turn.text("Is that all?"),  # it is not: the check is red and says so
    Turn.tools(
        ("Write", {"file_path": "/workspace/mixtape/lengths.py", "content": recordings._LENGTHS}),
        say="Now the fault.",
    ),
    bash(TESTS),
    Turn.text(FIXED),
]


@pytest.fixture
def change(tmp_path: Path, settings: LazySettings, owner: Person) -> Iterator[Change]:
    """The instruction of the seeded fault, queued for Claude Code."""
    settings.HONK_DATA = tmp_path / "data"
    settings.HONK_AGENT_KEY = KEY
    sample.create(tmp_path / "mixtape")
    made = factories.repository(origin=str(tmp_path / "mixtape"))
    origins.check_repository(made)
    made.refresh_from_db()
    said = sample.INSTRUCTIONS["fixed"]
    yield instruct.open_change(factories.actor(owner), made, said, runner="claude_code")
    assert [path.name for path in (tmp_path / "data" / "work").iterdir()] == []


@pytest.mark.claude_code
@pytest.mark.timeout(240)
def test_the_seeded_fault_becomes_an_approvable_change_and_a_comment_a_second_round(
    change: Change, settings: LazySettings, owner: Person
) -> None:
    with MessagesApi(numbered(TURNS)) as api:
        settings.HONK_AGENT_URL = api.url
        work_off(change)
    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    round_ = change.rounds.get()
    assert round_.summary == FIXED
    assert {file.display for file in round_.files.all()} == {
        "mixtape/lengths.py", "tests/test_lengths.py",
    }  # fmt: skip
    for verifier in change.runs.filter(kind=RunKind.VERIFIER):
        assert verifier.status == RunStatus.PASSED, verifier.excerpt
    run = change.runs.get(kind=RunKind.AGENT)
    assert (run.input_tokens, run.name) == (700, "claude_code")
    told = " ".join(str(event.data) for event in run.events.all())
    assert "62:05" in told
    assert KEY not in told
    assert live_service.known() == frozenset()  # a stand-in is not the live service

    said = "Say it in the notes as well."
    seen = judge.Seen(1, round_.head, message=said, reasons=["incomplete"])
    judge.reprompt(factories.actor(owner), change, seen)
    again = [bash("echo '- hours' >> NOTES.md"), Turn.text("Noted.")]
    with MessagesApi(numbered(again)) as api:
        settings.HONK_AGENT_URL = api.url
        work_off(change)
    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    asked = json.dumps(api.requests[0]["messages"])
    assert FIXED in asked
    assert said in asked
    second = change.rounds.get(number=2)
    seen = judge.Seen(2, second.head)
    assert judge.approve(factories.actor(owner), change, seen).is_new


@pytest.mark.parametrize(
    ("runner", "status", "url", "is_known"),
    [
        ("claude_code", "passed", "", True),
        ("anthropic_api", "passed", "", True),
        ("claude_code", "failed", "", False),
        ("claude_code", "passed", "http://127.0.0.1:1", False),
        ("scripted", "passed", "", False),
    ],
)
def test_only_a_run_that_passed_at_the_live_service_ends_the_caution(
    settings: LazySettings, owner: Person, runner: str, status: str, url: str, is_known: bool
) -> None:
    settings.HONK_AGENT_URL = url
    factories.repository()
    live_service.note(runner, Outcome(status))  # type: ignore[arg-type]
    live_service.note(runner, Outcome(status))  # type: ignore[arg-type]
    assert (runner in live_service.known()) is is_known
    (offer,) = offers_for(owner)
    cautious = {choice.name for choice in offer.runners if choice.caution}
    expected = {"anthropic_api", "claude_code"} - ({runner} if is_known else set())
    assert cautious == expected
