"""What a repository itself calls a test of Python: pytest's settings, read from the base.

They hold while one change is looked at, and are asked for by names alone in many places; so they
are kept beside, not handed through.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from configparser import ConfigParser, Error
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from typing import Any

Read = Callable[[str], bytes | None]
_HOLDERS = (
    ("pytest.ini", "pytest"), (".pytest.ini", "pytest"), ("tox.ini", "pytest"),
    ("pyproject.toml", "tool.pytest.ini_options"), ("setup.cfg", "tool:pytest"),
    ("pytest.toml", "pytest"),
)  # fmt: skip
_KEYS = ("python_files", "python_classes", "python_functions", "testpaths")
_USUAL = {"test_*.py", "*_test.py", "tests.py", "test*.py"}
_EVERY = {"*.py", "*"}
_MOST_FOLDERS, _MOST_WORDS = 12, 40
_FUNCTION = re.compile(
    r"^(?P<how>[ \t]*(?:async +)?def +)(?P<name>[A-Za-z]\w*)(?= *[(\[])", re.MULTILINE
)
_CLASS = re.compile(r"^(?P<how>[ \t]*class +)(?P<name>[A-Za-z]\w*)(?= *[(:\[])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Conventions:
    """Patterns as pytest has them; empty where the usual ones hold."""

    files: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    def names(self, path: str) -> bool:
        """Whether a file is a test by its name. A pattern that every file of Python fits tells so
        only in the folders in which tests are looked for."""
        return any(
            _fits(path, pattern) and (pattern not in _EVERY or self._is_below(path))
            for pattern in self.files
        )

    def _is_below(self, path: str) -> bool:
        return any(path.startswith(f"{folder}/") for folder in self.folders)

    def as_usual(self, text: str) -> str:
        """A source with the tests of the repository's own names called as they usually are, so that
        all that reads it need not know; lines stay where they are."""
        if self.functions:
            text = _FUNCTION.sub(lambda m: _renamed(m, "test_", self.functions), text)
        return (
            _CLASS.sub(lambda m: _renamed(m, "Test", self.classes), text) if self.classes else text
        )


_USUALLY = Conventions()
_now: ContextVar[Conventions] = ContextVar("conventions", default=_USUALLY)


@contextmanager
def in_force(conventions: Conventions) -> Iterator[None]:
    token = _now.set(conventions)
    try:
        yield
    finally:
        _now.reset(token)


def is_named_here(path: str) -> bool:
    """Whether the repository's own settings make a test of a file of this name."""
    return path.endswith(".py") and _now.get().names(path)


def as_usual(content: bytes) -> bytes:
    """A source of Python with its tests called as they usually are."""
    now = _now.get()
    if not (now.functions or now.classes):
        return content
    return now.as_usual(content.decode("utf-8", "surrogateescape")).encode(
        "utf-8", "surrogateescape"
    )


def may_stand_anywhere() -> bool:
    """Whether any file of Python may hold tests, so that only what it holds tells."""
    now = _now.get()
    return not now.folders and not _EVERY.isdisjoint(now.files)


def conventions_of(
    paths: Iterable[str], checks: Sequence[Sequence[str]], read: Read | None
) -> Conventions:
    """paths: the changed files; settings are looked for in the folders above those of Python."""
    found: dict[str, list[str]] = {key: [] for key in _KEYS}
    python = [path for path in paths if path.endswith(".py")]
    for folder in _folders(python) if read else ():
        for name, section in _HOLDERS:
            for key, words in _said(name, section, read(f"{folder}{name}") if read else None):
                at = folder if key == "testpaths" else ""
                found[key] += [f"{at}{word}".rstrip("/").removeprefix("./") for word in words]
    if python:
        found["python_files"] += _of_unittest(checks)
    files = [each for each in found["python_files"] if each not in _USUAL]
    functions = [each for each in found["python_functions"] if not each.startswith("test")]
    classes = [each for each in found["python_classes"] if not each.startswith("Test")]
    return Conventions(*(tuple(dict.fromkeys(each[:_MOST_WORDS])) for each in (
        files, classes, functions, found["testpaths"],
    )))  # fmt: skip


def _folders(paths: Sequence[str]) -> list[str]:
    """The folders above, the nearest to the top first, each with a slash behind it."""
    above = {"", *("/".join(path.split("/")[:n]) + "/" for path in paths[:500]
                   for n in range(1, min(path.count("/"), 4) + 1))}  # fmt: skip
    return sorted(above, key=lambda each: (each.count("/"), each))[:_MOST_FOLDERS]


def _said(name: str, section: str, content: bytes | None) -> Iterator[tuple[str, list[str]]]:
    text = (content or b"")[: 256 * 1024].decode("utf-8", "replace")
    held = _toml(text, section) if name.endswith(".toml") else _ini(text, section)
    for key in _KEYS:
        value = held.get(key)
        if isinstance(value, str):
            yield key, value.split()
        elif isinstance(value, list):
            yield key, [str(each) for each in value]


def _toml(text: str, section: str) -> dict[str, Any]:
    try:
        held: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    for step in section.split("."):
        held = held.get(step) if isinstance(held, dict) else None
    return held if isinstance(held, dict) else {}


def _ini(text: str, section: str) -> dict[str, Any]:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except (Error, ValueError):
        return {}
    return dict(parser[section]) if parser.has_section(section) else {}


def _of_unittest(checks: Sequence[Sequence[str]]) -> Iterator[str]:
    """The pattern that `unittest discover -p` is given, and pytest's `-o python_files=`."""
    for argv in checks:
        words = [word for each in argv for word in _split(each)]
        for word, after in zip(words, [*words[1:], ""], strict=True):
            if word in ("-p", "--pattern") and "unittest" in words and "*" in after:
                yield after
            elif word.startswith(("--pattern=", "python_files=")):
                yield word.partition("=")[2]


def _split(word: str) -> list[str]:
    try:
        return shlex.split(word) if " " in word else [word]
    except ValueError:
        return [word]


def _fits(path: str, pattern: str) -> bool:
    """As pytest has it: a pattern without a folder is one of the name."""
    if "/" in pattern:
        return fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}")
    return fnmatchcase(path.rpartition("/")[2], pattern)


def _renamed(match: re.Match[str], usual: str, patterns: Sequence[str]) -> str:
    name = match["name"]
    is_usual = name.lower().startswith("test")
    is_one = any(
        re.match(translate(each), name) if re.search(r"[*?\[]", each) else name.startswith(each)
        for each in patterns
    )
    return match["how"] + (f"{usual}{name}" if is_one and not is_usual else name)
