"""What a file that is not UTF-8 is written in: declared, found out, or not known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.diffs import FileEntry, parse_file, render_file
from reviews.diffs.encodings import encoding_of
from reviews.diffs.find import Query, rows_with
from reviews.diffs.model import Encoding, Encodings
from reviews.diffs.text import decode, readable

ENTRY = FileEntry(0, b"a.py", None, "modified", 2, 2, "100644", "100644", "1", "2", False, 0, 0)
CODE = "def add(a, b):\n    return a + b\n" * 200


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("# café: l'élève été\nname = 'Noël'\n", "cp1252"),
        ("x = 'café'\n", "cp1252"),
        ("/* Copyright © 2020 Müller */\n", "cp1252"),
        ("// Größe der Fläche ändern\n", "cp1252"),
        ("mañana será otro día\n", "cp1252"),
        ("# Привет мир, это тест\n", "cp1251"),
        ("# Это функция, которая считает сумму всех чисел в списке\n", "koi8-r"),
        ("// これはテストです。関数を呼び出す\n", "euc-jp"),
        ("// 这是一个测试，调用函数\n", "gb2312"),
        ("// 이것은 테스트입니다 함수 호출\n", "euc-kr"),
    ],
)
def test_a_file_is_read_as_what_its_bytes_look_like(words: str, encoding: str) -> None:
    content = (CODE + words + CODE).encode(encoding)
    assert encoding_of(content) == Encoding(encoding, is_declared=False)
    shown = [readable(decode(line), encoding) for line in content.split(b"\n")]
    assert shown == (CODE + words + CODE).split("\n")


def test_what_a_file_declares_in_its_first_lines_is_believed_before_what_it_looks_like() -> None:
    content = ("# coding: iso-8859-15\n" + CODE + "price = '5 €'\n").encode("iso8859-15")
    assert encoding_of(content) == Encoding("iso8859-15", is_declared=True)
    late = ("\n" * 30 + "# coding: koi8-r\nx = 'é'\n").encode("latin-1")
    assert encoding_of(late) == Encoding("cp1252", is_declared=False)


@pytest.mark.parametrize(
    "content",
    [b"", b"plain", "ünï".encode(), b"\0\xe9", bytes(range(128, 256)) * 4],
)
def test_of_utf_8_of_binary_and_of_noise_nothing_is_said(content: bytes) -> None:
    assert encoding_of(content) is None


def test_a_file_with_one_broken_line_stays_utf_8() -> None:
    assert encoding_of("grün\n".encode() + b"gr\xfcn\n") is None


def test_letters_that_are_utf_8_by_chance_are_read_as_the_file_is() -> None:
    content = "# coding: gbk\n# 注\n# 测试\n".encode("gbk")
    assert encoding_of(content) == Encoding("gbk", is_declared=True)
    assert [readable(decode(line), "gbk") for line in content.splitlines()] == [
        "# coding: gbk", "# 注", "# 测试",
    ]  # fmt: skip


def test_each_side_of_a_file_that_is_written_anew_is_read_as_it_is() -> None:
    rows = [b"-# coding: latin-1", b"-x = 'caf\xe9'", b"+# coding: utf-8", "+x = 'café'".encode()]
    parsed = parse_file(b"@@ -1,2 +1,2 @@\n" + b"\n".join(rows) + b"\n", ENTRY)
    html = render_file(parsed, anchor="f0")
    assert html.count("café") == 2
    assert parsed.notes == ("Before, not UTF-8: shown as latin-1, which the file declares.",)


def test_a_long_line_is_cut_between_letters() -> None:
    line = "x = '" + "ソ" * 30_000 + "'"
    patch = b"@@ -0,0 +1,2 @@\n+# coding: euc-jp\n+" + line.encode("euc-jp") + b"\n"
    html = render_file(parse_file(patch, ENTRY), anchor="f0")
    assert html.count("ソ") == 30_000
    assert "\ufffd" not in html


def test_words_are_found_as_they_are_read() -> None:
    encodings = Encodings(Encoding(), Encoding("euc-jp"))
    patch = b"@@ -1 +1,2 @@\n a\n+" + "これはテスト".encode("euc-jp") + b"\n"
    (hit,) = [hit for hit in rows_with(Query("テスト"), patch, encodings) if hit]
    assert (hit.line, hit.before, hit.found) == (2, "これは", "テスト")


@settings(max_examples=300)
@given(st.binary(max_size=2000))
def test_no_ascii_of_a_file_is_ever_shown_as_something_else(content: bytes) -> None:
    found = encoding_of(content)
    if found is None:
        return
    for line in content.split(b"\n"):
        shown = readable(decode(line), found.name)
        assert [c for c in shown if c < "\x80"] == [chr(b) for b in line if b < 0x80]
