"""Which tests a source file holds, by language; used to tell what a change does to them.

Python is read by its syntax tree, other languages by their text. Where one side of a Python file
cannot be parsed, both sides are read as text, so that what is compared was counted alike.
"""

from __future__ import annotations

from agents.verifiers.tests_in_base import Check, Test
from agents.verifiers.tests_in_conventions import as_usual, is_named_here
from agents.verifiers.tests_in_python import is_python_test, python_tests
from agents.verifiers.tests_in_text import (
    PYTHON,
    groups,
    is_collected_name,
    language_by_ending,
    language_of,
    tests_by_shape,
)
from agents.verifiers.tests_in_text_languages import Language
from agents.verifiers.tests_in_text_only import only_in

__all__ = [
    "Check",
    "Test",
    "compared",
    "group_skips",
    "is_collected_name",
    "is_test_file",
    "language_by_ending",
    "language_of_test",
    "only_some",
    "tests",
]

_LOADED = (".rb", ".java", ".kt", ".groovy", ".scala")  # helpers too, whatever their names
_MOST_BYTES = 2 * 1024 * 1024
_MOST_PARSED = 512 * 1024  # a syntax tree takes some hundred times the memory of its source
Tests = dict[str, Test]


def is_test_file(path: str) -> bool:
    """Whether tests of a known language may stand in a file of this name."""
    return _is_python(path) or language_of(path) is not None


def _is_python(path: str) -> bool:
    return is_python_test(path) or is_named_here(path)


def language_of_test(path: str) -> Language | None:
    """The language of a file that belongs to the tests, whose runner may load it with them."""
    return language_of(path) or (language_by_ending(path) if path.endswith(_LOADED) else None)


def tests(path: str, content: bytes) -> Tests | None:
    """Tests by name; None when the file is no test file of a language that is known."""
    if len(content) > _MOST_BYTES:
        return None
    parsed = _parsed(path, content)
    return _by_text(path, content) if parsed is None else parsed


def compared(old_path: str, old: bytes | None, path: str, new: bytes | None) -> tuple[Tests, Tests]:
    """The tests of both sides of a file, counted by the same means; empty where there are none."""
    sides = [(old_path, (old or b"")[:_MOST_BYTES]), (path, (new or b"")[:_MOST_BYTES])]
    parsed = [_parsed(*side) for side in sides]
    if all(
        each is not None or not _is_python(side[0])
        for each, side in zip(parsed, sides, strict=True)
    ):
        read = [_by_text(*s) if p is None else p for p, s in zip(parsed, sides, strict=True)]
    else:
        read = [_by_text(*side) for side in sides]
    return read[0] or {}, read[1] or {}


def group_skips(path: str, content: bytes | None) -> list[tuple[int, str]]:
    """(line, what stands there) of what skips whole groups, in languages read by their text."""
    language = language_of(path)
    if language is None or content is None or len(content) > _MOST_BYTES:
        return []
    found = groups(language, _text(content))
    told = {line for line, _ in found}
    return [*found, *(each for each in only_in(language, _text(content)) if each[0] not in told)]


def only_some(path: str, content: bytes | None) -> list[tuple[int, str]]:
    """(line, what stands there) of what leaves out the tests of all other files."""
    language = language_of(path)
    if language is None or content is None or len(content) > _MOST_BYTES:
        return []
    return only_in(language, _text(content))


def _parsed(path: str, content: bytes) -> Tests | None:
    if not _is_python(path) or len(content) > _MOST_PARSED:
        return None
    return python_tests(_text(as_usual(content)))


def _by_text(path: str, content: bytes) -> Tests | None:
    if _is_python(path):
        return tests_by_shape(PYTHON, _text(as_usual(content)))
    language = language_of(path)
    return None if language is None else tests_by_shape(language, _text(content))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace").removeprefix("\ufeff")
