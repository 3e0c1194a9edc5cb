"""Whether new Python test code reaches out of itself: what it would change for other tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agents.verifiers.tests_in_python_skips import Function

_CALLS = {
    "globals", "setattr", "delattr", "exec", "eval", "vars", "__import__", "import_module",
    "load_tests", "settrace", "setprofile",
}  # fmt: skip
_WORDS = {
    "_pytest", "sys.modules", "sys.meta_path", "gc.get_objects", "gc.get_referrers", "__builtins__",
    "__build_class__", "_getframe", "_exit", "__code__", "__globals__", "__subclasses__",
}  # fmt: skip
_ALIASES = ast.Name | ast.Attribute | ast.Subscript


def reaches_out(node: ast.stmt) -> str:
    """How, in words that follow a name; empty when nothing of the kind is seen."""
    for each in ast.walk(node):
        if isinstance(each, ast.Global):
            return f"sets {each.names[0]} of the file"
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name | ast.Attribute):
            name = each.func.id if isinstance(each.func, ast.Name) else each.func.attr
            if name in _CALLS and (isinstance(each.func, ast.Name) or name == "import_module"):
                return f"calls {name}"
        if word := _word(each):
            return f"reaches for {word}"
        if isinstance(each, Function) and (told := _own_head(each)):
            return told
        if isinstance(each, ast.ClassDef) and (told := _class_body(each)):
            return told
    return _patches(node)


def patches_at_top(tree: ast.Module) -> str:
    """What a new file of tests does to others, in words; empty when nothing of the kind is seen."""
    for node in tree.body:
        told = reaches_out(node)
        if told or (isinstance(node, Function) and node.name == "load_tests"):
            return told or "decides itself which tests are loaded"
    return ""


def _word(node: ast.AST) -> str:
    if isinstance(node, ast.alias) and node.name.split(".")[0] in {"_pytest", "gc"}:
        return node.name
    if isinstance(node, ast.Name) and node.id in _WORDS:
        return node.id
    if isinstance(node, ast.Attribute):
        chain = f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else node.attr
        return next((word for word in (chain, node.attr) if word in _WORDS), "")
    return ""


def _own_head(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Marks and defaults run when the file is read, outside the function."""
    head = [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]
    for each in (inner for part in head for inner in ast.walk(part)):
        if isinstance(each, ast.NamedExpr):
            return f"sets {each.target.id} of the file"
        if isinstance(each, ast.keyword) and each.arg in ("autouse", "name"):
            return f"is a fixture with {each.arg}, which other tests may get"
    return ""


def _class_body(node: ast.ClassDef) -> str:
    if node.keywords:
        return "is made by a metaclass"
    plain = Function | ast.ClassDef | ast.Assign | ast.AnnAssign | ast.Pass | ast.Expr
    other = next((each for each in node.body if not isinstance(each, plain)), None)
    return "" if other is None else "runs statements when the file is read"


def _patches(node: ast.stmt) -> str:
    """The first attribute or item that is set on something the code did not make itself."""
    inside = ast.walk(node)
    own = set(_made(node))
    for each in inside:
        if not isinstance(each, ast.Attribute | ast.Subscript):
            continue
        if isinstance(each.ctx, ast.Load):
            continue
        root: ast.expr = each
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if not (isinstance(root, ast.Name) and root.id in own):
            return f"sets `{ast.unparse(each)[:60]}`, which other tests see"
    return ""


def _made(node: ast.stmt) -> Iterator[str]:
    """Names that the code gives to what it was handed or made, not to what stood there before."""
    for each in ast.walk(node):
        if isinstance(each, ast.arg):
            yield each.arg
        elif isinstance(each, ast.Assign | ast.AnnAssign) and not isinstance(each.value, _ALIASES):
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            parts = (part for target in targets for part in ast.walk(target))
            yield from (
                p.id for p in parts if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Store)
            )
        elif isinstance(each, ast.withitem) and isinstance(each.optional_vars, ast.Name):
            yield each.optional_vars.id
        elif isinstance(each, ast.For | ast.comprehension):
            yield from (p.id for p in ast.walk(each.target) if isinstance(p, ast.Name))
