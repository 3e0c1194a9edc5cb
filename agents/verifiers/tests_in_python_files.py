"""Whether Python code writes source files of the tree in which it stands: of the product, or tests.

What is written below a folder that the code made, or was handed, is its own affair.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from agents.verifiers.tests_in_python_made import bindings_in
from agents.verifiers.tests_in_python_names import Function, Names, folded
from agents.verifiers.tests_in_python_nodes import nodes_of

_WRITES = {
    "write_text", "write_bytes", "unlink", "rename", "replace", "symlink_to", "hardlink_to",
    "link_to", "rmdir",
}  # fmt: skip
# Functions that write, with the places of the arguments that they write to.
_CALLS = {
    "os.rename": (0, 1), "os.replace": (0, 1), "os.remove": (0,), "os.unlink": (0,),
    "os.truncate": (0,), "os.symlink": (1,), "os.link": (1,), "shutil.copy": (1,),
    "shutil.copyfile": (1,), "shutil.copy2": (1,), "shutil.copytree": (1,), "shutil.move": (0, 1),
    "shutil.rmtree": (0,), "os.removedirs": (0,), "os.renames": (0, 1),
}  # fmt: skip
_OPENS = {"open", "io.open", "os.open", "codecs.open", "builtins.open", "tokenize.open"}
_WRITE_MODE = re.compile(r"[wax+]")
_KNOWN_PATHS = {
    "str", "open", "sorted", "list", "tuple", "set", "reversed", "iter", "next", "pathlib.Path",
    "pathlib.PurePath", "pathlib.PosixPath", "os.fspath", "os.walk", "os.listdir", "os.scandir",
    "glob.glob", "glob.iglob", "enumerate", "importlib.resources.files", "inspect.getfile",
    "inspect.getsourcefile", "inspect.getabsfile", "importlib.util.cache_from_source", "filter",
}  # fmt: skip
_OF_SOURCE = {"__file__", "__path__", "__cached__", "co_filename", "origin"}
_ASKS_SOURCE = {"inspect.getfile", "inspect.getsourcefile", "inspect.getabsfile"}
_CODE = re.compile(r"\.(?:py[cio]?|pth|so|cfg|ini|toml)\b|(?:^|/)(?:tests?|t\*)(?:/|$)|test_|_test")
_LITERAL_CODE = re.compile(
    r"(?:\./)?(?:(?:tests?|src|t\*+)/\S*|test_\w+\.py|conftest\.py)$|(?:tests?|src)$"
)
_ELSEWHERE = re.compile(
    r"chdir|isolated_filesystem|tmp|temp|pytester|testdir|working_dir|sandbox|fake_?fs|\bfs\b",
    re.IGNORECASE,
)
_FLAG = re.compile(r"environ|getenv|getoption|\b[A-Z]{2}[A-Z_]*\b|(?i:update|regen|golden|record)")
_SHELL = re.compile(
    r"subprocess\.\w+|os\.(?:system|popen|posix_spawnp?|spawn\w+)|pty\.spawn|\w*run"
)
_EDITS = re.compile(
    r"(?:^|[\s;&|])(?:(?:sed|perl|ruby)\s(?:.*\s)?-\w*i|(?:mv|cp|rm|tee|truncate|dd|ln|install|patch"
    r"|ed|ex|unlink|git\s+(?:apply|checkout|restore|stash|reset))\s)|>"
)
_NAMES_CODE = re.compile(r"\.py\b|(?:^|[\s/'\"])tests?/|[\s/]test_\w+|\btest_\w+\.\w+|\bconftest\b")


class Files:
    """Of one file. is_test: any place beside the code counts, and not its source files alone."""

    def __init__(self, tree: ast.AST, names: Names, *, is_test: bool = True) -> None:
        self._names = names
        self._is_test = is_test
        self._tree = tree
        self._values: dict[str, list[ast.expr]] = {}
        self._known: dict[int, dict[str, list[ast.expr]]] = {}

    @cached_property
    def _all(self) -> dict[str, list[ast.expr]]:
        return _values_in(self._tree)

    @cached_property
    def _home(self) -> dict[int, ast.FunctionDef | ast.AsyncFunctionDef]:
        """The innermost function of each node in one."""
        functions = [each for each in nodes_of(self._tree) if isinstance(each, Function)]
        return {id(each): f for f in functions for each in ast.walk(f)}

    def written_by(self, node: ast.AST) -> str:
        """What a statement writes, in words; empty when it is none of the tree's."""
        for call, around in _calls(node, []):
            if self._edits(call) or any(self._is_ours(p, around) for p in self._targets(call)):
                return f"writes to a file of the tree: `{ast.unparse(call)[:60]}`"
        return ""

    def written_at(self, call: ast.Call) -> Iterator[str]:
        """The same of one call in a product."""
        if self._edits(call) or any(self._is_ours(path, []) for path in self._targets(call)):
            yield f"`{ast.unparse(call)[:60]}`, which writes a source file of the tree"

    def _enter(self, call: ast.Call) -> None:
        """Read names as the function means them in which a call stands."""
        home = self._home.get(id(call))
        if home is None:
            self._values = self._all
            return
        if id(home) not in self._known:
            given = (*home.args.posonlyargs, *home.args.args, *home.args.kwonlyargs)
            lent: dict[str, list[ast.expr]] = {each.arg: [] for each in given}
            self._known[id(home)] = {**self._all, **lent, **_values_in(home)}
        self._values = self._known[id(home)]

    def _targets(self, call: ast.Call) -> list[ast.expr]:
        """Places that a call writes to; names are read from then on as they are meant there."""
        if found := self._written(call):
            self._enter(call)
        return found

    def _written(self, call: ast.Call) -> list[ast.expr]:
        path, func = self._names.dotted(call.func), call.func
        given = [each for each in call.args if not isinstance(each, ast.Starred)]
        if path in _CALLS:
            return [given[place] for place in _CALLS[path] if place < len(given)]
        if path in _OPENS:
            return given[:1] if _opens_to_write(call, 1) else []
        if path == "fileinput.input":
            is_inplace = any(each.arg == "inplace" for each in call.keywords)
            return given[:1] if is_inplace else []
        if not isinstance(func, ast.Attribute):
            return self._handed_on(path, given)
        if func.attr == "open":
            return [func.value] if _opens_to_write(call, 0) else []
        if func.attr in _WRITES and (func.attr not in ("rename", "replace") or len(given) == 1):
            return [func.value]
        return self._handed_on(path, given)

    @staticmethod
    def _handed_on(path: str, given: list[ast.expr]) -> list[ast.expr]:
        """`atexit.register(f.write_text, old)`"""
        held = [each for each in given if isinstance(each, ast.Attribute) and each.attr in _WRITES]
        return [each.value for each in held if path and each.attr.startswith("write_")]

    def _is_ours(self, path: ast.expr, around: list[ast.AST]) -> bool:
        texts = " ".join(filter(None, map(folded, self._parts(path))))
        is_code = bool(_CODE.search(texts))
        if not any(map(self._leads, self._roots(path))):
            return self._is_named(path, texts, around)
        if self._is_test:
            return is_code or not any(map(_is_flagged, around))
        return is_code or not texts

    def _is_named(self, path: ast.expr, texts: str, around: list[ast.AST]) -> bool:
        """A place that is written out: of a test, where the code is not led elsewhere."""
        firsts = [folded(each) for each in self._roots(path)]
        if not any(_LITERAL_CODE.match(e) or (e == "." and _CODE.search(texts)) for e in firsts):
            return False
        functions = [each for each in around if isinstance(each, Function)]
        return not any(_ELSEWHERE.search(ast.unparse(each)) for each in functions)

    def _roots(self, path: ast.expr) -> Iterator[ast.expr]:
        """What a path may begin with, names followed."""
        waiting, seen = [path], set[str]()
        while waiting:
            root = self._root(waiting.pop(), 0)
            yield root
            name = ast.unparse(root) if isinstance(root, ast.Name | ast.Attribute) else ""
            waiting += self._values.get(name, []) if name not in seen else []
            seen.add(name)

    def _leads(self, root: ast.expr) -> bool:
        """Whether a path that begins so begins with the place of a module."""
        if isinstance(root, ast.Attribute | ast.Name):
            last = root.attr if isinstance(root, ast.Attribute) else root.id
            return last in _OF_SOURCE and (last != "origin" or "__spec__" in ast.unparse(root))
        return isinstance(root, ast.Call) and self._names.dotted(root.func) in _ASKS_SOURCE

    def _root(self, node: ast.expr, depth: int) -> ast.expr:
        """What a path begins with: `a` of `Path(a) / b`, `a.parent.joinpath(b)`, `f"{a}/b"`."""
        step: ast.expr | None = None
        match node:
            case ast.BinOp():
                step = node.left if not folded(node) else None
            case ast.JoinedStr() if node.values:
                step = node.values[0]
            case ast.FormattedValue() | ast.Subscript() | ast.Starred():
                step = node.value
            case ast.Attribute() if node.attr not in _OF_SOURCE:
                is_bound = ast.unparse(node) in self._values
                step = None if is_bound or isinstance(node.value, ast.Name) else node.value
                if node.attr in ("parent", "parents", "name"):
                    step = node.value
            case ast.Call():
                step = self._of_call(node)
            case ast.ListComp() | ast.GeneratorExp():
                step = node.generators[0].iter
        return self._root(step, depth + 1) if step is not None and depth < 40 else node

    def _of_call(self, node: ast.Call) -> ast.expr | None:
        path = self._names.dotted(node.func)
        if path in _ASKS_SOURCE:
            return None
        if path in _KNOWN_PATHS or path.startswith("os.path."):
            return node.args[0] if node.args else None
        return node.func.value if isinstance(node.func, ast.Attribute) else None

    def _parts(self, node: ast.expr) -> Iterator[ast.expr]:
        """Every expression of which a path is made, names followed."""
        waiting, seen = [node], set[str]()
        while waiting:
            for each in ast.walk(waiting.pop()):
                if isinstance(each, ast.expr):
                    yield each
                if isinstance(each, ast.Name | ast.Attribute):
                    name = ast.unparse(each)
                    waiting += self._values.get(name, []) if name not in seen else []
                    seen.add(name)

    def _edits(self, call: ast.Call) -> bool:
        """Another program that is told to write a source file here."""
        if not _SHELL.fullmatch(self._names.dotted(call.func)) or not call.args:
            return False
        if any(k.arg == "cwd" and not folded(k.value) for k in call.keywords):
            return False
        line = " ".join(_words(call.args))
        return bool(_EDITS.search(line) and _NAMES_CODE.search(line))


def _values_in(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """What names, and attributes, are given."""
    found: dict[str, list[ast.expr]] = {}
    nodes = nodes_of(tree) if isinstance(tree, ast.Module) else ast.walk(tree)
    for target, value in bindings_in(nodes):
        for name in ast.walk(target):
            if isinstance(name, ast.Name | ast.Attribute):
                found.setdefault(ast.unparse(name), []).append(value)
    return found


def _words(given: list[ast.expr]) -> Iterator[str]:
    for each in given:
        if isinstance(each, ast.List | ast.Tuple):
            yield from _words(each.elts)
        else:
            yield folded(each)


def _opens_to_write(call: ast.Call, place: int) -> bool:
    modes = [each.value for each in call.keywords if each.arg in ("mode", "flags")]
    modes += call.args[place : place + 1]
    said = [folded(each) for each in modes]
    is_flag = any(
        "O_WRONLY" in ast.unparse(each) or "O_RDWR" in ast.unparse(each) for each in modes
    )
    return is_flag or any(_WRITE_MODE.search(each) for each in said if len(each) < 5)


def _is_flagged(node: ast.AST) -> bool:
    """A condition by which a person asks for what is recorded to be written again."""
    return isinstance(node, ast.If) and bool(_FLAG.search(ast.unparse(node.test)))


def _calls(node: ast.AST, around: list[ast.AST]) -> Iterator[tuple[ast.Call, list[ast.AST]]]:
    """Each call, with the functions and conditions in which it stands."""
    if isinstance(node, ast.Call):
        yield node, around
    inside = [*around, node] if isinstance(node, Function | ast.If) else around
    for each in ast.iter_child_nodes(node):
        yield from _calls(each, inside)
