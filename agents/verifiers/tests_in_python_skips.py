"""What keeps tests of a Python file from running, or from turning red."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from agents.verifiers.tests_in_python_nodes import nodes_of

Function = ast.FunctionDef | ast.AsyncFunctionDef
_MARKS = {"skip", "skipIf", "skipUnless", "skipif", "xfail", "expectedFailure", "flaky"}
_SURE = {"skipTest", "SkipTest", "importorskip"}  # names that mean nothing else
_OF_MODULE = {"skip", "xfail", "exit"}  # pytest.skip(), not reader.skip()
_MODULES = {"pytest", "unittest"}
_SET_UPS = {"setUp", "setUpClass", "setUpModule", "asyncSetUp", "setup"}
_COLLECTION = {"collect_ignore", "collect_ignore_glob"}
_SHOWN = 60


def targets_of(node: ast.stmt) -> list[ast.expr]:
    """What a statement assigns to or deletes."""
    if isinstance(node, ast.Assign | ast.Delete):
        return list(node.targets)
    return [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []


class Skips:
    """Finds skips in one module, under whatever names it imports them."""

    def __init__(self, tree: ast.Module) -> None:
        self._modules = set(_MODULES)
        self._calls: set[str] = set()  # names that skip when called
        self._names: set[str] = set()  # names that hold a mark which skips
        for node in nodes_of(tree):
            if isinstance(node, ast.Import):
                self._modules |= {a.asname for a in node.names if a.name in _MODULES and a.asname}
            elif isinstance(node, ast.ImportFrom) and node.module in _MODULES:
                both = _OF_MODULE | _MARKS | _SURE
                self._calls |= {a.asname or a.name for a in node.names if a.name in both}
        for statement in tree.body:
            if isinstance(statement, ast.Assign) and self._mark_in(statement.value):
                self._names |= {t.id for t in statement.targets if isinstance(t, ast.Name)}

    def in_marks(self, decorators: Iterable[ast.expr]) -> str:
        """The first decorator that skips, as it stands; empty when none does."""
        return next((_told(each) for each in decorators if self._mark_in(each)), "")

    def in_body(self, body: Iterable[ast.stmt]) -> str:
        """The first call or raise in the statements that skips."""
        for statement in body:
            for node in ast.walk(statement):
                if self._is_skip(node):
                    return _told(node)
        return ""

    def of_block(self, body: Sequence[ast.stmt]) -> str:
        """What of a module's or class's own statements, or its set-up, skips all tests in it."""
        for node in body:
            if isinstance(node, Function):
                if self._is_set_up(node) and (why := self.in_body(node.body)):
                    return f"{why} in {node.name}"
            elif why := self._of_statement(node):
                return why
        return ""

    def _of_statement(self, node: ast.stmt) -> str:
        if isinstance(node, ast.ClassDef | ast.Import | ast.ImportFrom):
            return ""
        names = {target.id for target in targets_of(node) if isinstance(target, ast.Name)}
        value = getattr(node, "value", None)
        if "__test__" in names and isinstance(value, ast.Constant) and not value.value:
            return "__test__ = False"
        if names & _COLLECTION:
            return _told(node)
        if names:  # a mark that is only given a name is seen where it is used
            marked = "pytestmark" in names and value is not None and self._mark_in(value)
            return _told(node) if marked else ""
        own = [n for n in ast.walk(node) if isinstance(n, Function)]
        inner = {id(each) for function in own for each in ast.walk(function)}
        return next(
            (_told(n) for n in ast.walk(node) if id(n) not in inner and self._is_skip(n)), ""
        )

    @staticmethod
    def _is_set_up(node: Function) -> bool:
        decorators = " ".join(ast.unparse(each) for each in node.decorator_list)
        is_fixture = "fixture" in decorators and "autouse" in decorators
        return is_fixture or node.name in _SET_UPS or node.name.startswith("setup_")

    def _mark_in(self, node: ast.AST) -> bool:
        for each in ast.walk(node):
            if isinstance(each, ast.Attribute) and each.attr in _MARKS:
                return True
            if isinstance(each, ast.Name) and each.id in _MARKS | self._names | self._calls:
                return True
        return False

    def _is_skip(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Raise):
            named = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        elif isinstance(node, ast.Call):
            named = node.func
        else:
            return False
        if isinstance(named, ast.Name):
            return named.id in _SURE | self._calls
        if not isinstance(named, ast.Attribute):
            return False
        of_module = isinstance(named.value, ast.Name) and named.value.id in self._modules
        return named.attr in _SURE or (of_module and named.attr in _OF_MODULE)


def _told(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
