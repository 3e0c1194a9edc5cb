"""The guard on anything at all: it never raises, says the same again, and takes its time evenly."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agents.verifiers import guard_renames
from agents.verifiers.guard import MOST, Finding, GuardFile, findings
from tests.agents.guard_changes import changed

PATHS = [
    "tests/test_a.py", "a.test.ts", "a_test.go", "src/lib.rs", "ATest.java", "a_spec.rb", "ATest.cs",
    "ATest.php", "pyproject.toml", "setup.cfg", "package.json", "tsconfig.json", "Cargo.toml",
    "requirements.txt", "go.mod", "Gemfile", "pom.xml", "package-lock.json", "yarn.lock", "go.sum",
    ".gitattributes", ".honk.toml", "Makefile", "a.md", "app.py", "jest.config.js", ".coveragerc",
    "x/\u0430.py", "a\nb", "", "/", "..", ".",
]  # fmt: skip
WORDS = [
    "def test_a():\n    ", "assert x == 1\n", "@pytest.mark.skip\n", "class T:\n", "try:\n", "# noqa",
    "it('a', () => {\n", "expect(x).toBe(1)\n", "describe.skip(", "//", "/*", "`", '"', "'", "\\",
    "func TestA(t *testing.T) {\n", "#[test]\nfn a() {\n", "#[ignore]", "@Test void a() {", "\x00",
    "[tool.mypy]\n", "strict = true\n", "fail_under = 9\n", "{", "}", "[", "]", ":", ",", "\r", "\n",
    '"scripts": ', "* -diff\n", "\u202e", "\u0430", "\ud800", "a @ git+x\n", "-----BEGIN PRIVATE KEY",
]  # fmt: skip
source = st.one_of(
    st.none(),
    st.binary(max_size=300),
    st.lists(st.sampled_from(WORDS), max_size=30).map(
        lambda words: "".join(words).encode("utf-8", "surrogatepass")
    ),
)
mode = st.sampled_from(["", "0", "000000", "100644", "100755", "120000", "160000"])
path = st.one_of(st.sampled_from(PATHS), st.text(max_size=20))
files = st.lists(
    st.builds(GuardFile, path, st.one_of(st.none(), path), st.just("modified"), source, source, mode, mode),
    max_size=5,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(files)
def test_the_guard_never_raises_and_says_the_same_again(change: list[GuardFile]) -> None:
    found = findings(change, [("make", "test"), ("sh", "-c", "x")], ["a", "A", "\u0430"])
    assert found == findings(change, [("make", "test"), ("sh", "-c", "x")], ["a", "A", "\u0430"])
    assert all(isinstance(one, Finding) and one.kind and one.text for one in found)
    assert len(found) <= MOST


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATHS), source.filter(lambda content: content is not None))
def test_a_file_that_only_moved_gives_up_nothing(path: str, content: bytes) -> None:
    moved = GuardFile(f"moved/{path}", path, "renamed", content, content, "100644", "100644")
    assume(not guard_renames._is_another(moved))  # settings that hold for where they stand are gone
    weaker = {
        "test_emptied",
        "checks_dropped",
        "cases_removed",
        "weakened",
        "silenced",
        "threshold",
    }
    assert {one.kind for one in findings([moved])}.isdisjoint(weaker)


HOSTILE = {
    "quotes": "'\"`", "opens a comment": "/*", "escapes": "\\`", "one word": "x", "spaces": " ",
    "it": "it('a", "each": "it.each(", "annotations": "@Test ", "disabled": "@Disabled ",
    "attributes": "#[test] ", "cfg": "#[cfg(a)] ", "expect": "expect(", "parens": "(", "assert": "assert ",
    "braces": "[{", "noqa": "# noqa ", "suppress": "@SuppressWarnings(", "odd": "\u0430b ",
    "node": '"node_modules/', "host": "http://x", "gem": "gem '", "xml": "<artifactId>",
    "keys": "sk-ant-a-", "dots": "a.", "lines: ": "lines: 1 threshold ", "newlines": "\n",
    "returns": "\r", "fixtures": "it('a', () => {\n", "tables": "[1],\n", "describe": "describe(", "fail": "fail_under = ",
}  # fmt: skip
EVERY = [p for p in PATHS if len(p) > 3]


def seconds(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


@pytest.mark.parametrize("name", HOSTILE)
def test_four_times_as_long_a_line_takes_about_four_times_as_long(name: str) -> None:
    """Quadratic work would take sixteen times as long."""

    def look(size: int) -> Callable[[], object]:
        content = (HOSTILE[name] * (size // len(HOSTILE[name]))).encode()
        change = [changed(path, b"a\n", content) for path in EVERY]
        return lambda: findings(change)

    for _ in range(3):  # other work on the machine can spoil one measure, not three
        small = min(seconds(look(6_000)) for _ in range(2))
        large = seconds(look(24_000))
        if large < 9 * small + 0.2:
            return
    raise AssertionError(f"{name}: {small:.3f} s for 6 KB and {large:.3f} s for 24 KB")


@pytest.mark.parametrize("name", ["quotes", "annotations"])  # every HOSTILE is measured above
def test_a_megabyte_on_one_line_is_read(name: str) -> None:
    content = (HOSTILE[name] * (1024 * 1024 // len(HOSTILE[name]))).encode()
    began = time.monotonic()
    for path in ("a.test.ts", "src/lib.rs", "ATest.java", "tests/test_a.py", "package.json"):
        findings([changed(path, b"a\n", content)])
    assert time.monotonic() - began < 60
