"""Whole runs in this process: real git, real bubblewrap, the real services around them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from agents.errors import PlatformFault
from reviews.models import Blob, Change, Person
from reviews.services import (
    blobs,
    instruct,
    recover,
    steer,
    work_agent,
)
from reviews.states import ChangeStatus, RunKind, RunStatus
from tests import factories
from tests.doubles.messages_api import MessagesApi, Turn
from tests.reviews.whole_runs import data, owner, queued, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)
EDIT = "str_replace_based_edit_tool"
SETUP = """
[setup]
argv = ["sh", "setup.sh"]
locks = ["lock.txt"]

[runners.reader]
argv = ["sh", "agent.sh"]

[[verifiers]]
name = "tools"
argv = ["sh", "-c", "cat tools/version && cat /env/made && ! touch tools/more 2>/dev/null"]
"""


def test_a_setup_is_made_once_and_laid_read_only_into_agents_and_verifiers(
    data: Path, owner: Person
) -> None:
    made = repository(
        data,
        {
            ".honk.toml": SETUP,
            "lock.txt": "1\n",
            "setup.sh": "mkdir tools && echo v1 > tools/version && date +%N > /env/made",
            "agent.sh": "cat tools/version /env/made >> seen.txt",
        },
    )
    for _ in range(2):
        change = instruct.open_change(factories.actor(owner), made, "Read it", runner="reader")
        work_off(change)
        assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
        verifier = change.runs.get(kind=RunKind.VERIFIER)
        assert verifier.status == RunStatus.PASSED, verifier.excerpt
        assert [f.display for f in change.rounds.get().files.all()] == ["seen.txt"]
    heads = Change.objects.values_list("rounds__tree", flat=True)
    assert len(set(heads)) == 1  # /env/made holds the nanoseconds of the one time it was made


def test_a_setup_that_fails_is_the_users_fault_and_says_so(data: Path, owner: Person) -> None:
    made = repository(
        data, {".honk.toml": SETUP, "setup.sh": "echo no such package; exit 3", "agent.sh": "true"}
    )
    change = instruct.open_change(factories.actor(owner), made, "Read it", runner="reader")
    work_off(change)
    assert (change.status, change.fault) == (ChangeStatus.FAILED, "user")
    assert "[setup] ended with exit 3" in change.reason


def test_claude_does_a_whole_task_and_the_server_verifies_it(
    data: Path, owner: Person, settings: LazySettings
) -> None:
    made = repository(
        data,
        {
            "app.py": "x = 1\n",
            ".honk.toml": '[[verifiers]]\nname = "two"\nargv = ["grep", "-q", "x = 2", "app.py"]\n',
        },
    )
    edit = {"command": "str_replace", "path": "/workspace/app.py", "old_str": "1", "new_str": "2"}
    turns = [Turn.tools(("bash", {"command": "cat app.py"}), (EDIT, edit)), Turn.text("Done.")]
    with MessagesApi(turns) as api:
        settings.HONK_AGENT_KEY, settings.HONK_AGENT_URL = "test-key-of-nobody", api.url
        change = instruct.open_change(factories.actor(owner), made, "Make x two")
        work_off(change)
    assert (change.status, change.runner) == (ChangeStatus.AWAITING_REVIEW, "anthropic_api")
    assert change.rounds.get().summary == "Done."
    run = change.runs.get(kind=RunKind.AGENT)
    assert run.input_tokens > 0
    told = " ".join(str(event.data) for event in run.events.all())
    assert "test-key-of-nobody" not in told


@pytest.fixture
def answering() -> Iterator[list[threading.Thread]]:
    threads: list[threading.Thread] = []
    yield threads
    for thread in threads:
        thread.join()


def test_a_question_waits_for_its_answer_and_the_run_goes_on(
    data: Path, owner: Person, answering: list[threading.Thread]
) -> None:
    made = repository(data, {"app.py": "x = 1\n"})
    recording = [
        {"ask": "Which one?", "answers": ["first", "last"]},
        {"edit": "app.py", "content": "x = 2\n"},
    ]
    change = instruct.open_change(
        factories.actor(owner), made, "Choose", runner="scripted", options={"recording": recording}
    )

    def answer() -> None:
        for _ in range(200):
            asked = Change.objects.get(pk=change.pk)
            if asked.status == ChangeStatus.NEEDS_INPUT:
                assert asked.reason == "Which one?"
                steer.send_message(factories.actor(owner), asked, "first")
                return
            time.sleep(0.05)

    answering.append(threading.Thread(target=answer))
    answering[0].start()
    work_off(change)
    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    kinds = list(change.runs.get(kind=RunKind.AGENT).events.values_list("kind", flat=True))
    assert kinds.index("ask") < kinds.index("answer")


def test_an_empty_diff_comes_back_with_nothing_to_approve(data: Path, owner: Person) -> None:
    made = repository(
        data, {".honk.toml": '[runners.idle]\nargv = ["true"]\n', "app.py": "x = 1\n"}
    )
    change = instruct.open_change(factories.actor(owner), made, "Do nothing", runner="idle")
    work_off(change)
    assert change.status == ChangeStatus.AWAITING_REVIEW
    assert change.rounds.get().is_empty
    assert "changed nothing" in change.reason
    recover.sweep()
    assert not queued(change)


def test_work_that_cannot_be_kept_at_once_is_kept_when_the_disk_has_room_again(
    data: Path, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = '[runners.mod]\nargv = ["sh", "-c", "echo 2 > app.py"]\n'
    made = repository(data, {".honk.toml": agent, "app.py": "x = 1\n"})
    change = instruct.open_change(factories.actor(owner), made, "Change it", runner="mod")
    monkeypatch.setattr(work_agent, "KEEP_AGAIN_S", (0.0,))
    keep, tried = blobs.put, []

    def full_once(data: bytes) -> Blob:
        tried.append(len(data))
        if len(tried) == 1:
            raise PlatformFault("The disk is full.")
        return keep(data)

    monkeypatch.setattr(blobs, "put", full_once)
    work_off(change)
    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    assert len(tried) > 1
