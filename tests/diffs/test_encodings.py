"""What a file that is not UTF-8 is written in: declared, found out, or not known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.diffs.encodings import encoding_of
from reviews.diffs.model import Encoding
from reviews.diffs.text import decode, readable

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


def test_one_broken_line_does_not_change_the_others() -> None:
    content = "grün\n".encode() + b"gr\xfcn\n"
    found = encoding_of(content)
    assert found
    shown = [readable(decode(line), found.name) for line in content.splitlines()]
    assert shown == ["grün", "grün"]


@settings(max_examples=300)
@given(st.binary(max_size=2000))
def test_no_ascii_of_a_file_is_ever_shown_as_something_else(content: bytes) -> None:
    found = encoding_of(content)
    if found is None:
        return
    for line in content.split(b"\n"):
        shown = readable(decode(line), found.name)
        assert [c for c in shown if c < "\x80"] == [chr(b) for b in line if b < 0x80]
