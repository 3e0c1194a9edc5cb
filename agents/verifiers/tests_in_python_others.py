"""Tests of other files that Python test code takes hold of, and marks that it sets by hand.

A test class or function of another file may be a base, no more: whatever it is handed to may skip
it, or make it expect its own failure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.verifiers.tests_in_python_made import bindings
from agents.verifiers.tests_in_python_names import Function, Names
from agents.verifiers.tests_in_python_nodes import nodes_of

_MODULE = re.compile(r"\.*(?:.*\.)?(?:test_\w+|\w+_tests?|tests)$")
_HELPERS = re.compile(
    r".*test_(?:utils?|helpers?|support|base|cases?|data|lib|common|tools?|settings|factor\w+)$"
)
_IS_TEST = re.compile(r"test_|test$|\w*Test")
_SUBMODULE = re.compile(r"(?:\w+\.)*tests?\.(?:\w+\.)*test_\w+(?:\.|$)")
_ASKS = {"isinstance", "issubclass", "super"}
_MARK = re.compile(r"(?:_?pytest|_pytest\.mark)(?:\.structures)?\.mark\.\w+$")
_DECORATES = re.compile(
    r"(?:django\.test\.(?:utils\.)?)?(?:override|modify)_settings$"
    r"|unittest\.(?:case\.)?(?:skip|skipIf|skipUnless|expectedFailure)$"
    r"|(?:unittest\.)?mock\.patch(?:\.\w+)?$|unittest\.mock\._patch\w*$"
)
_AT_ONCE = re.compile(r"unittest\.(?:case\.)?expectedFailure$")
_BY_HAND = {"decorate_class", "decorate_callable", "decorate_async_callable"}
_THROUGH = {
    "map", "filter", "functools.partial", "functools.reduce", "itertools.starmap", "max", "min",
    "sorted", "functools.partialmethod",
}  # fmt: skip
_LISTS = ast.List | ast.Tuple | ast.Set | ast.Dict | ast.IfExp | ast.BoolOp | ast.Starred


class Others:
    """Of one file."""

    def __init__(self, tree: ast.Module, names: Names) -> None:
        self._names = names
        self._modules = {m: n for node in nodes_of(tree) for m, n in _taken(node)}
        self._tests = {m for m, name in self._modules.items() if _IS_TEST.match(name)}
        self._spaces: set[str] = set()
        self._marks: set[str] = set()
        self._makers: set[str] = set()
        self._values = [pair for node in nodes_of(tree) for pair in _values(node)]
        self._follow(tree)
        self._called = {c.func.id for c in _by_hand(tree) if isinstance(c.func, ast.Name)}

    def held_by(self, node: ast.AST) -> str:
        """What a statement does with tests of others, in words; empty when it is harmless."""
        allowed = {id(each) for part in ast.walk(node) for each in _plain_uses(part)}
        for each in ast.walk(node):
            if isinstance(each, ast.ImportFrom) and _all_of(each):
                return f"takes everything of {each.module}, a file of tests"
            if self._is_test(each) and id(each) not in allowed:
                return f"takes hold of {ast.unparse(each)[:60]}, a test of another file"
        return self._marked_by(node)

    def _is_test(self, node: ast.AST) -> bool:
        if not (isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)):
            return False
        if isinstance(node, ast.Name):
            return node.id in self._tests
        is_far = isinstance(node.value, ast.Name) and node.value.id in self._modules
        path = self._names.dotted(node)
        is_said = ".test_" in ast.unparse(node) and self._names.is_imported(node)
        is_below = is_said and bool(_SUBMODULE.match(path))
        return is_below or (is_far and node.attr.startswith("test"))

    def _marked_by(self, node: ast.AST) -> str:
        """A mark or a patcher that is called on a thing, and not written above it."""
        lent = {id(each) for part in ast.walk(node) for each in self._lent(part)}
        for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
            given = [each for each in call.args if id(each) not in lent]
            path = self._names.dotted(call.func)
            through = path in _THROUGH and any(map(self._is_mark, given))
            if through or (given and self._applies(call, given, path)):
                return f"marks or patches by a call: `{ast.unparse(call)[:60]}`"
        return ""

    def _applies(self, call: ast.Call, given: list[ast.expr], path: str) -> bool:
        """Whether a call sets a mark on what it is given, or makes one to be set."""
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr in _BY_HAND:
            return True
        if _AT_ONCE.match(path) or (isinstance(func, ast.Call) and self._is_mark(func)):
            return True
        if len(call.args) != 1 or call.keywords:
            return False
        is_held = self._key(func) in self._marks and not isinstance(given[0], ast.Constant)
        return (is_held or self._is_of_pytest(func)) and self._is_thing(given[0])

    def _is_of_pytest(self, node: ast.expr) -> bool:
        of_space = isinstance(node, ast.Attribute) and self._key(node.value) in self._spaces
        return of_space or bool(_MARK.match(self._names.dotted(node)))

    def _is_mark(self, node: ast.expr) -> bool:
        """Whether an expression is a mark, a patcher, or what makes one."""
        if isinstance(node, ast.Call):
            of_maker = self._key(node.func) in self._makers
            return of_maker or self._is_mark(node.func)
        if isinstance(node, _LISTS):
            return any(
                isinstance(each, ast.expr) and self._is_mark(each)
                for each in ast.iter_child_nodes(node)
            )
        if isinstance(node, ast.Subscript):
            return self._is_mark(node.value)
        if isinstance(node, ast.Lambda):
            return False
        is_known = bool(_DECORATES.match(self._names.dotted(node))) or self._is_of_pytest(node)
        return is_known or self._key(node) in self._marks

    def _is_thing(self, node: ast.expr, depth: int = 0) -> bool:
        """Whether a value may be a test, and is no number, text or condition."""
        if isinstance(node, ast.Call):
            return getattr(node.func, "id", "") in ("getattr", "type", "next")
        if isinstance(node, ast.Name) and depth < 3:
            held = [value for key, value in self._values if key == node.id]
            if node.id in self._called or not held:
                return not node.id.isupper()
            return any(self._is_thing(each, depth + 1) for each in held)
        if isinstance(node, ast.List | ast.Tuple) and depth:
            return any(self._is_thing(each, depth) for each in node.elts)
        if isinstance(node, ast.Attribute):
            return not node.attr.isupper()
        return isinstance(node, ast.Subscript)

    def _follow(self, tree: ast.Module) -> None:
        """Names under which the file has marks, and functions of its own that give one back."""
        functions = [each for each in nodes_of(tree) if isinstance(each, Function)]
        before = -1
        while before != (before := len(self._marks) + len(self._makers) + len(self._spaces)):
            for key, value in self._values:
                if self._names.dotted(value) == "pytest.mark" or self._key(value) in self._spaces:
                    self._spaces.add(key)
                elif self._is_mark(value):
                    self._marks.add(key)
            for node in functions:
                if node.name not in self._makers and any(map(self._gives_mark, ast.walk(node))):
                    self._makers.add(node.name)

    def _gives_mark(self, node: ast.AST) -> bool:
        is_end = isinstance(node, ast.Return | ast.Yield) and node.value is not None
        return is_end and self._is_mark(node.value)  # type: ignore[attr-defined]

    def _lent(self, node: ast.AST) -> Iterator[ast.Name]:
        """What a decorator of the file's own is handed, where nothing but `@` calls it."""
        if not isinstance(node, Function) or node.name.startswith("test"):
            return
        if node.name in self._called or node.decorator_list:
            return
        given = {each.arg for each in (*node.args.posonlyargs, *node.args.args)}
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and each.id in given:
                yield each

    @staticmethod
    def _key(node: ast.expr) -> str:
        return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def _taken(node: ast.AST) -> Iterator[tuple[str, str]]:
    """(name here, name there) of what an import takes from a file of tests."""
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        if _MODULE.match(module) and not _HELPERS.match(module):
            yield from ((each.asname or each.name, each.name) for each in node.names)


def _all_of(node: ast.ImportFrom) -> bool:
    return any(name == "*" for _, name in _taken(node))


def _plain_uses(node: ast.AST) -> Iterator[ast.AST]:
    """A test as a base, in an annotation, or where it is asked what something is."""
    held: list[ast.AST | None] = []
    if isinstance(node, ast.ClassDef):
        held += [each for each in node.bases if isinstance(each, ast.Name | ast.Attribute)]
    elif isinstance(node, ast.arg | ast.AnnAssign):
        held.append(node.annotation)
    elif isinstance(node, Function):
        held.append(node.returns)
    elif isinstance(node, ast.Call):
        first = getattr(node.args[0], "id", "") if node.args else ""
        if getattr(node.func, "id", "") in _ASKS:
            held += node.args
        elif isinstance(node.func, ast.Attribute) and first in ("self", "cls"):
            held.append(node.func)  # `AddTest.setUp(self)`, as a base is called
    for each in held:
        yield from ast.walk(each) if each is not None else ()


def _values(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """(name or attribute, value) of what a node binds; what `with` enters is another thing."""
    if isinstance(node, ast.withitem):
        return
    for target, value in bindings(node):
        names = [target] if not isinstance(target, ast.Tuple | ast.List) else target.elts
        yield from (
            (ast.unparse(e), value) for e in names if isinstance(e, ast.Name | ast.Attribute)
        )


def _by_hand(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that are no decorators."""
    marks = {id(each) for node in nodes_of(tree) for each in getattr(node, "decorator_list", [])}
    for node in nodes_of(tree):
        if isinstance(node, ast.Call) and id(node) not in marks:
            yield node
