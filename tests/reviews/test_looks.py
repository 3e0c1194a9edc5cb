"""What was looked at: recorded, kept with the verdict, asked about once before an approval."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from reviews.errors import Malformed, NotThere
from reviews.models import Change, Look, Person, Round
from reviews.queries.reading import reading_of
from reviews.services import judge, looks
from reviews.services.judge import Seen
from reviews.services.looks import LONGEST, SLACK_MS
from reviews.states import ChangeStatus, Role
from tests import factories as f
from tests.api.client import Api, approval
from tests.reviews.pages import page_of
from tests.reviews.verdicts import change, fresh, reviewer

__all__ = ["change", "reviewer"]
pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (Phone)"


@pytest.fixture
def round_(change: Change) -> Round:
    """Three files: app.py, a new one, and one that holds a guard item."""
    made = change.rounds.get()
    f.diff_file(made, path=b"src/new.py", display="src/new.py", status="added", position=1)
    f.diff_file(made, path=b"tests/test_app.py", display="tests/test_app.py", position=2)
    f.guard_item(made, acknowledged_by=change.author, acknowledged_at=timezone.now())
    made.file_count = 3
    made.save(update_fields=["file_count"])
    return made


def told(person: Person, round_: Round) -> dict[int, int]:
    rows = Look.objects.filter(person=person, round=round_)
    return dict(rows.values_list("index", "visible_ms"))


def decide(client: Client, change: Change, **fields: Any) -> Any:
    form = {"verdict": "approve", "round": 1, "head": f.HEAD, **fields}
    return client.post(f"/changes/{change.pk}/verdict/", form)


def test_times_of_a_file_add_up_within_the_time_that_has_passed(
    reviewer: Person, round_: Round
) -> None:
    actor = f.actor(reviewer)
    looks.record(actor, round_, {0: 4000, 1: 900, 99: 5000}, PHONE)
    assert told(reviewer, round_) == {0: 4000, 1: 900}
    Look.objects.update(last_at=timezone.now() - timedelta(seconds=20))
    looks.record(actor, round_, {0: 10**9, 2: 15_000}, PHONE)
    times = told(reviewer, round_)
    assert times[1] == 900
    assert times[2] == 15_000
    assert 4000 + 20_000 + SLACK_MS <= times[0] < 4000 + 30_000 + SLACK_MS


def test_one_report_never_tells_of_more_than_its_bound(reviewer: Person, round_: Round) -> None:
    most = LONGEST.total_seconds() * 1000 + SLACK_MS
    looks.record(f.actor(reviewer), round_, {0: 10**9})
    assert told(reviewer, round_) == {0: most}
    Look.objects.update(last_at=timezone.now() - timedelta(days=3))
    looks.record(f.actor(reviewer), round_, {0: 10**9})
    assert told(reviewer, round_) == {0: 2 * most}
    with pytest.raises(Malformed, match="1,001 files"):
        looks.record(f.actor(reviewer), round_, dict.fromkeys(range(1001), 1))


def test_nothing_is_recorded_of_a_stranger_nor_of_no_time(round_: Round, reviewer: Person) -> None:
    with pytest.raises(NotThere):
        looks.record(f.actor(f.person()), round_, {0: 500})
    looks.record(f.actor(reviewer), round_, {0: 0, 1: -5})
    assert not Look.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([[0, 500], [1, 20]], 204),
        ([[0, 500], [0, 20]], 204),
        ([], 204),
        ([[0]], 400),
        ([[0, "500"]], 400),
        ([[True, 5]], 400),
        ([[0, 1.5]], 400),
        ([[-1, 5]], 400),
        ([[10**12, 5]], 400),
        ({"0": 5}, 400),
        (None, 400),
        ("x", 400),
    ],
)
@pytest.mark.parametrize("is_json", [True, False])
def test_a_browser_tells_by_json_or_by_a_form(
    client: Client, change: Change, reviewer: Person, round_: Round, body: object, status: int,
    is_json: bool,
) -> None:  # fmt: skip
    at = f"/changes/{change.pk}/rounds/1/looks/"
    page_of(client, reviewer)
    whole = json.dumps({"looks": body})
    answer = (
        client.post(at, whole, content_type="application/json", headers={"User-Agent": PHONE})
        if is_json
        else client.post(at, {"looks": json.dumps(body)}, headers={"User-Agent": PHONE})
    )
    assert answer.status_code == status, answer.content
    assert Look.objects.exists() == (status == 204 and bool(body))
    assert {look.device for look in Look.objects.all()} <= {PHONE}


def test_broken_json_is_told_and_not_kept(client: Client, change: Change, reviewer: Person) -> None:
    at = f"/changes/{change.pk}/rounds/1/looks/"
    page_of(client, reviewer)
    for body in ("{", "[" * 100_000, "null"):
        assert client.post(at, body, content_type="application/json").status_code == 400


def test_a_verdict_keeps_what_was_looked_at(
    change: Change, reviewer: Person, round_: Round
) -> None:
    looks.record(f.actor(reviewer), round_, {0: 700, 2: 900}, PHONE)
    looks.record(f.actor(change.author), round_, {1: 1000})
    judge.approve(f.actor(reviewer), fresh(change), Seen(1, f.HEAD, opened=[0]))
    verdict = change.verdicts.get()
    assert verdict.looked == [[0, 700, PHONE], [2, 900, PHONE]]
    assert verdict.opened == [0]


def test_approving_with_unopened_files_asks_once_and_says_which(
    client: Client, change: Change, reviewer: Person, round_: Round
) -> None:
    looks.record(f.actor(reviewer), round_, {0: 700})

    asked = decide(page_of(client, reviewer), change, opened="0")

    html = asked.content.decode()
    assert asked.status_code == 422
    assert fresh(change).status == ChangeStatus.AWAITING_REVIEW
    assert "You have not opened 2 of 3 files" in html
    sheet = html[html.index('id="unread-sheet"') :]
    assert "data-sheet-now" in sheet[:200]
    assert "2 of 3 files" in sheet
    assert 'data-unread="1"' in sheet
    assert 'data-unread="0"' not in sheet
    assert "+1 −1, new file" in sheet
    assert "+1 −1, holds a guard item" in sheet
    assert f"/changes/{change.pk}/rounds/1/#f1" in sheet

    decide(client, change, opened="0", unread="1", message="Small.")
    assert fresh(change).status == ChangeStatus.APPROVED
    timeline = client.get(f"/changes/{change.pk}/").content.decode()
    assert "approved round 1, without opening 2 of 3 files" in timeline
    assert "Small." in timeline


def test_nobody_is_asked_who_opened_everything(
    client: Client, change: Change, reviewer: Person, round_: Round
) -> None:
    looks.record(f.actor(reviewer), round_, {0: 700, 1: 10})
    decide(page_of(client, reviewer), change, opened="0,1,2", looks="[[2, 900]]")
    assert fresh(change).status == ChangeStatus.APPROVED
    assert set(told(reviewer, round_)) == {0, 1, 2}, "what the form brought is on record"
    timeline = client.get(f"/changes/{change.pk}/").content.decode()
    assert "approved round 1" in timeline
    assert "opening" not in timeline


def test_a_list_of_opened_files_alone_proves_nothing(
    client: Client, change: Change, reviewer: Person, round_: Round
) -> None:
    looks.record(f.actor(change.author), round_, {0: 700, 1: 700, 2: 700})
    asked = decide(page_of(client, reviewer), change, opened="0,1,2", looks="[[2, 1], ")
    assert "You have not opened 3 of 3 files" in asked.content.decode()
    decide(client, change, opened="0,1,2", looks="[[2, 900]]", unread="1")
    assert change.verdicts.get().opened == [0, 1, 2]
    timeline = client.get(f"/changes/{change.pk}/").content.decode()
    assert "approved round 1, without opening 2 of 3 files" in timeline


def test_looks_that_came_with_a_refused_approval_are_kept(
    client: Client, change: Change, reviewer: Person, round_: Round
) -> None:
    decide(page_of(client, reviewer), change, opened="1", looks="[[1, 500], [99, 500]]")
    assert fresh(change).status == ChangeStatus.AWAITING_REVIEW
    assert told(reviewer, round_) == {1: 500}


def test_a_page_that_saw_nothing_says_so_and_is_asked(
    client: Client, change: Change, reviewer: Person, round_: Round
) -> None:
    asked = decide(page_of(client, reviewer), change, opened="none")
    assert "You have not opened 3 of 3 files" in asked.content.decode()
    decide(client, change, opened="none", unread="1")
    timeline = client.get(f"/changes/{change.pk}/").content.decode()
    assert "with no record of opening any of 3 files" in timeline


def test_a_browser_without_script_and_a_program_are_not_asked(
    client: Client, change: Change, reviewer: Person, round_: Round
) -> None:
    decide(page_of(client, reviewer), change, opened="")
    assert fresh(change).status == ChangeStatus.APPROVED
    other = f.reviewable(change.author, repository=change.repository)
    assert Api(reviewer).post(f"/changes/{other.pk}/verdict", approval())[0] == 202
    timeline = client.get(f"/changes/{other.pk}/").content.decode()
    assert "approved round 1" in timeline
    assert "opening" not in timeline


def test_guard_items_come_before_the_question(
    client: Client, change: Change, reviewer: Person, round_: Round
) -> None:
    round_.guard.update(acknowledged_by=None, acknowledged_at=None)
    html = decide(page_of(client, reviewer), change, opened="0").content.decode()
    assert "1 guard item is not ticked" in html
    assert "data-sheet-now" not in html


def test_the_list_names_ten_and_counts_the_others(change: Change, reviewer: Person) -> None:
    round_ = change.rounds.get()
    for number in range(1, 700):
        f.diff_file(round_, index=number, position=number, display=f"f{number}.py")
    looks.record(f.actor(reviewer), round_, {3: 500})
    found = reading_of(reviewer, round_)
    assert [file.index for file in found.files] == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]
    assert (found.left, found.more, found.named) == (699, 689, "3")
    looks.record(f.actor(reviewer), round_, dict.fromkeys(range(650), 9))
    assert reading_of(reviewer, round_).files[0].url.endswith("/rounds/1/?page=2#f650")


def test_looks_of_one_round_are_no_looks_of_the_next(
    client: Client, change: Change, reviewer: Person, round_: Round
) -> None:
    looks.record(f.actor(reviewer), round_, {0: 700})
    newer = f.round_(change, status="frozen", head="e" * 40, tree=f.TREE, file_count=1)
    f.diff_file(newer)
    html = page_of(client, reviewer).get(f"/changes/{change.pk}/").content.decode()
    assert f'data-seen="{change.pk}:2" data-files="1" data-opened=""' in html


def test_who_has_the_role_of_a_reader_is_recorded_too(change: Change, round_: Round) -> None:
    reader = f.member(change.repository, Role.READER)
    looks.record(f.actor(reader), round_, {0: 1})
    assert told(reader, round_) == {0: 1}
