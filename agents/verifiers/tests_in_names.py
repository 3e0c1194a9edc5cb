"""Names by which runners of many languages know a test, and names that only sound like one."""

from __future__ import annotations

import re

# Files that belong to the tests wherever they stand, of languages that are not read.
_FAMILIES = re.compile(
    r"\.Tests\.ps1$|_tests\.erl$|_SUITE\.erl$|_tests?\.(?:clj[cs]?|ml|gleam|nim|jl|cr|v|f90)$"
    r"|(?:^|/)test_\w+\.(?:clj[cs]?|ml|nim|jl|cr|el|R)$|_spec\.(?:cr|moon|fnl)$|\.t\.sol$"
    r"|\.tftest\.(?:hcl|json)$|Tests?\.(?:fs|elm|mm?|vb|hs|re|res)$|Spec\.hs$|(?:^|/)[Tt]ests?\.hs$"
    r"|(?:^|/)x?t/(?:[^\n]*/)?[^/\n]+\.(?:t|sql|pl|pg)$|\.phpt$|\.hurl$|(?:^|/)runtests\.jl$"
    r"|(?:^|/)features/(?:[^\n]*/)?(?:steps|step_definitions|support)/|(?:^|/)features/environment\.py$"
    r"|(?:^|/)(?:test-[\w-]+|[\w-]+-tests?)\.el$"
)
# Source sets of Gradle, Maven and the like: src/jvmTest, src/testFixtures.
_SOURCE_SETS = re.compile(r"(?:^|/)src/(?:test[A-Z]\w*|[a-z]\w*Test\w*)/")
_JVM = (
    rb"^[ \t]*@(?:\w+\.){0,6}(?:Parameterized|Repeated)?Test\b"
    rb"|\bextends (?:\w+\.){0,6}\w{0,40}(?:FunSuite|FlatSpec|WordSpec|FunSpec|FreeSpec|PropSpec"
    rb"|TestCase|Specification)\b"
)
HOLDS = {ending: re.compile(_JVM, re.MULTILINE) for ending in (".java", ".kt", ".groovy", ".scala")}
# Tests that stand beside the product: told only when the file is gone.
_BESIDE = {
    ending: re.compile(pattern, re.MULTILINE)
    for ending, pattern in (
        (".d", rb"^[ \t]*unittest\b"), (".jl", rb"^[ \t]*@test(?:set)?\b"),
        (".hs", rb"\b(?:hspec|testGroup)\b"), (".gleam", rb"^pub fn \w{1,100}_test\("),
        (".erl", rb"^\w{1,100}_test_?\(\) *->"), (".ml", rb"^[ \t]*let%(?:expect_)?test"),
        (".tsx", rb"\bplay *[:=]"), (".jsx", rb"\bplay *[:=]"), (".ts", rb"\bplay *[:=]"),
        (".json", rb"\"listen\" *: *\"test\""),
    )
}  # fmt: skip
_STEM = re.compile(r"(?:^|[._-])(?:tests?|specs?|suites?)(?:[._-]|$)", re.IGNORECASE)
_CAMEL = re.compile(
    r"(?:^|[a-z0-9])(?:Tests?|Specs?|Suite|TestCase|TestSuite)(?:$|[._-])|^Tests?[A-Z]"
)
_FOLDER = re.compile(r"(?:^|/)(?:tests?|specs?|__tests__|[\w.-]{0,100}[._-]tests?)/", re.IGNORECASE)
_CAMEL_FOLDER = re.compile(r"(?:^|/)[\w.-]{0,100}[a-z0-9]Tests?/")
_PROSE = (".md", ".rst", ".adoc", ".txt", ".html")
_MOST_BYTES = 1024 * 1024


def is_named_as_test(path: str) -> bool:
    """Whether a runner of some language takes a file of this name for a test, or a part of one."""
    return _FAMILIES.search(path) is not None or _SOURCE_SETS.search(path) is not None


def may_be_a_test(path: str, content: bytes | None) -> bool:
    """Whether a name or a folder sounds like tests, or the file holds some beside the product."""
    name = path.rpartition("/")[2]
    if name.lower().endswith(_PROSE):
        return False
    stem, _, ending = name.rpartition(".")
    stem = stem or name
    if _STEM.search(stem) or _CAMEL.search(stem):
        return True
    if _FOLDER.search(path) or _CAMEL_FOLDER.search(path):
        return True
    held = _BESIDE.get(f".{ending}")
    is_story = ending not in ("tsx", "jsx", "ts") or ".stories." in name
    return held is not None and is_story and held.search((content or b"")[:_MOST_BYTES]) is not None
