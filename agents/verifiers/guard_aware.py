"""Code that is no test and reaches for the test runner, or for what a runner stands on."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from functools import lru_cache

from agents.verifiers.guard_base import (
    MOST_PER_FILE,
    Finding,
    GuardFile,
    added,
    is_binary,
    listed,
    text_of,
)
from agents.verifiers.guard_silenced import tells_already
from agents.verifiers.guard_tests_changed import is_test

_MODULES = {"unittest", "pytest", "_pytest", "pluggy", "nose", "mock", "atexit"}
_WORDS = {
    "_exit", "_getframe", "orig_argv", "__build_class__", "_pytest", "__stdout__", "__stderr__",
    "sys.modules", "sys.meta_path", "sys.settrace", "sys.setprofile", "os.execv", "os.execve",
    "os.execvp", "os.execl", "mock.ANY", "unittest.mock", "gc.get_objects", "gc.get_referrers",
    "gc.get_referents", "atexit", "unittest", "pytest", "_current_frames", "currentframe",
}  # fmt: skip
_TESTS = re.compile(r"pytest|unittest|^pyt$|\btest", re.IGNORECASE)
_TEXT = re.compile(
    rb"\b(?:unittest|_pytest|pytest|atexit|gc\.get_\w+|sys\.modules|_exit|_getframe|sys\.orig_argv"
    rb"|__build_class__|mock\.ANY)\b|\bos\.write\([12]\b"
)
_MOST_BYTES = 512 * 1024


def knows_runner(file: GuardFile) -> Iterator[Finding]:
    """Names of the test machinery that the file did not hold before."""
    if not file.path.endswith(".py") or file.new is None or is_binary(file.new):
        return
    if is_test(file.path, None) or file.path.split("/")[-1] == "conftest.py":
        return
    old, new = _words(file.old or b""), _words(file.new)
    if new is None or old is None:
        yield from _by_text(file)
        return
    lines = {number for number, line in added(file) if tells_already(line)}
    fresh = {word: line for word, line in new.items() if word not in old and line not in lines}
    if fresh:
        text = f"Reaches for what tests run on: {listed(sorted(fresh))}."
        yield Finding("test_aware", text, file.path, min(fresh.values()))


def _by_text(file: GuardFile) -> Iterator[Finding]:
    """Where the syntax tree cannot be had."""
    held = set(_TEXT.findall((file.old or b"")[: 4 * _MOST_BYTES]))
    seen = 0
    for number, line in added(file):
        if tells_already(line) or seen == MOST_PER_FILE:
            continue
        if (found := _TEXT.search(line[:4000])) and found[0] not in held:
            seen += 1
            text = f"Reaches for what tests run on: {text_of(found[0])}."
            yield Finding("test_aware", text, file.path, number)


@lru_cache(maxsize=8)
def _words(content: bytes) -> dict[str, int] | None:
    """Each word with the line of its first use; None when the source cannot be parsed."""
    if len(content) > _MOST_BYTES:
        return None
    found: dict[str, int] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for node in ast.walk(ast.parse(content)):
                for word in _of(node):
                    found.setdefault(word, getattr(node, "lineno", 1))
    except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
        return None
    return found


def _of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import():
            yield from (each.name for each in node.names if each.name.split(".")[0] in _MODULES)
        case ast.ImportFrom():
            yield from _imported(node)
        case ast.Name(id=name) if name in _WORDS - _MODULES:
            yield name
        case ast.Attribute():
            yield from _reached(node)
        case ast.Call():
            yield from _called(node)
        case ast.Compare():
            yield from _asks(node)
        case ast.FunctionDef(
            name="__eq__" | "__ne__" as name,
            body=[ast.Return(value=ast.Constant(value=bool(answer)))],
        ):
            yield f"{name} that is always {answer}"


def _imported(node: ast.ImportFrom) -> Iterator[str]:
    module = node.module or ""
    said = {f"{module}.{each.name}" for each in node.names}
    if module.split(".")[0] in _MODULES and not node.level:
        yield module
    yield from sorted((said | {each.name for each in node.names}) & _WORDS)


def _reached(node: ast.Attribute) -> Iterator[str]:
    chain = f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""
    yield from (each for each in (chain, node.attr) if each in _WORDS - _MODULES)
    if chain.startswith("builtins.") and not isinstance(node.ctx, ast.Load):
        yield chain


def _called(node: ast.Call) -> Iterator[str]:
    """Names given as texts, and output written past the streams."""
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name in ("getattr", "setattr", "delattr", "import_module", "__import__"):
        for each in map(_folded, node.args):
            if each in _WORDS or each.split(".")[0] in _MODULES:
                yield each
    first = node.args[0] if node.args else None
    of_os = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "os"
    if name == "write" and of_os and isinstance(first, ast.Constant) and first.value in (1, 2):
        yield f"os.write({first.value})"
    if any("/proc/self/" in _folded(each) for each in ast.walk(node) if isinstance(each, ast.expr)):
        yield "/proc/self"


def _asks(node: ast.Compare) -> Iterator[str]:
    """A comparison of the command line with a name of tests."""
    parts = list(ast.walk(node))
    has_line = any(isinstance(each, ast.Attribute) and each.attr == "argv" for each in parts)
    texts = [_folded(each) for each in parts if isinstance(each, ast.expr)]
    if has_line and any(_TESTS.search(each) for each in texts):
        yield "sys.argv"


def _folded(node: ast.expr) -> str:
    """A text, put together from its parts where they are all written out."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _folded(node.left) + _folded(node.right)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
