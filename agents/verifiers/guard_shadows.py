"""New Python modules that may be imported in place of others; folders that runners pass over."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from agents.verifiers.guard_base import Finding, GuardFile, shown
from agents.verifiers.guard_tests_changed import is_test
from agents.verifiers.tests_in import is_collected_name

_RUNNERS = {
    "pytest", "_pytest", "pluggy", "unittest", "mock", "coverage", "hypothesis", "iniconfig",
    "packaging", "exceptiongroup", "nose", "pytest_django", "xdist", "django", "pygments",
}  # fmt: skip
_TAKEN = sys.stdlib_module_names | _RUNNERS
_ROOTS = {"", "src", "lib", "python", "test", "tests"}
_ENDS = (".py", ".pyc", ".so", ".pyd")
_TESTS = re.compile(r"(?:^|/)tests?(?:/|$)")  # a folder of tests without __init__ comes first
_INSTALLED = re.compile(r"\.(?:dist|egg)-info/|\.egg-link$", re.IGNORECASE)

# What makes pytest take a folder for an environment, beside pyvenv.cfg, which is told as `checks`.
_ENVIRONMENT = re.compile(
    r"(?:^|/)(?:conda-meta/\w+|(?:bin|Scripts)/activate(?:\.\w+)?)$", re.IGNORECASE
)


def _passed_over(files: Sequence[GuardFile], tree: Sequence[str]) -> Iterator[Finding]:
    """Folders in which a runner finds no tests any more, though each of them stands as it did.

    tree: every path after the change.
    """
    below: dict[str, str] | None = None  # sorted out only where it is asked for
    for file in files:
        folder = file.before.rpartition("/")[0]
        is_gone = file.is_deleted or file.before != file.path
        is_package = file.before.endswith("/__init__.py") and not is_test(file.before, file.old)
        is_new = not file.is_deleted and (file.is_added or file.before != file.path)
        if is_new and _ENVIRONMENT.search(file.path):
            text = "pytest takes its folder for an environment, and passes over the tests in it."
            yield Finding("checks", text, file.path)
        elif is_gone and is_package:
            below = _tests_below(tree) if below is None else below
            if folder not in below:
                continue
            text = f"Gone, and {shown(below[folder])} stands below it: "
            text += "its tests may no longer be found."
            yield Finding("test_moved", text, file.before)


def _tests_below(tree: Sequence[str]) -> dict[str, str]:
    """The first test of Python below each folder."""
    found: dict[str, str] = {}
    for path in tree:
        if path.endswith(".py") and is_collected_name(path):
            for number, letter in enumerate(path):
                if letter == "/":
                    found.setdefault(path[:number], path)
    return found


def shadows(files: Sequence[GuardFile], tree: Sequence[str]) -> Iterator[Finding]:
    """tree: every path after the change, to tell folders that are packages from source roots."""
    yield from _passed_over(files, tree)
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
