"""Threads of earlier rounds, in later ones."""

from __future__ import annotations

import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews.models import Change, DiffFile, Person, Round
from reviews.queries.carried import Carried, carried_to
from reviews.queries.change import threads_of
from reviews.states import ChangeStatus, Role
from tests import factories as make
from tests.reviews.pages import page_of
from tests.reviews.rounds import LETTERS, file, frozen, said, text

pytestmark = pytest.mark.django_db
BASE = text()


class Scene:
    """A change of two rounds and a reviewer who spoke in the first."""

    def __init__(self) -> None:
        self.change: Change = make.change(status=ChangeStatus.AWAITING_REVIEW)
        self.first: Round = frozen(self.change, 1)
        self.second: Round = frozen(self.change, 2)
        self.reviewer: Person = make.member(self.change.repository, Role.REVIEWER)

    def carried(self) -> dict[int | None, list[Carried]]:
        views = threads_of(self.change, self.reviewer)
        return carried_to(self.second, views, list(self.second.files.all()))

    def one(self, index: int | None = 0) -> Carried:
        (found,) = self.carried()[index]
        return found


@pytest.fixture
def scene() -> Scene:
    cache.clear()
    return Scene()


def test_a_thread_goes_with_its_line(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    said(about, scene.first, scene.reviewer, 21)
    file(scene.second, BASE, b"first\nsecond\n" + BASE + b"agent\n")
    found = scene.one()
    assert (found.side, found.line, found.end_line) == ("new", 23, 23)
    assert (found.is_moved, found.is_outdated, found.origin) == (True, False, "round 1, line 21")


def test_a_line_that_went_leaves_its_thread_at_the_nearest_place_as_outdated(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    said(about, scene.first, scene.reviewer, 21)
    file(scene.second, BASE, BASE + b"other\n")
    assert (scene.one().line, scene.one().is_outdated) == (21, True)


def test_a_newline_put_after_the_last_line_outdates_nothing(scene: Scene) -> None:
    about = file(scene.first, b"a\n", b"a\nb")
    said(about, scene.first, scene.reviewer, 2)
    file(scene.second, b"a\n", b"a\nb\n")
    assert not scene.one().is_outdated


def test_a_thread_on_the_old_side_goes_through_the_bases(scene: Scene) -> None:
    about = file(scene.first, BASE, text(LETTERS[1:]))
    said(about, scene.first, scene.reviewer, 1, side="old")
    moved = b"import os\n" + BASE
    file(scene.second, moved, b"import os\n" + text(LETTERS[1:]))
    assert (scene.one().side, scene.one().line) == ("old", 2)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("new.py", {"status": "renamed", "old_path": b"app.py", "old_display": "app.py"}),
        ("app.py", {"status": "modified"}),
    ],
)
def test_a_thread_follows_its_file_to_another_name(
    scene: Scene, path: str, fields: dict[str, object]
) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    said(about, scene.first, scene.reviewer, 21)
    file(scene.second, BASE, b"top\n" + BASE + b"agent\n", path, **fields)
    assert scene.one().line == 22


def test_a_thread_follows_a_new_file_that_was_given_another_name(scene: Scene) -> None:
    about = file(scene.first, None, b"agent\n", "one.py")
    said(about, scene.first, scene.reviewer, 1)
    file(scene.second, None, b"agent\n", "two.py")
    assert (scene.one().line, scene.one().is_moved) == (1, True)


def test_a_thread_of_a_file_that_is_no_longer_changed_is_at_the_change(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    said(about, scene.first, scene.reviewer, 21)
    file(scene.second, None, b"x\n", "other.py")
    found = scene.one(None)
    assert (found.line, found.is_gone, found.is_outdated) == (None, True, True)


def test_a_file_that_is_deleted_keeps_its_thread_without_a_line(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    said(about, scene.first, scene.reviewer, 21)
    file(scene.second, BASE, None)
    assert (scene.one().line, scene.one().is_outdated) == (None, True)


def test_a_content_that_was_too_large_to_be_kept_keeps_the_number_as_a_guess(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    said(about, scene.first, scene.reviewer, 21)
    kept = file(scene.second, BASE, b"large")
    DiffFile.objects.filter(pk=kept.pk).update(new=None)
    assert (scene.one().line, scene.one().is_guess) == (21, True)


def test_threads_of_a_file_and_of_the_change_are_carried_too(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    said(about, scene.first, scene.reviewer)
    said(None, scene.first, scene.reviewer)
    file(scene.second, BASE, BASE)
    assert (scene.one(0).line, scene.one(0).is_outdated) == (None, False)
    assert (scene.one(None).is_gone, scene.one(None).is_outdated) == (False, False)


def test_a_thread_of_a_later_round_is_not_in_an_earlier_one(scene: Scene) -> None:
    file(scene.first, BASE, BASE + b"agent\n")
    about = file(scene.second, BASE, BASE + b"agent\n")
    said(about, scene.second, scene.reviewer, 21)
    views = threads_of(scene.change, scene.reviewer)
    assert carried_to(scene.first, views, list(scene.first.files.all())) == {}
    assert scene.carried() == {}


def test_a_thread_of_a_file_on_another_page_is_left_to_that_page(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    said(about, scene.first, scene.reviewer, 21)
    file(scene.second, BASE, BASE + b"agent\n")
    shown = file(scene.second, None, b"x\n", "other.py")
    assert carried_to(scene.second, threads_of(scene.change, scene.reviewer), [shown]) == {}


def test_hundreds_of_threads_cost_the_same_queries_as_one(scene: Scene) -> None:
    large = b"".join(b"line %d\n" % n for n in range(20_000))
    files: list[DiffFile] = [file(scene.first, BASE, large, f"f{n}.py") for n in range(3)]
    for number in range(3):
        file(scene.second, BASE, b"top\n" + large, f"f{number}.py")

    def queries() -> int:
        cache.clear()
        views = threads_of(scene.change, scene.reviewer)
        shown = list(scene.second.files.all())
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert carried_to(scene.second, views, shown)
        return len(found)

    said(files[0], scene.first, scene.reviewer, 7)
    one = queries()
    for number in range(300):
        said(files[number % 3], scene.first, scene.reviewer, number + 1)
    started = time.perf_counter()
    assert queries() == one == 2
    assert time.perf_counter() - started < 3


def test_a_place_that_was_found_is_not_looked_for_again(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    said(about, scene.first, scene.reviewer, 21)
    file(scene.second, BASE, b"top\n" + BASE + b"agent\n")
    first = scene.one()
    views = threads_of(scene.change, scene.reviewer)
    shown = list(scene.second.files.all())
    with CaptureQueriesContext(connection) as found:
        (again,) = carried_to(scene.second, views, shown)[0]
    assert (again.line, len(found)) == (first.line, 1)


def test_the_page_of_a_later_round_shows_it_pale_with_the_way_back(
    scene: Scene, client: Client
) -> None:
    about = file(scene.first, BASE, BASE + b"agent\n")
    comment = said(about, scene.first, scene.reviewer, 21, body="Why agent?")
    file(scene.second, BASE, b"top\n" + BASE + b"agent\n")

    page = page_of(client, scene.reviewer).get(f"/changes/{scene.change.pk}/rounds/2/")
    html = page.getvalue().decode()

    thread = comment.thread_id
    assert f'class="thread carried" id="thread-{thread}"' in html
    assert f'data-thread="{thread}" data-side="new" data-line="22"' in html
    assert "Why agent?" in html
    assert f'href="/changes/{scene.change.pk}/rounds/1/#thread-{thread}"' in html
