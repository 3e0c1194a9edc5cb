"""The nodes of a syntax tree, gone through once however many look at them."""

from __future__ import annotations

import ast
from functools import lru_cache

# Fields that never hold what anybody here looks for: texts, numbers, operators, contexts.
_PLAIN = {
    "id", "attr", "ctx", "op", "ops", "arg", "module", "level", "asname", "lineno", "is_async",
    "simple", "conversion", "kind", "type_comment", "tag",
}  # fmt: skip
_FIELDS: dict[type, tuple[str, ...]] = {}


@lru_cache(maxsize=4)
def nodes_of(tree: ast.AST) -> tuple[ast.AST, ...]:
    """As `ast.walk`, in its order, but without operators and contexts; several times as fast.

    For whole trees, which nothing here changes once they are read.
    """
    found = [tree]
    for node in found:  # grows as it goes
        kind = node.__class__
        if kind not in _FIELDS:
            _FIELDS[kind] = tuple(name for name in kind._fields if name not in _PLAIN)
        for name in _FIELDS[kind]:
            value = getattr(node, name, None)
            if value.__class__ is list:
                found += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return tuple(found)


@lru_cache(maxsize=4)
def _by_kind(tree: ast.AST) -> dict[type[ast.AST], list[ast.AST]]:
    found: dict[type[ast.AST], list[ast.AST]] = {}
    for node in nodes_of(tree):
        found.setdefault(node.__class__, []).append(node)
    return found


def of_kinds(tree: ast.AST, *kinds: type[ast.AST]) -> list[ast.AST]:
    """The nodes of exactly these kinds, in their order."""
    held = [kind for kind in kinds if kind in _by_kind(tree)]
    if len(held) <= 1:
        return list(_by_kind(tree)[held[0]]) if held else []
    return [node for node in nodes_of(tree) if node.__class__ in kinds]
