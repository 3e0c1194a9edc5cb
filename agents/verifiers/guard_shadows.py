"""New Python modules that are imported in place of the standard library's or a test runner's."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from agents.verifiers.guard_base import Finding, GuardFile

_RUNNERS = {
    "pytest", "_pytest", "pluggy", "unittest", "mock", "coverage", "hypothesis", "iniconfig",
    "packaging", "exceptiongroup", "nose", "pytest_django", "xdist", "django", "pygments",
}  # fmt: skip
_TAKEN = sys.stdlib_module_names | _RUNNERS
_ROOTS = {"", "src", "lib", "python", "test", "tests"}
_ENDS = (".py", ".pyc", ".so", ".pyd")


def shadows(files: Sequence[GuardFile], tree: Sequence[str]) -> Iterator[Finding]:
    """tree: every path after the change, to tell folders that are packages from source roots."""
    packages = {path.removesuffix("__init__.py").rstrip("/") for path in tree
                if path.endswith("/__init__.py")}  # fmt: skip
    for file in files:
        if file.is_deleted or not (file.is_added or file.before != file.path):
            continue
        name = _taken(PurePosixPath(file.path), packages, has_tree=bool(tree))
        if name:
            text = (
                f"May be imported in place of the module {name} that Python or a test runner needs."
            )
            yield Finding("shadows", text, file.path)


def _taken(path: PurePosixPath, packages: set[str], *, has_tree: bool) -> str:
    if not path.name.endswith(_ENDS):
        return ""
    is_package = path.name.split(".")[0] == "__init__"
    module = path.parent if is_package else path
    name = module.name.split(".")[0]
    root = str(module.parent) if str(module.parent) != "." else ""
    can_be_root = root in _ROOTS or (has_tree and root not in packages)
    return name if name in _TAKEN and can_be_root else ""
