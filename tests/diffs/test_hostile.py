"""Text that was written to mislead or to break the reader."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.diffs import ParsedFile, read_patch, render_document, render_file, to_json
from tests.diffs.trees import LINES

HEADER = b"diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n+++ b/x\n"


def one(body: bytes, header: bytes = HEADER) -> ParsedFile:
    files = read_patch(header + body).files
    assert len(files) == 1, [f.entry.path for f in files]
    return files[0]


def texts(parsed: ParsedFile, sign: str = "+") -> list[str]:
    return [row.text for hunk in parsed.hunks for row in hunk.rows if row.sign == sign]


def new_file(name: bytes, content: bytes = b"x") -> bytes:
    return (
        b"diff --git a/%s b/%s\nnew file mode 100644\nindex 0000000..587be6b\n--- /dev/null\n"
        b"+++ b/%s\n@@ -0,0 +1 @@\n+%s\n"
    ) % (name, name, name, content)


class Tags(HTMLParser):
    """Element names and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def names(self) -> set[str]:
        return {tag for tag, _ in self.seen}


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    check_whole(data)


FRAGMENTS = [
    *(line + b"\n" for line in LINES), b"diff --git a/x b/x\n", b"--- a/x\n+++ b/x\n",
    b"@@ -1 +1 @@\n-a\n+b\n", b"@@ -1,3 +1,2 @@\n", b"diff --cc x\n", b"index 12..34 100644\n",
    b"new file mode 120000\n", b"rename from a\nrename to b\n", b"Index: a\n====\n",
    b"*** a\n--- b\n",
    b"Binary files a/x and b/x differ\n", b"GIT binary patch\nliteral 9\nzcm\n", b"+a\r\n", b"-b\n",
    b"Property changes on: x\n", b'diff --git "a/\\303" "b/\\9"\n', b"@@@ -1 -1 +1 @@@\n", b"\n",
    b"@@ -1,9999999999 +1 @@\n", b"deleted file mode 100644\n", b"\xff\xfe", b"old mode x\n",
]  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(b"".join))
def test_pieces_of_patches_in_any_order_are_read_without_an_exception(data: bytes) -> None:
    check_whole(data)


def check_whole(data: bytes) -> None:
    patch = read_patch(data)
    assert patch.files or patch.problem
    to_json(patch.files)
    assert "<script" not in render_document(patch)
    for parsed in patch.files:
        assert render_file(parsed, anchor="f0")


def test_content_that_looks_like_headers_stays_content() -> None:
    parsed = one(
        b"@@ -1,3 +1,3 @@\n--- a/secret.py\n--- comment\n+++ b/other.py\n+++ x\n select 1;\n"
    )
    assert (parsed.entry.removed, parsed.entry.added) == (2, 2)
    parsed = one(b"@@ -1 +1,3 @@\n-a\n+@@ -1,1 +1,1 @@\n+diff --git a/fake b/fake\n+--- a/fake\n")
    assert parsed.entry.added == 3


def test_a_lone_carriage_return_hides_nothing() -> None:
    parsed = one(b"@@ -1 +1 @@\n-x = 1\n+x = 2\ry = 3\r@@ -9,1 +9,1 @@\r-z\r+++ b/other.py\r\n")
    assert texts(parsed) == ["x = 2\ry = 3\r@@ -9,1 +9,1 @@\r-z\r+++ b/other.py\r"]
    html = render_file(parsed, anchor="f0")
    assert html.count("CARRIAGE RETURN") == 2 * 4
    assert "\r" not in html


def test_direction_controls_are_marked_and_told() -> None:
    html = render_file(one("@@ -0,0 +1 @@\n+if a != \u202e\u2066:\n".encode()), anchor="f0")
    assert 'title="U+202E RIGHT-TO-LEFT OVERRIDE"' in html
    assert "2 bidirectional control characters" in html
    assert "\u202e" not in html


def test_escape_sequences_never_leave_as_bytes() -> None:
    html = render_file(one(b"@@ -0,0 +1 @@\n+\x1b]8;;http://evil\x07click\n"), anchor="f0")
    assert "\x1b" not in html
    assert "U+001B ESCAPE" in html


def test_bytes_in_no_known_encoding_are_replaced_and_said() -> None:
    parsed = one(b"@@ -0,0 +1,2 @@\n++ADw-script+AD4-\n+\xff\xfe\xe9 latin1\n")
    assert to_json([parsed])["files"][0]["hunks"][0]["rows"][1][3] == "\ufffd\ufffd\ufffd latin1"
    assert parsed.has_undecodable
    assert "script+AD4" in render_file(parsed, anchor="f0")


def test_a_declared_encoding_is_named_and_used() -> None:
    parsed = one(b"@@ -0,0 +1,2 @@\n+# -*- coding: latin-1 -*-\n+x = 'caf\xe9'\n")
    assert parsed.encoding == "latin-1"
    assert "café" in render_file(parsed, anchor="f0")
    assert any("latin-1" in note for note in parsed.notes)


@pytest.mark.parametrize(
    ("head", "encoding", "text"),
    [
        ('@charset "koi8-u";', "koi8-u", "/* Привіт */"),
        ("/* vim: set fileencoding=cp1253 : */", "cp1253", "/* λόγος */"),
        ("<?xml version='1.0' encoding='ISO-8859-9'?>", "iso8859-9", "<a>değişti</a>"),
    ],
)
def test_each_way_to_declare_an_encoding_is_read(head: str, encoding: str, text: str) -> None:
    body = b"@@ -0,0 +1,2 @@\n+%s\n+%s\n" % (head.encode(), text.encode(encoding))
    parsed = one(body)
    assert parsed.encoding == encoding
    assert text.strip("</*a> ") in render_file(parsed, anchor="f0")


@pytest.mark.parametrize("name", ["utf-16", "utf-7", "shift_jis", "rot13", "unicode_escape"])
def test_an_encoding_that_could_rewrite_ascii_is_not_believed(name: str) -> None:
    body = b"@@ -0,0 +1,2 @@\n+# coding: %s\n+x = '\xe9+ADw-'\n" % name.encode()
    parsed = one(body)
    assert parsed.encoding == "utf-8"
    assert "x = '" in render_file(parsed, anchor="f0")


def test_names_are_inert_in_the_page() -> None:
    names = [b"<script>alert(1)</script>.py", b"{{7*7}}{% debug %}", b"x' onerror='y.py"]
    page = render_document(read_patch(b"".join(new_file(name) for name in names)))
    tags = Tags(page)
    assert tags.names() <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "section", "h2", "bdi",
        "i", "p", "div", "table", "tbody", "tr", "caption", "td", "a", "span", "b",
    }  # fmt: skip
    attributes = {name for _, attrs in tags.seen for name in attrs}
    assert not [name for name in attributes if name.startswith("on")]
    assert "{{7*7}}" in page


def test_a_quoted_name_is_shown_as_the_true_name() -> None:
    quoted = rb'diff --git "a/\"><img src=x>.txt" "b/\"><img src=x>.txt"' + b"\n"
    parsed = one(b"", quoted + b"new file mode 100644\nindex 0000000..e69de29\n")
    assert parsed.entry.path == b'"><img src=x>.txt'
    assert "img" not in Tags(render_document(read_patch(quoted))).names()


@pytest.mark.parametrize("name", [b"..", b"a/../b", b".git/config", b"a/.GIT/hooks/x", b"/etc/x"])
def test_a_name_that_no_tree_may_hold_is_refused(name: bytes) -> None:
    assert "Refused" in (one(b"", new_file(name)).error or "")


def test_a_file_that_is_created_twice_is_refused() -> None:
    files = read_patch(HEADER + b"@@ -1 +1 @@\n-a\n+b\n" + new_file(b"x")).files
    assert all("listed twice" in (file.error or "") for file in files)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        (b'"app/\\320\\260uth.py"', "Latin and Cyrillic"),
        (b'"x\\342\\200\\256gpj.sh"', "direction characters"),
        (b'"\\377.txt"', "not UTF-8"),
    ],
)
def test_a_name_that_may_be_taken_for_another_is_told(name: bytes, note: str) -> None:
    quoted = name.replace(b'"', b"")
    patch = b'diff --git "a/%s" "b/%s"\nnew file mode 100644\n' % (quoted, quoted)
    assert any(note in said for said in one(b"", patch).notes)


def test_names_that_differ_only_in_case_are_told() -> None:
    files = read_patch(new_file(b"Makefile") + new_file(b"makefile")).files
    assert all(any("only in case" in note for note in file.notes) for file in files)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"@@ -1,1 +1,1 @@\n-a\n+b\n+smuggled\n+++ b/y\n", "longer"),
        (b"@@ -1,2 +1,2 @@\n-a\n+b", "shorter"),
        (b"@@ -" + b"9" * 5000 + b" +1 @@\n-a\n+b\n", "numbers"),
        (b"@@ -1,3 +1,3 @@\n a\nno row\n", "shorter"),
        (b"@@ -1,2 +1 @@\n-a\n+b\n+c\n", "longer"),
    ],
)
def test_a_broken_file_says_why_while_the_next_one_renders(body: bytes, words: str) -> None:
    broken, whole = read_patch(HEADER + body + b"\n" + new_file(b"fine")).files
    assert words in (broken.error or "")
    assert broken.raw
    assert whole.error is None
    assert texts(whole) == ["x"]


def test_a_text_that_ends_in_the_middle_says_so() -> None:
    assert "ends inside a hunk" in (one(b"@@ -1,2 +1,2 @@\n-a\n+b").error or "")


def test_a_header_forged_after_a_hunk_makes_no_second_file() -> None:
    parsed = one(b"@@ -1 +1 @@\n-a\n+b\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-c\n+d\n")
    assert "longer" in (parsed.error or "")


def test_the_size_a_binary_patch_claims_is_a_number_only() -> None:
    parsed = one(
        b"",
        b"diff --git a/x b/x\nindex 111..222 100644\nGIT binary patch\n"
        b"literal 99999999999\nzcmV-$\n\nliteral 0\nHcmV?d00001\n\n",
    )
    assert parsed.entry.is_binary
    assert any("99999999999 bytes" in note for note in parsed.notes)


@pytest.mark.parametrize(
    "text",
    [
        b"Binary files " + b"a and " * 40_000 + b"\n",
        b"x" * 5_000_000 + b"\n",
        (b"Binary files " + b" and " * 3_000 + b"differ\n") * 50,
        b'diff --git "' + b"a\\" * 8_000 + b"\n",
        b"--- " + b'"' + b"\\" * 15_000 + b"\n+++ b\n@@ -1 +1 @@\n-a\n+b\n",
        b"diff --git a/" + b" b/x" * 4_000 + b"\n",
    ],
)
def test_a_long_line_outside_hunks_costs_no_time(text: bytes) -> None:
    started = time.perf_counter()
    read_patch(text)
    assert time.perf_counter() - started < 5


def test_a_long_line_is_folded_and_kept_whole() -> None:
    parsed = one(b"@@ -0,0 +1 @@\n+" + b"var a=1;" * 25_000 + b"\n")
    html = render_file(parsed, anchor="f0")
    head, _, rest = html.partition("<details>")
    assert head.count("var a=1;") == 250
    assert rest.count("var a=1;") == 25_000 - 250
    assert "<details>" not in render_document(read_patch(HEADER))


def test_a_coloured_diff_is_read_without_its_colours_and_says_so() -> None:
    patch = read_patch(
        b"\x1b[1mdiff --git a/x b/x\x1b[m\n\x1b[1m--- a/x\x1b[m\n\x1b[1m+++ b/x\x1b[m\n"
        b"\x1b[36m@@ -1 +1 @@\x1b[m\n\x1b[31m-a\x1b[m\n\x1b[32m+\x1b[m\x1b[32mb\x1b[m\n"
    )
    assert texts(patch.files[0]) == ["b"]
    assert "Colour codes" in (patch.problem or "")
