"""What names of a Python file stand for, and what runs as soon as it is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from agents.verifiers.tests_in_python_nodes import of_kinds

Function = ast.FunctionDef | ast.AsyncFunctionDef
_ENDS = {"sys.exit", "exit", "quit", "SystemExit", "builtins.exit", "builtins.SystemExit"}
_LAST_OF_ENDS = {each.rpartition(".")[2] for each in _ENDS}
HOOKS = re.compile(  # what a test runner looks for by its name
    r"load_tests$|pytest_(?:plugins?|add|(?:un)?configure|session|cmdline|load_|collect|ignore_|item"
    r"|deselected|make|pycollect|pyfunc|generate_|runtest|report|terminal|warning|assert|internal"
    r"|keyboard|exception|enter_|leave_|fixture|mark|asyncio|xdist)"
)
_MAKERS = ("__init__", "__new__", "__post_init__", "__call__", "__enter__")


class Names:
    """Of one file: under which names it has what it imports."""

    def __init__(self, tree: ast.AST) -> None:
        self._origins: dict[str, str] = {}
        self._modules: set[str] = set()
        for node in of_kinds(tree, ast.Import, ast.ImportFrom):
            if isinstance(node, ast.Import):
                for each in node.names:
                    name = each.asname or each.name.split(".")[0]
                    self._modules |= {name, each.name}
                    self._origins[name] = each.name if each.asname else name
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for each in node.names:
                    self._origins[each.asname or each.name] = f"{node.module}.{each.name}"

    def follow(self, tree: ast.AST, wanted: Collection[str]) -> None:
        """Know also the names that the file gives one of these modules itself: `s = sys`."""
        for node in of_kinds(tree, ast.Assign):
            if isinstance(node, ast.Assign) and self.dotted(node.value) in wanted:
                for each in node.targets:
                    if isinstance(each, ast.Name) and self.is_imported(node.value):
                        self._origins.setdefault(each.id, self.dotted(node.value))

    def is_imported(self, node: ast.expr) -> bool:
        """Whether what an expression begins with is bound by an import."""
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self._origins

    def is_module(self, node: ast.expr) -> bool:
        """Whether an expression is a module that an `import` names."""
        name = node.id if isinstance(node, ast.Name) else self.dotted(node)
        return name in self._modules

    def dotted(self, node: ast.AST) -> str:
        """`os.path.join` whatever it is called here; what is computed stands as "?"."""
        if isinstance(node, ast.Name):
            return self._origins.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return f"{self.dotted(node.value)}.{node.attr}"
        return "?"


def ends_at_import(tree: ast.Module, body: Sequence[ast.stmt] | None = None) -> ast.AST | None:
    """Where importing the file ends the process; None when it does not.

    body: look only at these of its statements. What stands below `if __name__ == "__main__"`, and
    in functions that nothing calls, is a program's own way to end.
    """
    if not _mentions_an_end(tree):
        return None
    names, functions = _known(tree)
    waiting: list[ast.AST] = list(tree.body if body is None else body)
    seen: set[str] = set()
    while waiting:
        for node in _run(waiting.pop()):
            if isinstance(node, ast.Name | ast.Attribute) and names.dotted(node) in _ENDS:
                return node
            for called in _called(node) - seen:
                seen.add(called)
                waiting += functions.get(called, [])
    return None


@lru_cache(maxsize=2)
def _mentions_an_end(tree: ast.Module) -> bool:
    """Whether any word of a file is the last of one that ends the process."""
    said = of_kinds(tree, ast.Name, ast.Attribute, ast.alias)
    words = {getattr(n, "attr", getattr(n, "id", getattr(n, "name", ""))) for n in said}
    return any(word.rpartition(".")[2] in _LAST_OF_ENDS for word in words)


@lru_cache(maxsize=2)  # asked for each statement of a file
def _known(tree: ast.Module) -> tuple[Names, dict[str, list[ast.AST]]]:
    return Names(tree), _functions(tree)


def _functions(tree: ast.Module) -> dict[str, list[ast.AST]]:
    """What runs when something of a name is called."""
    found: dict[str, list[ast.AST]] = {}
    for node in of_kinds(tree, ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign, ast.ClassDef):
        if isinstance(node, Function):
            found.setdefault(node.name, []).extend(node.body)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            for each in node.targets:
                found.setdefault(getattr(each, "id", ""), []).append(node.value.body)
        elif isinstance(node, ast.ClassDef):
            makers = [e for e in node.body if isinstance(e, Function) and e.name in _MAKERS]
            found.setdefault(node.name, []).extend(part for each in makers for part in each.body)
    return found


def _called(node: ast.AST) -> set[str]:
    """Names of functions that a node calls, a decorator among them."""
    heads: list[ast.expr] = []
    if isinstance(node, ast.Call):
        heads = [node.func]
        if isinstance(node.func, ast.Name) and node.func.id in ("map", "filter", "any", "all"):
            heads += node.args
    elif isinstance(node, Function | ast.ClassDef):
        heads = node.decorator_list
    return {getattr(each, "attr", getattr(each, "id", "")) for each in heads}


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """A node and those within it that run with it: not the bodies of functions."""
    yield node
    inside: list[ast.AST]
    if isinstance(node, Function):
        every = [*node.args.defaults, *node.args.kw_defaults, *node.decorator_list]
        inside = [each for each in every if each is not None]
    elif isinstance(node, ast.If) and _is_main(node.test):
        inside = list(node.orelse)
    elif isinstance(node, ast.ExceptHandler):
        inside = list(node.body)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Lambda):
        inside = [node.func.body, *node.args]
    elif isinstance(node, ast.Lambda):
        inside = list(node.args.defaults)
    else:
        inside = list(ast.iter_child_nodes(node))
    for each in inside:
        yield from _run(each)


def _is_main(test: ast.expr) -> bool:
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return False
    parts = (test.left, test.comparators[0])
    says = {each.id for each in parts if isinstance(each, ast.Name)}
    values = {each.value for each in parts if isinstance(each, ast.Constant)}
    return isinstance(test.ops[0], ast.Eq) and says == {"__name__"} and values == {"__main__"}


def named_by(node: ast.AST) -> Iterator[str]:
    """The name that a node gives to something, without those inside it."""
    if isinstance(node, Function | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id


def folded(node: ast.expr | None) -> str:
    """A text, put together from its parts where they are all written out."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return folded(node.left) + folded(node.right)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
