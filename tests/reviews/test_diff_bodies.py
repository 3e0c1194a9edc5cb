"""A file's body: the same for everybody, asked for each time, rendered and sent once."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.test import AsyncClient, Client

from reviews.models import Change
from reviews.queries import body
from reviews.services import kept
from reviews.states import Role
from tests import factories as make
from tests.diffs.shown import rows_of
from tests.reviews.pages import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Any) -> None:
    settings.HONK_DATA = tmp_path


def url_of(change: Change, more: str = "") -> str:
    return f"/changes/{change.pk}/rounds/1/files/0/{more}"


def test_two_readers_are_sent_the_same_bytes(client: Client) -> None:
    change = make.reviewable()
    first = page_of(client, make.member(change.repository, Role.READER)).get(url_of(change))
    second = page_of(client, make.member(change.repository, Role.REVIEWER)).get(url_of(change))
    assert first.content == second.content
    assert first["ETag"] == second["ETag"]
    assert first["Cache-Control"] == "private, no-cache"


def test_what_the_browser_has_is_neither_sent_nor_rendered_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.READER))
    known = client.get(url_of(change))["ETag"]
    monkeypatch.setattr(kept, "gzipped", None)  # whoever asks for the HTML fails
    answer = client.get(url_of(change), headers={"If-None-Match": known})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", known)


def test_who_may_no_longer_see_the_change_is_not_told_that_nothing_changed(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.READER))
    known = client.get(url_of(change))["ETag"]
    page_of(client, make.person())
    assert client.get(url_of(change), headers={"If-None-Match": known}).status_code == 404


def test_a_body_is_rendered_once_and_sent_as_it_was_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.READER))
    first = client.get(url_of(change), headers={"Accept-Encoding": "gzip"})
    monkeypatch.setattr(body, "render_file", None)
    second = client.get(url_of(change), headers={"Accept-Encoding": "gzip"})
    assert second["Content-Encoding"] == "gzip"
    assert second.content == first.content
    assert "zwei" in gzip.decompress(second.content).decode()


def test_the_body_comes_side_by_side_when_asked(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.READER))
    rows = rows_of(client.get(url_of(change, "?view=split")).content.decode())
    assert [row.cells for row in rows] == [
        ["1", " ", "one", "1", " ", "one"],
        ["2", "-", "two", "2", "+", "zwei"],
    ]


def test_the_choice_of_a_view_is_remembered_by_the_browser(client: Client) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.READER))
    client.cookies["honk-view"] = "split"
    page = client.get(f"/changes/{change.pk}/rounds/1/").content.decode()
    assert 'data-view="split"' in page
    assert 'data-view="unified"' in client.get(url_of(change, "?view=unified")).content.decode()


def test_lines_between_hunks_are_opened_with_the_numbers_of_both_sides(client: Client) -> None:
    change = make.reviewable()
    lines = [b"%d" % number for number in range(1, 61)]
    new = [b"0", *lines[:39], b"forty", *lines[40:]]
    patch = (
        b"diff --git a/app.py b/app.py\n--- a/app.py\n+++ b/app.py\n"
        b"@@ -1,1 +1,2 @@\n+0\n 1\n@@ -39,3 +40,3 @@ def f():\n 39\n-40\n+forty\n 41\n"
    )
    file = change.rounds.get().files.get()
    file.patch, file.new = make.blobs.put(patch), make.blobs.put(b"\n".join(new) + b"\n")
    file.old, file.old_oid = make.blobs.put(b"\n".join(lines) + b"\n"), "1" * 40
    file.save()
    page_of(client, make.member(change.repository, Role.READER))

    whole = client.get(url_of(change)).content.decode()
    opened = client.get(url_of(change, "lines/?from=1&to=61&view=split")).content.decode()

    assert "data-gap=3,39,1" in whole
    assert 'data-gap="43,61,1"' in whole
    rows = [row.cells for row in rows_of(opened)]
    assert rows[0] == ["2", " ", "2", "3", " ", "2"]
    assert len(rows) == 61 - 2 - 3
    assert rows[-1] == ["60", " ", "60", "61", " ", "60"]


@pytest.mark.django_db(transaction=True)
async def test_the_page_begins_to_arrive_before_its_files_are_rendered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from asgiref.sync import sync_to_async

    change = await sync_to_async(make.reviewable)()
    reader = await sync_to_async(make.member)(change.repository, Role.READER)
    rendered: list[str] = []
    whole = body.Body.html
    monkeypatch.setattr(body.Body, "html", lambda self: rendered.append("x") or whole(self))
    client = AsyncClient()
    await client.aforce_login(reader)

    answer = await client.get(f"/changes/{change.pk}/rounds/1/")
    pieces = aiter(answer.streaming_content)
    first = await anext(pieces)

    assert b"Stop the crash" in first
    assert rendered == []
    rest = b"".join([piece async for piece in pieces])
    assert rendered == ["x"]
    assert b"zwei" in rest


def test_what_was_kept_longest_goes_first_when_there_is_no_room(settings: Any) -> None:
    for number in range(3):
        kept.gzipped(kept.name_of(number), lambda: "x" * 1000)
    assert len(list(kept._folder().rglob("*.gz"))) == 3
    settings.HONK_KEPT_MB = 0
    kept.trim()
    assert list(kept._folder().rglob("*.gz")) == []


def test_a_full_disk_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "_write", full)
    assert kept.html(kept.name_of("a"), lambda: "<p>é") == "<p>é"


def test_few_lines_of_many_bytes_come_only_when_they_are_asked_for(client: Client) -> None:
    change = make.reviewable()
    long = b"x%d " * 300_000
    patch = make.PATCH.replace(b"-two\n+zwei\n", b"-two\n+" + long + b"\n")
    change.rounds.get().files.update(patch=make.blobs.put(patch))
    page_of(client, make.member(change.repository, Role.READER))
    page = client.get(f"/changes/{change.pk}/rounds/1/").content
    assert b"2 lines of 1.2 MB together" in page
    assert len(page) < 100_000
    assert long[:2000] in client.get(url_of(change)).content


@pytest.mark.parametrize("index", [2**31, 2**63, 10**30])
def test_a_file_of_any_number_is_not_there(client: Client, index: int) -> None:
    change = make.reviewable()
    page_of(client, make.member(change.repository, Role.READER))
    for more in ("", "lines/?from=1&to=2"):
        url = f"/changes/{change.pk}/rounds/1/files/{index}/{more}"
        assert client.get(url).status_code == 404
