"""Comments on lines of both sides, files and changes: drafts, replies, one review."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from reviews.errors import NotAllowed, NotThere, Refused, Stale
from reviews.events import Doorbell
from reviews.models import Change, Comment, DiffFile, Person, Thread
from reviews.services import blobs, discuss
from reviews.services.places import Anchor
from reviews.states import Role
from tests import factories as f
from tests.reviews.pages import page_of
from tests.reviews.verdicts import change, reviewer

__all__ = ["change", "reviewer"]
pytestmark = pytest.mark.django_db
LONG = b"".join(b"line %d\n" % number for number in range(1, 41))


@pytest.fixture
def file(change: Change) -> DiffFile:
    """40 lines on both sides, of which the second differs; named otherwise before."""
    new = LONG.replace(b"line 2\n", b"zwei\n")
    DiffFile.objects.update(
        old=blobs.put(LONG), new=blobs.put(new), old_size=len(LONG), new_size=len(new),
        old_display="was.py", old_path=b"was.py",
    )  # fmt: skip
    return change.rounds.get().files.get()


def say(who: Person, change: Change, anchor: Anchor, body: str = "Why?", **more: object) -> Comment:
    return discuss.comment(f.actor(who), change, anchor, body, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("anchor", "quote"),
    [
        (Anchor(1, 0, line=2), "zwei"),
        (Anchor(1, 0, side="old", line=2), "line 2"),
        (Anchor(1, 0, line=30), "line 30"),
        (Anchor(1, 0, side="old", line=40), "line 40"),
        (Anchor(1, 0, line=1, end_line=3), "line 1\nzwei\nline 3"),
        (Anchor(1, path="app.py", line=1), "line 1"),
        (Anchor(1, path="was.py", side="old", line=2), "line 2"),
        (Anchor(1, 0), ""),
        (Anchor(1), ""),
    ],
)
@pytest.mark.usefixtures("file")
def test_a_comment_stands_on_any_line_of_either_side_on_a_file_or_on_the_change(
    change: Change, reviewer: Person, anchor: Anchor, quote: str
) -> None:
    thread = say(reviewer, change, anchor).thread
    assert thread.quote == quote
    assert (thread.line, thread.end_line) == (anchor.line, anchor.end_line or anchor.line)
    has_file = anchor.file_index is not None or bool(anchor.path)
    assert (thread.file is not None, bool(thread.side)) == (has_file, has_file)


@pytest.mark.parametrize("path", ["\u0430uth.py", r"\u0430uth.py"])
@pytest.mark.usefixtures("file")
def test_a_name_that_is_shown_by_its_codes_is_found_as_it_is_too(
    change: Change, reviewer: Person, path: str
) -> None:
    DiffFile.objects.update(display=r"\u0430uth.py", path="\u0430uth.py".encode())
    assert say(reviewer, change, Anchor(1, path=path, line=2)).thread.quote == "zwei"


def test_a_deleted_file_takes_comments_on_what_it_held(change: Change, reviewer: Person) -> None:
    DiffFile.objects.update(status="deleted", new=None, new_size=None)
    assert say(reviewer, change, Anchor(1, 0, side="old", line=2)).thread.quote == "two"
    with pytest.raises(Refused, match="has 0 lines on the new side"):
        say(reviewer, change, Anchor(1, 0, line=1))


def test_lines_of_a_side_that_is_too_large_to_be_kept_are_taken_as_given(
    change: Change, reviewer: Person
) -> None:
    DiffFile.objects.update(new=None, new_size=10**9)
    assert say(reviewer, change, Anchor(1, 0, line=9_000_000)).thread.line == 9_000_000
    with pytest.raises(Refused, match="is not among them"):
        say(reviewer, change, Anchor(1, 0, line=10**12))


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        (Anchor(1, 0, line=41), "has 40 lines on the new side; line 41 is not among them"),
        (Anchor(1, 0, line=40, end_line=41), "line 40 to 41"),
        (Anchor(1, 0, line=0), "line 0"),
        (Anchor(1, 0, side="left", line=1), "old or new"),
        (Anchor(1, 7, line=1), "no such file"),
        (Anchor(1, path="nowhere.py"), "no such file"),
        (Anchor(1, line=3), "Say of which"),
    ],
)
@pytest.mark.usefixtures("file")
def test_a_place_that_is_not_there_is_refused_with_a_sentence(
    change: Change, reviewer: Person, anchor: Anchor, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        say(reviewer, change, anchor)
    assert not Thread.objects.exists()


def test_a_comment_is_bounded_in_bytes_and_says_so(change: Change, reviewer: Person) -> None:
    with pytest.raises(Refused, match="33,000 bytes; 32,768 are the most taken"):
        say(reviewer, change, Anchor(1), "ß" * 16_500)


def test_a_draft_whose_answer_was_lost_is_saved_again_as_the_same_draft(
    client: Client, change: Change, reviewer: Person
) -> None:
    at, place = f"/changes/{change.pk}/comments/", {"round": 1, "file": 0, "line": 2}
    page_of(client, reviewer)
    first = client.post(at, {**place, "body": "Wh"})["X-Honk-Draft"]
    again = client.post(at, {**place, "body": "Wh"})["X-Honk-Draft"]
    more = client.post(at, {**place, "body": "Why so?"})["X-Honk-Draft"]
    assert first == again == more
    assert Comment.objects.get().body == "Why so?"


def test_other_words_other_places_and_other_people_are_other_drafts(
    change: Change, reviewer: Person
) -> None:
    other = f.member(change.repository, Role.REVIEWER)
    here = Anchor(1, 0, line=2)
    made = {
        say(reviewer, change, here, "Why?").pk,
        say(reviewer, change, here, "And another thing.").pk,
        say(reviewer, change, Anchor(1, 0, line=1), "Why?").pk,
        say(reviewer, change, Anchor(1, 0, line=1, end_line=2), "Why?").pk,
        say(reviewer, change, Anchor(1, 0, side="old", line=2), "Why?").pk,
        say(reviewer, change, Anchor(1, 0), "Why?").pk,
        say(reviewer, change, Anchor(1), "Why?").pk,
        say(other, change, here, "Why?").pk,
        say(reviewer, change, here, "Why?", publish=True).pk,
        say(reviewer, change, here, "Why?", suggestion="drei").pk,
    }
    assert len(made) == 9, "the suggestion goes on from the draft that it says the words of"
    assert Comment.objects.get(suggestion="drei").body == "Why?"


def test_a_shorter_text_never_takes_the_place_of_a_longer_one(
    change: Change, reviewer: Person
) -> None:
    say(reviewer, change, Anchor(1), "Why so loud?")
    say(reviewer, change, Anchor(1), "Why")
    assert sorted(Comment.objects.values_list("body", flat=True)) == ["Why", "Why so loud?"]


def test_a_reply_is_saved_twice_as_one_and_never_becomes_the_first_comment(
    change: Change, reviewer: Person
) -> None:
    first = say(reviewer, change, Anchor(1, 0, line=2), "Why?")
    replies = {discuss.reply(f.actor(reviewer), first.thread, "Why? Say.").pk for _ in range(2)}
    assert len(replies) == 1
    assert first.pk not in replies
    assert say(reviewer, change, Anchor(1, 0, line=2), "Why?") == first


@pytest.mark.django_db(transaction=True)
def test_two_first_saves_at_once_make_one_draft(change: Change, reviewer: Person) -> None:
    start = threading.Barrier(2)

    def save() -> None:
        start.wait()
        try:
            say(reviewer, change, Anchor(1, 0, line=2), "Why?")
        finally:
            connection.close()

    threads = [threading.Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Comment.objects.count() == Thread.objects.count() == 1


def test_an_emptied_draft_keeps_its_words_until_it_is_discarded(
    client: Client, change: Change, reviewer: Person
) -> None:
    draft = say(reviewer, change, Anchor(1))
    at = f"/changes/{change.pk}/comments/"
    answer = page_of(client, reviewer).post(at, {"round": 1, "comment": draft.pk, "body": " "})
    assert answer.status_code == 400
    assert "The comment is empty." in answer.content.decode()
    draft.refresh_from_db()
    assert draft.body == "Why?"


def test_a_draft_that_was_published_meanwhile_stays_as_others_read_it(
    change: Change, reviewer: Person
) -> None:
    draft = say(reviewer, change, Anchor(1))
    discuss.publish(f.actor(reviewer), change)
    with pytest.raises(Stale, match="published meanwhile"):
        discuss.edit_draft(f.actor(reviewer), draft, "Something else")
    assert Comment.objects.get().body == "Why?"


def test_a_thread_of_drafts_is_there_for_its_writer_alone(
    client: Client, change: Change, reviewer: Person
) -> None:
    thread = say(reviewer, change, Anchor(1, 0, line=2), "Half a thought").thread
    other = f.member(change.repository, Role.MAINTAINER)
    for act in (
        lambda: discuss.reply(f.actor(other), thread, "I saw that"),
        lambda: discuss.resolve(f.actor(other), thread),
    ):
        with pytest.raises(NotThere):
            act()
    at = f"/changes/{change.pk}/comments/"
    form = {"round": 1, "thread": thread.pk, "body": "I saw that"}
    assert page_of(client, other).post(at, form).status_code == 404
    assert discuss.reply(f.actor(reviewer), thread, "The other half").is_draft


def test_one_review_is_published_at_once_and_rings_once(
    change: Change, reviewer: Person, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:  # fmt: skip
    rung: list[Doorbell] = []
    monkeypatch.setattr("reviews.events._listeners", [rung.append])
    first = say(reviewer, change, Anchor(1, 0, line=2))
    discuss.reply(f.actor(reviewer), first.thread, "And?")
    say(reviewer, change, Anchor(1), "All in all.")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        assert discuss.publish(f.actor(reviewer), change) == 3
    assert rung == [Doorbell("change", change.pk)]
    moments = set(Comment.objects.values_list("published_at", flat=True))
    assert len(moments) == 1
    assert discuss.publish(f.actor(reviewer), change) == 0


def test_whoever_may_comment_resolves_and_reopens(change: Change, reviewer: Person) -> None:
    thread = say(reviewer, change, Anchor(1), publish=True).thread
    other = f.member(change.repository, Role.REVIEWER)
    discuss.resolve(f.actor(other), thread)
    discuss.resolve(f.actor(reviewer), thread)
    thread.refresh_from_db()
    assert thread.resolved_by == other, "the first one closed it"
    discuss.resolve(f.actor(reviewer), thread, resolved=False)
    thread.refresh_from_db()
    assert thread.resolved_by is None
    assert thread.resolved_at is None
    with pytest.raises(NotAllowed):
        discuss.resolve(f.actor(change.author), thread)


@pytest.mark.usefixtures("file")
def test_a_browser_suggests_with_and_without_words_and_takes_it_back(
    client: Client, change: Change, reviewer: Person
) -> None:
    at, place = f"/changes/{change.pk}/comments/", {"round": 1, "file": 0, "line": 2}
    page_of(client, reviewer)
    pk = client.post(at, {**place, "body": "", "suggestion": "dos\r\ntres"})["X-Honk-Draft"]
    draft = Comment.objects.get(pk=pk)
    assert (draft.body, draft.suggestion) == ("", "dos\ntres")
    client.post(at, {**place, "comment": pk, "body": "", "suggestion": ""})
    draft.refresh_from_db()
    assert draft.suggestion == "", "the lines are to go"
    client.post(at, {**place, "comment": pk, "body": "On second thoughts"})
    draft.refresh_from_db()
    assert draft.body == "On second thoughts"
    assert draft.suggestion is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_binary": True}, "is binary"),
        ({"new_mode": "120000"}, "no regular file"),
        ({"new": None, "new_size": 10**9}, "too large to be kept"),
    ],
)
def test_a_suggestion_for_what_has_no_lines_is_refused(
    change: Change, reviewer: Person, fields: dict[str, object], words: str
) -> None:
    DiffFile.objects.update(**fields)
    with pytest.raises(Refused, match=words):
        say(reviewer, change, Anchor(1, 0, line=2), suggestion="x")


@pytest.mark.usefixtures("file")
def test_a_draft_with_a_suggestion_is_still_saved_when_its_round_was_replaced(
    change: Change, reviewer: Person
) -> None:
    draft = say(reviewer, change, Anchor(1, 0, line=2), suggestion="dos")
    plain = say(reviewer, change, Anchor(1, 0, line=3), "Hm.")
    f.round_(change, status="frozen", head="e" * 40)
    discuss.edit_draft(f.actor(reviewer), draft, "", suggestion="dos!")
    assert Comment.objects.get(pk=draft.pk).suggestion == "dos!"
    with pytest.raises(Refused, match="Round 1 was replaced"):
        discuss.edit_draft(f.actor(reviewer), plain, "Hm.", suggestion="x")


@pytest.mark.usefixtures("file")
def test_the_comments_of_a_change_stay_as_many_as_a_page_can_show(
    change: Change, reviewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discuss, "MAX_DRAFTS", 3000)
    monkeypatch.setattr(discuss, "MAX_PUBLISHED", 4000)
    draft = say(reviewer, change, Anchor(1, 0, line=1), "a" * 1000)
    say(reviewer, change, Anchor(1, 0, line=2), "b" * 900)
    with pytest.raises(Refused, match="Publish or discard some first"):
        say(reviewer, change, Anchor(1, 0, line=3))
    with pytest.raises(Refused, match="Publish or discard some first"):
        discuss.edit_draft(f.actor(reviewer), draft, "a" * 1200)
    other = f.member(change.repository, Role.REVIEWER)
    say(other, change, Anchor(1, 0, line=3), "c" * 500, publish=True)
    assert discuss.publish(f.actor(reviewer), change) == 2
    with pytest.raises(Refused, match="characters, which are the most"):
        say(other, change, Anchor(1, 0, line=4), "d" * 200, publish=True)
    assert Comment.objects.filter(published_at__isnull=False).count() == 3


@pytest.mark.usefixtures("file")
def test_a_comment_by_name_stands_on_the_file_of_that_name_before_one_that_is_shown_so(
    change: Change, reviewer: Person
) -> None:
    first = change.rounds.get()
    tab = f.diff_file(first, path=b"a\tb", display=r"a\x09b", index=1)
    text = f.diff_file(first, path=rb"a\x09b", display=r"a\\x09b", index=2)
    assert say(reviewer, change, Anchor(1, path="a\\x09b")).thread.file == text
    assert say(reviewer, change, Anchor(1, path="a\tb")).thread.file == tab
