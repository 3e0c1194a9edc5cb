"""The nodes of a syntax tree, gone through once however many look at them."""

from __future__ import annotations

import ast
from functools import lru_cache


@lru_cache(maxsize=4)
def nodes_of(tree: ast.AST) -> tuple[ast.AST, ...]:
    """As `ast.walk`; for whole trees, which nothing here changes once they are read."""
    return tuple(ast.walk(tree))
