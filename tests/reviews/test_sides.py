"""Pictures of a change as they are served: as nothing that can run, to those who may see them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from reviews.models import Change
from reviews.services import blobs
from reviews.states import Role
from tests import factories as make
from tests.diffs.pictures import png
from tests.reviews.pages import page_of

pytestmark = pytest.mark.django_db

SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def change_with(old: bytes | None, new: bytes | None, **fields: Any) -> Change:
    """A change whose second file, index 1, has these two contents."""
    change = make.reviewable()
    sides = {
        "old": blobs.put(old) if old is not None else None,
        "new": blobs.put(new) if new is not None else None,
        "old_mode": "100644" if old is not None else "",
        "new_mode": "100644" if new is not None else "",
        "old_size": len(old or b""), "new_size": len(new or b""),
    }  # fmt: skip
    values = {"path": b"logo.png", "display": "logo.png", "is_binary": True, **sides, **fields}
    make.diff_file(change.rounds.get(), **values)
    return change


def reader(client: Client, change: Change) -> Client:
    return page_of(client, make.member(change.repository, Role.READER))


def at(change: Change, side: str) -> str:
    return f"/changes/{change.pk}/rounds/1/files/1/sides/{side}"


def test_each_side_of_a_picture_is_served_as_what_its_bytes_are(client: Client) -> None:
    change = change_with(png(1, 1), b"GIF89a" + b"\0" * 20, path=b"a.txt")
    old = reader(client, change).get(at(change, "old"))
    new = client.get(at(change, "new"))
    assert (old["Content-Type"], old.content) == ("image/png", png(1, 1))
    assert new["Content-Type"] == "image/gif"


def test_a_script_in_a_picture_is_served_without_any_means(client: Client) -> None:
    answer = reader(client, change := change_with(None, SCRIPT)).get(at(change, "new"))
    policy = answer["Content-Security-Policy"]
    assert answer["Content-Type"] == "image/svg+xml"
    assert policy.startswith("default-src 'none';")
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_is_no_picture_is_not_shown_whatever_its_name(client: Client) -> None:
    change = change_with(None, b"<script>alert(1)</script>")
    assert reader(client, change).get(at(change, "new")).status_code == 404
    assert client.get(at(change, "old")).status_code == 404
    assert client.get(at(change, "both")).status_code == 404
    assert client.get(at(change, "new").replace("files/1", "files/9")).status_code == 404


def test_any_file_can_be_downloaded_as_nothing_but_bytes(client: Client) -> None:
    change = change_with(None, b"<script>", path='x/-é\n"; a=b.html'.encode())
    answer = reader(client, change).get(at(change, "new") + "?download=1")
    assert answer.content == b"<script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="_a_b.html"'
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_known_picture_is_not_sent_again_and_keeps_its_chains(client: Client) -> None:
    change = change_with(None, SCRIPT)
    first = reader(client, change).get(at(change, "new"))
    again = client.get(at(change, "new"), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Content-Security-Policy"] == first["Content-Security-Policy"]
    assert first["Cache-Control"] == again["Cache-Control"] == "private, no-cache"


def test_a_stranger_learns_nothing_of_a_known_picture(client: Client) -> None:
    change = change_with(None, png(1, 1))
    tag = reader(client, change).get(at(change, "new"))["ETag"]
    page_of(client, make.person())
    refused = client.get(at(change, "new"), headers={"If-None-Match": tag})
    assert refused.status_code == 404


def test_the_diff_shows_both_sides_of_a_picture(client: Client) -> None:
    change = change_with(png(640, 480), png(800, 600))
    url = f"/changes/{change.pk}/rounds/1/files/1/"
    html = reader(client, change).get(url).content.decode()
    assert "Grew from 640 × 480 to 800 × 600." in html
    assert '<img src="files/1/sides/old"' in html
    assert "shown without its content" not in html
    assert client.get(at(change, "old")).status_code == 200


def test_a_drawing_stands_above_its_lines(client: Client) -> None:
    patch = b"diff --git a/a.svg b/a.svg\n--- a/a.svg\n+++ b/a.svg\n@@ -0,0 +1 @@\n+" + SCRIPT
    change = change_with(
        None, SCRIPT, path=b"a.svg", is_binary=False, patch=blobs.put(patch + b"\n")
    )
    html = reader(client, change).get(f"/changes/{change.pk}/rounds/1/files/1/").content.decode()
    assert html.index('<img src="files/1/sides/new"') < html.index("&lt;script&gt;")
    assert "<script" not in html


def test_other_binary_files_are_told_in_words(client: Client) -> None:
    change = change_with(b"\0old", b"\0newer", path=b"a.bin")
    html = reader(client, change).get(f"/changes/{change.pk}/rounds/1/files/1/").content.decode()
    assert "shown without its content: 4 bytes before, 6 bytes after" in html
    assert "data-images" not in html


def test_a_notebook_is_shown_by_cell_with_its_lines_folded_below(client: Client) -> None:
    old, new = (
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "%s"}]}' % source
        for source in (b"count(one)", b"count(<b>)")
    )
    patch = b"diff --git a/a.ipynb b/a.ipynb\n--- a/a.ipynb\n+++ b/a.ipynb\n@@ -1 +1 @@\n"
    patch = blobs.put(patch + b"-" + old + b"\n+" + new + b"\n")
    change = change_with(old, new, path=b"a.ipynb", is_binary=False, patch=patch)
    url = f"/changes/{change.pk}/rounds/1/files/1/"

    html = reader(client, change).get(url).content.decode()
    split = client.get(url + "?view=split").content.decode()

    assert html.index("Cell 1, code: changed") < html.index("&lt;b&gt;")
    assert html.index("&lt;b&gt;") < html.index('<details class="raw-lines">')
    assert html.index('<details class="raw-lines">') < html.index("<a href=#f1n1>")
    assert "<tr class=p><td id=f1c1o1>" in split


def test_a_broken_notebook_is_shown_by_its_lines(client: Client) -> None:
    patch = blobs.put(
        b"diff --git a/a.ipynb b/a.ipynb\n--- a/a.ipynb\n+++ b/a.ipynb\n@@ -1 +1 @@\n-{\n+[\n"
    )
    change = change_with(b"{\n", b"[\n", path=b"a.ipynb", is_binary=False, patch=patch)
    html = reader(client, change).get(f"/changes/{change.pk}/rounds/1/files/1/").content.decode()
    assert "<a href=#f1n1>" in html
    assert "raw-lines" not in html
