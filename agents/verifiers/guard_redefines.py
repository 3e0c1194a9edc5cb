"""New files among the tests that define anew what stands elsewhere: a class, a method, a name.

Ruby opens a class again wherever it is named; a class of the JVM among the tests comes before one
of the same package in the product, and before what is imported with a star.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from agents.verifiers.guard_base import Finding, GuardFile, is_binary, shown, text_of
from agents.verifiers.guard_tests_changed import is_test
from agents.verifiers.tests_in_text import without_comments
from agents.verifiers.tests_in_text_languages import JAVA, RUBY

_JVM = re.compile(r"(?:^|/)src/(?P<set>\w+)/(?:java|kotlin|groovy|scala)/(?P<name>[^\n]+)\.\w+$")
_JVM_ENDS = (".java", ".kt", ".groovy", ".scala")
_PACKAGE = re.compile(r"^package +([\w.]{1,200})", re.MULTILINE)
_CLASS = re.compile(
    r"^(?:@\w+ +)?(?:(?:public|internal|abstract|final|sealed|open|static|data|private|case)"
    r" +){0,5}"
    r"(?:class|interface|@?interface|enum|record|object|trait) +(?:class +)?(\w{1,100})",
    re.MULTILINE,
)
_OF_RUNNERS = {
    "Assert", "Assertions", "Assumptions", "Assume", "Test", "TestCase", "Truth", "MatcherAssert",
    "Matchers", "Hamcrest", "Mockito", "ArgumentMatchers", "BDDMockito", "SoftAssertions",
    "AssertionError", "AssertJ", "ParameterizedTest", "BeforeEach", "Before", "StepVerifier",
}  # fmt: skip
_RUBY_CLASS = re.compile(
    r"^(?P<in>[ \t]*)class +(?:::)?([A-Z][\w:]{0,100})(?P<of> *<)?", re.MULTILINE
)
_RUBY_GIVEN = re.compile(r"^([A-Z]\w{0,100}) *=(?![=~>])", re.MULTILINE)
_RUBY_TEST = re.compile(r"^(?:test_(?P<a>\w+)|(?P<b>\w+)_(?:test|spec))$")
_RUBY_DEF = re.compile(r"^def (\w{1,100}[?!]?)", re.MULTILINE)
_RUBY_NEEDS = re.compile(
    r"^[ \t]*require(?:_relative)?[ (]+[\"']([^\"'\n]{1,200})[\"']", re.MULTILINE
)
_MOST_BYTES, _MOST_NEEDS = 1024 * 1024, 20
Read = Callable[[str], bytes | None]


def redefines(
    files: Sequence[GuardFile], tree: Sequence[str], read: Read | None
) -> Iterator[Finding]:
    """tree: every path after the change; read: a file of the base by its path."""
    new = [f for f in files if f.is_added and f.new is not None and not is_binary(f.new)]
    new = [file for file in new if is_test(file.path, file.new)]
    held = _Tree(tree)
    for file in new:
        code = text_of((file.new or b"")[:_MOST_BYTES])
        if file.path.endswith(".rb"):
            code = without_comments(RUBY, code)
            if again := _class_again(file.path, code, held) or _method_again(code, held, read):
                text = f"New among the tests, and defines {again} anew."
                yield Finding("test_support", text, file.path)
        elif other := _hidden(file.path, code, held):
            text = f"May be taken by tests in place of {shown(other)}."
            yield Finding("shadows", text, file.path)


class _Tree:
    """Every path after the change, sorted out once however many files are looked at."""

    def __init__(self, tree: Sequence[str]) -> None:
        self._tree = tree

    @cached_property
    def of_jvm(self) -> dict[str, list[tuple[int, str, str]]]:
        """Package and name of each class: (place in the tree, its source set, path)."""
        found: dict[str, list[tuple[int, str, str]]] = {}
        for place, path in enumerate(self._tree):
            if match := _JVM.search(path):
                found.setdefault(match["name"], []).append((place, match["set"], path))
        return found

    @cached_property
    def ruby(self) -> dict[str, list[str]]:
        """Paths of Ruby by their names without the ending."""
        found: dict[str, list[str]] = {}
        for path in self._tree:
            if path.endswith(".rb"):
                found.setdefault(posixpath.basename(path)[:-3], []).append(path)
        return found

    def has_ruby(self, name: str, but: str) -> bool:
        """Whether there is another file of that name."""
        found = self.ruby.get(name, [])
        return len(found) > 1 or (len(found) == 1 and found[0] != but)

    @cached_property
    def subjects(self) -> set[str]:
        """What tests of Ruby are called for."""
        return {subject for stem in self.ruby if (subject := _subject(stem))}


def _hidden(path: str, code: str, tree: _Tree) -> str:
    """What a class that is defined in a new file stands before."""
    if not path.endswith(_JVM_ENDS):
        return ""
    place, code = _JVM.search(path), without_comments(JAVA, code)
    names = list(dict.fromkeys(_CLASS.findall(code)))
    if runner := next((name for name in names if name in _OF_RUNNERS), ""):
        return f"{runner} of the test runner"
    if place is None:
        return ""
    package = _PACKAGE.search(code)
    folder = package[1].replace(".", "/") if package else ""
    own = {f"{folder}/{name}".lstrip("/") for name in names}
    others = [other for name in own for other in tree.of_jvm.get(name, [])]
    return min((each for each in others if each[1] != place["set"]), default=(0, "", ""))[2]


def _class_again(path: str, code: str, tree: _Tree) -> str:
    """A class of Ruby that another file of the tree is named for, or that holds tests and says no
    class above it: it is one that is there."""
    own = _subject(posixpath.basename(path)[:-3])
    for match in _RUBY_CLASS.finditer(code):
        name = _underscored(match[2].split("::")[-1])
        subject, is_there = _subject(name), tree.has_ruby(name, path)
        if (
            (subject != own and subject in tree.subjects)
            if subject
            else (not match["of"] and is_there)
        ):
            return f"the class {match[2]}"
        if not match["of"] and _holds_tests(code, match):
            return f"the class {match[2]}"
    given = (_underscored(name) for name in _RUBY_GIVEN.findall(code))
    return next((f"the name {name}" for name in given if tree.has_ruby(name, path)), "")


def _subject(stem: str) -> str:
    """What test_a, a_test and a_spec are tests of; empty where a name is no test's."""
    match = _RUBY_TEST.match(stem)
    return "" if match is None else match["a"] or match["b"]


def _holds_tests(code: str, match: re.Match[str]) -> bool:
    body = re.compile(rf"\n{match['in']}end\b").split(code[match.end() :], maxsplit=1)[0]
    return re.search(r"^[ \t]*def test_\w", body, re.MULTILINE) is not None


def _underscored(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _method_again(code: str, tree: _Tree, read: Read | None) -> str:
    """A method that stands in no class, here and in a file that is required."""
    mine = set(_RUBY_DEF.findall(code))
    if not mine or read is None:
        return ""
    for need in _RUBY_NEEDS.findall(code)[:_MOST_NEEDS]:
        tail = posixpath.normpath(need.removesuffix(".rb")).lstrip("./") + ".rb"
        named = tree.ruby.get(posixpath.basename(tail)[:-3], [])
        for path in [each for each in named if each == tail or each.endswith(f"/{tail}")][:3]:
            if same := mine & set(_RUBY_DEF.findall(text_of(read(path)))):
                return f"the method {min(same)} of {shown(path)}"
    return ""
