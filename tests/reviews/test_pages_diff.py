"""The pages of diffs and of logs."""

from __future__ import annotations

import pytest
from django.test import Client

from reviews.models import Comment
from reviews.states import ChangeStatus, Role, RunStatus
from tests import factories as make
from tests.reviews.pages import page_of

pytestmark = pytest.mark.django_db


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
