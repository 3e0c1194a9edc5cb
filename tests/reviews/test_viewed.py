"""Viewed marks: per person, by what a hunk says, through rounds and a moved base."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reviews.diffs import FileEntry, parse_file
from reviews.diffs.digest import hunk_digests
from reviews.errors import NotThere, Refused
from reviews.models import Change, DiffFile, Person, Round, SeenMark
from reviews.services import blobs, viewed
from reviews.services.viewed import Viewed
from reviews.states import Role
from tests import factories as f
from tests.reviews.pages import page_of

pytestmark = pytest.mark.django_db
HEAD = b"diff --git a/app.py b/app.py\n--- a/app.py\n+++ b/app.py\n"
ONE = b"@@ -%d,3 +%d,3 @@\n around\n-one\n+eins\n around\n"
TWO = b"@@ -%d,3 +%d,3 @@\n near\n-two\n+%s\n near\n"


def changed(of: Round, first: int = 1, second: int = 20, word: bytes = b"zwei", **fields: str) -> DiffFile:  # fmt: skip
    """A file with two hunks at these lines, with what a freezing round keeps of it."""
    patch = HEAD + ONE % (first, first) + TWO % (second, second, word)
    entry = FileEntry(
        index=0, path=b"app.py", old_path=None, status="modified", added=2, removed=2,
        old_mode="100644", new_mode="100644", old_oid="1" * 40, new_oid="2" * 40,
        is_binary=False, start=0, end=0,
    )  # fmt: skip
    digests = hunk_digests(b"app.py", parse_file(patch, entry).hunks)
    assert len(set(digests)) == 2
    return f.diff_file(of, patch=blobs.put(patch), facts={"hunks": digests}, **fields)


@pytest.fixture
def change() -> Change:
    made = f.change(status="awaiting_review")
    changed(f.round_(made, status="frozen", head=f.HEAD), new_oid="a" * 40)
    return made


@pytest.fixture
def reader(change: Change) -> Person:
    return f.member(change.repository, Role.READER, "rea")


def seen(person: Person, round_: Round) -> Viewed:
    found = viewed.viewed_of(person, round_.change, round_.files.all())
    return found.get(0, viewed.NOTHING)


def second_round(change: Change, **fields: object) -> Round:
    newer = f.round_(change, status="frozen", head="e" * 40)
    changed(newer, **fields)  # type: ignore[arg-type]
    return newer


def test_a_file_is_marked_with_all_its_hunks_and_unmarked_again(
    change: Change, reader: Person
) -> None:
    round_ = change.rounds.get()
    hunks = frozenset(round_.files.get().facts["hunks"])
    for _ in range(2):
        viewed.mark(f.actor(reader), round_, 0, on=True)
    assert seen(reader, round_) == Viewed(file=True, hunks=hunks)
    assert SeenMark.objects.count() == 3
    for _ in range(2):
        viewed.mark(f.actor(reader), round_, 0, on=False)
    assert seen(reader, round_) == viewed.NOTHING
    assert not SeenMark.objects.exists()


def test_hunks_marked_one_by_one_make_a_viewed_file(change: Change, reader: Person) -> None:
    round_ = change.rounds.get()
    first, second = round_.files.get().facts["hunks"]
    viewed.mark(f.actor(reader), round_, 0, on=True, hunk=first)
    assert seen(reader, round_) == Viewed(file=False, hunks=frozenset({first}))
    viewed.mark(f.actor(reader), round_, 0, on=True, hunk=second)
    assert seen(reader, round_).file
    viewed.mark(f.actor(reader), round_, 0, on=False, hunk=first)
    assert seen(reader, round_) == Viewed(file=False, hunks=frozenset({second}))


def test_taking_one_hunk_back_opens_a_file_that_was_marked_whole(
    change: Change, reader: Person
) -> None:
    round_ = change.rounds.get()
    viewed.mark(f.actor(reader), round_, 0, on=True)
    first, second = round_.files.get().facts["hunks"]
    viewed.mark(f.actor(reader), round_, 0, on=False, hunk=second)
    assert seen(reader, round_) == Viewed(file=False, hunks=frozenset({first}))


def test_a_mark_stays_where_a_moved_base_only_moved_the_lines(
    change: Change, reader: Person
) -> None:
    viewed.mark(f.actor(reader), change.rounds.get(), 0, on=True)
    rebased = second_round(change, first=41, second=90, old_oid="8" * 40, new_oid="9" * 40)
    assert seen(reader, rebased).file
    assert len(seen(reader, rebased).hunks) == 2


def test_a_mark_is_gone_where_the_hunk_changed_and_stays_beside_it(
    change: Change, reader: Person
) -> None:
    viewed.mark(f.actor(reader), change.rounds.get(), 0, on=True)
    newer = second_round(change, word=b"ZWEI", new_oid="9" * 40)
    same, other = newer.files.get().facts["hunks"]
    assert seen(reader, newer) == Viewed(file=False, hunks=frozenset({same}))
    viewed.mark(f.actor(reader), newer, 0, on=True, hunk=other)
    assert seen(reader, newer).file
    assert seen(reader, change.rounds.get(number=1)).file, "the old round is as it was"


def test_a_file_without_hunks_is_viewed_as_long_as_it_is_the_same(
    change: Change, reader: Person
) -> None:
    of = {"path": b"logo.png", "display": "logo.png", "is_binary": True, "facts": {}}
    first = change.rounds.get()
    f.diff_file(first, index=1, new_oid="a" * 40, **of)
    viewed.mark(f.actor(reader), first, 1, on=True)
    newer = f.round_(change, status="frozen", head="e" * 40)
    f.diff_file(newer, index=1, new_oid="a" * 40, **of)
    f.diff_file(newer, index=2, new_oid="b" * 40, **of)
    assert list(viewed.viewed_of(reader, change, newer.files.all())) == [1]


def test_marks_are_ones_own(change: Change, reader: Person) -> None:
    viewed.mark(f.actor(reader), change.rounds.get(), 0, on=True)
    other = f.member(change.repository, Role.REVIEWER)
    assert seen(other, change.rounds.get()) == viewed.NOTHING


def test_any_number_of_files_takes_one_query(
    change: Change, reader: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    round_ = change.rounds.get()
    viewed.mark(f.actor(reader), round_, 0, on=True)
    for number in range(1, 20):
        f.diff_file(round_, index=number, path=b"f%d" % number, facts={"hunks": ["a" * 16]})
    files = list(round_.files.all())
    with django_assert_num_queries(1):
        assert list(viewed.viewed_of(reader, change, files)) == [0]


def test_what_is_not_there_is_not_marked(change: Change, reader: Person) -> None:
    round_ = change.rounds.get()
    with pytest.raises(Refused, match="no such hunk in round 1"):
        viewed.mark(f.actor(reader), round_, 0, on=True, hunk="0" * 16)
    with pytest.raises(NotThere):
        viewed.mark(f.actor(reader), round_, 9, on=True)
    with pytest.raises(NotThere):
        viewed.mark(f.actor(f.person()), round_, 0, on=True)
    assert not SeenMark.objects.exists()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"file": 0, "on": "1"}, 204),
        ({"file": 0, "on": "0"}, 204),
        ({"file": 0, "on": "1", "hunk": "0" * 16}, 422),
        ({"file": 9, "on": "1"}, 404),
        ({"file": 0, "on": "yes"}, 400),
        ({"file": 0}, 400),
        ({"on": "1"}, 400),
        ({"file": -1, "on": "1"}, 400),
        ({"file": 10**12, "on": "1"}, 400),
        ({"file": 0, "on": "1", "hunk": "x" * 17}, 400),
    ],
)
def test_a_browser_marks_by_a_form(
    client: Client, change: Change, reader: Person, form: dict[str, object], status: int
) -> None:
    at = f"/changes/{change.pk}/rounds/1/viewed/"
    assert page_of(client, reader).post(at, form).status_code == status


def test_a_round_that_is_not_there_takes_no_marks(
    client: Client, change: Change, reader: Person
) -> None:
    at = f"/changes/{change.pk}/rounds/7/viewed/"
    assert page_of(client, reader).post(at, {"file": 0, "on": "1"}).status_code == 404
