"""Whether each patch that Python test code starts by hand is the one that it stops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agents.verifiers.tests_in_python_made import bindings
from agents.verifiers.tests_in_python_names import Function, folded

_CLEANS = {
    "addCleanup", "addfinalizer", "callback", "push_async_callback", "addAsyncCleanup",
    "addClassCleanup",
}  # fmt: skip
_ALL = "stopall"
_PASSES = 4  # a name may be given what another holds
_IN_WORDS = {
    "getattr",
    "operator.attrgetter",
    "operator.methodcaller",
    "attrgetter",
    "methodcaller",
}


@dataclass(frozen=True, slots=True)
class _Site:
    """One start or stop: of what, by which function, on which line."""

    key: str
    function: str
    line: int


class Starts:
    """Of one node. is_patch: whether an expression makes a patcher, or holds one."""

    def __init__(self, node: ast.AST, is_patch: Callable[[ast.AST], bool]) -> None:
        self._is_patch = is_patch
        self._bound = [pair for each in ast.walk(node) for pair in _bound(each)]
        self._given = {
            each.arg for function in ast.walk(node) if isinstance(function, Function)
            for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
        }  # fmt: skip
        self._held = self._holders()
        self._sites = list(_sites(node, ""))
        self._cleaned = {
            id(arg) for call in ast.walk(node) if isinstance(call, ast.Call)
            and getattr(call.func, "attr", "") in _CLEANS for arg in call.args[:1]
        }  # fmt: skip
        self._called = {id(c.func) for c in ast.walk(node) if isinstance(c, ast.Call)}
        self._in_words = any(_said_in(each) for each in ast.walk(node))

    def _holders(self) -> set[str]:
        """Names that are given a patcher, or something in which one is."""
        found: set[str] = set()
        waiting = []
        for key, value in self._bound:
            if any(map(self._is_patch, ast.walk(value))):
                found |= set() if _is_started(value) else {key}
            else:
                inside = (e for e in ast.walk(value) if isinstance(e, ast.Name | ast.Attribute))
                waiting.append((key, {ast.unparse(each) for each in inside}))
        for _ in range(_PASSES):
            more = {key for key, named in waiting if named & found}
            if more <= found:
                break
            found |= more
        return found

    def left(self, *, patches: bool) -> bool:
        """Whether one is started and not stopped. patches: whether the node makes one."""
        if self._in_words and patches:
            return True
        starts = [
            _Site(self._key(at.value), who, at.lineno) for at, who in self._sites
            if at.attr == "start" and self._may_be(at.value, patches=patches)
        ]  # fmt: skip
        return any(not self._is_ended(each, starts) for each in starts)

    def _may_be(self, thing: ast.expr, *, patches: bool) -> bool:
        """Whether what is started is a patcher, or nobody can tell what it is."""
        if self._is_patch(thing):
            return True
        key = ast.unparse(thing)
        if key in self._held or any(name == key for name, _ in self._bound):
            return key in self._held
        root = thing
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self._given - {"self", "cls"}:
            return False
        return patches and not isinstance(thing, ast.Call)

    def _is_ended(self, start: _Site, starts: list[_Site]) -> bool:
        every = [at for at, _ in self._sites if at.attr == _ALL and self._counts(at)]
        if every:
            return True
        if not start.key:
            return False
        like = self._alike(start.key)
        stops = [
            (at, who) for at, who in self._sites
            if at.attr == "stop" and self._counts(at) and self._key(at.value) in like
        ]  # fmt: skip
        ends = [at for at, who in stops if self._follows(at, who, start)]
        again = sum(each.key == start.key and each.function == start.function for each in starts)
        return len(ends) >= (again if self._is_bound_again(start.key) else 1)

    def _counts(self, at: ast.Attribute) -> bool:
        """Whether a stop is called, or handed to what calls it in the end."""
        return id(at) in self._called or id(at) in self._cleaned

    def _follows(self, at: ast.Attribute, who: str, start: _Site) -> bool:
        if id(at) in self._cleaned:
            return True
        if who == start.function:
            return at.lineno > start.line or (at.lineno == start.line and not who)
        return not who.startswith("test")  # a tear-down, or a method of the same class

    def _is_bound_again(self, key: str) -> bool:
        return sum(name == key and any(map(self._is_patch, ast.walk(value)))
                   for name, value in self._bound) > 1  # fmt: skip

    def _alike(self, key: str) -> set[str]:
        """Other names of the same patcher, and of the lists in which it stands."""
        found = {key}
        for _ in range(_PASSES):
            for name, value in self._bound:
                said = ast.unparse(value) if isinstance(value, ast.Name | ast.Attribute) else ""
                if said and ({name, said} & found):
                    found |= {name, said}
                inside = [ast.unparse(e) for e in getattr(value, "elts", [])]
                if found.intersection(inside):
                    found |= {name, f"each of {name}"}
        return found | {f"each of {each}" for each in found}

    def _key(self, thing: ast.expr) -> str:
        """A name for what is started; that of the whole list where a loop goes through it."""
        if not isinstance(thing, ast.Name | ast.Attribute | ast.Subscript):
            return ""
        said = ast.unparse(thing)
        loops = [value for key, value in self._bound if key == f"loop {said}"]
        return f"each of {ast.unparse(loops[0])}" if loops else said


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """(name, value) of whatever a node binds; a loop's name, and what a list is given, as such."""
    func = node.func if isinstance(node, ast.Call) and node.args else None
    if isinstance(func, ast.Attribute) and func.attr in ("append", "add"):
        yield ast.unparse(func.value), ast.Tuple([node.args[0]], ast.Load())  # type: ignore[attr-defined]
    if isinstance(node, ast.withitem):
        return
    is_loop = isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)
    for target, value in bindings(node):
        names = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        alone = len(names) == len(values) and not is_loop and names != [target]
        for place, name in enumerate(names):
            yield ast.unparse(name), values[place] if alone else value
            if is_loop:
                yield f"loop {ast.unparse(name)}", value


def _sites(node: ast.AST, function: str) -> Iterator[tuple[ast.Attribute, str]]:
    """Each look at an attribute that starts or stops, with the function in which it stands."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.Attribute) and each.attr in ("start", "stop", _ALL):
            yield each, function
        yield from _sites(each, each.name if isinstance(each, Function) else function)


def _is_started(value: ast.expr) -> bool:
    """A value that is what a patch gives back, and no patcher."""
    func = value.func if isinstance(value, ast.Call) else None
    return isinstance(func, ast.Attribute) and func.attr == "start"


def _said_in(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    path = ast.unparse(node.func)
    return path in _IN_WORDS and any(folded(each).startswith("start") for each in node.args)
