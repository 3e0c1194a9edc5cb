"""What one assertion of a Python test demands: of which value, and how much."""

from __future__ import annotations

import ast
import re

from agents.verifiers.tests_in_base import Check

_LOOSE = ("approx", "isclose", "allclose", "assert_allclose", "assertAlmostEqual")
_SLACKS = {"rel", "abs", "rel_tol", "abs_tol", "rtol", "atol", "delta", "tol", "tolerance"}
_USUAL_SLACK = 1e-6  # of approx; enough to tell "exact" from "about"
_EQUALS = re.compile(r"assert(?:Is|(?:\w*[a-z])?Equals?)$")
# unittest's words: how they stand as expressions, which argument they look at, how much they demand
_WORDS = {
    "assertIsNone": ("{} is None", 0, 3), "assertIsNotNone": ("{} is not None", 0, 1),
    "assertTrue": ("{}", 0, 1), "assertFalse": ("not {}", 0, 2),
    "assertIsInstance": ("isinstance({}, {})", 0, 1), "assertIn": ("{} in {}", 1, 2),
    "assertNotIn": ("{} not in {}", 1, 2), "assertNotEqual": ("{} != {}", 0, 2),
    "assertIsNot": ("{} is not {}", 0, 2), "assertGreater": ("{} > {}", 0, 2),
    "assertGreaterEqual": ("{} >= {}", 0, 2), "assertLess": ("{} < {}", 0, 2),
    "assertLessEqual": ("{} <= {}", 0, 2),
}  # fmt: skip


def check_of(node: ast.expr) -> Check:
    """The check that an asserted expression, or a call that asserts, makes."""
    if isinstance(node, ast.Call):
        return _of_call(node)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _of_pair(node, node.ops[0], node.left, node.comparators[0])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return Check(_text(node), _text(node.operand), rank=2)
    return Check(_text(node), _text(node), rank=1)


def _of_call(node: ast.Call) -> Check:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else _text(node.func)
    if name in ("raises", "assertRaises", "assertRaisesRegex"):
        return _of_raises(node, name)
    if name == "isinstance" and len(node.args) == 2:
        return Check(_text(node), _text(node.args[0]), rank=1)
    if name == "assertTrue" and node.args and isinstance(node.args[0], ast.Compare):
        return check_of(node.args[0])
    if name in _LOOSE and len(node.args) >= 2:
        return _equal(node.args[0], node.args[1], _slack_in(node) or _USUAL_SLACK)
    if len(node.args) >= 2 and _EQUALS.match(name):
        return _equal(node.args[0], node.args[1], None)
    form, which, rank = _WORDS.get(name, ("", 0, 0))
    given = [_text(each) for each in node.args[: max(1, form.count("{}"))]]
    if form and len(given) == form.count("{}"):
        return Check(form.format(*given), given[which], rank=rank)
    return Check(_text(node))


def _of_raises(node: ast.Call, name: str) -> Check:
    kind = _text(node.args[0]) if node.args else ""
    told = name == "assertRaisesRegex" or any(each.arg == "match" for each in node.keywords)
    rank = (1 if kind in ("Exception", "BaseException") else 2) + told
    return Check(_text(node), "what is raised", kind, rank)


def _of_pair(node: ast.expr, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Check:
    if isinstance(op, ast.Eq) or (isinstance(op, ast.Is) and not _is_none(right)):
        return _equal(left, right, _slack_in(left) or _slack_in(right))
    subject = left if _has_call_or_name(left) else right
    if isinstance(op, ast.Is):
        return Check(_text(node), _text(subject), rank=3)
    rank = 1 if isinstance(op, ast.IsNot) and _is_none(right) else 2
    return Check(_text(node), _text(subject), rank=rank)


def _equal(left: ast.expr, right: ast.expr, slack: float | None) -> Check:
    first, second = (left, right) if _has_call_or_name(left) else (right, left)
    subject, value = _text(_exact(first)), _text(_exact(second))
    about = "==" if slack is None else "≈"
    return Check(f"{subject} {about} {value}", subject, value, 3, slack)


def _exact(node: ast.expr) -> ast.expr:
    """The value inside approx(...)."""
    is_about = isinstance(node, ast.Call) and _text(node.func).rpartition(".")[2] in _LOOSE
    return node.args[0] if is_about and isinstance(node, ast.Call) and node.args else node


def _slack_in(node: ast.expr) -> float | None:
    """The largest tolerance that a call names; the usual one where it names none."""
    found: float | None = None
    for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
        if _text(call.func).rpartition(".")[2] not in _LOOSE:
            continue
        given = [_tolerance(each) for each in call.keywords]
        found = max([found or 0.0, *(each for each in given if each is not None)])
        found = found or _USUAL_SLACK
    return found


def _tolerance(keyword: ast.keyword) -> float | None:
    value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if keyword.arg == "places":
        return 10.0 ** -min(max(value, -30), 30)
    return float(min(value, 10**300)) if keyword.arg in _SLACKS else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _has_call_or_name(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Name | ast.Call) for each in ast.walk(node))


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())
