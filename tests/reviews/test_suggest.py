"""Suggested edits, from the comment to the round that a worker makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

from reviews.errors import NotAllowed, NotThere, Refused, Stale
from reviews.models import Change, Comment, Person, Repository, Round, Run
from reviews.services import blobs, brief, discuss, instruct, judge, steer, suggest
from reviews.services.judge import Seen
from reviews.services.permissions import may_approve, wrote
from reviews.services.places import Anchor
from reviews.states import ChangeStatus, Role, RoundOrigin, RunKind, VerdictKind
from tests import factories as f
from tests.reviews.pages import page_of
from tests.reviews.whole_runs import data, owner, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)
POLICY = """
[review]
two_person = true
[[verifiers]]
name = "quiet"
argv = ["sh", "-c", "! grep -q LOUD app.txt"]
[runners.agent]
argv = ["sh", "-c", "cat > told.txt"]
"""


@pytest.fixture
def store(data: Path) -> Repository:
    return repository(data, {".honk.toml": POLICY, "app.txt": "one\r\ntwo\r\nthree\r\nfour"})


@pytest.fixture
def author(store: Repository) -> Person:
    return f.member(store, Role.AUTHOR, "art")


@pytest.fixture
def ana(store: Repository) -> Person:
    return f.member(store, Role.REVIEWER, "ana")


@pytest.fixture
def rita(store: Repository) -> Person:
    return f.member(store, Role.REVIEWER, "rita")


@pytest.fixture
def change(store: Repository, author: Person) -> Change:
    """Round 1 stands for review: the second line of app.txt is written in capitals."""
    edit = {"edit": "app.txt", "find": "two", "replace": "TWO"}
    recording = {"rounds": [[edit], [{"say": "Nothing more to do."}]]}
    made = instruct.open_change(
        f.actor(author), store, "Louder", runner="scripted", options={"recording": recording}
    )
    work_off(made)
    assert made.status == ChangeStatus.AWAITING_REVIEW, made.reason
    return made


def suggested(
    who: Person, change: Change, text: str, line: int = 2, end: int | None = None,
    *, publish: bool = True,
) -> Comment:  # fmt: skip
    anchor = Anchor(change.rounds.count(), path="app.txt", line=line, end_line=end)
    return discuss.comment(
        f.actor(who), change, anchor, "Rather so.", suggestion=text, publish=publish
    )


def newest(change: Change) -> Round:
    return change.rounds.order_by("-number")[0]


def content(round_: Round) -> bytes:
    file = round_.files.filter(display="app.txt").first()
    return blobs.get(file.new) if file else b""


def test_a_suggestion_becomes_a_checked_round_with_exactly_its_lines(
    change: Change, ana: Person
) -> None:
    comment = suggested(ana, change, "Two\n2.5", 2, 3)

    made = suggest.apply(f.actor(ana), change, [comment.pk])
    work_off(change)

    made.refresh_from_db()
    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    assert (made.number, made.origin, made.author) == (2, RoundOrigin.SUGGESTION, ana)
    assert content(made) == b"one\r\nTwo\r\n2.5\r\nfour"
    assert made.summary == "Applied ana's suggestion to app.txt lines 2 to 3."
    assert made.parent is not None
    assert made.parent.status == "superseded"
    run = made.runs.get(kind=RunKind.AGENT)
    assert (run.name, run.prompt) == ("suggested edit", "")
    assert run.cost == 0
    assert [r.status for r in made.runs.filter(kind=RunKind.VERIFIER)] == ["passed"]
    comment.refresh_from_db()
    assert comment.applied_in == made
    assert made.cost == 0
    told = change.transitions.filter(target="queued").last()
    assert told is not None
    assert (told.actor, told.reason) == (ana, made.summary)


def test_the_next_re_prompt_is_the_changes_own_runner_again_and_is_not_told_of_what_was_applied(
    change: Change, ana: Person
) -> None:
    suggest.apply(f.actor(ana), change, [suggested(ana, change, "Two").pk])
    work_off(change)
    suggested(ana, change, "Three", 3)

    seen = Seen(2, newest(change).head, reasons=["incomplete"], message="More.")
    judge.reprompt(f.actor(ana), Change.objects.get(pk=change.pk), seen)
    run = Run.objects.get(change=change, status="queued")

    assert (run.name, change.runner) == ("scripted", "scripted")
    assert "Suggested replacement for line 3:\n```\nThree\n```" in run.prompt
    assert "Two" not in run.prompt
    work_off(change)
    assert content(newest(change)) == b"one\r\nTwo\r\nthree\r\nfour"


def test_several_suggestions_make_one_round(change: Change, ana: Person, rita: Person) -> None:
    first, last = suggested(ana, change, "", 1), suggested(rita, change, "4\n5", 4)
    suggest.apply(f.actor(ana), change, [first.pk, last.pk])
    work_off(change)
    assert content(newest(change)) == b"TWO\r\nthree\r\n4\r\n5"
    assert newest(change).summary.count("Applied") == 2


def test_a_worker_that_dies_in_the_midst_leaves_nothing_half_applied(
    change: Change, ana: Person
) -> None:
    made = suggest.apply(f.actor(ana), change, [suggested(ana, change, "Two").pk])
    lost = {"status": "lost", "tree": "0" * 40, "commit": "0" * 40, "resume": {"interrupted": True}}
    Run.objects.filter(round=made).update(**lost)
    Change.objects.filter(pk=change.pk).update(status="failed", failed_stage="running")

    steer.retry(f.actor(ana), Change.objects.get(pk=change.pk))
    work_off(change)

    assert change.status == ChangeStatus.AWAITING_REVIEW, change.reason
    assert content(newest(change)) == b"one\r\nTwo\r\nthree\r\nfour"
    assert newest(change).number == 2


def test_a_red_suggestion_comes_to_review_and_no_agent_mends_it_unasked(
    change: Change, ana: Person
) -> None:
    suggest.apply(f.actor(ana), change, [suggested(ana, change, "LOUD").pk])
    work_off(change)
    made = newest(change)
    assert (change.status, made.repairs) == (ChangeStatus.AWAITING_REVIEW, 0)
    assert "red: quiet" in change.reason
    assert made.runs.filter(kind=RunKind.AGENT).count() == 1


def test_neither_who_suggested_nor_who_applied_approves_alone(
    change: Change, ana: Person, rita: Person, store: Repository
) -> None:
    omar = f.member(store, Role.REVIEWER, "omar")
    discuss.comment(f.actor(omar), change, Anchor(1, path="app.txt", line=1), "Hm.", publish=True)
    first = newest(change)
    assert not any(wrote(one, first) for one in (ana, rita, omar))

    suggest.apply(f.actor(rita), change, [suggested(ana, change, "Two").pk])
    work_off(change)

    made = newest(change)
    for writer in (ana, rita):
        refusal = may_approve(writer, made)
        assert isinstance(refusal, NotAllowed)
        assert "omar may" in refusal.message
        assert "an applied suggestion" in refusal.message
    assert may_approve(omar, made) is None, "a comment on a line is no writing"
    seen = Seen(2, made.head)
    with pytest.raises(NotAllowed):
        judge.approve(f.actor(rita), Change.objects.get(pk=change.pk), seen)
    assert judge.approve(f.actor(omar), Change.objects.get(pk=change.pk), seen).is_new


def test_the_page_keeps_approve_from_who_suggested(
    client: Client, change: Change, ana: Person, rita: Person
) -> None:
    suggest.apply(f.actor(rita), change, [suggested(ana, change, "Two").pk])
    work_off(change)
    f.member(change.repository, Role.REVIEWER, "omar")
    for writer in (ana, rita):
        page = page_of(client, writer).get(f"/changes/{change.pk}/").content.decode()
        assert "omar may approve" in page
    assert "Applied ana&#x27;s suggestion to app.txt line 2." in page


def test_who_applies_publishes_their_own_draft_and_never_anothers(
    change: Change, ana: Person, rita: Person
) -> None:
    draft = suggested(ana, change, "Two", publish=False)
    with pytest.raises(NotThere):
        suggest.apply(f.actor(rita), change, [draft.pk])
    suggest.apply(f.actor(ana), change, [draft.pk])
    draft.refresh_from_db()
    assert draft.published_at is not None


def test_what_cannot_be_applied_is_refused_with_a_sentence_and_nothing_happens(
    change: Change, ana: Person, author: Person, store: Repository
) -> None:
    two, twice = suggested(ana, change, "Two"), suggested(ana, change, "zwei\ndrei", 2, 3)
    same = suggested(ana, change, "three", 3)
    plain = discuss.comment(f.actor(ana), change, Anchor(1), "Hm.", publish=True)
    reader = f.member(store, Role.READER)
    cases: list[tuple[Person, list[int], type[Exception], str]] = [
        (ana, [two.pk, twice.pk], Refused, "meet at line 2"),
        (ana, [same.pk], Refused, "nothing would change"),
        (ana, [plain.pk], Refused, "suggests nothing"),
        (ana, [], Refused, "Name the suggestion"),
        (ana, [10**9], NotThere, "nothing here"),
        (ana, list(range(1, 102)), Refused, "at most"),
        (reader, [two.pk], NotAllowed, "author"),
    ]
    for who, ids, kind, words in cases:
        with pytest.raises(kind, match=words):
            suggest.apply(f.actor(who), change, ids)
    with pytest.raises(Stale, match="not at dddd"):
        suggest.apply(f.actor(author), change, [two.pk], head="d" * 40)
    assert change.rounds.count() == 1
    assert not Comment.objects.filter(applied_in__isnull=False).exists()


def test_one_that_was_applied_or_whose_round_was_replaced_is_stale(
    change: Change, ana: Person
) -> None:
    two, three = suggested(ana, change, "Two"), suggested(ana, change, "Three", 3)
    suggest.apply(f.actor(ana), change, [two.pk])
    with pytest.raises(Stale, match="round 2 stands now"):
        suggest.apply(f.actor(ana), change, [three.pk])
    work_off(change)
    with pytest.raises(Refused, match="applied in round 2 already"):
        suggest.apply(f.actor(ana), change, [two.pk])
    with pytest.raises(Refused, match="Round 1 was replaced"):
        discuss.comment(f.actor(ana), change, Anchor(1, path="app.txt", line=1), "", suggestion="x")


def test_nothing_is_applied_to_a_change_that_is_not_in_the_hands_of_people(
    change: Change, ana: Person
) -> None:
    two = suggested(ana, change, "Two")
    judge.approve(f.actor(ana), Change.objects.get(pk=change.pk), Seen(1, newest(change).head))
    with pytest.raises(Stale, match="approved"):
        suggest.apply(f.actor(ana), change, [two.pk])
    assert change.rounds.count() == 1


def test_a_suggestion_whose_round_was_cancelled_goes_to_the_agent_after_all(
    change: Change, ana: Person, owner: Person
) -> None:
    two = suggested(ana, change, "Two")
    suggest.apply(f.actor(ana), change, [two.pk])
    steer.cancel(f.actor(owner), Change.objects.get(pk=change.pk))
    steer.retry(f.actor(ana), Change.objects.get(pk=change.pk))
    two.refresh_from_db()
    assert (two.applied_in, two.sent_in) == (None, newest(change))
    assert "Suggested replacement for line 2" in brief.prompt_of(newest(change))


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        (Anchor(1), "Choose the lines"),
        (Anchor(1, path="app.txt"), "Choose the lines"),
        (Anchor(1, path="app.txt", side="old", line=1), "Choose the lines"),
    ],
)
def test_a_suggestion_stands_on_lines_of_the_new_side(
    change: Change, ana: Person, anchor: Anchor, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        discuss.comment(f.actor(ana), change, anchor, "So.", suggestion="x")
    assert not Comment.objects.exists()


def test_a_suggestion_is_bounded_and_holds_no_secret(change: Change, ana: Person) -> None:
    with pytest.raises(Refused, match=r"70,000 bytes; 65,536 are the most"):
        suggested(ana, change, "x" * 70_000)
    with pytest.raises(Refused, match="looks like a secret"):
        suggested(ana, change, "key = 'ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8'")
    assert not Comment.objects.exists()


def tap(client: Client, who: Person, comment: Comment, /, **fields: object) -> HttpResponse:
    """What the thread's button sends that showed this comment."""
    change = comment.thread.change
    form = {"comment": comment.pk, "head": newest(change).head, **fields}
    at = f"/changes/{change.pk}/threads/{comment.thread_id}/apply/"
    return page_of(client, who).post(at, form, follow=True)  # type: ignore[return-value]


def test_a_thread_applies_its_newest_suggestion_by_one_tap(
    client: Client, change: Change, ana: Person
) -> None:
    first = suggested(ana, change, "Two")
    better = discuss.reply(f.actor(ana), first.thread, "", suggestion="2", publish=True)
    diff = b"".join(page_of(client, ana).get(f"/changes/{change.pk}/rounds/1/")).decode()
    head = newest(change).head
    shown = f'<input type="hidden" name="comment" value="{better.pk}"><input type="hidden" '
    assert f'{shown}name="head" value="{head}">' in diff

    answer = tap(client, ana, better)

    assert "Applied: round 2 is queued" in answer.content.decode()
    better.refresh_from_db()
    assert better.applied_in == newest(change)


def test_what_was_suggested_after_the_page_came_is_not_applied_unseen(
    client: Client, change: Change, ana: Person, rita: Person
) -> None:
    seen = suggested(ana, change, "Two")
    unseen = discuss.reply(f.actor(rita), seen.thread, "", suggestion="evil()", publish=True)

    answer = tap(client, ana, seen)

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "rita suggested something newer. Nothing was applied" in html
    assert "evil()" in html, "the change as it is now"
    assert change.rounds.count() == 1
    assert not Comment.objects.filter(applied_in__isnull=False).exists()
    tap(client, ana, unseen)
    assert change.rounds.count() == 2


def test_a_draft_of_somebody_else_does_not_stand_in_the_way(
    client: Client, change: Change, ana: Person, rita: Person
) -> None:
    seen = suggested(ana, change, "Two")
    discuss.reply(f.actor(rita), seen.thread, "", suggestion="3")
    tap(client, ana, seen)
    assert change.rounds.count() == 2


def test_a_tap_names_the_head_and_the_comment_that_were_seen(
    client: Client, change: Change, ana: Person
) -> None:
    comment = suggested(ana, change, "Two")
    assert tap(client, ana, comment, head="a" * 40).status_code == 409
    for left_out in ({"head": ""}, {"head": "a" * 65}, {"comment": ""}, {"comment": 10**30}):
        assert tap(client, ana, comment, **left_out).status_code == 400
    assert change.rounds.count() == 1


def test_a_batch_tells_the_agent_to_take_lines_out(change: Change, ana: Person) -> None:
    suggested(ana, change, "", 2, 3)
    seen = Seen(1, newest(change).head, reasons=["style"])
    judge.reprompt(f.actor(ana), Change.objects.get(pk=change.pk), seen)
    assert "Suggested: take lines 2 to 3 out." in Run.objects.get(status="queued").prompt
    assert Change.objects.get(pk=change.pk).verdicts.get().verdict == VerdictKind.REPROMPT
