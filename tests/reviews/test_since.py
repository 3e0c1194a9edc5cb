"""What is new to a person who comes back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from reviews.models import Change, DiffFile, Look, Person, Round, Verdict
from reviews.queries.since import since_of
from reviews.states import ChangeStatus, Role
from tests import factories as make
from tests.reviews.pages import page_of
from tests.reviews.rounds import file, frozen, said, text

pytestmark = pytest.mark.django_db


class Scene:
    """A change of three rounds, each with one file, and a reviewer."""

    def __init__(self) -> None:
        self.change: Change = make.change(status=ChangeStatus.AWAITING_REVIEW)
        self.rounds: list[Round] = [frozen(self.change, n) for n in (1, 2, 3)]
        self.files: list[DiffFile] = [
            file(round_, text(), b"round %d\n" % round_.number + text()) for round_ in self.rounds
        ]
        self.reviewer: Person = make.member(self.change.repository, Role.REVIEWER)

    def look(self, number: int, ago: timedelta = timedelta()) -> None:
        made = Look.objects.create(
            person=self.reviewer, round=self.rounds[number - 1], index=0, visible_ms=900
        )
        at = timezone.now() - ago
        Look.objects.filter(pk=made.pk).update(first_at=at, last_at=at)

    def seen(self) -> tuple[int, bool, bool] | None:
        """Number of the round looked at, whether the newest was, whether it is preselected."""
        found = since_of(self.reviewer, self.change)
        return found and (found.earlier.number, found.has_seen_newest, found.is_preselected)

    @property
    def path(self) -> str:
        return f"/changes/{self.change.pk}/"


@pytest.fixture
def scene() -> Scene:
    cache.clear()
    return Scene()


def test_who_never_looked_is_offered_nothing(scene: Scene) -> None:
    assert scene.seen() is None


def test_the_newest_round_looked_at_before_the_newest_one_counts(scene: Scene) -> None:
    scene.look(1)
    scene.look(2)
    assert scene.seen() == (2, False, True)


def test_a_comment_or_a_verdict_is_a_look_as_well(scene: Scene) -> None:
    said(scene.files[0], scene.rounds[0], scene.reviewer, 1)
    assert scene.seen() == (1, False, True)
    Verdict.objects.create(
        change=scene.change, round=scene.rounds[1], head="2" * 40, verdict="reprompt",
        person=scene.reviewer, channel="web", at=timezone.now(),
    )  # fmt: skip
    assert scene.seen() == (2, False, True)


def test_looks_of_others_are_theirs(scene: Scene) -> None:
    said(scene.files[0], scene.rounds[0], make.member(scene.change.repository, Role.REVIEWER), 1)
    assert scene.seen() is None


def test_a_round_that_is_still_being_made_is_not_the_newest(scene: Scene) -> None:
    scene.look(1)
    make.round_(scene.change, number=4)
    found = since_of(scene.reviewer, scene.change)
    assert found is not None
    assert found.newest.number == 3


def test_in_the_same_sitting_it_stays_preselected_and_later_it_does_not(scene: Scene) -> None:
    scene.look(1, timedelta(days=1))
    scene.look(3, timedelta(minutes=20))
    assert scene.seen() == (1, True, True)
    Look.objects.filter(round=scene.rounds[2]).update(first_at=timezone.now() - timedelta(hours=3))
    assert scene.seen() == (1, True, False)


def test_the_diff_tab_leads_a_returning_reviewer_to_what_changed(
    scene: Scene, client: Client
) -> None:
    page_of(client, scene.reviewer)
    assert _diff_tab(client, scene) == f"{scene.path}rounds/3/"
    scene.look(2)
    assert _diff_tab(client, scene) == f"{scene.path}rounds/2..3/"


def _diff_tab(client: Client, scene: Scene) -> str:
    """Where the brief's Diff tab leads."""
    html = client.get(scene.path).getvalue().decode()
    (leads,) = re.findall(r'<a href="([^"]+)"[^>]*>Diff <span', html)
    return str(leads)


def test_the_brief_says_how_much_is_new_and_how_much_was_answered(
    scene: Scene, client: Client
) -> None:
    scene.look(2)
    for number, state in ((1, "done"), (2, "")):
        said(
            scene.files[1], scene.rounds[1], scene.reviewer, 1, sent_in=scene.rounds[2],
            sent_number=number, answer_state=state,
        )  # fmt: skip
    html = page_of(client, scene.reviewer).get(scene.path).getvalue().decode()
    assert "1 file changed since you looked" in html
    assert "1 of 2 comments answered in words" in html


def test_the_whole_change_is_one_tap_away_and_back(scene: Scene, client: Client) -> None:
    scene.look(2)
    page_of(client, scene.reviewer)
    compared = client.get(f"{scene.path}rounds/2..3/").getvalue().decode()
    whole = client.get(f"{scene.path}rounds/3/").getvalue().decode()
    assert f'<a href="{scene.path}rounds/3/">Whole change</a>' in compared
    assert (
        f'<a href="{scene.path}rounds/2..3/">Since you looked <span class="count">1</span></a>'
        in whole
    )


def test_the_page_says_when_they_last_looked(scene: Scene, client: Client) -> None:
    scene.look(2)
    html = page_of(client, scene.reviewer).get(f"{scene.path}rounds/2..3/").getvalue().decode()
    at = timezone.localtime(Look.objects.get().last_at)
    assert f"You last looked at round 2, today {at:%H:%M}." in html
    other = client.get(f"{scene.path}rounds/1..3/").getvalue().decode()
    assert "What changed from round 1 to round 3." in other
    assert "You last looked" not in other
