"""Which files of a change name which others: imports, includes and types, read from their heads."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile

Parts = tuple[bytes, ...]

_PYTHON = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]{0,2000}\)|[^\n#]+)"
    rb"|import[ \t]+([\w., \t]+))",
    re.MULTILINE,
)
_SCRIPT = re.compile(
    rb"(?:\bfrom[ \t]*|\b(?:require|import)\([ \t]*|^[ \t]*import[ \t]+|@(?:import|use)[ \t]+)"
    rb"[\"']([^\"'\n]{1,300})[\"']",
    re.MULTILINE,
)
_DOTTED = re.compile(rb"^[ \t]*(?:import|use)[ \t]+(?:static[ \t]+)?([\w.\\]{2,300})", re.MULTILINE)
_INCLUDE = re.compile(
    rb"^[ \t]*(?:#[ \t]*(?:include|import)[ \t]*[\"<]([^\">\n]{1,300})[\">]"
    rb"|import[ \t]+(?:public[ \t]+|weak[ \t]+)?\"([^\"\n]{1,300})\")",
    re.MULTILINE,
)
_GO = re.compile(
    rb"^[ \t]*(?:import[ \t]+)?(?:[\w.]+[ \t]+)?\"([\w./~-]{1,300})\"[ \t]*$", re.MULTILINE
)
_RUST = re.compile(rb"^[ \t]*(?:pub[ \t]+)?(?:mod[ \t]+(\w+);|use[ \t]+([\w:]+))", re.MULTILINE)
_RUBY = re.compile(
    rb"^[ \t]*require(?:_relative|_dependency)?[ (]+[\"']([^\"'\n]{1,300})", re.MULTILINE
)
_SHELL = re.compile(
    rb"^[ \t]*(?:source|\.)[ \t]+[\"']?(?:\$\{?\w+\}?/)?([\w./-]{1,300})", re.MULTILINE
)
_TYPE = re.compile(rb"\b[A-Z]\w{2,}")

_SCRIPTS = (b"js", b"jsx", b"ts", b"tsx", b"mjs", b"cjs", b"mts", b"cts", b"vue", b"svelte",
            b"css", b"scss", b"less", b"sass")  # fmt: skip
_C = (b"c", b"h", b"cc", b"cpp", b"cxx", b"hh", b"hpp", b"hxx", b"m", b"mm", b"proto", b"cu")
_TYPED = frozenset((b"java", b"kt", b"kts", b"cs", b"swift", b"scala", b"groovy", b"php"))
_ALIKE = 50  # files of one name that are looked at
_ROOTS = frozenset((b"src", b"lib", b"python", b"source", b"include"))
_INDEX = (b"index", b"__init__", b"mod", b"lib")


def _python(path: bytes, content: bytes) -> Iterator[Parts]:
    here = path.split(b"/")[:-1]
    for module, names, plain in _PYTHON.findall(content):
        for one in plain.split(b","):
            yield tuple(one.split(b" as ")[0].strip().split(b"."))
        dots = len(module) - len(module.lstrip(b"."))
        parts = [part for part in module.split(b".") if part]
        base = [*here[: len(here) - dots + 1], *parts] if dots else parts
        for name in re.findall(rb"\w+", names)[:100]:
            yield (*base, name)
        yield tuple(base)


def _script(path: bytes, content: bytes) -> Iterator[Parts]:
    for name in _SCRIPT.findall(content):
        yield _joined(path, name) if name.startswith(b".") else _plain(name)


def _dotted(_path: bytes, content: bytes) -> Iterator[Parts]:
    for name in _DOTTED.findall(content):
        parts = tuple(part for part in re.split(rb"[.\\]", name) if part)
        yield parts
        yield parts[:-1]  # what is imported of a class or an object


def _include(_path: bytes, content: bytes) -> Iterator[Parts]:
    for include, import_ in _INCLUDE.findall(content):
        yield tuple(part for part in (include or import_).split(b"/") if part not in (b".", b".."))


def _rust(path: bytes, content: bytes) -> Iterator[Parts]:
    for module, use in _RUST.findall(content):
        if module:
            yield (*path.split(b"/")[:-1], module)
        parts = [part for part in use.split(b"::") if part not in (b"crate", b"self", b"super")]
        yield tuple(parts)
        yield tuple(parts[:-1])


def _named(pattern: re.Pattern[bytes]) -> Callable[[bytes, bytes], Iterator[Parts]]:
    def read(path: bytes, content: bytes) -> Iterator[Parts]:
        for name in pattern.findall(content):
            yield _joined(path, name)
            yield _plain(name)

    return read


def _joined(path: bytes, name: bytes) -> Parts:
    return _plain(posixpath.normpath(posixpath.join(posixpath.dirname(path), name)))


def _plain(name: bytes) -> Parts:
    return tuple(part for part in name.split(b"/") if part not in (b"", b".", b"..", b"@", b"~"))


_READERS: dict[bytes, Callable[[bytes, bytes], Iterator[Parts]]] = {
    b"py": _python, b"pyi": _python, b"rs": _rust, b"rb": _named(_RUBY), b"sh": _named(_SHELL),
    b"bash": _named(_SHELL), **dict.fromkeys(_SCRIPTS, _script), **dict.fromkeys(_C, _include),
    **dict.fromkeys(_TYPED, _dotted),
}  # fmt: skip


class Names:
    """The files of a change by what others may call them."""

    def __init__(self, paths: Sequence[bytes]) -> None:
        self._paths = paths
        self._folders: list[Parts] = []
        self._by_name: dict[bytes, list[int]] = defaultdict(list)
        self._by_folder: dict[bytes, list[int]] = defaultdict(list)
        for at, path in enumerate(paths):
            folder, _, name = path.rpartition(b"/")
            folders = tuple(folder.split(b"/")) if folder else ()
            if name.partition(b".")[0] in _INDEX and folders:
                names, folders = {folders[-1]}, folders[:-1]  # it is called like its folder
            else:
                names = _names(name)
            self._folders.append(folders)
            for each in names:
                self._by_name[each].append(at)
            if name.endswith(b".go"):
                self._by_folder[folder].append(at)

    def used_by(self, at: int, content: bytes) -> set[int]:
        """Places of the files that file `at` names in `content`, itself not among them."""
        path = self._paths[at]
        ending = path.rpartition(b".")[2].lower()
        found: set[int] = set()
        if ending == b"go":
            found.update(self._packages(_GO.findall(content)))
        reader = _READERS.get(ending)
        for parts in {*reader(path, content)} if reader else ():
            found.update(self._at(parts))
        if ending in _TYPED:
            found.update(self._types(ending, content))
        return found - {at}

    def _at(self, parts: Parts) -> Iterator[int]:
        """Files whose path ends with these parts, or with at least two of them.

        A single part names a file at the top, or one by its whole name with its ending.
        """
        for at in self._by_name.get(parts[-1], ())[:_ALIKE] if parts else ():
            folders = self._folders[at]
            pairs = zip(reversed(folders), reversed(parts[:-1]), strict=False)
            common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            is_top = len(parts) == 1 and (b"." in parts[-1] or _ROOTS.issuperset(folders))
            if common or is_top:
                yield at

    def _packages(self, imports: Iterable[bytes]) -> Iterator[int]:
        """Go imports folders: those whose whole path ends what is imported."""
        for name in imports:
            parts = name.split(b"/")
            for start in range(len(parts)):
                yield from self._by_folder.get(b"/".join(parts[start:]), ())[:_ALIKE]

    def _types(self, ending: bytes, content: bytes) -> Iterator[int]:
        """Types of the same package need no import: files of one language by the names in it."""
        for name in {*_TYPE.findall(content)} & self._by_name.keys():
            for at in self._by_name[name][:5]:
                if self._paths[at].endswith(ending):
                    yield at


def _names(name: bytes) -> set[bytes]:
    """A file's name with and without its endings: a.d.ts, a.d, a."""
    parts = name.split(b".")
    return {b".".join(parts[:size]) for size in range(1, len(parts) + 1)} - {b""}
