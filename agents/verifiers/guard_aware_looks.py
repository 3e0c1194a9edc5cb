"""Ways of a Python file to look at who runs it: the stack, the environment, the command line."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from agents.verifiers.tests_in_python_made import bindings_in
from agents.verifiers.tests_in_python_names import Names, folded
from agents.verifiers.tests_in_python_nodes import nodes_of, of_kinds

# Modules that others hold under a name of their own: `threading._sys`.
PRIVATE = {
    "_sys", "_os", "_builtins", "_gc", "_inspect", "_importlib", "_imp", "_unittest", "_ctypes",
}  # fmt: skip
_STACK = {
    "traceback.extract_stack", "traceback.walk_stack", "traceback.format_stack",
    "StackSummary.extract", "inspect.getouterframes", "inspect.trace",
    "faulthandler.dump_traceback", "sys._getframemodulename", "faulthandler.dump_traceback_later",
}  # fmt: skip
_STACK_WORDS = {"findCaller", "_getframemodulename"}
_OF_WARNING = {"filename", "lineno", "source"}
# Of these attributes alone something may be said.
ATTRIBUTES = _STACK_WORDS | PRIVATE | _OF_WARNING | {"__self__", "__globals__"} | {
    each.rpartition(".")[2] for each in _STACK
}  # fmt: skip
_TEXT_LOOKS = {"startswith", "endswith", "find", "index", "count", "search", "match", "fnmatch",
               "fullmatch", "findall", "partition", "split", "removeprefix"}  # fmt: skip
_RUNNERS = re.compile(r"pytest|unittest|\btest|test$", re.IGNORECASE)
_RUNNER_NAMES = "PYTEST_CURRENT_TEST PYTEST_VERSION PYTEST_ADDOPTS PYTEST_XDIST_WORKER"
_LEAST = 3  # letters that tell of a name


class Looks:
    """Of one file."""

    def __init__(self, tree: ast.AST, names: Names) -> None:
        self._names = names
        nodes = of_kinds(tree, ast.Call)
        self._records = any(_is_record(each) for each in nodes if isinstance(each, ast.Call))
        self._warns = {  # calls that say which line up the stack a warning is of
            each for each in of_kinds(tree, ast.keyword) if getattr(each, "arg", "") == "stacklevel"
        }
        self._has_program = any(map(self._is_program, of_kinds(tree, ast.Subscript)))
        self._has_environ = any(map(self._is_environ, of_kinds(tree, ast.Name, ast.Attribute)))
        pairs = list(bindings_in(nodes_of(tree)))
        self._line = _bound(pairs, self._is_program) if self._has_program else set()
        self._environ = _bound(pairs, self._is_environ) if self._has_environ else set()

    def at(self, node: ast.AST) -> Iterator[str]:
        """What one node looks at."""
        if isinstance(node, ast.Name | ast.Attribute):
            yield from self._reached(node)
        elif isinstance(node, ast.MatchClass):
            yield from (f"{each}, by a pattern" for each in node.kwd_attrs if _is_far(each))
        elif isinstance(node, ast.ImportFrom):
            yield from _taken(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from [node.value] if node.value.split(".")[0] in PRIVATE else []
        else:
            yield from self._asked(node)

    def _asked(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Compare):
            yield from self._compared([node.left, *node.comparators])
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _TEXT_LOOKS:
                yield from self._compared([node.func, *node.args])
        elif isinstance(
            node, ast.For | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp
        ):
            yield from self._searched(node)

    def _reached(self, node: ast.Name | ast.Attribute) -> Iterator[str]:
        path = self._names.dotted(node)
        parts = path.split(".")
        if ".".join(parts[-2:]) in _STACK:
            yield ".".join(parts[-2:])
        if isinstance(node, ast.Name):
            return
        if node.attr in _STACK_WORDS:
            yield node.attr
        if node.attr in PRIVATE and getattr(node.value, "id", "") not in ("self", "cls"):
            yield path
        if node.attr == "__self__" and _is_built_in(node.value):
            yield f"{path}, Python's own names"
        if node.attr == "__globals__" and self._names.is_imported(node):
            yield path
        if self._records and self._warns and node.attr in _OF_WARNING:
            yield f"{node.attr} of a warning"

    def _compared(self, parts: list[ast.expr]) -> Iterator[str]:
        """A text beside the name of the program, or beside all of the environment."""
        if not (self._has_program or self._has_environ):
            return
        inside = [each for part in parts for each in ast.walk(part) if isinstance(each, ast.expr)]
        if any(self._is_program(each) or self._key(each) in self._line for each in inside):
            yield "sys.argv[0], which it compares"
        if self._is_seen(inside) and any(_is_of_runner(folded(each)) for each in inside):
            yield "os.environ, in which it looks for tests"

    def _searched(self, node: ast.AST) -> Iterator[str]:
        """A loop over the environment that looks for names of a runner."""
        if not self._has_environ:
            return
        first = node.iter if isinstance(node, ast.For) else node.generators[0].iter  # type: ignore[attr-defined]
        if not self._is_seen([e for e in ast.walk(first) if isinstance(e, ast.expr)]):
            return
        if any(_is_of_runner(folded(e)) for e in ast.walk(node) if isinstance(e, ast.expr)):
            yield "os.environ, in which it looks for tests"

    def _is_seen(self, inside: list[ast.expr]) -> bool:
        """Whether the whole environment stands among expressions, and not one name of it."""
        single = {id(each.value) for each in inside if isinstance(each, ast.Subscript)}
        single |= {
            id(e.value) for e in inside
            if isinstance(e, ast.Attribute) and e.attr in ("get", "setdefault", "pop", "update")
        }  # fmt: skip
        found = [e for e in inside if self._is_environ(e) or self._key(e) in self._environ]
        return any(id(each) not in single for each in found)

    def _is_environ(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute):
            if node.attr not in ("environ", "environb"):
                return False
        elif not isinstance(node, ast.Name):
            return False
        return self._names.dotted(node) in ("os.environ", "os.environb", "posix.environ")

    def _is_program(self, node: ast.AST) -> bool:
        """`sys.argv[0]`"""
        if not isinstance(node, ast.Subscript) or self._names.dotted(node.value) != "sys.argv":
            return False
        return isinstance(node.slice, ast.Constant) and node.slice.value == 0

    @staticmethod
    def _key(node: ast.expr) -> str:
        return node.id if isinstance(node, ast.Name) else ""


def _bound(pairs: list[tuple[ast.expr, ast.expr]], wanted: object) -> set[str]:
    """Names that are given something made of what is wanted."""
    assert callable(wanted)
    plain = ast.JoinedStr | ast.Dict
    return {
        target.id for target, value in pairs
        if isinstance(target, ast.Name) and not isinstance(value, plain)
        and any(map(wanted, _whole(value)))
    }  # fmt: skip


def _whole(value: ast.expr) -> Iterator[ast.AST]:
    """What a value is made of, without what is looked up in it by a name."""
    single = set()
    for each in ast.walk(value):
        is_name = isinstance(each, ast.Subscript) and not isinstance(
            getattr(each.slice, "value", ""), int
        )
        is_asked = isinstance(each, ast.Attribute) and each.attr in ("get", "setdefault", "pop")
        if isinstance(each, ast.Subscript | ast.Attribute) and (is_name or is_asked):
            single.add(id(each.value))
    return (each for each in ast.walk(value) if id(each) not in single)


def _is_of_runner(text: str) -> bool:
    """Whether a text is a part of a name that a runner sets."""
    words = text.strip("^$.*_ ").upper()
    is_part = len(words) >= _LEAST and words in _RUNNER_NAMES
    return is_part or (bool(_RUNNERS.search(text)) and not re.search(r"\s", text))


def _is_record(node: ast.Call) -> bool:
    """`warnings.catch_warnings(record=True)`"""
    func = node.func
    name = getattr(func, "attr", getattr(func, "id", ""))
    is_catch = name.endswith("catch_warnings") or (not name and _is_catch(func))
    return is_catch and any(each.arg in ("record", None) for each in node.keywords)


def _is_catch(func: ast.expr) -> bool:
    return ast.unparse(func).endswith("catch_warnings")


def _is_far(name: str) -> bool:
    return name in PRIVATE or name in ("modules", "__dict__", "__globals__", "__builtins__")


def _taken(node: ast.ImportFrom) -> Iterator[str]:
    if not node.level:
        yield from (f"{node.module}.{e.name}" for e in node.names if e.name in PRIVATE)


def _is_built_in(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and hasattr(builtins, node.id)
