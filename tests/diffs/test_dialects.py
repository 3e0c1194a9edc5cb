"""Patches of other tools: taken as what they mean, or refused with a sentence."""

from __future__ import annotations

import base64
import quopri
from email.message import EmailMessage

import pytest

from reviews.diffs import ParsedFile, read_patch

ROWS = b"@@ -1 +1 @@\n-a\n+b\n"


def only(data: bytes) -> ParsedFile:
    files = read_patch(data).files
    assert len(files) == 1
    return files[0]


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        (b"--- a/f.py\t2024-01-01 10:00:00\n+++ b/f.py\t2024-01-02 10:00:00\n" + ROWS, b"f.py"),
        (b"diff -ruN old/d/f.py new/d/f.py\n--- old/d/f.py\n+++ new/d/f.py\n" + ROWS, b"d/f.py"),
        (b"Index: d/f\n===\n--- d/f\t(revision 1)\n+++ d/f\t(working copy)\n", b""),
        (b"Index: d/f\n======\n--- d/f\t(revision 1)\n+++ d/f\t(working copy)\n" + ROWS, b"d/f"),
        (b"diff -r 0123456789ab f.py\n--- a/f.py\tMon\n+++ b/f.py\tTue\n" + ROWS, b"f.py"),
        (b"diff --git d/f d/f\n--- d/f\n+++ d/f\n" + ROWS, b"d/f"),
        (b"diff --git i/f w/f\n--- i/f\n+++ w/f\n" + ROWS, b"f"),
        (b"diff --git a b/x y b/a b/x y\n--- a b/x y\t\n+++ b/a b/x y\t\n" + ROWS, b""),
        (b"diff --git a/a b/x y b/a b/x y\n--- a/a b/x y\t\n+++ b/a b/x y\t\n" + ROWS, b"a b/x y"),
        (b"diff --git a/f b/f\r\n--- a/f\r\n+++ b/f\r\n" + ROWS.replace(b"\n", b"\r\n"), b"f"),
        (b"diff --git a/f b/f\r\n--- a/f\r\n+++ b/f\r\n" + ROWS, b"f"),
        (b"diff --git b/f b/f\n--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n", b"b/f"),
        (b"diff --git x/f y/f\n--- /dev/null\n+++ y/f\n@@ -0,0 +1,2 @@\n+a\n+b\n", b"f"),
        (b"--- f.orig\n+++ f\n" + ROWS, b"f"),
        ("--- a/f\n+++ b/f\n".encode("utf-16") + ROWS.decode().encode("utf-16-le"), b"f"),
        (b"\xef\xbb\xbf--- a/f\n+++ b/f\n" + ROWS, b"f"),
    ],
)
def test_the_name_is_right_and_the_rows_are_there(patch: bytes, path: bytes) -> None:
    for file in read_patch(patch).files:
        assert path in {b"", file.entry.path}
        assert not file.hunks or [row.text for row in file.hunks[0].rows] == ["a", "b"]


@pytest.mark.parametrize(
    ("patch", "status"),
    [
        (b"--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+b\n", "added"),
        (b"--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", "deleted"),
        (b"--- f\t1970-01-01 00:00:00\n+++ f\t2024-01-01\n@@ -0,0 +1 @@\n+b\n", "added"),
        (b"--- f\t(nonexistent)\n+++ f\t(working copy)\n@@ -0,0 +1 @@\n+b\n", "added"),
        (b"diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+b\n", "modified"),
        (b"diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +0,0 @@\n-b\n", "modified"),
        (b"diff --git a/f b/g\nsimilarity index 100%\ncopy from f\ncopy to g\n", "copied"),
        (b"diff --git a/f b/g\nsimilarity index 100%\nrename from f\nrename to g\n", "renamed"),
        (b"diff --git a/f b/f\nold mode 100644\nnew mode 100755\n", "modified"),
    ],
)
def test_the_status_is_what_happened(patch: bytes, status: str) -> None:
    assert only(patch).entry.status == status


def test_moves_keep_both_names() -> None:
    entry = only(
        b'diff --git "a/\\303\\251" b/g h\nrename from "\\303\\251"\nrename to g h\n'
    ).entry
    assert (entry.old_path, entry.path) == ("é".encode(), b"g h")


def test_a_type_change_is_one_file() -> None:
    parsed = only(
        b"diff --git a/c b/c\ndeleted file mode 100644\nindex 7898192..0000000\n--- a/c\n"
        b"+++ /dev/null\n@@ -1 +0,0 @@\n-a\ndiff --git a/c b/c\nnew file mode 120000\n"
        b"index 0000000..3594e94\n--- /dev/null\n+++ b/c\n@@ -0,0 +1 @@\n+/etc/passwd\n"
        b"\\ No newline at end of file\n"
    )
    entry = parsed.entry
    assert (entry.status, entry.old_mode, entry.new_mode) == ("type_changed", "100644", "120000")
    assert (entry.added, entry.removed, len(parsed.hunks)) == (1, 1, 2)


def test_crlf_content_under_plain_headers_keeps_its_carriage_returns() -> None:
    parsed = only(b"--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\r\n+b\r\n")
    assert [row.text for row in parsed.hunks[0].rows] == ["a\r", "b\r"]


def test_a_mail_series_keeps_each_patch_apart() -> None:
    mail = (
        b"From %s Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH %d/2] x\n\nWhy.\n---\n"
        b" f | 2 +-\n 1 file changed\n\ndiff --git a/f b/f\nindex 1111111..2222222 100644\n"
        b"--- a/f\n+++ b/f\n" + ROWS + b"-- \n2.39.5\n\n"
    )
    files = read_patch(mail % (b"1" * 40, 1) + mail % (b"2" * 40, 2)).files
    assert [(f.entry.path, f.error, f.entry.added) for f in files] == [(b"f", None, 1)] * 2
    assert "patch 2 of the series" in " ".join(files[1].notes)


def test_properties_of_subversion_are_no_rows() -> None:
    parsed = only(
        b"Index: f\n======\n--- f\t(revision 1)\n+++ f\t(working copy)\n" + ROWS + b"\n"
        b"Property changes on: f\n______\nAdded: svn:executable\n## -0,0 +1 ##\n+*\n"
        b"\\ No newline at end of property\n"
    )
    assert parsed.error is None
    assert parsed.entry.added == 1


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        (
            b"diff --cc f\nindex 1,2..3\n--- a/f\n+++ b/f\n@@@ -1 -1 +1 @@@\n- a\n -b\n++c\n",
            "merge",
        ),
        (b"*** f\tMon\n--- f\tTue\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n", "context"),
        (ROWS, "without the name"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(patch: bytes, words: str) -> None:
    assert words in (only(patch).error or "")


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("first", [b"", b"From ada@example.org Mon Sep 17 00:00:00 2001\n"])
def test_an_encoded_mail_is_read_as_what_it_stands_for(encoding: str, first: bytes) -> None:
    patch = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a = 1\n+a = 'caf\u00e9'\n".encode()
    body = base64.encodebytes(patch) if encoding == "base64" else quopri.encodestring(patch)
    head = first + f"From: a\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    parsed = only(head + body)
    assert [row.text for row in parsed.hunks[0].rows] == ["a = 1", "a = 'caf\u00e9'"]


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Transfer-Encoding: quoted-printable\n\n+a = 1\n",
        b"Content-Transfer-Encoding: quoted-printable\n\n+caf\xc3\xa9\n",
        b"Content-Transfer-Encoding: quoted-printable\n\n+" + b"a" * 80 + b"\n",
        b"Content-Transfer-Encoding: base64\n\nZGlmZg==\n-- \nThe list\n",
        b"Content-Transfer-Encoding: base64\n\n--- a/f\n+++ b/f\n" + ROWS,
        b"Content-Type: text/plain; charset*=utf-8''x\nContent-Transfer-Encoding: base64\n\n\xe9\n",
        b"Words before it.\nContent-Transfer-Encoding: base64\n\nZGlmZg==\n",
    ],
)
def test_a_mail_whose_encoding_was_lost_on_the_way_is_not_guessed_at(body: bytes) -> None:
    read = read_patch(body)
    assert not read.files
    assert "changed after it was sent" in (read.problem or "")


def test_a_patch_attached_to_a_mail_is_read_and_its_page_of_html_is_not() -> None:
    mail = EmailMessage()
    mail.set_content("Here it is.")
    mail.add_alternative("<p>--- a/g</p>", subtype="html")
    mail.add_attachment(
        b"--- a/f\n+++ b/f\n" + ROWS, maintype="text", subtype="x-patch", filename="f"
    )
    assert only(mail.as_bytes()).entry.path == b"f"


def test_a_text_without_diff_is_told() -> None:
    assert "no diff" in (read_patch(b"hello\n").problem or "")
    mail = b"From: a\nContent-Transfer-Encoding: base64\n\nZGlmZg==\n"
    assert "no diff" in (read_patch(mail).problem or "")


@pytest.mark.parametrize(
    "patch",
    [
        b"Binary files a/i.png and b/i.png differ\n",
        b"diff -r 01 i.png\nBinary file i.png has changed\n",
        b"Index: i.png\n=====\nCannot display: file marked as a binary type.\n",
        b"diff --git a/i.png b/i.png\nindex 12..34\nBinary files a/i.png and b/i.png differ\n",
    ],
)
def test_binary_files_are_listed_by_their_name(patch: bytes) -> None:
    entry = only(patch).entry
    assert entry.is_binary
    assert entry.path == b"i.png"
