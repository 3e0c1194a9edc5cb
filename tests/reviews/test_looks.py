"""What was looked at: recorded, kept with the verdict, asked about once before an approval."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.errors import Malformed, NotThere, TooOften
from reviews.forms import VerdictForm
from reviews.models import Change, DiffFile, Look, LookReport, Person, Round
from reviews.queries.reading import reading_of
from reviews.services import judge, looks
from reviews.services.judge import Seen
from reviews.services.looks import BURST, LEAST_MS, LONGEST, MOST, SLACK
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


def pass_time(time: timedelta) -> None:
    """As if the last report had come that much earlier."""
    for report in LookReport.objects.all():
        report.counted_until -= time
        report.due_at -= time
        report.save()


def ms(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)


def test_times_of_a_file_add_up_within_the_time_that_has_passed(
    reviewer: Person, round_: Round
) -> None:
    actor = f.actor(reviewer)
    looks.record(actor, round_, {0: 4000, 1: 900, 99: 5000}, PHONE)
    assert told(reviewer, round_) == {0: 4000, 1: 900}
    pass_time(timedelta(seconds=20))
    looks.record(actor, round_, {0: 10**9, 2: 15_000})
    times = told(reviewer, round_)
    assert times[1] == 900
    assert times[2] == 15_000
    assert 20_000 + ms(SLACK) <= times[0] < 24_000 + ms(SLACK), "what was left of the slack"
    assert set(Look.objects.values_list("index", "device")) == {(0, PHONE), (1, PHONE), (2, "")}


def test_the_slack_is_granted_once_however_many_reports_come(
    reviewer: Person, round_: Round
) -> None:
    before = timezone.now()
    for index in (0, 1, 0, 1, 0):
        looks.record(f.actor(reviewer), round_, {index: 10**9})
    most = ms(SLACK) + ms(timezone.now() - before)
    assert ms(SLACK) <= sum(told(reviewer, round_).values()) <= most
    pass_time(timedelta(seconds=7))
    for _ in range(3):
        looks.record(f.actor(reviewer), round_, {2: 10**9})
    assert 7000 <= told(reviewer, round_)[2] <= 7000 + ms(timezone.now() - before)


def test_time_that_was_not_told_of_is_not_saved_up(reviewer: Person, round_: Round) -> None:
    for _ in range(5):
        looks.record(f.actor(reviewer), round_, {0: 1000})
        pass_time(timedelta(seconds=60))
    looks.record(f.actor(reviewer), round_, {1: 10**9})
    assert told(reviewer, round_)[1] < 60_000 + 2 * ms(SLACK)


def test_one_report_never_tells_of_more_than_its_bound(reviewer: Person, round_: Round) -> None:
    looks.record(f.actor(reviewer), round_, {0: LEAST_MS})
    pass_time(timedelta(days=3))
    looks.record(f.actor(reviewer), round_, {0: 10**9})
    assert told(reviewer, round_) == {0: LEAST_MS + ms(LONGEST)}
    with pytest.raises(Malformed, match="501 files"):
        looks.record(f.actor(reviewer), round_, dict.fromkeys(range(MOST + 1), LEAST_MS))


def test_a_flood_of_reports_is_stopped_and_goes_on_later(
    client: Client, change: Change, reviewer: Person, round_: Round,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(looks, "GAP", timedelta(hours=1))  # however slow the machine
    at = f"/changes/{change.pk}/rounds/1/looks/"
    page_of(client, reviewer)
    answers = [client.post(at, {"looks": "[[0, 500]]"}) for _ in range(BURST + 2)]
    assert [answer.status_code for answer in answers[:-1]] == [204] * (BURST + 1)
    assert (answers[-1].status_code, answers[-1]["Retry-After"]) == (429, "1")
    other = f.round_(change, status="frozen", head="e" * 40, file_count=1)
    f.diff_file(other)
    with pytest.raises(TooOften):
        looks.record(f.actor(reviewer), other, {0: 500})
    looks.record(f.actor(change.author), round_, {0: 500})
    pass_time(timedelta(hours=2))
    assert client.post(at, {"looks": "[[0, 500]]"}).status_code == 204


def test_a_repeated_report_of_many_files_is_a_few_statements(
    reviewer: Person, round_: Round
) -> None:
    many = range(10, 10 + MOST)
    DiffFile.objects.bulk_create(
        DiffFile(round=round_, index=n, path=b"%d" % n, display=str(n), position=n) for n in many
    )
    looks.record(f.actor(reviewer), round_, dict.fromkeys(many, 500))
    with CaptureQueriesContext(connection) as asked:
        looks.record(f.actor(reviewer), round_, dict.fromkeys(many, 500))
    assert sum("reviews_look" in query["sql"] for query in asked) <= 8
    assert not [query["sql"] for query in asked if "CASE" in query["sql"]]
    assert sum(told(reviewer, round_).values()) == 2 * 500 * MOST


def test_the_script_and_the_server_agree_on_what_is_a_look() -> None:
    script = (Path(__file__).parents[2] / "static/js/looks.js").read_text()
    assert f"const LEAST_MS = {LEAST_MS};" in script
    assert f"const MOST = {MOST};" in script


def test_nothing_is_recorded_of_a_stranger_nor_of_no_time(round_: Round, reviewer: Person) -> None:
    with pytest.raises(NotThere):
        looks.record(f.actor(f.person()), round_, {0: 500})
    looks.record(f.actor(reviewer), round_, {0: 0, 1: -5, 2: LEAST_MS - 1})
    assert not Look.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([[0, 500], [1, 20]], 204),
        ([[0, 390], [0, 20]], 204),
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
    looks.record(f.actor(reviewer), round_, {0: 700, 1: 400})
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


@pytest.mark.parametrize("opened", ["-", " ", "0;1", "all", "0,1,2"])
def test_whatever_a_script_tells_of_files_is_no_browser_without_a_script(
    client: Client, change: Change, reviewer: Person, round_: Round, opened: str
) -> None:
    decide(page_of(client, reviewer), change, opened=opened)
    assert fresh(change).status == ChangeStatus.AWAITING_REVIEW


def test_a_glance_shorter_than_a_look_opens_nothing(
    client: Client, change: Change, reviewer: Person, round_: Round
) -> None:
    asked = decide(page_of(client, reviewer), change, opened="0,1,2", looks="[[0,1],[1,1],[2,399]]")
    assert "You have not opened 3 of 3 files" in asked.content.decode()
    assert not Look.objects.exists()


def test_a_list_that_is_too_long_ends_with_a_whole_index(change: Change) -> None:
    form = VerdictForm({"verdict": "approve", "round": 1, "opened": "12345," * 20_000})
    assert form.is_valid()
    assert form.cleaned_data["opened"] == [12345]


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
    looks.record(f.actor(reviewer), round_, dict.fromkeys(range(300), 900))
    looks.record(f.actor(reviewer), round_, dict.fromkeys(range(300, 650), 900))
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
    looks.record(f.actor(reader), round_, {0: 400})
    assert told(reader, round_) == {0: 400}
