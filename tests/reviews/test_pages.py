"""Pages: what they say, what they let happen, and how many questions they ask the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.models import Change, Comment, Message, Person, Verdict
from reviews.queries.queue import queue_for
from reviews.services import messages
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories as make

pytestmark = pytest.mark.django_db


def page_of(client: Client, person: Person) -> Client:
    client.force_login(person)
    return client


def policy(*names: str) -> dict[str, object]:
    return {"verifiers": [{"name": name, "argv": ["true"]} for name in names]}


def seen(change: Change, **extra: object) -> dict[str, object]:
    newest = change.rounds.order_by("-number")[0]
    return {"round": newest.number, "head": newest.head, **extra}


# --- the queue ---------------------------------------------------------------------------------


def test_the_queue_groups_by_whose_turn_it_is(client: Client) -> None:
    repository = make.repository()
    author = make.member(repository, Role.AUTHOR)
    reviewer = make.member(repository, Role.REVIEWER)
    waiting = make.reviewable(author, repository=repository, title="Read me")
    queued = make.change(author, repository=repository, title="Not begun")
    make.round_(queued)
    done = make.reviewable(author, repository=repository, status=ChangeStatus.MERGED)

    def turns(person: Person) -> dict[str, list[int]]:
        return {s.key: [card.number for card in s.cards] for s in queue_for(person).sections}

    assert turns(reviewer) == {
        "you": [waiting.pk], "agent": [queued.pk], "others": [], "done": [done.pk]
    }  # fmt: skip
    assert turns(author)["others"] == [waiting.pk]


def test_a_red_change_is_for_whoever_may_send_it_back() -> None:
    repository = make.repository()
    author = make.member(repository, Role.AUTHOR)
    make.member(repository, Role.REVIEWER)
    change = make.reviewable(author, repository=repository)
    make.run(change.rounds.get(), kind=RunKind.VERIFIER, name="tests", commit=make.HEAD,
             status=RunStatus.FAILED)  # fmt: skip

    sections = {s.key: s.cards for s in queue_for(author).sections}
    assert [card.number for card in sections["you"]] == [change.pk]
    assert sections["you"][0].states[0].word == "1 of 1 verifiers failed"


def test_an_outsider_sees_no_change(client: Client) -> None:
    make.reviewable()
    assert queue_for(make.person()).is_empty


def test_the_queue_asks_as_often_for_thirty_changes_as_for_three() -> None:
    repository = make.repository()
    reviewer = make.member(repository, Role.REVIEWER)

    def grow(count: int) -> None:
        for _ in range(count):
            change = make.reviewable(make.member(repository, Role.AUTHOR), repository=repository)
            make.guard_item(change.rounds.get())

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            queue_for(reviewer)
        return len(asked)

    grow(3)
    few = questions()
    grow(27)
    assert questions() == few


def test_a_hostile_title_is_text(client: Client) -> None:
    make.reviewable(title='<img src=x onerror="alert(1)">\u202e')
    html = page_of(client, make.administrator()).get("/").content.decode()
    assert "<img src=x" not in html
    assert "RLO" in html


# --- one change --------------------------------------------------------------------------------


def test_a_change_that_is_not_the_askers_is_not_there(client: Client) -> None:
    change = make.reviewable()
    assert page_of(client, make.person()).get(f"/changes/{change.pk}/").status_code == 404


def test_approving_from_the_page_opens_the_undo_window(client: Client) -> None:
    change = make.reviewable()
    reviewer = make.member(change.repository, Role.REVIEWER)

    answer = page_of(client, reviewer).post(
        f"/changes/{change.pk}/verdict/", seen(change, verdict="approve"), follow=True
    )

    change.refresh_from_db()
    assert change.status == ChangeStatus.APPROVED
    assert "Undo" in answer.content.decode()


def test_undoing_brings_the_change_back(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.REVIEWER))
    client.post(f"/changes/{change.pk}/verdict/", seen(change, verdict="approve"))

    client.post(f"/changes/{change.pk}/verdict/", seen(change, verdict="withdraw"))

    change.refresh_from_db()
    assert change.status == ChangeStatus.AWAITING_REVIEW


def test_a_stale_verdict_shows_the_fresh_state(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.REVIEWER))

    answer = client.post(
        f"/changes/{change.pk}/verdict/", {"verdict": "approve", "round": 1, "head": "d" * 40}
    )

    assert answer.status_code == 409
    assert "Nothing was decided" in answer.content.decode()
    assert not Verdict.objects.exists()


def test_rejecting_without_a_reason_says_so_and_keeps_the_words(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.REVIEWER))

    answer = client.post(
        f"/changes/{change.pk}/verdict/", seen(change, verdict="reject", message="Not like this.")
    )

    assert answer.status_code == 422
    assert "Not like this." in answer.content.decode()


def test_a_reprompt_takes_the_drafts_along(client: Client) -> None:
    change = make.reviewable()
    reviewer = make.member(change.repository, Role.REVIEWER)
    make.comment(change.rounds.get(), reviewer, published_at=None)

    page_of(client, reviewer).post(
        f"/changes/{change.pk}/verdict/",
        seen(change, verdict="reprompt", reasons=["wrong", "style"], message="Try again."),
    )

    second = change.rounds.get(number=2)
    assert second.message == "Try again."
    assert Comment.objects.get().sent_in == second


def test_an_unticked_guard_item_holds_approval_back(client: Client) -> None:
    change = make.reviewable()
    item = make.guard_item(change.rounds.get())
    page_of(client, make.member(change.repository, Role.REVIEWER))

    refused = client.post(f"/changes/{change.pk}/verdict/", seen(change, verdict="approve"))
    odd = ["9" * 30, "9" * 5000, "x", item.pk]
    client.post(f"/changes/{change.pk}/guard/", {"round": 1, "acknowledged": odd})
    taken = client.post(f"/changes/{change.pk}/verdict/", seen(change, verdict="approve"))

    assert (refused.status_code, taken.status_code) == (409, 302)


def test_the_bar_says_why_the_author_may_not_approve(client: Client) -> None:
    change = make.reviewable()
    author = make.member(change.repository, Role.REVIEWER)
    change.author = author
    change.save()
    make.member(change.repository, Role.REVIEWER, "mei")

    html = page_of(client, author).get(f"/changes/{change.pk}/").content.decode()
    assert "mei may approve" in html


def test_a_guard_item_is_ticked_by_who_may_approve_and_offered_to_them_alone(
    client: Client,
) -> None:
    change = make.reviewable()
    author = make.member(change.repository, Role.MAINTAINER)
    Change.objects.filter(pk=change.pk).update(author=author)
    reviewer = make.member(change.repository, Role.REVIEWER, "mei")
    item = make.guard_item(change.rounds.get())
    at, tick = f"/changes/{change.pk}/", {"round": 1, "acknowledged": item.pk}

    assert "I saw it" not in page_of(client, author).get(at).content.decode()
    refused = client.post(f"{at}guard/", tick)
    assert refused.status_code == 403
    assert "mei may" in refused.content.decode()
    item.refresh_from_db()
    assert item.acknowledged_by is None

    assert "I saw it" in page_of(client, reviewer).get(at).content.decode()
    assert client.post(f"{at}guard/", tick).status_code == 302
    item.refresh_from_db()
    assert item.acknowledged_by == reviewer


def test_who_sent_the_agent_a_message_reads_why_they_may_not_approve(client: Client) -> None:
    change = make.reviewable()
    reviewer = make.member(change.repository, Role.REVIEWER)
    make.member(change.repository, Role.REVIEWER, "mei")
    sent = Message.objects.create(change=change, author=reviewer, text="Use a deque.")
    html = page_of(client, reviewer).get(f"/changes/{change.pk}/").content.decode()
    assert "You wrote what the agent was told" not in html
    assert messages.hand_over(sent, change.runs.get())
    html = client.get(f"/changes/{change.pk}/").content.decode()
    assert "a message or an answer). mei may approve" in html


def test_a_reader_is_offered_no_verdict(client: Client) -> None:
    change = make.reviewable()
    reader = make.member(change.repository, Role.READER)
    html = page_of(client, reader).get(f"/changes/{change.pk}/").content.decode()
    assert 'class="verdict-bar"' not in html


# --- giving an instruction ---------------------------------------------------------------------


def test_an_instruction_begins_a_change(client: Client) -> None:
    repository = make.repository(policy={"runners": [{"name": "codemod", "argv": ["true"]}]})
    page_of(client, make.member(repository, Role.AUTHOR))

    answer = client.post(
        "/new/",
        {"repository": repository.name, "instruction": "Do it.\nWell.", "runner": "codemod"},
    )

    change = Change.objects.get()
    assert answer["Location"] == f"/changes/{change.pk}/"
    assert (change.title, change.runner) == ("Do it.", "codemod")


def test_an_empty_instruction_is_told_in_place(client: Client) -> None:
    repository = make.repository()
    page_of(client, make.member(repository, Role.AUTHOR))
    answer = client.post("/new/", {"repository": repository.name, "instruction": " "})
    assert answer.status_code == 422
    assert "The instruction is empty" in answer.content.decode()


def test_a_reader_is_offered_no_repository_to_start_in(client: Client) -> None:
    repository = make.repository("private-thing")
    page_of(client, make.member(repository, Role.READER))
    assert "private-thing" not in client.get("/new/").content.decode()


# --- diffs and comments ------------------------------------------------------------------------


def test_the_diff_shows_rows_with_the_threads_under_their_lines(client: Client) -> None:
    change = make.reviewable()
    reviewer = make.member(change.repository, Role.REVIEWER)
    make.comment(change.rounds.get(), reviewer, body="Why zwei?")

    html = page_of(client, reviewer).get(f"/changes/{change.pk}/rounds/1/").content.decode()

    assert html.index("zwei") < html.index("Why zwei?")
    assert "id=f0n2" in html


def test_anothers_draft_is_not_shown(client: Client) -> None:
    change = make.reviewable()
    reviewer = make.member(change.repository, Role.REVIEWER)
    make.comment(change.rounds.get(), reviewer, body="Half a thought", published_at=None)
    page_of(client, make.member(change.repository, Role.REVIEWER))
    assert "Half a thought" not in client.get(f"/changes/{change.pk}/rounds/1/").content.decode()
    assert "Half a thought" not in client.get(f"/changes/{change.pk}/").content.decode()


def test_a_draft_is_saved_again_under_its_own_number(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.REVIEWER))
    place = {"round": 1, "file": 0, "side": "new", "line": 2, "end_line": 2}
    url = f"/changes/{change.pk}/comments/"

    first = client.post(url, {**place, "body": "Wh"})
    client.post(url, {**place, "body": "Why?", "comment": first["X-Honk-Draft"]})

    draft = Comment.objects.get()
    assert (draft.body, draft.published_at) == ("Why?", None)


def test_a_comment_on_a_line_that_is_not_there_is_refused(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.REVIEWER))
    answer = client.post(
        f"/changes/{change.pk}/comments/", {"round": 1, "file": 0, "line": 99, "body": "?"}
    )
    assert answer.status_code == 422


def test_publishing_shows_all_drafts_at_once(client: Client) -> None:
    change = make.reviewable()
    reviewer = make.member(change.repository, Role.REVIEWER)
    for _ in range(2):
        make.comment(change.rounds.get(), reviewer, published_at=None)
    page_of(client, reviewer).post(f"/changes/{change.pk}/publish/")
    assert Comment.objects.filter(published_at__isnull=False).count() == 2


def test_two_rounds_are_compared_by_what_they_hold(client: Client) -> None:
    change = make.reviewable()
    second = make.round_(change, head="e" * 40, status="frozen", file_count=1)
    make.diff_file(second, new=make.blobs.put(b"one\nDREI\n"), new_oid="3" * 40)
    reader = make.member(change.repository, Role.READER)

    html = page_of(client, reader).get(f"/changes/{change.pk}/rounds/1..2/").content.decode()

    assert "zwei" in html
    assert "DREI" in html


# --- runs --------------------------------------------------------------------------------------


def test_the_log_goes_on_after_a_cursor_by_the_same_partial(client: Client) -> None:
    change = make.reviewable()
    run = change.runs.get()
    make.event(run, kind="tool", part="t1", data={"name": "bash", "title": "pytest -q"})
    last = make.event(run, kind="output", part="t1", data={"text": "\x1b[32mok\x1b[0m\n"})
    page_of(client, make.member(change.repository, Role.READER))

    whole = client.get(f"/runs/{run.pk}/").content.decode()
    rest = client.get(f"/runs/{run.pk}/events/?after_seq={last - 1}").content.decode()

    line = '<span class="l"><span class="a2">ok</span></span>'
    assert line in whole
    assert line in rest
    assert "pytest -q" not in rest
    assert f'data-last-seq="{last}"' in rest


def test_a_line_split_over_two_rows_goes_on_in_its_colour(client: Client) -> None:
    run = make.reviewable().runs.get()
    make.event(run, kind="output", part="t1", data={"text": "\x1b[31mre"})
    last = make.event(run, kind="output", part="t1", data={"text": "d\x1b[0m\n"})
    page_of(client, make.administrator())

    rest = client.get(f"/runs/{run.pk}/events/?after_seq={last - 1}").content.decode()

    assert "data-continues" in rest
    assert '<span class="l"><span class="a1">d</span></span>' in rest


def test_long_output_is_folded_and_its_middle_fetched_on_demand(client: Client) -> None:
    run = make.reviewable().runs.get()
    text = "".join(f"line {n}\n" for n in range(500))
    make.event(run, kind="output", part="t1", data={"text": text})
    page_of(client, make.administrator())

    whole = client.get(f"/runs/{run.pk}/").content.decode()
    middle = client.get(f"/runs/{run.pk}/output/?part=t1&after_seq=0&skip=6&count=3")

    assert 'data-hidden="474"' in whole
    assert "line 250" not in whole
    assert middle.content.decode() == "".join(f'<span class="l">line {n}</span>' for n in (6, 7, 8))


def test_words_of_an_agent_never_look_like_the_servers(client: Client) -> None:
    run = make.reviewable().runs.get()
    make.event(run, data={"text": "VERIFIER PASSED <b>"})
    html = page_of(client, make.administrator()).get(f"/runs/{run.pk}/").content.decode()
    assert "VERIFIER PASSED &lt;b&gt;" in html
    assert 'class="log-row system' not in html


def test_a_question_is_answered_from_the_page(client: Client) -> None:
    repository = make.repository()
    author = make.member(repository, Role.AUTHOR)
    change = make.change(author, repository=repository, status=ChangeStatus.NEEDS_INPUT)
    run = make.run(make.round_(change), status=RunStatus.WAITING, options={"ask": "q1"},
                   worker="somewhere")  # fmt: skip
    make.event(run, kind="ask", part="q1", data={"question": "Which?", "answers": ["Left"]})

    html = page_of(client, author).get(f"/changes/{change.pk}/").content.decode()
    client.post(f"/changes/{change.pk}/messages/", {"ask": "q1", "message": "Left"})

    assert "Which?" in html
    assert change.messages.get().ask == "q1"


# --- people and repositories -------------------------------------------------------------------


def test_only_an_administrator_sees_the_people(client: Client) -> None:
    assert page_of(client, make.person()).get("/people/").status_code == 403


def test_an_invitation_shows_its_link_once(client: Client) -> None:
    repository = make.repository()
    page_of(client, make.administrator())

    made = client.post(
        "/people/invite/", {"username": "ana", "repository": repository.pk, "role": "reviewer"}
    )

    assert "/sign-in/" in made.content.decode()
    assert "/sign-in/" not in client.get("/people/").content.decode()
    assert Person.objects.get(username="ana").memberships.get().role == "reviewer"


def test_a_repository_that_is_refused_keeps_what_was_typed(client: Client) -> None:
    page_of(client, make.administrator())
    answer = client.post("/repositories/", {"name": "evil", "origin": "ext::sh -c id"})
    assert answer.status_code == 422
    assert "ext::sh -c id" in answer.content.decode()


def test_no_page_carries_a_style_or_a_handler_of_its_own(client: Client) -> None:
    change = make.reviewable(status_at=timezone.now() - timedelta(hours=3))
    make.guard_item(change.rounds.get())
    make.event(change.runs.get())
    page_of(client, make.administrator())
    for path in ("/", "/new/", f"/changes/{change.pk}/", f"/changes/{change.pk}/rounds/1/",
                 f"/runs/{change.runs.get().pk}/", "/people/", "/repositories/"):  # fmt: skip
        html = client.get(path).content.decode()
        assert " style=" not in html, path
        assert " onclick=" not in html, path
        assert "hx-on" not in html, path
