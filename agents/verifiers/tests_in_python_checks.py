"""Counts the assertions of a Python test that can fail, and those that cannot."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.verifiers.tests_in_base import Check
from agents.verifiers.tests_in_python_checks_said import check_of
from agents.verifiers.tests_in_python_nodes import nodes_of

_PREFIXES = ("assert", "fail", "raises", "warns", "expect", "check", "verify")
_WIDE = {"AssertionError", "Exception", "BaseException"}
_ENDS = {"exit", "_exit", "quit", "abort"}
_MOST_DETAILS = 500
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Counted:
    """checks: that can fail; muted: that stand there and cannot; details: of the former."""

    checks: int = 0
    muted: int = 0
    details: list[Check] = field(default_factory=list)

    def add(self, other: Counted, times: int = 1, *, is_muted: bool = False) -> None:
        """Take over what was counted in a part, run so many times."""
        if is_muted or times == 0:
            self.muted += other.checks + other.muted
            return
        self.checks += other.checks * times
        self.muted += other.muted
        self.details += other.details[: max(0, _MOST_DETAILS - len(self.details))]


class Counting:
    """Counts in one module; what its own helpers assert counts where they are named."""

    def __init__(self, tree: ast.Module) -> None:
        functions = [node for node in nodes_of(tree) if isinstance(node, Function)]
        self._helpers = {f.name: f for f in functions if not f.name.startswith("test")}
        self._known: dict[str, Counted] = {}

    def of(self, body: Sequence[ast.stmt]) -> Counted:
        """Of statements that run one after the other; what follows an end of them cannot fail."""
        total, is_over = Counted(), False
        for node in body:
            total.add(self._of(node), is_muted=is_over)
            is_over = is_over or _ends(node)
        return total

    def _of(self, node: ast.stmt) -> Counted:
        if isinstance(node, Function | ast.ClassDef):
            return Counted()  # counted where its name is used
        if isinstance(node, ast.If | ast.While):
            return self._branches(node)
        if isinstance(node, ast.For | ast.AsyncFor):
            return self._loop(node)
        if isinstance(node, ast.Try | ast.TryStar):
            return self._attempt(node)
        if isinstance(node, ast.With | ast.AsyncWith):
            return self._within(node)
        if isinstance(node, ast.Match):
            total = self._said(node.subject)
            for case in node.cases:
                total.add(self.of(case.body))
            return total
        return self._said(node)

    def _branches(self, node: ast.If | ast.While) -> Counted:
        total = self._said(node.test)
        total.add(self.of(node.body), is_muted=is_never(node.test))
        total.add(self.of(node.orelse), is_muted=is_always(node.test))
        return total

    def _loop(self, node: ast.For | ast.AsyncFor) -> Counted:
        total = self._said(node.iter)
        literal = node.iter if isinstance(node.iter, ast.List | ast.Tuple | ast.Set) else None
        total.add(self.of(node.body), times=1 if literal is None else len(literal.elts))
        total.add(self.of(node.orelse))
        return total

    def _attempt(self, node: ast.Try | ast.TryStar) -> Counted:
        total = Counted()
        handlers = [self.of(handler.body) for handler in node.handlers]
        swallowed = any(
            _is_wide(handler.type) and not counted.checks and not _raises(handler.body)
            for handler, counted in zip(node.handlers, handlers, strict=True)
        )
        total.add(self.of(node.body), is_muted=swallowed)
        for counted in (*handlers, self.of(node.orelse), self.of(node.finalbody)):
            total.add(counted)
        return total

    def _within(self, node: ast.With | ast.AsyncWith) -> Counted:
        total, swallowed = Counted(), False
        for item in node.items:
            called = item.context_expr
            total.add(self._said(called))
            if isinstance(called, ast.Call) and _name(called.func) in ("suppress", "raises"):
                swallowed = swallowed or any(_is_wide(argument) for argument in called.args)
        total.add(self.of(node.body), is_muted=swallowed)
        return total

    def _said(self, node: ast.AST) -> Counted:
        """Of one statement or expression that holds no other statements."""
        total = Counted()
        if isinstance(node, ast.Assert):
            for part in _conjuncts(node.test):
                total.add(_asserted(part))
        for each in ast.walk(node):
            if isinstance(each, ast.Call) and _name(each.func) not in self._helpers:
                total.add(_called(each))
            elif (name := _name(each)) in self._helpers and isinstance(each, ast.expr):
                total.add(self._helper(name))
        if isinstance(node, ast.Raise) and "AssertionError" in ast.unparse(node):
            total.add(Counted(1))
        return total

    def _helper(self, name: str) -> Counted:
        if name not in self._known:
            self._known[name] = Counted()  # one that calls itself asserts nothing more by that
            self._known[name] = self.of(self._helpers[name].body)
        return self._known[name]


def is_never(test: ast.expr) -> bool:
    """Whether a condition is written so that it never holds."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return is_always(test.operand)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(is_never(value) for value in test.values)
    return isinstance(test, ast.Constant) and not test.value


def is_always(test: ast.expr) -> bool:
    """Whether a condition is written so that it always holds."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return is_never(test.operand)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(is_always(value) for value in test.values)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        is_same = ast.dump(test.left) == ast.dump(test.comparators[0])
        return is_same and isinstance(test.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE)
    if isinstance(test, ast.Tuple):
        return bool(test.elts)  # assert (x == 1, "why") is always true
    return isinstance(test, ast.Constant) and bool(test.value)


def _conjuncts(test: ast.expr) -> list[ast.expr]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [part for value in test.values for part in _conjuncts(value)]
    return [test]


def _asserted(test: ast.expr) -> Counted:
    if is_always(test) or _is_literal(test):
        return Counted(muted=1)
    return Counted(1, details=[check_of(test)])


def _called(node: ast.Call) -> Counted:
    name = _name(node.func).lower().lstrip("_")
    if not name.startswith(_PREFIXES):
        return Counted()
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    says_so = name.startswith("assert") and bool(given)
    same = len(given) > 1 and ast.dump(given[0]) == ast.dump(given[1])
    if says_so and (same or all(_is_literal(each) for each in given)):
        return Counted(muted=1)
    return Counted(1, details=[check_of(node)])


def _is_literal(node: ast.expr) -> bool:
    """Whether nothing that a program does can change it."""
    changing = ast.Name | ast.Attribute | ast.Call | ast.Await | ast.NamedExpr
    return not any(isinstance(each, changing) for each in ast.walk(node))


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_wide(types: ast.expr | None) -> bool:
    """Whether catching these catches a failed assertion."""
    return types is None or any(_name(each) in _WIDE for each in ast.walk(types))


def _raises(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(each, ast.Raise) for node in body for each in ast.walk(node))


def _ends(node: ast.stmt) -> bool:
    """Whether nothing after this statement runs."""
    if isinstance(node, ast.If):
        over = bool(node.body) and _ends(node.body[-1])
        return over and (is_always(node.test) or (bool(node.orelse) and _ends(node.orelse[-1])))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return _name(node.value.func) in _ENDS
    return isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break)
