"""Which names of a piece of Python code stand for things that it made, or was handed, itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from agents.verifiers.tests_in_python_names import Function, Names
from agents.verifiers.tests_in_python_nodes import nodes_of

_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
# Calls that may give back what they were handed.
_HAND_BACK = {
    "getattr", "max", "min", "next", "iter", "list", "tuple", "set", "dict", "sorted", "reversed",
    "filter", "map", "zip", "enumerate", "super", "cast", "nullcontext", "closing", "partial",
}  # fmt: skip
_PASSES = 4  # a name may be made of one that is made further below


def handed_on(tree: ast.Module, names: Names) -> frozenset[str]:
    """Names of the file's own functions, if it hands one of them, or a fixture, what it imported.

    Then nobody can tell from a function alone whether its arguments are things of its own.
    """
    local = {each.name for each in nodes_of(tree) if isinstance(each, Function)}
    for node in nodes_of(tree):
        given: list[ast.expr | None] = []
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in local:
            given = [*node.args, *(each.value for each in node.keywords)]
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            given = list(node.elts)
        elif isinstance(node, ast.Dict):
            given = list(node.values)
        elif isinstance(node, ast.Return | ast.Yield | ast.Assign):
            given = [node.value]
        if any(isinstance(each, ast.Name) and names.is_imported(each) for each in given):
            return frozenset(local | {""})
    return frozenset()


def made_in(node: ast.stmt, handed: frozenset[str] = frozenset()) -> set[str]:
    """Names of arguments and of values made here; what stood there before is none of them.

    handed: see `handed_on`; empty when arguments are things of their own.
    """
    own = {name for each in ast.walk(node) if isinstance(each, _FUNCTION) for name in _given(each)}
    own = own & {"self"} if handed else own
    pairs = [pair for each in ast.walk(node) for pair in bindings(each)]
    for _ in range(_PASSES):
        before = len(own)
        own |= {
            name for target, value in pairs if _is_made(value, own, handed) for name in _in(target)
        }
        if len(own) == before:
            break
    foreign = {
        n for target, value in pairs if not _is_made(value, own, handed) for n in _in(target)
    }
    return own - foreign  # a name that is given both is not trusted


def _given(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[str]:
    """Arguments, but for those with a default, and the class of a class method."""
    marks = [] if isinstance(node, ast.Lambda) else node.decorator_list
    of_class = any(ast.unparse(each).endswith("classmethod") for each in marks)
    given = [*node.args.posonlyargs, *node.args.args]
    plain = given[: len(given) - len(node.args.defaults)]
    asked = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    plain += [each for each, default in asked if default is None]
    plain += [each for each in (node.args.vararg, node.args.kwarg) if each]
    handed = plain[1 if of_class else 0 :]
    yield from (each.arg for each in handed if each.arg not in ("monkeypatch", "request"))


_BIND = {
    ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.withitem, ast.For, ast.AsyncFor,
    ast.comprehension,
}  # fmt: skip


def bindings_in(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """(target, value) of whatever gives names a value among nodes."""
    return (pair for each in nodes if each.__class__ in _BIND for pair in bindings(each))


def bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """(target, value) of whatever gives names a value."""
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, node.context_expr
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield node.target, node.iter


def _in(target: ast.expr) -> Iterator[str]:
    for each in ast.walk(target):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id


def _is_made(value: ast.expr, own: set[str], handed: frozenset[str]) -> bool:
    """Whether a value is new, or a part of what is."""
    if isinstance(value, ast.Await | ast.Starred):
        return _is_made(value.value, own, handed)
    if isinstance(value, ast.Call):
        name = getattr(value.func, "attr", getattr(value.func, "id", ""))
        if name == "type":
            return False
        if name and name not in _HAND_BACK | handed:
            return True
        given = [*value.args, *(each.value for each in value.keywords)]
        return all(_is_made(each, own, handed) for each in given)
    if isinstance(value, ast.Name):
        return value.id in own
    if isinstance(value, ast.Attribute):
        return not value.attr.startswith("__") and _is_made(value.value, own, handed)
    if isinstance(value, ast.Lambda):
        return True
    parts = [each for each in ast.iter_child_nodes(value) if isinstance(each, ast.expr)]
    loops = [each for each in ast.iter_child_nodes(value) if isinstance(each, ast.comprehension)]
    return all(_is_made(each, own, handed) for each in (*parts, *(each.iter for each in loops)))
