"""Words looked for in a whole change."""

from __future__ import annotations

import re
import time

import pytest
from django.test import Client

from reviews.models import Change, DiffFile
from reviews.queries import find as queries
from reviews.queries import inline
from reviews.services import blobs
from reviews.states import Role
from tests import factories as make
from tests.reviews.pages import page_of

pytestmark = pytest.mark.django_db
HEAD = "diff --git a/f b/f\n--- a/f\n+++ b/f\n"


def change_with(*patches: str, **fields: object) -> Change:
    """A change of one round whose files have these hunks, in order."""
    change = make.reviewable()
    round_ = change.rounds.get()
    round_.files.all().delete()
    for number, hunks in enumerate(patches):
        make.diff_file(
            round_, index=number, position=number, display=f"src/file{number}.py",
            patch=blobs.put((HEAD + hunks).encode("utf-8", "surrogateescape")), **fields,
        )  # fmt: skip
    return change


def searched(client: Client, change: Change, words: str, **more: str) -> str:
    """The fragment, as the diff page asks for it."""
    page_of(client, make.member(change.repository, Role.READER))
    url = f"/changes/{change.pk}/rounds/1/find/"
    answer = client.get(url, {"q": words, **more}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def links(html: str) -> list[str]:
    return re.findall(r'class="found-row" href="([^"]*)"', html)


def test_rows_of_both_sides_and_around_them_are_found_under_their_files(client: Client) -> None:
    change = change_with(
        "@@ -10,3 +20,3 @@ fun apple\n apple one\n-apple two\n+apple three\n other\n",
        "@@ -1 +1 @@\n-x\n+y\n@@ -90 +91,2 @@\n z\n+an Apple\n",
    )
    html = searched(client, change, "apple")
    assert links(html) == ["#f0n20", "#f0o11", "#f0n21", "#f1n92"]
    assert "4 lines." in html
    assert "an <mark>Apple</mark>" in html


def test_files_stand_in_reading_order_or_by_name_as_the_page_does(client: Client) -> None:
    change = change_with(*["@@ -0,0 +1 @@\n+word\n"] * 3)
    DiffFile.objects.filter(index=2).update(position=0)
    DiffFile.objects.filter(index=0).update(position=2)
    assert links(searched(client, change, "word")) == ["#f2n1", "#f1n1", "#f0n1"]
    assert links(searched(client, change, "word", order="name")) == ["#f0n1", "#f1n1", "#f2n1"]


def test_small_letters_find_capitals_and_capitals_mean_themselves(client: Client) -> None:
    change = change_with("@@ -0,0 +1,4 @@\n+Some Word\n+some word\n+ÄPFEL\n+äpfel\n")
    assert links(searched(client, change, "some w")) == ["#f0n1", "#f0n2"]
    assert links(searched(client, change, "Some W")) == ["#f0n1"]
    assert links(searched(client, change, "äpfel")) == ["#f0n3", "#f0n4"]
    assert links(searched(client, change, "ÄPFEL")) == ["#f0n3"]


def test_names_are_found_too(client: Client) -> None:
    change = change_with("@@ -0,0 +1 @@\n+x\n", "@@ -0,0 +1 @@\n+x\n")
    html = searched(client, change, "file1")
    assert '<a class="found-file foreign" href="#f1">src/<mark>file1</mark>.py</a>' in html
    assert 'href="#f0"' not in html
    assert "1 name." in html


def test_headers_of_the_patch_are_no_rows(client: Client) -> None:
    two_parts = (
        "@@ -1 +0,0 @@\n-x\ndiff --git a/f b/f\n--- a/header\n+++ b/header\n@@ -0,0 +1 @@\n+y\n"
    )
    html = searched(client, change_with(two_parts), "header")
    assert "Nothing in this change holds that." in html


@pytest.mark.parametrize("words", [".*", "(a+)+$", "[^", "\\d", "\x1b[0m", "\u202ex", "<b>&", "%_"])
def test_every_sign_stands_for_itself_and_shows_as_what_it_is(client: Client, words: str) -> None:
    change = change_with(f"@@ -0,0 +1,2 @@\n+aaaaaaaaaaaa\n+before {words} after\n")
    html = searched(client, change, words)
    assert links(html) == ["#f0n2"]
    assert not {"\x1b", "\u202e"} & {*html.replace("\u202e</span>", "")}
    assert "<b>&" not in html


def test_a_query_that_no_text_can_hold_is_refused(client: Client) -> None:
    change = change_with("@@ -0,0 +1 @@\n+a\n")
    page_of(client, make.member(change.repository, Role.READER))
    assert client.get(f"/changes/{change.pk}/rounds/1/find/?q=a%00b").status_code == 400


@pytest.mark.parametrize("words", ["", "x", "x" * 201])
def test_too_short_and_too_long_a_query_is_told_so(client: Client, words: str) -> None:
    html = searched(client, change_with("@@ -0,0 +1 @@\n+x\n"), words)
    assert "Type 2 to 200 characters" in html
    assert links(html) == []


def test_bytes_that_are_no_text_and_lines_that_are_long_are_cut_and_shown(client: Client) -> None:
    change = change_with(f"@@ -0,0 +1 @@\n+{'a' * 500_000}\udcffneedle\udcfe{'b' * 500_000}\n")
    html = searched(client, change, "needle")
    assert "\ufffd<mark>needle</mark>" in html
    assert len(html) < 2_000


def test_rows_after_a_large_piece_of_a_file_keep_their_numbers(client: Client) -> None:
    body = "+x\n" * 600_000 + "+needle\n"
    assert links(searched(client, change_with(f"@@ -0,0 +1,600001 @@\n{body}"), "needle")) == [
        "#f0n600001"
    ]


def test_five_hundred_rows_are_shown_and_all_are_counted(client: Client) -> None:
    change = change_with(*["@@ -0,0 +1,300 @@\n" + "+word\n" * 300] * 3)
    html = searched(client, change, "word")
    assert len(links(html)) == 500
    assert "500 of 900 lines." in html


def test_when_the_time_is_over_it_says_how_far_it_came(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = change_with(*["@@ -0,0 +1 @@\n+word\n"] * 3)
    monkeypatch.setattr(queries, "SECONDS", 0)
    html = searched(client, change, "word")
    assert "0 lines so far: the search ended after 0 seconds, at file 1 of 3." in html


def test_links_lead_to_the_page_that_a_file_is_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = change_with(*["@@ -0,0 +1 @@\n+word\n"] * 3)
    monkeypatch.setattr(inline, "PER_PAGE", 2)
    where = f"/changes/{change.pk}/rounds/1/"
    assert links(searched(client, change, "word")) == [
        "#f0n1", "#f1n1", f"{where}?page=2#f2n1",
    ]  # fmt: skip
    assert links(searched(client, change, "word", page="2"))[2] == "#f2n1"


def test_without_a_script_links_lead_to_the_diff(client: Client) -> None:
    change = change_with("@@ -0,0 +1 @@\n+word\n")
    page_of(client, make.member(change.repository, Role.READER))
    html = client.get(f"/changes/{change.pk}/rounds/1/find/?q=word").content.decode()
    assert links(html) == [f"/changes/{change.pk}/rounds/1/?page=1#f0n1"]


def test_a_round_that_is_not_there_has_nothing_to_search(client: Client) -> None:
    change = change_with()
    page_of(client, make.member(change.repository, Role.READER))
    assert client.get(f"/changes/{change.pk}/rounds/9/find/?q=word").status_code == 404


def test_seven_thousand_files_are_searched_within_the_time(client: Client) -> None:
    change = make.reviewable()
    round_ = change.rounds.get()
    round_.files.all().delete()
    patches = blobs.put_many(
        (HEAD + "@@ -0,0 +1,60 @@\n" + "+some line of code here\n" * 59 + f"+word{n}\n").encode()
        for n in range(7_000)
    )
    DiffFile.objects.bulk_create(
        [
            DiffFile(round=round_, index=n, position=n, path=b"f%d" % n, display=f"f{n}",
                     status="added", patch=patch)
            for n, patch in enumerate(patches)
        ],
        batch_size=500,
    )  # fmt: skip
    started = time.process_time()
    found = queries.find(round_, "word6999")
    assert (found.total, found.is_whole) == (1, True)
    assert time.process_time() - started < 2
