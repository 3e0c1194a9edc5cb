"""Calls that run what is not written in the file: a text, another file, a name made at run time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agents.verifiers.tests_in_python_names import folded

_BY_TEXT = {"timeit.timeit", "timeit.repeat", "timeit.Timer"}
_BY_NAME = {"runpy.run_module", "pkgutil.resolve_name"}
OF_A_THING = {"operator.attrgetter", "operator.methodcaller"}
_SETTERS = {"__setattr__", "__delattr__"}
# Attributes of sys, gc and the like that lead to every module, or to every test.
_FAR = {"modules", "meta_path", "path_hooks", "get_objects", "get_referrers", "_getframe"}


def run_by(path: str, node: ast.Call) -> Iterator[str]:
    """What a call of that name runs, or looks up, that nobody can read here."""
    given = [*node.args, *(each.value for each in node.keywords)]
    if path in _BY_TEXT:
        texts = [*node.args[:2], *(k.value for k in node.keywords if k.arg in ("stmt", "setup"))]
        if not all(isinstance(each, ast.Constant | ast.Lambda) for each in texts):
            yield f"{path} of what is no literal"
    elif path in _BY_NAME and not (given and isinstance(given[0], ast.Constant)):
        yield f"{path} of a computed name"
    yield from attribute_by(path, node)


def attribute_by(path: str, node: ast.Call) -> Iterator[str]:
    """Attributes that are named by a text: computed, or one that sets others or leads far."""
    if path in OF_A_THING:
        names = node.args if path.endswith("attrgetter") else node.args[:1]
        if any(_is_put_together(each) for each in names):
            yield f"{path} of a computed name"
        yield from (f"{path}({folded(each)!r})" for each in names if folded(each) in _FAR)
    for each in (*node.args, *(keyword.value for keyword in node.keywords)):
        if folded(each) in _SETTERS:
            yield f"{folded(each)} as a text"


def _is_put_together(node: ast.expr) -> bool:
    """Whether a text is made when it runs; a name, that may come from anywhere, is none."""
    return not isinstance(node, ast.Constant | ast.Name | ast.Attribute | ast.Starred)
