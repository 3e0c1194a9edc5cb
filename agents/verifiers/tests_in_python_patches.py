"""Whether Python test code leaves a patch behind, so that other tests run with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agents.verifiers.tests_in_python_names import Function, Names, folded
from agents.verifiers.tests_in_python_nodes import nodes_of
from agents.verifiers.tests_in_python_run import OF_A_THING
from agents.verifiers.tests_in_python_starts import Starts

_PATCHERS = ("unittest.mock.patch", "unittest.mock._patch", "mock.patch")
_WIDE = {"session_mocker", "package_mocker", "module_mocker", "class_mocker"}
_FOR_MORE = {"enterModuleContext", "enterClassContext", "addModuleCleanup", "pop_all"}
_ENTERS = {"__enter__", "__aenter__", "__wrapped__", "gen"}  # by hand, past `with`
_ON_A_STACK = {"enter_context", "enter_async_context"}
_MANAGERS = {"contextmanager", "asynccontextmanager"}


class Patches:
    """Of one file. Its own context managers that patch count as patches where they are used."""

    def __init__(self, tree: ast.Module, names: Names) -> None:
        self._names = names
        self._own: set[str] = set()
        self._own = {each.name for each in nodes_of(tree) if self._is_manager(each)}  # type: ignore[attr-defined]
        self._is_there = self._patches(tree)
        self._givers = {each.name for each in nodes_of(tree) if self._gives(each)}  # type: ignore[attr-defined]
        self._kept = {*self._givers, *self._kept_by(tree)}

    def left_by(self, node: ast.AST) -> str:
        """A patch that is begun and never ended, in words; empty when there is none."""
        used = set(self._used(node))
        is_left = bool(used & _FOR_MORE)
        is_left |= any(each in _ON_A_STACK for each in self._past_with(node))
        if (self._patches(node) and is_left) or self._starts(node, used):
            return "starts a patch and does not stop it"
        by_hand = used & (_ENTERS | {"enterModuleContext", "addModuleCleanup"})
        return "may enter a patch and not leave it" if self._is_there and by_hand else ""

    def _starts(self, node: ast.AST, used: set[str]) -> bool:
        """Whether a patch is started and not stopped. used: attributes that the node looks up."""
        if "start" not in used or not self._is_there:
            return False
        return Starts(node, self._is_held).left(patches=self._patches(node))

    def _is_held(self, node: ast.AST) -> bool:
        """Whether it is a patcher, or a name under which the file keeps one."""
        if isinstance(node, ast.Call):
            path = self._names.dotted(node.func)
            return self._is_patch(node.func) or path in self._givers
        is_kept = isinstance(node, ast.Name) and node.id in self._kept
        return is_kept and isinstance(node.ctx, ast.Load)  # type: ignore[attr-defined]

    def lent_by(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        """A patch that a function holds while others run: a wide fixture, or a generator."""
        if not self._patches(node):
            return ""
        marks = [inner for each in node.decorator_list for inner in ast.walk(each)]
        scopes = [
            each.value for each in marks if isinstance(each, ast.keyword) and each.arg == "scope"
        ]
        if any(folded(each) != "function" for each in scopes):
            return "is a fixture of more than one test, and patches"
        words = {getattr(each, "attr", getattr(each, "id", "")) for each in marks}
        is_ended = "fixture" in words or words & _MANAGERS
        is_generator = any(isinstance(each, ast.Yield | ast.YieldFrom) for each in _own(node))
        return "is a generator that holds a patch" if is_generator and not is_ended else ""

    def _gives(self, node: ast.AST) -> bool:
        """Whether a function hands back a patcher."""
        if not (isinstance(node, Function) and self._is_there):
            return False
        ends = [e.value for e in ast.walk(node) if isinstance(e, ast.Return | ast.Yield)]
        return any(isinstance(each, ast.Call) and self._is_patch(each.func) for each in ends)

    def _kept_by(self, tree: ast.Module) -> Iterator[str]:
        """Names of the file itself that hold a patcher."""
        for node in tree.body:
            if isinstance(node, ast.Assign) and self._patches(node.value):
                yield from (each.id for each in node.targets if isinstance(each, ast.Name))

    def _is_manager(self, node: ast.AST) -> bool:
        if isinstance(node, ast.ClassDef):
            enters = any(getattr(each, "name", "") in _ENTERS for each in node.body)
            return enters and self._patches(node)
        if not isinstance(node, Function) or not self._patches(node):
            return False
        marks = [ast.unparse(each).rpartition(".")[2] for each in node.decorator_list]
        return bool(_MANAGERS.intersection(marks))

    def _patches(self, node: ast.AST) -> bool:
        return any(map(self._is_patch, ast.walk(node)))

    def _is_patch(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call):  # an annotation that names it patches nothing
            return "MonkeyPatch" in self._names.dotted(node.func).split(".")
        if not isinstance(node, ast.Name | ast.Attribute):
            return False
        path = self._names.dotted(node)
        is_own = bool({*_WIDE, *self._own}.intersection(path.split(".")))
        return is_own or path.startswith(_PATCHERS)

    def _used(self, node: ast.AST) -> Iterator[str]:
        """Attributes that are looked up, also by a text; what a mock of one is told is none."""
        inside = list(ast.walk(node))
        below = {id(each.value) for each in inside if isinstance(each, ast.Attribute)}
        for each in inside:
            if isinstance(each, ast.Attribute):
                told = each.attr.startswith("__") and id(each) in below
                yield from [] if told else [each.attr]
            elif isinstance(each, ast.Name):
                yield self._names.dotted(each).rpartition(".")[2]
            elif isinstance(each, ast.Call):
                path = self._names.dotted(each.func)
                if path in OF_A_THING or path == "getattr":
                    yield from map(folded, each.args)

    @staticmethod
    def _past_with(node: ast.AST) -> Iterator[str]:
        """Attributes of what no `with` of the node holds, and no case of unittest."""
        held = {
            name.id for each in ast.walk(node) if isinstance(each, ast.withitem)
            for part in (each.context_expr, each.optional_vars) if part is not None
            for name in ast.walk(part) if isinstance(name, ast.Name)
        }  # fmt: skip
        for each in ast.walk(node):
            if isinstance(each, ast.Attribute) and getattr(each.value, "id", "") not in held:
                yield each.attr


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, without the functions in it."""
    for each in ast.iter_child_nodes(node):
        yield each
        if not isinstance(each, Function | ast.Lambda):
            yield from _own(each)
