"""Whether a Python test file only gained tests: everything that stood there stands there unchanged.

What is not proved harmless counts as a change, whatever it does; there is no list of cheats here.
"""

from __future__ import annotations

import ast
import builtins
import codecs
import re
import unittest
import warnings
from collections.abc import Collection, Iterator, Sequence

from agents.verifiers.tests_in_python_more import has_more_rows, is_for_one_test, is_plain
from agents.verifiers.tests_in_python_nodes import nodes_of
from agents.verifiers.tests_in_python_reach import Reach
from agents.verifiers.tests_in_python_skips import Function, targets_of

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_UTF8 = {b"utf-8", b"utf8", b"utf-8-sig"}
_HOOKS = re.compile(
    r"__|pytest_|pytestmark$|load_tests$|collect_ignore|(?i:setup|teardown|asyncsetup|asyncteardown)"
)
_OF_CASES = set(dir(unittest.IsolatedAsyncioTestCase)) | {"client_class", "fixtures", "databases"}
_OF_PYTHON = set(dir(builtins))
_MOST_BYTES = 512 * 1024
_TOLD_BY_WORDS = (">>>", "PYTEST_")  # docstrings that are more than words


def difference(old: bytes, new: bytes, fixtures: Collection[str] | None = None) -> str:
    """What else than new tests changed, in words; empty when nothing else did.

    fixtures: names of those that stand above the file; None when they cannot be known.
    """
    before, after = tree_of(old), tree_of(new)
    if after is None:
        return "it cannot be read as Python in UTF-8"
    if before is None:
        return "it could not be read as Python in UTF-8 before"
    try:
        return _Comparing(before, after, fixtures).block(
            _flat(before.body), _flat(after.body), None
        )
    except RecursionError:
        return "it is nested too deep to be compared"


def tree_of(content: bytes) -> ast.Module | None:
    """The syntax tree, without docstrings; None for anything but plain UTF-8 of a fair size."""
    cookies = [
        _COOKIE.match(line) for line in content.removeprefix(codecs.BOM_UTF8).splitlines()[:2]
    ]
    said = [each[1].lower().replace(b"_", b"-") for each in cookies if each]
    if len(content) > _MOST_BYTES or not set(said) <= _UTF8:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content.decode().removeprefix("\ufeff"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Module | ast.ClassDef | Function):
                    _drop_docstring(node)
            return tree
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def names_in(tree: ast.AST) -> set[str]:
    """Every name that code may mean by a word: used, bound, imported, or said as a text."""
    found: set[str] = set()
    for node in nodes_of(tree):
        if isinstance(node, ast.alias):
            found |= {node.asname or node.name.split(".")[0], node.name}
        elif isinstance(node, ast.Constant):
            found |= {node.value} if isinstance(node.value, str) else set()
        else:
            for field in ("id", "attr", "arg", "name"):
                value = getattr(node, field, None)
                found |= {value} if isinstance(value, str) else set()
    return found


class _Comparing:
    """Against one file as it was."""

    def __init__(
        self, before: ast.Module, after: ast.Module, fixtures: Collection[str] | None
    ) -> None:
        self._reach = Reach(after, _shared(before))
        self._fixtures = fixtures
        self._taken = names_in(before)
        self._classes = {n.name: n for n in ast.walk(before) if isinstance(n, ast.ClassDef)}
        self._new: set[str] = set()

    def block(
        self, old: Sequence[ast.stmt], new: Sequence[ast.stmt], owner: ast.ClassDef | None
    ) -> str:
        """old must be found in new in its order, and what is more must be harmless."""
        left = [(each, ast.dump(each)) for each in old]
        place = 0
        for node in new:
            said = ast.dump(node)
            was, is_there = left[place] if place < len(left) else (None, "")
            if was is not None and (is_there == said or has_more_rows(was, node)):
                place += 1
            elif isinstance(was, ast.ClassDef) and _is_same_class(was, node):
                assert isinstance(node, ast.ClassDef)
                if why := self.block(was.body, node.body, was):
                    return f"in {node.name}, {why}"
                place += 1
            elif was is not None and _is_instead(was, node, said, left[place + 1 :]):
                break
            elif why := self._why_not(node, owner):
                return why
        return f"{_called(left[place][0])} is changed or gone" if place < len(left) else ""

    def _why_not(self, node: ast.stmt, owner: ast.ClassDef | None) -> str:
        """Why an added statement may matter to what was there; empty when it cannot."""
        names = list(_bound(node))
        if not names:
            return f"{_called(node)} is new"
        for name in names:
            if name in self._taken or name in self._new:
                return f"{name} has another meaning now"
            if name in _OF_PYTHON:
                return f"{name} is a word of Python, and has another meaning now"
            if name == "*" or (_HOOKS.match(name) and name != "pytest"):
                return f"{name} is new"
            if owner is not None and not self._is_own(name, owner):
                return f"{owner.name}.{name} may replace what its base holds"
        if isinstance(node, Function) and not self._is_harmless_head(node):
            return f"{node.name} is a new fixture, and others may get it"
        self._new |= set(names)
        return f"{names[0]} {told}" if (told := self._reach.of(node)) else ""

    def _is_harmless_head(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether it is no fixture, or one for single tests that nobody can have asked for yet."""
        if not any("fixture" in ast.unparse(each) for each in node.decorator_list):
            return True
        is_free = self._fixtures is not None and node.name not in self._fixtures
        return is_free and is_for_one_test(node)

    def _is_own(self, name: str, owner: ast.ClassDef) -> bool:
        """Whether a new method of a class can be told to replace nothing that it inherits."""
        if name in _OF_CASES or any(each.arg for each in owner.keywords):
            return False
        for base in owner.bases:
            word = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
            local = self._classes.get(word)
            if local is owner or not (local or word == "object" or word.endswith("TestCase")):
                return False
            if local is not None and not self._is_own(name, local):
                return False
        return True


def _shared(tree: ast.Module) -> set[str]:
    """Names to which the file itself gives a value."""
    targets = [t for each in tree.body for t in targets_of(each)]
    return {each.id for each in targets if isinstance(each, ast.Name)}


def _bound(node: ast.stmt) -> Iterator[str]:
    """Names that a statement of a harmless kind gives; none for any other kind."""
    if isinstance(node, Function | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (each.asname or each.name.split(".")[0] for each in node.names)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for each in targets:
            if isinstance(each, ast.Name) and each.id.isupper() and is_plain(node.value):
                yield each.id


def _flat(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements, each import as one of its own, so that a name more is an addition."""
    found: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.Import):
            found += [ast.Import([each]) for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [ast.ImportFrom(node.module, [each], node.level) for each in node.names]
        else:
            found.append(node)
    return found


def _is_same_class(was: ast.stmt, now: ast.stmt) -> bool:
    """Whether two classes differ in their bodies alone."""
    if not (isinstance(was, ast.ClassDef) and isinstance(now, ast.ClassDef)):
        return False
    heads = []
    for each in (was, now):
        parts = [*each.bases, *each.keywords, *each.decorator_list]
        heads.append(
            (each.name, [len(each.bases), len(each.keywords)], [ast.dump(p) for p in parts])
        )
    return heads[0] == heads[1]


def _is_instead(
    was: ast.stmt, now: ast.stmt, said: str, rest: Sequence[tuple[ast.stmt, str]]
) -> bool:
    """Whether a statement that stood there is missed: this one follows it, or has its name."""
    follows = any(said == each or _is_same_class(node, now) for node, each in rest)
    return follows or bool(set(_bound(was)) & set(_bound(now)))


def _called(node: ast.stmt) -> str:
    name = getattr(node, "name", "")
    text = name or " ".join(ast.unparse(node).split())
    return f"`{text if len(text) <= 60 else text[:59] + '…'}`"


def _drop_docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        words = first.value.value
        if isinstance(words, str) and not any(each in words for each in _TOLD_BY_WORDS):
            del node.body[0]
