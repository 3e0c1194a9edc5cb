"""Patches of every dialect through the import: taken as what they mean, or refused in a sentence.

Those that are taken go the whole way of a worker on real git, most of them in one series.
"""

from __future__ import annotations

import base64
import os
import quopri
import re
from pathlib import Path

import pytest

from reviews.errors import Refused
from reviews.models import Change, Person
from reviews.services import blobs, instruct
from reviews.states import ChangeStatus as S
from tests import factories as f
from tests.agents import gits
from tests.reviews.whole_runs import data, owner, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)

FILES: dict[str | bytes, str | bytes | None] = {
    "app.py": "one\ntwo\nthree\n", "crlf.txt": "a\r\nb\r\nc\r\n", "d/é b.txt": "x\n",
}  # fmt: skip
ROWS = "@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n"
GIT = f"diff --git a/app.py b/app.py\n--- a/app.py\n+++ b/app.py\n{ROWS}"
ZWEI = b"one\nzwei\nthree\n"
QP = b"Content-Transfer-Encoding: quoted-printable"
FROM = "From %s Mon Sep 17 00:00:00 2001\nFrom: Ada <ada@example.org>\nSubject: [PATCH] x\n"
CRLF = "--- a/crlf.txt\n+++ b/crlf.txt\n@@ -1,3 +1,3 @@\n a\r\n-b\r\n+B\r\n c\r\n"


def brought(folder: Path, owner: Person, patch: bytes) -> Change:
    """The change of a patch on FILES, as a worker leaves it."""
    made = repository(folder, FILES)
    return work_off(instruct.import_change(f.actor(owner), made, title="x", patch=patch))


def files_of(change: Change) -> dict[str, bytes]:
    assert change.status == S.AWAITING_REVIEW, [run.reason for run in change.runs.all()]
    return {
        bytes(file.path).decode(): blobs.get(file.new) for file in change.rounds.get().files.all()
    }


def reason_of(change: Change) -> str:
    assert change.status == S.FAILED
    return change.runs.get().reason


def quoted(text: str) -> str:
    """As `git send-email` encodes it; Python alone would leave returns out."""
    return quopri.encodestring(text.replace("\r", "\1").encode()).decode().replace("=01", "=0D")


TAKEN = {
    "plain": f"--- app.py\t2020-01-01\n+++ app.py\t2020-01-02\n{ROWS}".encode(),
    "folders": f"diff -ru old/app.py new/app.py\n--- old/app.py\n+++ new/app.py\n{ROWS}".encode(),
    "hg": f"# HG changeset patch\n# User Ada\ndiff -r 00 app.py\n--- a/app.py\tThu\n+++ b/app.py\tThu\n{ROWS}".encode(),
    "svn": f"Index: app.py\n{'=' * 67}\n--- app.py\t(revision 1)\n+++ app.py\t(working copy)\n{ROWS}\nProperty changes on: app.py\n___\nAdded: svn:eol-style\n## -0,0 +1 ##\n+native\n".encode(),
    "no prefix": GIT.replace("a/app", "app").replace("b/app", "app").encode(),
    "all in CRLF": GIT.replace("\n", "\r\n").encode(),
    "pasted": GIT.rstrip("\n").encode(),
    "pasted in CRLF": GIT.replace("\n", "\r\n").rstrip("\r\n").encode(),
    "UTF-16": GIT.replace("\n", "\r\n").encode("utf-16"),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + GIT.encode(),
    "base64": b"From: Ada\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(GIT.encode()),
    "base64 in CRLF": b"From: Ada\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(GIT.encode()).replace(b"\n", b"\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("dialect", TAKEN)
def test_a_patch_of_another_tool_is_applied(data: Path, owner: Person, dialect: str) -> None:
    assert files_of(brought(data, owner, TAKEN[dialect])) == {"app.py": ZWEI}


@pytest.mark.parametrize(
    "patch",
    [CRLF, CRLF.replace("\r\n", "\n").replace("\n", "\r\n"), re.sub("\r?\n", "\r\n", CRLF)[:-2]],
    ids=["rows only", "headers too", "pasted"],
)
def test_a_file_of_crlf_keeps_it_however_the_headers_end(
    data: Path, owner: Person, patch: str
) -> None:
    both = patch.encode() + (b"" if patch.endswith("\n") else b"\r\n") + TAKEN["all in CRLF"]
    assert files_of(brought(data, owner, both)) == {"app.py": ZWEI, "crlf.txt": b"a\r\nB\r\nc\r\n"}


def test_a_quoted_printable_mail_becomes_what_was_written(data: Path, owner: Person) -> None:
    new = b"diff --git a/q.py b/q.py\nnew file mode 100644\n--- /dev/null\n+++ b/q.py\n@@ -0,0 +1,2 @@\n+a = 1\n+b = 'caf\xc3\xa9'\n-- \n2.39\n"
    head = (FROM % ("1" * 40)).encode() + b"Content-Type: text/plain; charset=UTF-8\n" + QP
    mail = head + b"\n\n---\n" + quoted(new.decode()).encode()
    assert b"=3D" in mail
    assert files_of(brought(data, owner, mail)) == {"q.py": "a = 1\nb = 'café'\n".encode()}


def test_what_git_itself_writes_is_taken_coloured_and_as_mails(data: Path, owner: Person) -> None:
    made = repository(data, FILES)
    origin = Path(made.origin)
    gits.git(origin, "checkout", "-q", "-b", "work")
    gits.commit(origin, {"app.py": ZWEI, "n.bin": b"\0\1\2" * 50, "crlf.txt": "a\r\nB\r\nc\r\n"})
    os.symlink("app.py", origin / "link")
    gits.commit(origin, {"app.py": "uno\nzwei\n", "d/é b.txt": None, "d/é c.txt": "x\n"})
    tree = gits.git(origin, "rev-parse", "HEAD^{tree}")
    mails = [gits.git(origin, "format-patch", "--stdout", *how, "main..work") for how in
             ((), ("--cover-letter",), ("--attach",))]  # fmt: skip
    coloured = gits.git(origin, "diff", "--binary", "--color=always", "main", "work")
    assert "\x1b[" in coloured
    encoded = re.sub(
        r"(?s)(From .*?)\n\n(.*?)(?=From [0-9a-f]{40}|\Z)",
        lambda m: f"{m[1]}\n{QP.decode()}\n\n{quoted(m[2])}",
        mails[0],
    )
    gits.git(origin, "checkout", "-q", "main")
    for patch in (*mails, coloured, encoded):
        who = f.actor(owner)
        change = instruct.import_change(who, made, title="x", patch=(patch + "\n").encode())
        work_off(change)
        assert change.status == S.AWAITING_REVIEW, [run.reason for run in change.runs.all()]
        assert change.rounds.get().tree == tree


REFUSED = {
    "no diff": (b"hello\n", "There is no diff in this text"),
    "a lost encoding": (b"From: Ada\n" + QP + b"\n\n" + GIT.encode() + b" a = b\n", "changed after it was sent"),
    "half UTF-16": (GIT.encode("utf-16") + b"\n", "UTF-16"),
    "cut off": (GIT[:-12].encode(), "app.py cannot be read: The text ends inside a hunk"),
    "a merge": (b"diff --cc app.py\nindex 1,2..3\n--- a/app.py\n+++ b/app.py\n@@@ -1 -1 +1 @@@\n", "one parent"),
    "a context diff": (b"*** app.py\n--- app.py\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n", "diff -u"),
    "binary without content": (b"diff --git a/i b/i\nindex 12..34\nBinary files a/i and b/i differ\n", "i is binary and the patch does not hold its content: make the patch with `git diff --binary`"),
    "a way out": (GIT.replace("app.py", "../../app.py").encode(), "no tree may hold a file named ../../app.py"),
    "a place of git": (GIT.replace("app.py", ".GIT/config").encode(), "no tree may hold"),
    "no context": (b"--- app.py\n+++ app.py\n@@ -2 +2 @@\n-two\n+zwei\n", "without the lines around them (-U0)"),
    "mails in mails": (b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(2000)) + QP + b"\n\nx\n", "parts within parts"),
    "a name alone": (b"diff --git a/app.py b/app.py\n", "does not say what changes"),
    "properties alone": (b"Index: .\n=====\n--- .\t(revision 1)\n+++ .\t(working copy)\n\nProperty changes on: .\n___\n", "no tree may hold"),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_what_no_tree_can_take_is_refused_at_once(owner: Person, fault: str) -> None:
    patch, words = REFUSED[fault]
    with pytest.raises(Refused, match=re.escape(words)):
        instruct.import_change(f.actor(owner), f.repository(), title="x", patch=patch)
    assert not Change.objects.exists()


MISFITS = {
    "other lines": (GIT.replace("-two", "-zzz"), "app.py has other lines at line 1 than it expects"),
    "all in CRLF": (GIT.replace("-two", "-zzz").replace("\n", "\r\n"), "app.py has other lines at line 1"),
    "a file that is not there": (GIT.replace("app.py", "gone.py"), "gone.py is not there to be changed"),
    "a file that is there": (
        "--- /dev/null\n+++ b/app.py\n@@ -0,0 +1 @@\n+x\n", "app.py is there already"),
    "two files": (
        CRLF.replace("-b", "-z") + GIT.replace("-two", "-zzz"), "line 1 than it expects (and one more"),
    "by way of a link": (
        "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+d\n\\ No newline at end of file\ndiff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n@@ -0,0 +1 @@\n+x\n",
        "l/x lies behind a symbolic link"),
    "a name of Windows": (GIT.replace("app.py", "GIT~1/x"), "GIT~1/x is not there"),
    "the second of a series": (
        f"{FROM % ('1' * 40)}\n---\n{GIT}-- \n2.39\n\n{FROM % ('2' * 40)}\n---\n{GIT}-- \n2.39\n",
        "Patch 2 of the 2 in it: The patch does not apply: app.py has other lines at line 1"),
}  # fmt: skip


@pytest.mark.parametrize("fault", MISFITS)
def test_what_does_not_fit_the_tree_is_told_with_file_and_line(
    data: Path, owner: Person, fault: str
) -> None:
    patch, words = MISFITS[fault]
    reason = reason_of(brought(data, owner, patch.encode()))
    assert words in reason
    assert "error:" not in reason
    assert "blob" not in reason


def test_what_show_diff_reads_of_a_patch_is_what_is_imported(data: Path, owner: Person) -> None:
    """Both dialects at once: names that git quotes, and returns that an editor put."""
    made = repository(data, FILES)
    change = instruct.import_change(
        f.actor(owner), made, title="x",
        patch=b'--- "a/d/\\303\\251 b.txt"\r\n+++ "b/d/\\303\\251 b.txt"\r\n@@ -1 +1 @@\r\n-x\r\n+y\r\n',
    )  # fmt: skip
    assert files_of(work_off(change)) == {"d/é b.txt": b"y\n"}
