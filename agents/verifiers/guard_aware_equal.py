"""Python values that say themselves what they are equal to, whatever that is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.verifiers.tests_in_python_checks import is_always, is_never
from agents.verifiers.tests_in_python_names import Function, Names, folded
from agents.verifiers.tests_in_python_nodes import of_kinds

EQUAL = ("__eq__", "__ne__")
_ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
_VALUES = {"int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set", "frozenset"}
_VALUE_MODULES = re.compile(
    r"(?:decimal|_decimal|_pydecimal|fractions|enum|datetime|uuid|ipaddress|array|zoneinfo"
    r"|builtins|pathlib|collections)\.(?!abc\b)\w+$"
)
_CHANGES = {
    "setattr", "delattr", "__setattr__", "setdefault", "update", "append", "add", "extend",
    "insert", "__setitem__", "pop", "clear",
}  # fmt: skip
_SLACK = re.compile(r"(?i)eps|tol|delta|precision|prec$")
_MOST_SLACK = 0.01
_DEEP = 5
_UNEQUAL = ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.NotEq | ast.IsNot | ast.NotIn


class Equality:
    """Of the classes of one file."""

    def __init__(self, tree: ast.AST, names: Names) -> None:
        self._names = names
        nodes = of_kinds(tree, ast.ClassDef)
        self._classes = {each.name: each for each in nodes if isinstance(each, ast.ClassDef)}

    def of_class(self, node: ast.ClassDef) -> Iterator[str]:
        """Equality of a kind of plain value, and of what compares none of its fields."""
        base = self._value_base(node, 0)
        own = [e.name for e in node.body if isinstance(e, Function) and e.name in EQUAL]
        yield from (f"{name} of a kind of {base}" for name in own if base)
        if any("dataclass" in ast.unparse(each) for each in node.decorator_list) and not own:
            fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
            if fields and all(map(_is_left_out, fields)):
                yield "equality that compares no field"

    def _value_base(self, node: ast.ClassDef, depth: int) -> str:
        """A plain value that a class is a kind of, also by way of another; empty for none."""
        for base in node.bases:
            path = self._names.dotted(base)
            is_value = path.removeprefix("builtins.") in _VALUES or isinstance(base, ast.Call)
            if is_value or _VALUE_MODULES.match(path):
                return ast.unparse(base)
            local = self._classes.get(path)
            is_other = local is not None and local is not node and depth < _DEEP
            if local and is_other and (found := self._value_base(local, depth + 1)):
                return found
        return ""


def unequal(name: str, node: ast.FunctionDef) -> Iterator[str]:
    """A comparison that does not look at both sides, or looks at them for something else."""
    inside = [each for part in node.body for each in ast.walk(part)]
    values = [e.value for e in inside if isinstance(e, ast.Return) and e.value is not None]
    yield from (f"{name} that {told}" for told in _constant(name, node, values))
    if any(map(_changes, inside)):
        yield f"{name} that changes what it compares"
    if name not in EQUAL:
        return
    kinds = {id(each) for call in inside if _asks_kind(call) for each in ast.walk(call)}
    used = {e.id for e in inside if isinstance(e, ast.Name) and id(e) not in kinds}
    sides = {each.arg for each in node.args.args[:2]}
    if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in inside):
        yield f"{name} that is a generator"
    if not sides <= used and not any("super" in ast.unparse(each) for each in values):
        yield f"{name} that does not look at both sides"
    same = {id(each) for part in inside for each in _of_itself(part)}
    others = [each for each in values if id(each) not in same]
    if name == "__eq__" and any(_is_other(each, sides) for each in others):
        yield f"{name} that asks for something else than to be equal"


def _constant(name: str, node: ast.FunctionDef, values: list[ast.expr]) -> Iterator[str]:
    """Answers that are the same for everything; a thing is equal to itself."""
    same = {id(each) for part in ast.walk(node) for each in _of_itself(part)}
    for value in values:
        if name in ("__eq__", *_ORDER) and is_always(value) and id(value) not in same:
            yield "is always True"
        elif name == "__ne__" and is_never(value) and id(value) not in same:
            yield "is always False"


def _of_itself(node: ast.AST) -> Iterator[ast.expr]:
    """What is returned below `if self is other`, or below `if other is NotImplemented`."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
        parts = [node.test.left, *node.test.comparators]
        if isinstance(node.test.ops[0], ast.Is) and len({getattr(e, "id", "") for e in parts}) == 2:
            named = all(isinstance(each, ast.Name) for each in parts)
            ends = [e.value for e in node.body if named and isinstance(e, ast.Return)]
            yield from (each for each in ends if each is not None)


def _is_other(value: ast.expr, sides: set[str]) -> bool:
    """Whether an answer is an inequality, or may be a side itself."""
    match value:
        case ast.BoolOp():
            others = [_is_other(each, sides) for each in value.values]
            return any(others) if isinstance(value.op, ast.Or) else all(others)
        case ast.IfExp():
            return _is_other(value.body, sides) or _is_other(value.orelse, sides)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare() as inner):
            return any(isinstance(op, ast.Eq | ast.Is) for op in inner.ops)
        case ast.Compare():
            ends = [value.left, *value.comparators]
            same = ast.dump(ends[0]) == ast.dump(ends[-1])
            return same or (
                all(isinstance(op, _UNEQUAL) for op in value.ops) and not _is_about(value)
            )
        case ast.Name():
            return value.id in sides
    return False


def _is_about(value: ast.Compare) -> bool:
    """`abs(a - b) < 1e-9`, or less than what is called a tolerance."""
    least, most = value.left, value.comparators[-1]
    if isinstance(value.ops[-1], ast.Gt | ast.GtE):
        least, most = most, least
    if not (isinstance(least, ast.Call) and len(value.ops) == 1):
        return False
    limit = most.value if isinstance(most, ast.Constant) else None
    is_small = isinstance(limit, int | float) and limit <= _MOST_SLACK
    return is_small or bool(_SLACK.search(ast.unparse(most)))


def _changes(node: ast.AST) -> bool:
    """A side of a comparison that is given another value."""
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    held = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else "self."
    return name in _CHANGES and ("." in held or name.endswith("attr__"))


def _is_left_out(node: ast.AnnAssign) -> bool:
    call = node.value
    return isinstance(call, ast.Call) and any(
        each.arg == "compare" and is_never(each.value) for each in call.keywords
    )


def _asks_kind(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance"


def set_equal(node: ast.AST) -> Iterator[str]:
    """Equality that is given a class otherwise than by a method."""
    match node:
        case ast.FunctionDef(name=name) if name in (*EQUAL, *_ORDER):
            yield from unequal(name, node)
        case ast.AsyncFunctionDef(name=name) | ast.alias(asname=name) if name in EQUAL:
            yield f"{name}, which it sets"
        case ast.Subscript(value=ast.Call(func=ast.Name(id="locals")), ctx=ast.Store()):
            yield "locals(), which it sets"
        case ast.Constant() | ast.BinOp() if folded(node) in EQUAL:
            yield f"{folded(node)} as a text"
