"""Which words of a Python file reach for what tests run on, aliases followed."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator

from agents.verifiers.guard_aware_equal import EQUAL, Equality, set_equal
from agents.verifiers.guard_aware_glance import PAIRS, WORDS, Glance
from agents.verifiers.guard_aware_looks import Looks
from agents.verifiers.tests_in_python_files import Files
from agents.verifiers.tests_in_python_names import (
    HOOKS,
    Names,
    ends_at_import,
    folded,
    named_by,
)
from agents.verifiers.tests_in_python_nodes import nodes_of, of_kinds
from agents.verifiers.tests_in_python_run import OF_A_THING, put_together_in, run_by

_MODULES = {"unittest", "pytest", "_pytest", "pluggy", "nose", "mock", "ctypes", "__main__"}
# Another program in place of this one; doctest's cases, but for the calls of a program's own.
_EXECS = re.compile(r"(?:os|posix)\.exec[lv]|doctest\.(?!(?:testmod|testfile|[A-Z_\d]+)$)")
_POWERFUL = {"os", "posix", "sys", "builtins", "gc", "inspect", "importlib"}
_PLAIN_SETS = {"sys.stdout", "sys.stderr", "sys.stdin", "sys.argv", "sys.excepthook", "sys.path"}
_BY_NAME = {"getattr", "setattr", "delattr", "import_module", "__import__"}
_TESTS = re.compile(r"pytest|unittest|^pyt$|\btest", re.IGNORECASE)
_RUNNER = re.compile(r"\S*(?:pytest|unittest)\S*", re.IGNORECASE)
_PLACES = re.compile(
    r"/proc/self/|/dev/(?:std(?:out|err)|fd/|tty)|(?:^|/)(?:test_\w+|conftest)\.py$|__pycache__"
    r"|^(?:\./)?tests?/\S+\.\w+$|^load_tests$"
)
_OWN_STREAM = re.compile(r"\bsys\.(?:__)?std\w+\.fileno")
_RUNS = {"exec", "eval", "builtins.exec", "builtins.eval"}
_KILLS = {"os.kill", "os.killpg"}
_OF_TESTS = re.compile(r"(?:tests?|test_\w+|conftest)(?:\.|$)")
_ENDS_IN_TEXT = re.compile(r"(?:^|\W)_exit\b")


def words_of(tree: ast.Module) -> dict[str, list[int]]:
    """Each word with the lines of its uses, from 1."""
    found: dict[str, list[int]] = {}
    names = Names(tree)
    names.follow(tree, _POWERFUL)
    looking, looks = _Looking(tree, names), Looks(tree, names)
    glance = Glance(names, looking.own)
    for node in nodes_of(tree):
        if glance.is_plain(node):
            continue
        words = (*looking.at(node), *looks.at(node), *_hooks(node))
        if not words:
            glance.found_nothing(node)
        for word in words:
            found.setdefault(word, []).append(getattr(node, "lineno", 1))
    if (end := ends_at_import(tree)) is not None:
        found["an end of the process when it is imported"] = [getattr(end, "lineno", 1)]
    return found


class _Looking:
    """At the nodes of one file."""

    def __init__(self, tree: ast.Module, names: Names) -> None:
        self._names = names
        self._equality = Equality(tree, names)
        self._files = Files(tree, names, is_test=False)
        self._tree = tree
        classes = of_kinds(tree, ast.ClassDef)
        self._classes = {each.name for each in classes if isinstance(each, ast.ClassDef)}
        taken = of_kinds(tree, ast.Attribute)
        self._kills = any(getattr(each, "attr", "") == "getpid" for each in taken)
        self.own = {  # a module may look itself up
            each.value for each in of_kinds(tree, ast.Subscript)
            if isinstance(each, ast.Subscript) and getattr(each.slice, "id", "") == "__name__"
        }  # fmt: skip

    def at(self, node: ast.AST) -> Iterator[str]:
        """Words of one node, without those inside it."""
        match node:
            case ast.Name() | ast.Attribute():
                yield from self._reached(node)
            case ast.Call():
                yield from self._called(node)
            case ast.Compare():
                yield from _asked(node)
            case ast.Subscript():
                yield from (*_said([node.slice]), *set_equal(node))
            case ast.MatchValue():
                yield from _said([node.value])
            case ast.Import() | ast.ImportFrom():
                yield from _imported(node)
            case ast.ClassDef():
                yield from self._equality.of_class(node)
            case _:
                yield from (*set_equal(node), *_ended_in(node))

    def _reached(self, node: ast.Name | ast.Attribute) -> Iterator[str]:
        path = self._names.dotted(node)
        parts = path.split(".")
        pair = ".".join(parts[-2:])
        if pair in PAIRS and node not in self.own:
            yield pair
        if parts[-1] in WORDS:
            yield parts[-1]
        if len(parts) > 1 and parts[-1] in ("unittest", "pytest", "_pytest"):
            yield parts[-1]
        if _EXECS.match(pair):
            yield pair
        if parts[-1] == "__dict__" and parts[-2:-1] and parts[-2] in _POWERFUL:
            yield pair
        if parts[-1] == "__subclasses__" and not self._is_own_class(node):
            yield "__subclasses__"
        if not isinstance(node.ctx, ast.Load):
            yield from self._set(node, path)

    def _is_own_class(self, node: ast.expr) -> bool:
        base = node.value if isinstance(node, ast.Attribute) else None
        name = base.id if isinstance(base, ast.Name) else ""
        return name in {*self._classes, "cls", "self"} or (
            base is not None and self._names.is_imported(base)
        )

    def _set(self, node: ast.Name | ast.Attribute, path: str) -> Iterator[str]:
        name = path.rpartition(".")[2]
        if name in EQUAL:
            yield f"{name}, which it sets"
        if isinstance(node, ast.Attribute):
            yield from self._patched(node, path)

    def _patched(self, node: ast.expr, path: str) -> Iterator[str]:
        """A module, or something of Python's own library, that gets another meaning."""
        of_python = path.partition(".")[0] in sys.stdlib_module_names
        is_module = self._names.is_module(node.value) if isinstance(node, ast.Attribute) else False
        is_far = (of_python and self._names.is_imported(node)) or is_module
        if is_far and path not in _PLAIN_SETS:
            yield f"{path}, which it sets"

    def _called(self, node: ast.Call) -> Iterator[str]:
        """Names given as texts, and output written past the streams."""
        path = self._names.dotted(node.func)
        name = path.rpartition(".")[2]
        first = node.args[0] if node.args else None
        if name in _BY_NAME:
            yield from self._by_name(name, node)
        elif path == "vars" and first and self._names.dotted(first) in _POWERFUL:
            yield f"vars({self._names.dotted(first)})"
        elif path in _RUNS or (path in _KILLS and self._ends_itself(node)):
            yield path
        elif path in ("os.write", "posix.write", "open", "os.fdopen", "io.open"):
            yield from _past(path, first)
        yield from run_by(path, node, put_together_in(self._tree) if path in OF_A_THING else ())
        yield from _said(node.args)
        yield from self._files.written_at(node)

    def _ends_itself(self, kill: ast.Call) -> bool:
        """Whether a signal may go to the process itself; the signal 0 only asks who is there."""
        asks = len(kill.args) == 2 and ast.unparse(kill.args[1]) == "0"
        return not asks and (self._kills or _is_literal(kill.args[0] if kill.args else None))

    def _by_name(self, call: str, node: ast.Call) -> Iterator[str]:
        for each in map(folded, node.args):
            pair = f"{self._names.dotted(node.args[0])}.{each}"
            if (
                each in WORDS | {"__subclasses__"}
                or each.split(".")[0] in _MODULES
                or pair in PAIRS
            ):
                yield each
        if len(node.args) < 2 or call == "import_module":
            return
        path = self._names.dotted(node.args[0])
        is_open = path.rpartition(".")[2] in _POWERFUL or hasattr(builtins, path)
        if not folded(node.args[1]) and is_open:
            yield f"a computed name of {path}"
        if not isinstance(node.args[1], ast.Constant) and "'__" in ast.unparse(node.args[1]):
            yield f"{call} of a computed name with __"
        if call in ("setattr", "delattr"):
            yield from self._patched(node.args[0], f"{path}.{folded(node.args[1]) or '?'}")


def _hooks(node: ast.AST) -> Iterator[str]:
    """Names that a test runner looks for in every file that it loads."""
    for name in filter(HOOKS.match, named_by(node)):
        yield f"{name}, which a test runner looks for"


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    module = getattr(node, "module", None) or ""
    named = (module, *(each.name for each in node.names))
    yield from (path for path in named if _OF_TESTS.match(path))
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names if each.name.split(".")[0] in _MODULES)
    elif not node.level:
        yield from [module] if module.split(".")[0] in _MODULES else []
        for each in node.names:
            path = f"{module}.{each.name}"
            yield from (word for word in (path, each.name) if word in WORDS | PAIRS)
            if _EXECS.match(path) or path == "builtins.__dict__":
                yield path


def _past(path: str, first: ast.expr | None) -> Iterator[str]:
    """Output by the number of a stream."""
    number = _is_literal(first) and not folded(first)
    if first is not None and (number or _OWN_STREAM.search(ast.unparse(first))):
        yield f"{path}({ast.unparse(first)[:40]})"


def _asked(node: ast.Compare) -> Iterator[str]:
    """A comparison of the command line with a name of tests, or of anything with a runner's."""
    parts = list(ast.walk(node))
    has_line = any(isinstance(each, ast.Attribute) and each.attr == "argv" for each in parts)
    texts = (folded(each) for each in parts if isinstance(each, ast.expr))
    if has_line and any(_TESTS.search(each) for each in texts):
        yield "sys.argv"
    else:
        yield from _said([node.left, *node.comparators])


def _said(given: list[ast.expr]) -> Iterator[str]:
    """Texts that look for a runner, or name a place of tests or of the process."""
    for text in map(folded, given):
        if (_RUNNER.fullmatch(text) or _PLACES.search(text)) and not any(map(str.isspace, text)):
            yield f"`{text[:60]}`"


def _ended_in(node: ast.AST) -> Iterator[str]:
    """An end of the process that stands in a text."""
    match node:
        case ast.Constant(value=str() | bytes()) | ast.BinOp() if _ENDS_IN_TEXT.search(
            _said_in(node)
        ):
            yield "_exit as a text"


def _said_in(node: ast.expr) -> str:
    """A text or bytes as a text."""
    value = getattr(node, "value", None)
    return value.decode("latin-1") if isinstance(value, bytes) else folded(node)


def _is_literal(node: ast.expr | None) -> bool:
    names = ast.Name | ast.Call | ast.Attribute
    return node is not None and not any(isinstance(each, names) for each in ast.walk(node))
