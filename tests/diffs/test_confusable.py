"""Characters that are taken for others: marked where they could deceive, left alone in texts."""

from __future__ import annotations

import re
import time
import unicodedata
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.diffs import Row, read_patch, render_file
from reviews.diffs.cells import paint_plain
from reviews.diffs.confusable import LOOKS, deceiving
from reviews.diffs.names import display_path, notes_on
from reviews.diffs.paint import paint_line
from reviews.diffs.text import to_html


def drawn(line: str) -> str:
    """The line as it is read, each marked character as [the one it is taken for]."""
    found = deceiving(line)
    return "".join(f"[{found[at]}]" if at in found else char for at, char in enumerate(line))


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("if user == \u0430dmin:", "if user == [a]dmin:"),
        ("import \u0441\u043e\u0440\u0443", "import [c][o][p][y]"),
        ("\u0441\u043e\u0440\u0443(1)", "[c][o][p][y](1)"),
        ("\u0430 = b + 1", "[a] = b + 1"),
        ("x = \u0441\u0435 # проверка", "x = [c][e] # проверка"),
        ("def get_\u043erder(self):", "def get_[o]rder(self):"),
        ("v\u0430lu\u0435 = 1", "v[a]lu[e] = 1"),
        ("n\u03bfde.\u03bdalue", "n[o]de.[v]alue"),
        ("\u13aa\u13a2 = make()", "[A][T] = make()"),
        ("\u0570\u0578\u057d = one", "[h][n][u] = one"),
        ("\ua4e0\ua4f3\ua4d4 = one", "[N][O][T] = one"),
        ("\uff46oo(1)", "[f]oo(1)"),
        ("bar(\U0001d41f\U0001d428\U0001d428)", "bar([f][o][o])"),
        ("room\uff11 = 1", "room[1] = 1"),
        ("pa\u0261e = 1", "pa[g]e = 1"),
        ("environment\u01c3=PROD", "environment[!]=PROD"),
        ("if a:\u037e pass", "if a:[;] pass"),
        ("if (a\uff1b b) {", "if (a[;] b) {"),
        ("x = a \u2215 b", "x = a [/] b"),
        ("git\u2010log", "git[-]log"),
        ("a\u2212b", "a[-]b"),
    ],
)
def test_a_character_that_could_deceive_is_found(line: str, seen: str) -> None:
    assert drawn(line) == seen


@pytest.mark.parametrize(
    "line",
    [
        "plain = ascii + 1",
        "# Это и есть он, а она с ним о том же.",
        "// работает с git и с Docker, а с Podman нет",
        "/* Она сказала: «а», «и», «о», «с» и ушла */ run()",
        'print("Привет, мир, а как дела у нас")',
        "# 5го мая в 10 часов, с 1 по 5",
        "я-код и API-шный код",
        "user_имя = фото_url",
        "# Це і є він, а вона з ним у місті й у селі",
        "// Той е тук, а тя се смее с нас, run",
        "// Он је рекао: а шта и о чему, run",
        'title = "Ο λόγος και η αρχή του κόσμου"',
        "naïve Straße, kapı, façade; œuvre",
        'price = "−7 °C"; µs = 10; Δt = λ * 2; x ∈ ℝ²',
        "“quotes” ‘here’ — and – dashes… run()",
        "これはＡＰＩです return（値）；run",
        "# 使用：foo，然后（bar）run",
        "emoji 🎉 ✔️ run()",
        "H₂O and m² and ½ of it",
    ],
)
def test_a_text_in_its_own_language_is_left_alone(line: str) -> None:
    assert drawn(line) == line


@pytest.mark.parametrize(("char", "like"), LOOKS.items())
def test_every_look_alike_is_found_inside_an_english_word(char: str, like: str) -> None:
    assert drawn(f"ab{char}cd = 1") == f"ab[{like}]cd = 1"
    assert not char.isascii()
    assert unicodedata.name(char)


def test_the_character_stays_and_says_what_it_is() -> None:
    html = to_html("p\u0430y < 1")
    title = "U+0430 CYRILLIC SMALL LETTER A, looks like a"
    assert html == (
        f'p<span class="mark like" role="img" data-c="U+0430" title="{title}" '
        f'aria-label="{title}">\u0430</span>y &lt; 1'
    )


LINES = st.lists(
    st.sampled_from([*"ab1_ .<&>\"'(=\t\r", "\u0430", "\u043e", "\u0436", "\uff1c", "\u037e",
                     "\u200b", "\u202e", "é", "\u01c3", "漢", "\u2010", "\udcff", "🎉"]),
    max_size=30,
).map("".join)  # fmt: skip


@given(LINES)
def test_the_text_of_a_marked_line_is_the_line(line: str) -> None:
    assert text_of(to_html(line)) == re.sub("[\udc80-\udcff]", "\ufffd", line)


def text_of(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html))


@given(LINES.filter(lambda line: "\udcff" not in line), st.data())
def test_changed_words_part_a_line_without_another_decision(line: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    row, ranges = Row("+", None, 1, line), [(start, end)] if start < end else []
    for html in (paint_plain(row, ranges, "utf-8"), paint_line(line, (), ranges)):
        assert text_of(html) == line
        assert html.count('class="mark like"') == len(deceiving(line))


@given(st.text() | LINES)
def test_any_line_is_looked_at_without_an_exception(line: str) -> None:
    for at, like in deceiving(line).items():
        assert not line[at].isascii()
        assert like.isascii()
        assert len(like) == 1


@pytest.mark.parametrize(
    "part", ["\u0430", "\u0430 b ", "\u0430.", "\uff1b", "ж\u0430-", "а_1=", "＇"]
)
def test_a_very_long_line_costs_no_time(part: str) -> None:
    def seconds(length: int) -> float:
        line = "x" + part * (length // len(part))
        started = time.perf_counter()
        deceiving(line)
        return time.perf_counter() - started

    seconds(1_000)
    assert seconds(1_000_000) < 2


def test_the_note_of_a_file_says_where_the_first_ones_stand() -> None:
    header = b"diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n+++ b/x\n"
    body = (
        "@@ -3,2 +14,5 @@\n-r\u0430w\n same\n+p\u0430y\n+\u0441\u043ept()\n+n\u03bf\n+# она и он\n"
    )
    (parsed,) = read_patch(header + body.encode()).files
    assert (
        "5 characters look like others: removed line 3 U+0430 looks like a; "
        "line 15 U+0430 looks like a; line 16 U+0441 looks like c; and 2 more."
    ) in parsed.notes
    assert render_file(parsed, anchor="f0").count('class="mark like"') == 5


def test_one_look_alike_is_told_as_one() -> None:
    header = b"diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n+++ b/x\n"
    (parsed,) = read_patch(header + "@@ -0,0 +1 @@\n+a = p\u0430y\n".encode()).files
    assert "1 character looks like another: line 1 U+0430 looks like a." in parsed.notes


@pytest.mark.parametrize(
    ("path", "shown", "note"),
    [
        ("app/\u0430uth.py", r"app/\u0430uth.py", "In the name, U+0430 looks like a."),
        ("\u0441.txt", r"\u0441.txt", "In the name, U+0441 looks like c."),
        ("src\u2215main.c", r"src\u2215main.c", "In the name, U+2215 looks like /."),
    ],
)
def test_a_name_shows_its_look_alikes_by_their_code(path: str, shown: str, note: str) -> None:
    assert display_path(path.encode()) == shown
    assert note in notes_on(path.encode())


@pytest.mark.parametrize("path", ["документы/с ним.txt", "заметки/а.txt", "写真／一.png", "é/ñ.md"])
def test_a_name_in_its_own_language_is_left_alone(path: str) -> None:
    assert display_path(path.encode()) == path
    assert notes_on(path.encode()) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"a\\\t.py", b"a\\x09.py"), (b"\\\xff", b"\\xff"), (b"\\\\x09", b"\\\x09"), (b"\\\\", b"\\")],
)
def test_no_two_names_look_the_same(one: bytes, other: bytes) -> None:
    assert display_path(one) != display_path(other)


@given(st.lists(st.sampled_from([b"\\", b"x", b"0", b"9", b"\t", b"\xff", b"u", b"a"]), max_size=8))
def test_a_shown_name_says_which_bytes_it_is(parts: list[bytes]) -> None:
    name = b"".join(parts)
    told = re.sub(
        rb"\\(\\|x([0-9a-f]{2}))",
        lambda found: bytes([int(found[2], 16)]) if found[2] else b"\\",
        display_path(name).encode(),
    )
    assert told == name
