"""Whether new Python test code reaches out of itself: what it would change for other tests."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection

from agents.verifiers.tests_in_python_files import Files
from agents.verifiers.tests_in_python_made import handed_on, made_in
from agents.verifiers.tests_in_python_names import HOOKS, Names, ends_at_import, named_by
from agents.verifiers.tests_in_python_nodes import nodes_of
from agents.verifiers.tests_in_python_others import Others
from agents.verifiers.tests_in_python_patches import Patches
from agents.verifiers.tests_in_python_run import attribute_by, put_together_in
from agents.verifiers.tests_in_python_session import of_session, runs_itself
from agents.verifiers.tests_in_python_skips import Function

_BUILT_IN = {
    "globals", "setattr", "delattr", "exec", "eval", "vars", "__import__", "load_tests",
}  # fmt: skip
_WORDS = {
    "_pytest", "sys.modules", "sys.meta_path", "sys.path_hooks", "sys.settrace", "sys.setprofile",
    "__builtins__", "__build_class__", "_getframe", "_exit", "__code__", "__globals__",
    "__subclasses__", "__setattr__", "__delattr__", "f_globals", "f_back", "tb_frame", "sys.path",
    "inspect.stack", "currentframe", "import_module", "pytest.exit", "_outcome", "testsfailed",
    "importlib.reload", "imp.reload", "pkgutil.resolve_name", "unittest.defaultTestLoader",
    "_setattr", "_setitem", "shouldstop", "shouldfail", "pluginmanager",
}  # fmt: skip
_ENDS = re.compile(r"(?:os|posix)\.exec[lv]")
_MODULES = {"_pytest", "gc", "ctypes", "__main__"}
_OTHER_TESTS = re.compile(r"(?:.*\.)?test_\w+$")
_PATCHED_TESTS = re.compile(r"tests?\.\w+\.\w[\w.]*$|(?:\w+\.)*test_\w+\.(?!py$)\w*$")
_MUTATE = {
    "clear", "pop", "popitem", "remove", "append", "extend", "insert", "update", "setdefault",
    "add", "discard", "sort", "reverse", "difference_update", "intersection_update",
}  # fmt: skip


class Reach:
    """Of the statements of one file.

    shared: names that tests which stood in the file before may use as well; None: it is new.
    """

    def __init__(self, tree: ast.Module, shared: Collection[str] | None = None) -> None:
        self._tree = tree
        self._names = Names(tree)
        self._made = put_together_in(tree)
        self._shared = shared
        self._handed = handed_on(tree, self._names)
        self._lasting = Patches(tree, self._names)
        self._others = Others(tree, self._names)
        self._files = Files(tree, self._names)

    def of(self, node: ast.stmt, own: Collection[str] = ()) -> str:
        """How a statement reaches out, in words that follow a name; empty when it does not.

        own: names of things that the file made itself, and that no other test sees.
        """
        if ends_at_import(self._tree, [node]) is not None:
            return "ends the process when the file is read"
        if self._shared is not None and (told := _set_outside(node)):
            return told
        for each in ast.walk(node):
            if told := self._at(each):
                return told
        return (
            self.left_patched(node)
            or self._others.held_by(node)
            or self._files.written_by(node)
            or self._patches(node, {*own, *made_in(node)})
            or self._replaced(node)
        )

    def _at(self, node: ast.AST) -> str:
        if isinstance(node, ast.Global):
            return f"sets {node.names[0]} of the file"
        if isinstance(node, Function):
            head = "" if self._shared is None else _head(node)
            return head or of_session(node) or self._lasting.lent_by(node)
        if isinstance(node, ast.ClassDef):
            return ("" if self._shared is None else _class_body(node)) or runs_itself(
                node, self._names
            )
        if isinstance(node, ast.Call) and (told := self._called(node)):
            return told
        word = self._word(node)
        return f"reaches for {word}" if word else ""

    def _called(self, node: ast.Call) -> str:
        path = self._names.dotted(node.func)
        if path == "getattr":
            return _computed(node)
        if path.endswith("MonkeyPatch"):
            return "patches for other tests as well"
        found = next(attribute_by(path, node, self._made), "")
        return f"reaches for {found}" if found else ""

    def _word(self, node: ast.AST) -> str:
        if isinstance(node, ast.alias):
            is_far = node.name.split(".")[0] in _MODULES or _OTHER_TESTS.match(node.name)
            return node.name if is_far else ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_deep = node.value in _WORDS and node.value.startswith("__")
            return node.value[:60] if is_deep or _PATCHED_TESTS.match(node.value) else ""
        if not isinstance(node, ast.Name | ast.Attribute):
            return ""
        parts = self._names.dotted(node).split(".")
        if "__dict__" in parts and self._names.is_imported(node):
            return "__dict__"
        if parts[0] in _MODULES or _ENDS.match(".".join(parts[-2:])):
            return ".".join(parts[-2:])
        is_built_in = parts[-1] in _BUILT_IN and parts[:-1] in ([], ["builtins"])
        said = (".".join(parts[-2:]), parts[-1])
        return parts[-1] if is_built_in else next((word for word in said if word in _WORDS), "")

    def left_patched(self, node: ast.stmt | ast.Module) -> str:
        """A patch that outlasts the test, in words."""
        return self._lasting.left_by(node)

    def _patches(self, node: ast.stmt, own: Collection[str]) -> str:
        """The first thing that is changed and that the code did not make itself."""
        for each in ast.walk(node):
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
                path = _path(each.func)
                is_shared = path[0] in (self._shared or ()) and path[0] not in own
                if each.func.attr in _MUTATE and (is_shared or "__dict__" in path):
                    return f"changes `{ast.unparse(each.func.value)[:60]}`, which other tests see"
            if not isinstance(each, ast.Attribute | ast.Subscript):
                continue
            if isinstance(each.ctx, ast.Load):
                continue
            root, *steps = _path(each)
            is_mock = steps and steps[-1] in ("return_value", "side_effect")
            is_deep = any(step.startswith("__") for step in steps) and not is_mock
            if root not in own or is_deep:
                return f"sets `{ast.unparse(each)[:60]}`, which other tests see"
        return ""

    def _replaced(self, node: ast.stmt) -> str:
        """Something callable put in place of another, on a thing that may be anybody's."""
        if not self._handed:
            return ""
        own = made_in(node, self._handed)
        for each in ast.walk(node):
            if not (isinstance(each, ast.Assign) and self._is_callable(each.value)):
                continue
            for target in (t for t in each.targets if isinstance(t, ast.Attribute)):
                root, *steps = _path(target)
                if root not in own or len(steps) > 1:
                    return f"sets `{ast.unparse(target)[:60]}`, which other tests may see"
        return ""

    def _is_callable(self, value: ast.expr) -> bool:
        if isinstance(value, ast.Name):
            is_known = value.id in self._handed or hasattr(builtins, value.id)
            return is_known or self._names.is_imported(value)
        made = self._names.dotted(value.func) if isinstance(value, ast.Call) else ""
        return isinstance(value, ast.Lambda) or "mock" in made.lower()


def patches_at_top(tree: ast.Module) -> str:
    """What a new file of tests does to others, in words; empty when nothing of the kind is seen."""
    reach = Reach(tree)
    own = {name for node in tree.body for name in made_in(node) if not isinstance(node, Function)}
    for node in tree.body:
        if told := reach.of(node, own):
            return told
    hooks = (name for node in nodes_of(tree) for name in named_by(node) if HOOKS.match(name))
    if name := next(hooks, ""):
        return f"{name} is what a test runner looks for"
    return reach.left_patched(tree)


def _computed(node: ast.Call) -> str:
    """A name put together when it runs, so that nobody can read which it is."""
    name = node.args[1] if len(node.args) > 1 else None
    is_plain = isinstance(name, ast.Constant | ast.Name | ast.Attribute)
    said = getattr(name, "value", "")
    return "" if is_plain and said not in _WORDS else "looks up a name that is computed"


def _path(node: ast.expr) -> list[str]:
    """The name that a chain begins with, empty when it is none, and the attributes that follow."""
    steps: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        steps.append(node.attr if isinstance(node, ast.Attribute) else "")
        node = node.value
    return [node.id if isinstance(node, ast.Name) else "", *reversed(steps)]


def _head(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Fixtures that others get without asking, or by a name that nobody sees."""
    for each in (inner for part in node.decorator_list for inner in ast.walk(part)):
        if isinstance(each, ast.keyword) and each.arg in ("autouse", "name", None):
            return f"is a fixture with {each.arg or 'more'}, which other tests may get"
    return ""


def _set_outside(node: ast.stmt) -> str:
    """A name of the file that is set within an expression which runs when the file is read."""
    inside = [each for each in ast.walk(node) if isinstance(each, Function)]
    bodies = {id(each) for one in inside for part in one.body for each in ast.walk(part)}
    for each in ast.walk(node):
        if isinstance(each, ast.NamedExpr) and id(each) not in bodies:
            return f"sets {each.target.id} of the file"
    return ""


def _class_body(node: ast.ClassDef) -> str:
    if node.keywords:
        return "is made by a metaclass"
    plain = Function | ast.ClassDef | ast.Assign | ast.AnnAssign | ast.Pass
    for each in node.body:
        is_words = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
        if not is_words and not isinstance(each, plain):
            return "runs statements when the file is read"
    return ""
