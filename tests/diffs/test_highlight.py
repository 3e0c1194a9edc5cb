"""Colours of whole files: right on every line, within every line, in bounded time."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviews.diffs import text
from reviews.diffs.highlight import MAX_BYTES, MAX_LINE, Runs, asks_first_line, language_of, lex

LONG_ENOUGH = 20.0  # seconds


def coloured(source: str | bytes, language: str) -> list[list[tuple[str, str]]]:
    """For each line of `source`, (class, text) of its runs."""
    data = source.encode() if isinstance(source, str) else source
    packed = lex(data, language, LONG_ENOUGH)
    assert packed is not None
    runs = Runs.read(packed)
    return [
        [(name, line[start:end]) for start, end, name in runs.line(number)]
        for number, line in enumerate(text.decode(data).split("\n"), 1)
    ]


NAMES = {
    "app.py": "python", "stubs.pyi": "python", "fast.pyx": "cython", "main.js": "javascript",
    "main.mjs": "javascript", "main.cjs": "javascript", "view.jsx": "jsx", "main.ts": "typescript",
    "main.test.ts": "typescript", "main.d.mts": "typescript", "view.tsx": "tsx", "App.vue": "vue",
    "App.svelte": "html", "main.c": "c", "main.h": "cpp", "main.hpp": "cpp", "main.cc": "cpp",
    "View.m": "objective-c", "View.mm": "objective-c++", "Main.java": "java", "Main.kt": "kotlin",
    "build.gradle": "groovy", "build.gradle.kts": "kotlin", "main.go": "go", "main.rs": "rust",
    "Main.cs": "csharp", "Main.fs": "fsharp", "main.swift": "swift", "main.dart": "dart",
    "main.rb": "ruby", "Gemfile": "ruby", "main.php": "php", "part.inc": "php", "main.pl": "perl",
    "Main.pm": "perl", "basic.t": "perl", "main.lua": "lua", "main.r": "splus", "main.jl": "julia",
    "main.ex": "elixir", "Main.hs": "haskell", "Main.scala": "scala", "schema.sql": "sql",
    "run.sh": "bash", ".bashrc": "bash", "run.ps1": "powershell", "Dockerfile": "docker",
    "dockerfile.dev": "docker", "Makefile": "make", "CMakeLists.txt": "cmake", "main.tf": "terraform",
    "data.json": "json", "notes.ipynb": "json", "tsconfig.jsonc": "json", "ci.yaml": "yaml",
    "ci.yml": "yaml", "Cargo.toml": "toml", "Cargo.lock": "toml", "setup.cfg": "ini",
    "page.html": "html", "icon.svg": "xml", "app.csproj": "xml", "site.css": "css",
    "site.scss": "scss", "README.md": "markdown", "page.mdx": "markdown", "doc.rst": "restructuredtext",
    "api.proto": "protobuf", "api.graphql": "graphql", "boot.S": "gas", "boot.s": "gas",
    "templates/page.html": "html+django", "page.html.j2": "html+django", "play.yml.j2": "yaml+jinja",
    "motd.j2": "django", "BUILD": "python", "rules.bzl": "python", "Jenkinsfile": "groovy",
    "core.v": "verilog", "NOTES.txt": "", "table.csv": "", "LICENSE": "", "photo.png": "",
    "one.unknown": "", "": "", ".": "", "a.": "", "UPPER.PY": "python",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_the_language(name: str) -> None:
    assert language_of(f"some dir.js/{name}".encode()) == NAMES[name]
    if NAMES[name]:
        assert lex(b"x", NAMES[name], LONG_ENOUGH) is not None


@pytest.mark.parametrize(
    ("head", "language"),
    [
        (b"#!/bin/sh\n", "bash"),
        (b"#!/usr/bin/env python3.12\nimport os", "python"),
        (b"#! /usr/bin/env -S FOO=1 deno run\n", "typescript"),
        (b"#!/usr/bin/perl -w\r\n", "perl"),
        (b"#!/opt/unheard-of\n", ""),
        (b"#!\n", ""),
        (b"#!/usr/bin/env\n", ""),
        (b"import os\n", ""),
        (b"", ""),
        (b"#!" + b"/" * 10_000, ""),
    ],
)
def test_a_first_line_says_it_where_the_name_does_not(head: bytes, language: str) -> None:
    assert language_of(b"bin/run", head) == language
    assert asks_first_line(b"bin/run")
    assert language_of(b"run.txt", head) == ""
    assert language_of(b"run.rs", head) == "rust"


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_name_and_any_first_line_have_an_answer(path: bytes, head: bytes) -> None:
    assert isinstance(language_of(path, head), str)


def test_the_inside_of_a_long_string_is_a_string_on_each_of_its_lines() -> None:
    lines = coloured(
        'def f():\n    """One.\n\n    return for if\n    """\n    return 1\n', "python"
    )
    assert lines[1] == [("s", '"""One.')]
    assert lines[2] == []
    assert lines[3] == [("s", "return for if")]
    assert lines[4] == [("s", '"""')]
    assert lines[5] == [("k", "return"), ("n", "1")]


@pytest.mark.parametrize(
    ("language", "source", "number", "expected"),
    [
        ("javascript", "x = `a\nreturn 1\n`;\nreturn 1", 2, [("s", "return 1")]),
        ("javascript", "x = `a\nreturn 1\n`;\nreturn 1", 4, [("k", "return"), ("n", "1")]),
        ("typescript", "x = `a ${\n  1 + b\n} c`", 2, [("n", "1")]),
        ("c", "/* a\nreturn 1;\n*/ int x;", 2, [("c", "return 1;")]),
        ("c", "/* a\nreturn 1;\n*/ int x;", 3, [("c", "*/"), ("k", "int")]),
        ("c", "#include <a.h>\n#define A(x) return x;\n", 1, [("k", "#include"), ("s", "<a.h>")]),
        ("c", "#include <a.h>\n#define A(x) return x;\n", 2, [("k", "#define")]),
        ("java", 'class A {\n/** Doc\n * if */\nString s = """\n if\n """;\n}', 3, [("c", "* if */")]),
        ("java", 'class A {\n/** Doc\n * if */\nString s = """\n if\n """;\n}', 5, [("s", "if")]),
        ("markdown", "# Head\n\n```python\nx = '''a\nif b'''\nif c: 1\n```\nif", 5, [("s", "if b'''")]),
        ("markdown", "# Head\n\n```python\nx = '''a\nif b'''\nif c: 1\n```\nif", 6, [("k", "if"), ("n", "1")]),
        ("markdown", "# Head\n\n```python\nx = '''a\nif b'''\nif c: 1\n```\nif", 8, []),
        ("html", "<p>\n<!-- a\n<b>if</b>\n-->\n</p>", 3, [("c", "<b>if</b>")]),
        ("rust", '/* a /* b */\nfn */ fn x() { r#"a\nfn "b" "# }', 2, [("c", "fn */"), ("k", "fn"), ("s", 'r#"a')]),
        ("bash", "cat <<END\nif then\nEND\nif true", 2, [("s", "if then")]),
        ("sql", "/* a\nselect */ select 1", 2, [("c", "select */"), ("k", "select"), ("n", "1")]),
        ("json", '{"a": [1, null, "b"]}', 1, [("k", '"a"'), ("n", "1"), ("k", "null"), ("s", '"b"')]),
    ],
)  # fmt: skip
def test_what_began_far_above_is_known(
    language: str, source: str, number: int, expected: list[tuple[str, str]]
) -> None:
    assert coloured(source, language)[number - 1] == expected


@pytest.mark.parametrize("language", ["python", "c", "markdown", "javascript", "yaml"])
def test_crlf_changes_no_column(language: str) -> None:
    source = '#define A \\\n  1\nx = """a\nb"""\n/* c\n d */\n- a: "b"\n```python\nif 1:\n```\n'
    assert coloured(source.replace("\n", "\r\n"), language) == coloured(source, language)


def test_columns_are_those_of_the_row_whatever_stands_before() -> None:
    data = "\ufeffx = '\U0001d54f' # é\n".encode() + b"y = '\xe9\xff' # \xc3\r\nz\r= 'a' # b\0c\n"
    assert coloured(data, "python") == [
        [("s", "'\U0001d54f'"), ("c", "# é")],
        [("s", "'\udce9\udcff'"), ("c", "# \udcc3")],
        [("s", "'a'"), ("c", "# b\0c")],
        [],
    ]


hostile = st.lists(
    st.sampled_from(
        ["'", '"', '"""', "`", "${", "}", "/*", "*/", "//", "#", "\n", "\r\n", "\r", "\\", "<!--",
         "-->", "{%", "%}", "<?php", "?>", "```python\n", "```\n", "if", "12", " ", "\0", "\u202e",
         "\ufeff", "é", "\U0001d54f", "\x0b", "\x0c", "\x85", "\u2028"]
    ).map(str.encode)
    | st.binary(max_size=3),
    max_size=40,
).map(b"".join)  # fmt: skip
LANGUAGES = ["python", "javascript", "tsx", "c", "java", "markdown", "html", "html+django", "php",
             "ruby", "perl", "bash", "yaml", "json", "rust", "css", "sql", "vue", "toml",
             "restructuredtext", "rhtml", "haskell", "make", "docker"]  # fmt: skip


@settings(max_examples=300)
@given(hostile, st.sampled_from(LANGUAGES))
@example(b"", "python")
@example(b"\xef\xbb\xbf", "json")
def test_runs_lie_in_their_line_in_order_and_apart(data: bytes, language: str) -> None:
    packed = lex(data, language, LONG_ENOUGH)
    if packed is None:
        return
    runs = Runs.read(packed)
    lines = text.decode(data).split("\n")
    for number, line in enumerate(lines, 1):
        at = 0
        for start, end, name in runs.line(number):
            assert at <= start < end <= len(line)
            assert name in {"k", "s", "c", "n"}
            at = end
    assert runs.line(0) == runs.line(-1) == runs.line(len(lines) + 1) == ()


def test_what_is_too_large_or_in_no_language_stays_plain() -> None:
    assert lex(b"#" * 100 + b"\n", "python", LONG_ENOUGH) is not None
    assert lex(b"# a\n" * (MAX_BYTES // 4 + 1), "python", LONG_ENOUGH) is None
    assert lex(b"if x", "", LONG_ENOUGH) is None
    assert lex(b"if x", "no such language", LONG_ENOUGH) is None


def test_a_line_that_is_too_long_has_no_colours_and_the_others_have() -> None:
    lines = coloured(f"x = 1\ny = '{'a' * MAX_LINE}'\nz = 2\n# {'b' * 19_000}\n", "python")
    assert [[name for name, _ in line] for line in lines[:3]] == [["n"], [], ["n"]]
    assert "".join(part for _, part in lines[3]) == "# " + "b" * 19_000


# Pygments mends its endless patterns one by one, so this is a lexer that surely has one.
@pytest.fixture
def endless() -> Iterator[str]:
    from pygments import lexers
    from pygments.lexer import RegexLexer
    from pygments.token import Keyword

    class Endless(RegexLexer):
        name = "Endless"
        aliases = ("endless",)
        tokens = {"root": [(r"(?:a|a|aa)+$", Keyword), (r"(?:.|\n)", Keyword)]}

    lexers._lexer_cache["Endless"] = Endless
    lexers.LEXERS["Endless"] = (__name__, "Endless", ("endless",), (), ())
    yield "endless"
    del lexers._lexer_cache["Endless"], lexers.LEXERS["Endless"]


def test_one_pattern_that_does_not_end_is_interrupted(endless: str) -> None:
    handler = signal.getsignal(signal.SIGVTALRM)
    started = time.process_time()
    assert lex(b"a" * 200 + b"b\n", endless, 0.3) is None
    assert time.process_time() - started < 3
    assert signal.getsignal(signal.SIGVTALRM) == handler
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert lex(b"b\n", endless, 5) is not None


def test_many_tokens_end_in_time_in_any_thread() -> None:
    data = b"x = [1, 'a'] # c\n" * 80_000
    answers: list[bytes | None] = [b"none yet"]
    thread = threading.Thread(target=lambda: answers.append(lex(data, "python", 0.2)))
    started = time.process_time()
    thread.start()
    thread.join()
    assert answers == [b"none yet", None]
    assert lex(data, "python", 0.2) is None
    assert time.process_time() - started < 5


CATASTROPHES = {
    "python": b"f'" + b"{" * 100_000,
    "javascript": b"/" + b"(" * 50_000,
    "html": b"<a " * 50_000,
    "html+django": b"{%" * 50_000,
    "markdown": b"*" * 100_000 + b"\n" + b"```" * 30_000,
    "c": b"#define a \\\n" * 50_000,
    "cpp": b'R"' + b"a" * 50_000,
    "perl": b"s{" * 50_000,
    "ruby": b"<<A" * 40_000,
    "bash": b"$((" * 40_000,
    "yaml": b"- " * 60_000,
    "json": b"[" * 200_000,
    "css": b"a{" * 60_000,
    "scss": b"a{b:" * 30_000,
    "rust": b"r#" * 60_000,
    "restructuredtext": b".. a\n" + b" a" * 60_000,
    "sql": b"/*" * 60_000,
    "haskell": b"{-" * 60_000,
    "php": b"<?php <<<A" * 20_000,
    "toml": b"[[" * 60_000,
}


@pytest.mark.parametrize("language", CATASTROPHES)
def test_no_text_takes_longer_than_it_may(language: str) -> None:
    started = time.thread_time()
    lex(CATASTROPHES[language], language, 0.5)
    assert time.thread_time() - started < 1.5


@pytest.mark.parametrize("packed", [b"", b"1234567", b"\x01\0\0\0\0\0\0\0", b"\xff" * 40])
def test_what_is_not_packed_runs_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="no packed runs"):
        Runs.read(packed)
