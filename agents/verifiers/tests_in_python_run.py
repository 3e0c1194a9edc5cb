"""Calls that run what is not written in the file: a text, another file, a name made at run time."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from agents.verifiers.tests_in_python_names import folded
from agents.verifiers.tests_in_python_nodes import nodes_of

_BY_TEXT = {
    "timeit.timeit", "timeit.repeat", "timeit.Timer", "timeit.main", "cProfile.run", "profile.run",
    "cProfile.runctx", "profile.runctx", "pdb.run", "pdb.runeval",
}  # fmt: skip
_BY_NAME = {"runpy.run_module", "pkgutil.resolve_name"}
OF_A_THING = {"operator.attrgetter", "operator.methodcaller"}
_SETTERS = {"__setattr__", "__delattr__"}
# Attributes of sys, gc and the like that lead to every module, or to every test.
_FAR = {"modules", "meta_path", "path_hooks", "get_objects", "get_referrers", "_getframe"}


def run_by(path: str, node: ast.Call, made: Collection[str]) -> Iterator[str]:
    """What a call of that name runs, or looks up, that nobody can read here.

    made: see `put_together_in`.
    """
    given = [*node.args, *(each.value for each in node.keywords)]
    if path in _BY_TEXT:
        texts = [*node.args[:2], *(k.value for k in node.keywords if k.arg in ("stmt", "setup"))]
        if not all(isinstance(each, ast.Constant | ast.Lambda) for each in texts):
            yield f"{path} of what is no literal"
    elif path in _BY_NAME and not (given and isinstance(given[0], ast.Constant)):
        yield f"{path} of a computed name"
    yield from attribute_by(path, node, made)


def attribute_by(path: str, node: ast.Call, made: Collection[str]) -> Iterator[str]:
    """Attributes that are named by a text: computed, or one that sets others or leads far."""
    if path in OF_A_THING:
        names = node.args if path.endswith("attrgetter") else node.args[:1]
        if any(_is_computed(each) or getattr(each, "id", "") in made for each in names):
            yield f"{path} of a computed name"
        yield from (f"{path}({folded(each)!r})" for each in names if folded(each) in _FAR)
    for each in (*node.args, *(keyword.value for keyword in node.keywords)):
        if folded(each) in _SETTERS:
            yield f"{folded(each)} as a text"


def put_together_in(tree: ast.AST) -> set[str]:
    """Names that a file gives a text which it puts together."""
    return {
        each.id for node in nodes_of(tree)
        if isinstance(node, ast.Assign) and any(map(_is_part, ast.walk(node.value)))
        for each in node.targets if isinstance(each, ast.Name)
    }  # fmt: skip


def _is_part(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", "") in ("format", "join", "replace", "decode")
    if isinstance(node, ast.BinOp):
        return any(isinstance(getattr(each, "value", 0), str) for each in (node.left, node.right))
    return isinstance(node, ast.JoinedStr)


def _is_computed(node: ast.expr) -> bool:
    """Whether a text is made when it runs; a name, that may come from anywhere, is none."""
    return not isinstance(node, ast.Constant | ast.Name | ast.Attribute | ast.Starred)
