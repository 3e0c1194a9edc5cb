"""New Python modules that may be imported in place of others."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from agents.verifiers.guard_base import Finding, GuardFile, shown

_RUNNERS = {
    "pytest", "_pytest", "pluggy", "unittest", "mock", "coverage", "hypothesis", "iniconfig",
    "packaging", "exceptiongroup", "nose", "pytest_django", "xdist", "django", "pygments",
}  # fmt: skip
_TAKEN = sys.stdlib_module_names | _RUNNERS
_ROOTS = {"", "src", "lib", "python", "test", "tests"}
_ENDS = (".py", ".pyc", ".so", ".pyd")
_TESTS = re.compile(r"(?:^|/)tests?(?:/|$)")  # a folder of tests without __init__ comes first
_INSTALLED = re.compile(r"\.(?:dist|egg)-info/|\.egg-link$", re.IGNORECASE)


def shadows(files: Sequence[GuardFile], tree: Sequence[str]) -> Iterator[Finding]:
    """tree: every path after the change, to tell folders that are packages from source roots."""
    packages = {path.removesuffix("__init__.py").rstrip("/") for path in tree
                if path.endswith("/__init__.py")}  # fmt: skip
    homes = _homes(tree)
    for file in files:
        if file.is_deleted or not (file.is_added or file.before != file.path):
            continue
        path = PurePosixPath(file.path)
        if _INSTALLED.search(file.path):
            text = "Python may take this for an installed package, and load plug-ins that it names."
            yield Finding("shadows", text, file.path)
        elif name := _taken(path, packages, has_tree=bool(tree)):
            text = (
                f"May be imported in place of the module {name} that Python or a test runner needs."
            )
            yield Finding("shadows", text, file.path)
        elif other := _twin(path, packages, homes):
            text = f"May be imported in place of {shown(other)}, or hidden by it."
            yield Finding("shadows", text, file.path)


def _homes(tree: Sequence[str]) -> dict[str, list[str]]:
    """Folder and name of each module of the tree: the files that may be meant by it."""
    found: dict[str, list[str]] = {}
    for each in tree:
        if each.endswith(_ENDS):
            folder, name = _module(PurePosixPath(each))
            found.setdefault(f"{folder}/{name}", []).append(each)
    return found


def _twin(path: PurePosixPath, packages: set[str], homes: dict[str, list[str]]) -> str:
    """Another file of the tree that the same import may mean."""
    if not path.name.endswith(_ENDS):
        return ""
    folder, name = _module(path)
    places = [folder]
    if folder not in packages and (folder in ("", "src") or _TESTS.search(folder)):
        places += ["", "src"]
    return next(
        (
            each
            for place in places
            for each in homes.get(f"{place}/{name}", [])
            if each != str(path)
        ),
        "",
    )


def _module(path: PurePosixPath) -> tuple[str, str]:
    """The folder in which a module is looked for, and its name."""
    is_package = path.name.split(".")[0] == "__init__"
    module = path.parent if is_package else path
    folder = str(module.parent) if str(module.parent) != "." else ""
    return folder, module.name.split(".")[0]


def _taken(path: PurePosixPath, packages: set[str], *, has_tree: bool) -> str:
    if not path.name.endswith(_ENDS):
        return ""
    root, name = _module(path)
    can_be_root = root in _ROOTS or (has_tree and root not in packages)
    return name if name in _TAKEN and can_be_root else ""
