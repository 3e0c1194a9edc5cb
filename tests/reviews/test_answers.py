"""Comments go to the agent as one numbered batch, and each number's answer comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from reviews.models import Change, Comment, Person, Repository
from reviews.services import discuss, instruct, judge, places
from reviews.services.judge import Seen
from reviews.states import ChangeStatus
from tests import factories
from tests.api.client import Api
from tests.reviews import whole_runs
from tests.reviews.whole_runs import work_off

pytestmark = pytest.mark.django_db(transaction=True)
AGENT = """
echo more >> app.py
grep -q '^2\\. app.py, line 2' && cat answers || echo first
"""
ANSWERS = "I did what was asked.\n\n1. Done: app.py has more.\n3. Won't: it is right so.\n"


@pytest.fixture
def repository(tmp_path: Path, settings: LazySettings) -> Repository:
    settings.HONK_DATA = tmp_path / "data"
    files: dict[str | bytes, str | bytes | None] = {
        ".honk.toml": '[runners.mod]\nargv = ["sh", "agent.sh"]\n',
        "agent.sh": AGENT,
        "answers": ANSWERS,
        "app.py": "one\ntwo\nthree\n",
    }
    return whole_runs.repository(tmp_path, files)


def reprompted(repository: Repository, owner: Person) -> Change:
    """A change in its second round, for which three comments were written."""
    actor = factories.actor(owner)
    change = work_off(instruct.open_change(actor, repository, "Add more", runner="mod"))
    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    head = change.rounds.get().head
    last = places.Anchor(1, path="app.py", line=4)
    discuss.comment(actor, change, last, "The last line.")
    discuss.comment(actor, change, places.Anchor(1, path="app.py", line=2), "The second line.")
    discuss.comment(actor, change, places.Anchor(1), "The whole of it.")
    judge.reprompt(actor, change, Seen(1, head, reasons=["incomplete"]))
    return work_off(change)


def test_a_batch_is_numbered_in_reading_order_and_answered_by_number(
    repository: Repository, client: Client
) -> None:
    owner = factories.administrator()
    change = reprompted(repository, owner)
    batch = Comment.objects.filter(sent_in__number=2).order_by("sent_number")
    assert [(c.sent_number, c.body, c.answer_state) for c in batch] == [
        (1, "The whole of it.", "done"),
        (2, "The second line.", ""),
        (3, "The last line.", "declined"),
    ]
    client.force_login(owner)
    page = client.get(f"/changes/{change.pk}/").content.decode()
    assert "app.py has more." in page
    assert "No answer" in page
    _, told = Api(owner).get(f"/changes/{change.pk}/rounds/2")
    assert [(each["number"], each["state"]) for each in told["answers"]] == [
        (1, "done"), (2, ""), (3, "declined"),
    ]  # fmt: skip
    assert told["answers"][0]["text"] == "Done: app.py has more."


def test_what_a_repair_leaves_unsaid_stays_as_it_was(repository: Repository) -> None:
    from reviews.services import answers

    change = reprompted(repository, factories.administrator())
    second = change.rounds.get(number=2)
    answers.record(second, "Mended the test.\n\n2. Done: now.")
    said = dict(Comment.objects.filter(sent_in=second).values_list("sent_number", "answer_state"))
    assert said == {1: "done", 2: "done", 3: "declined"}
