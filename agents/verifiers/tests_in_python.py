"""Tests of a Python file, by its syntax tree."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agents.verifiers.tests_in_base import Test
from agents.verifiers.tests_in_python_checks import Counting, is_never
from agents.verifiers.tests_in_python_skips import Function, Skips

_PATH = re.compile(r"(?:^|/)(?:test[^/]*|[^/]*_tests?)\.py$|(?:^|/)tests?/(?:.*/)?[^/]+\.py$")
_CASES = re.compile(r"parametri[sz]e|parameterized|\b(?:data|expand|example)$")
_MOST_CASES = 100_000


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where tests stand: what skips all of them, and over how many cases each runs."""

    prefix: str = ""
    why: str = ""
    cases: int = 1


def is_python_test(path: str) -> bool:
    """Whether a Python file of this name may hold tests."""
    return _PATH.search(path) is not None


def python_tests(text: str) -> dict[str, Test] | None:
    """Tests by name, classes before a dot; None when it cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in the source are not our business
            return _Reader(ast.parse(text)).tests()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Reader:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._skips = Skips(tree)
        self._counting = Counting(tree)

    def tests(self) -> dict[str, Test]:
        return self._of(self._tree.body, _Scope(why=self._skips.of_block(self._tree.body)))

    def _of(self, body: Sequence[ast.stmt], scope: _Scope) -> dict[str, Test]:
        """Later definitions replace earlier ones of the same name, as they do when it runs."""
        found: dict[str, Test] = {}
        for node in body:
            for name in _overwritten(node):
                _forget(found, scope.prefix + name)
            if isinstance(node, Function):
                if node.name.startswith("test"):
                    found[scope.prefix + node.name] = self._test(node, scope)
            elif isinstance(node, ast.ClassDef):
                if _is_collected(node):
                    found.update(self._of(node.body, self._inner(node, scope)))
            elif isinstance(node, ast.If | ast.Try | ast.With):
                found.update(self._nested(node, scope))
        return found

    def _nested(self, node: ast.If | ast.Try | ast.With, scope: _Scope) -> dict[str, Test]:
        if not isinstance(node, ast.If):
            return self._of(node.body, scope)
        why = scope.why or f"only if {ast.unparse(node.test)}"
        first = {} if is_never(node.test) else self._of(node.body, replace(scope, why=why))
        return {**first, **self._of(node.orelse, replace(scope, why=why))}

    def _inner(self, node: ast.ClassDef, scope: _Scope) -> _Scope:
        skips = self._skips
        why = scope.why or skips.in_marks(node.decorator_list) or skips.of_block(node.body)
        cases = min(scope.cases * _cases(node.decorator_list), _MOST_CASES)
        return _Scope(f"{scope.prefix}{node.name}.", why, cases)

    def _test(self, node: Function, scope: _Scope) -> Test:
        why = scope.why or self._skips.in_marks(node.decorator_list)
        why = why or self._skips.in_body(node.body)
        counted = self._counting.of(node.body)
        return Test(
            counted.checks, bool(why), node.lineno,
            cases=min(scope.cases * _cases(node.decorator_list), _MOST_CASES),
            muted=counted.muted, why=why, details=tuple(counted.details),
            body="\n".join(ast.unparse(each) for each in _without_words(node.body)),
        )  # fmt: skip


def _is_collected(node: ast.ClassDef) -> bool:
    """By pytest's rule, or as it may be a TestCase; a `__init__` keeps pytest away."""
    if node.bases:
        return [ast.unparse(base) for base in node.bases] != ["object"]
    makes = any(isinstance(each, Function) and each.name == "__init__" for each in node.body)
    return "test" in node.name.lower() and not makes


def _overwritten(node: ast.AST) -> Iterator[str]:
    """Names that a statement gives another value or removes, a class's own after a dot."""
    if isinstance(node, Function | ast.ClassDef):
        yield node.name  # what stands inside is its own
        return
    if isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        yield ast.unparse(node)
    for child in ast.iter_child_nodes(node):
        yield from _overwritten(child)


def _forget(found: dict[str, Test], name: str) -> None:
    """Take out a test, or all tests of a class."""
    for each in [each for each in found if each == name or each.startswith(name + ".")]:
        del found[each]


def _cases(decorators: Sequence[ast.expr]) -> int:
    """How many cases literal lists in `parametrize` and the like make."""
    cases = 1
    for node in decorators:
        if isinstance(node, ast.Call) and _CASES.search(ast.unparse(node.func)):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            lists = [each for each in given if isinstance(each, ast.List | ast.Tuple)]
            cases *= max((len(each.elts) for each in lists), default=1)
    return cases


def _without_words(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """The statements without a docstring."""
    first = body[0] if body else None
    is_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_doc else body
