"""A comparison of two rounds shows what differs only, so it opens no file that was not read before."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from reviews.models import Change, Look, Person, Round
from reviews.services import looks
from reviews.states import ChangeStatus, Role
from tests import factories as f
from tests.reviews.pages import page_of
from tests.reviews.rounds import LETTERS, file, frozen, text

pytestmark = pytest.mark.django_db
OLD, MIDDLE, NEW = text(), text(LETTERS + b"u"), text(LETTERS + b"v")


class Scene:
    """Two rounds that both change one.py, of which the later has fresh.py besides."""

    def __init__(self, client: Client) -> None:
        self.change: Change = f.change(status=ChangeStatus.AWAITING_REVIEW)
        self.first: Round = frozen(self.change, 1)
        self.second: Round = frozen(self.change, 2)
        self.one = file(self.first, OLD, MIDDLE, "one.py", index=4)
        self.again = file(self.second, OLD, NEW, "one.py", index=1)
        self.fresh = file(self.second, None, NEW, "fresh.py", index=2)
        self.reviewer: Person = f.member(self.change.repository, Role.REVIEWER)
        self.client = page_of(client, self.reviewer)

    def compare(self, pair: str, *indexes: int) -> list[int]:
        told = json.dumps([[index, 900] for index in indexes])
        at = f"/changes/{self.change.pk}/rounds/{pair}/looks/"
        answer = self.client.post(at, {"looks": told})
        assert answer.status_code == 200
        found: list[int] = answer.json()["opened"]
        return found

    def opened(self, round_: Round) -> set[int]:
        return set(looks.opened_by(self.reviewer, round_))


@pytest.fixture
def scene(client: Client) -> Scene:
    return Scene(client)


def test_who_saw_only_what_differs_has_not_opened_the_file(scene: Scene) -> None:
    assert scene.compare("1..2", 1) == []
    assert scene.opened(scene.second) == set()


def test_who_opened_the_file_in_the_earlier_round_has_seen_the_rest_by_the_comparison(
    scene: Scene,
) -> None:
    looks.record(f.actor(scene.reviewer), scene.first, {scene.one.index: 700})
    assert scene.compare("1..2", 1) == [1]
    assert scene.opened(scene.second) == {1}
    assert Look.objects.get(round=scene.second).visible_ms == 900


def test_what_somebody_else_opened_does_not_count(scene: Scene) -> None:
    other = f.member(scene.change.repository, Role.REVIEWER)
    looks.record(f.actor(other), scene.first, {scene.one.index: 700})
    assert scene.compare("1..2", 1) == []


def test_a_file_that_the_earlier_round_has_not_is_shown_whole(scene: Scene) -> None:
    assert scene.compare("1..2", 1, 2, 99) == [2]
    assert scene.opened(scene.second) == {2}


def test_a_file_under_a_new_name_is_the_file_that_was_opened_before(scene: Scene) -> None:
    was = file(scene.first, None, MIDDLE, "draft.py", index=5)
    file(scene.second, None, MIDDLE, "final.py", index=3)
    assert scene.compare("1..2", 3) == []
    looks.record(f.actor(scene.reviewer), scene.first, {was.index: 700})
    assert scene.compare("1..2", 3) == [3]


def test_who_read_a_comparison_alone_is_asked_at_the_approval(scene: Scene) -> None:
    scene.compare("1..2", 1, 2)
    asked = scene.client.post(
        f"/changes/{scene.change.pk}/verdict/",
        {"verdict": "approve", "round": 2, "head": scene.second.head, "opened": "1,2"},
    )
    assert "You have not opened 1 of 2 files" in asked.content.decode()


@pytest.mark.parametrize("pair", ["2..1", "1..1", "1..3", f"1..{10**23}", f"{10**23}..1"])
@pytest.mark.parametrize("rest", ["looks/", "files/1/", "files/1/lines/", ""])
def test_rounds_that_are_none_are_not_there(scene: Scene, pair: str, rest: str) -> None:
    at = f"/changes/{scene.change.pk}/rounds/{pair}/{rest}"
    answer = scene.client.post(at, {"looks": "[]"}) if rest == "looks/" else scene.client.get(at)
    assert answer.status_code == 404


HUGE = 10**23


@pytest.mark.parametrize(
    "at",
    [
        f"changes/{HUGE}/", "changes/{n}/?round=" + "9" * 18, f"changes/{HUGE}/rounds/1/",
        "changes/{n}/rounds/HUGE/", "changes/{n}/rounds/HUGE/find/?q=x",
        "changes/{n}/rounds/HUGE/files/0/", "changes/{n}/rounds/1/files/HUGE/",
        "changes/{n}/rounds/1/files/HUGE/lines/?from=1&to=2",
        "changes/{n}/rounds/1/files/HUGE/sides/new", "changes/{n}/rounds/1..2/files/HUGE/",
        f"runs/{HUGE}/", f"runs/{HUGE}/events/", f"runs/{HUGE}/output/",
    ],
)  # fmt: skip
def test_a_number_that_no_column_takes_is_not_there(scene: Scene, at: str) -> None:
    path = "/" + at.replace("{n}", str(scene.change.pk)).replace("HUGE", str(HUGE))
    assert scene.client.get(path).status_code == 404


@pytest.mark.parametrize(
    "at",
    [
        "rounds/HUGE/looks/", "rounds/HUGE/viewed/", "threads/HUGE/resolve/", "threads/HUGE/apply/",
        "comments/HUGE/discard/", "messages/HUGE/edit/", "messages/HUGE/cancel/",
    ],
)  # fmt: skip
def test_nor_is_one_that_is_sent_to(scene: Scene, at: str) -> None:
    path = f"/changes/{scene.change.pk}/{at.replace('HUGE', str(HUGE))}"
    form = {"looks": "[[0, 500]]", "file": 0, "on": "1", "comment": 1, "head": "a" * 40}
    assert scene.client.post(path, form).status_code == 404
