"""Nodes of a Python file that a glance tells to say nothing: nearly all of them."""

from __future__ import annotations

import ast
from collections.abc import Container

from agents.verifiers.guard_aware_looks import ATTRIBUTES
from agents.verifiers.tests_in_python_names import Names

WORDS = {
    "_exit", "_getframe", "orig_argv", "__build_class__", "__builtins__", "_pytest", "__stdout__",
    "__stderr__", "_current_frames", "currentframe", "f_back", "f_globals", "tb_frame",
    "skipTest", "SkipTest",
}  # fmt: skip
PAIRS = {
    "sys.modules", "sys.meta_path", "sys.path_hooks", "sys.path_importer_cache", "sys.settrace",
    "sys.setprofile", "sys.monitoring", "sys.addaudithook", "threading.settrace",
    "threading.setprofile", "gc.get_objects", "gc.get_referrers", "gc.get_referents", "mock.ANY",
    "unittest.mock", "inspect.stack", "os.dup2", "signal.raise_signal",
    "code.InteractiveInterpreter", "code.InteractiveConsole", "runpy.run_path",
    "bdb.Bdb", "pdb.Pdb", "trace.Trace",
}  # fmt: skip
# Kinds of nodes of which something may be said; the others are parts of them, or mean nothing.
_TELLING = {
    ast.Name, ast.Attribute, ast.Call, ast.Compare, ast.Subscript, ast.MatchValue, ast.MatchClass,
    ast.Import, ast.ImportFrom, ast.alias, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef,
    ast.Constant, ast.BinOp, ast.For, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp,
}  # fmt: skip
_LAST = {"unittest", "pytest", "_pytest", "__dict__", "__subclasses__"}
_ATTRIBUTES = ATTRIBUTES | WORDS | {pair.rpartition(".")[2] for pair in PAIRS} | _LAST


class Glance:
    """At the nodes of one file. own: nodes by which the file looks itself up."""

    def __init__(self, names: Names, own: Container[ast.AST]) -> None:
        self._names, self._own = names, own
        self._silent: set[str] = set()

    def is_plain(self, node: ast.AST) -> bool:
        """Whether nothing can be said of a node."""
        kind = node.__class__
        if kind not in _TELLING:
            return True
        if isinstance(node, ast.Name):
            return node.id in self._silent and isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.Attribute):
            return self._is_plain_attribute(node)
        return isinstance(node, ast.Constant) and _is_plain_value(node.value)

    def found_nothing(self, node: ast.AST) -> None:
        """Told by who looked closely: the same name, read elsewhere, says nothing either."""
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node not in self._own:
            self._silent.add(node.id)

    def _is_plain_attribute(self, node: ast.Attribute) -> bool:
        if node.attr in _ATTRIBUTES or not isinstance(node.ctx, ast.Load):
            return False
        base = node.value  # any part of doctest may be told
        of = base.attr if isinstance(base, ast.Attribute) else self._names.dotted(base)
        return not (node.attr.startswith("exec") or of.endswith("doctest"))


def _is_plain_value(value: object) -> bool:
    if isinstance(value, str):
        return "_exit" not in value and not value.startswith("_")
    return not isinstance(value, bytes) or b"_exit" not in value
