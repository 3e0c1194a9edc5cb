"""Files that decide what is checked, built or told to agents: touched, and what changed in them."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from configparser import ConfigParser, Error
from pathlib import PurePosixPath
from typing import Any

from agents.verifiers.guard_base import (
    MOST_PER_FILE,
    Finding,
    GuardFile,
    added,
    count,
    limited,
    listed,
    shown,
    text_of,
)
from agents.verifiers.guard_config_names import FOREIGN, steers

_HOLDERS = {"pyproject.toml", "setup.cfg", "package.json"}
_LEAVES_OUT = re.compile(
    rb"--(?:deselect|ignore(?:-glob)?|collect-only|co\b|lf\b|sw\b)|(?:^|[\s\"'=])-[km][\s\"',]"
    rb"|-p[ \"',]+no:|testPathIgnorePatterns|--passWithNoTests|--test-name-pattern|norecursedirs"
    rb"|--exclude-task|-DskipTests|maven\.test\.skip"
)
_TOOLS = ("pytest", "coverage", "mypy", "ruff", "pyright", "pylint", "flake8", "tox", "nox",
          "bandit", "basedpyright", "poe", "taskipy", "djlint", "black", "isort", "ty", "pyrefly",
          "importlinter", "interrogate", "vulture", "deptry", "hatch", "semgrep")  # fmt: skip
# Of a package manifest: what it is called, what it is made of and what is told elsewhere. Any other
# part steers one tool or another.
_SAYS_ONLY = {
    "name", "version", "description", "keywords", "author", "authors", "license", "licenses",
    "homepage", "repository", "bugs", "funding", "contributors", "maintainers", "files", "private",
    "main", "module", "types", "typings", "exports", "sideEffects", "man", "icon", "publisher",
    "displayName", "categories", "contributes", "activationEvents", "engines", "os", "cpu",
    "support", "readme", "time", "scripts", "dependencies", "devDependencies", "peerDependencies",
    "peerDependenciesMeta", "optionalDependencies", "bundledDependencies", "bundleDependencies",
    "overrides", "resolutions", "require", "require-dev", "$schema",
}  # fmt: skip
# Every new package says these.
_ALSO_WHEN_NEW = {"type", "bin", "packageManager", "config", "browser", "autoload", "autoload-dev",
                  "prettier", "publishConfig", "volta"}  # fmt: skip
# Of a package that is new: what installing runs, and what it calls its checks.
_TOLD_WHEN_NEW = ("pre", "post", "install", "test", "lint", "check", "type")
_SETUP_PARTS = re.compile(
    r"(?:tool:)?(?:pytest|mypy|coverage|flake8|pylint|tox|isort|nosetests|aliases)"
    r"|options\.entry_points|unittest"
)
_CARGO_PARTS = ("lints", "test", "bench", "build", "profile", "lib", "bin", "example", "workspace")
_CARGO_PACKAGE = ("build", "autotests", "autobenches", "autobins", "links")
_RUNNER_SET = re.compile(rb"^[ \t]*TEST_RUNNER\b[^\n]*", re.MULTILINE)
_GO_ELSEWHERE = re.compile(
    r"^[^\n]{0,400}=>[^\n]{0,400}|^(?:toolchain|tool|exclude)\b[^\n]*", re.MULTILINE
)
_MOST_BYTES = 1024 * 1024


def run_by_checks(file: GuardFile, reached: Collection[str]) -> Iterator[Finding]:
    """A file that the verifiers in force reach (guard_chain.reached) is part of the check."""
    if file.path in reached or file.before in reached:
        yield Finding("checks", "Changes how checks run: a verifier runs this file.", file.path)


def foreign(files: Sequence[GuardFile]) -> Iterator[Finding]:
    """Code of others that is part of the tree, told once a folder: there may be thousands."""
    first: dict[str, str] = {}
    number: Counter[str] = Counter()
    for file in files:
        above = file.path.split("/")[:-1]
        place = next((n for n, part in enumerate(above, 1) if part in FOREIGN), 0)
        if place:
            folder = "/".join(above[:place])
            number[folder] += 1
            first.setdefault(folder, file.path)
    for folder, path in sorted(first.items()):
        text = (
            f"Code of others, which checks may load: {count(number[folder], 'file')} in {folder}/."
        )
        yield Finding("checks", text, path)


def touched(file: GuardFile) -> Iterator[Finding]:
    """By its name, before or after."""
    is_foreign = not FOREIGN.isdisjoint(file.path.split("/")[:-1])  # told once a folder
    for path in dict.fromkeys((file.path, file.before)):
        told = steers(PurePosixPath(path))
        if told and not (is_foreign and told[0] in ("checks", "build")):
            yield Finding(told[0], told[1], file.path)
            return
    if not is_foreign:
        yield from _sections(file)


def left_out(file: GuardFile) -> Iterator[Finding]:
    """Options that make a test runner pass over tests, new in a configuration."""
    path = PurePosixPath(file.path)
    told = steers(path)
    if path.name not in _HOLDERS and (told is None or told[0] not in ("checks", "build", "ci")):
        return
    for number, line in limited(added(file), lambda line: bool(_LEAVES_OUT.search(line[:4000]))):
        text = f"May leave tests out: `{shown(text_of(line))}`."
        yield Finding("test_skipped", text, file.path, number)


def _sections(file: GuardFile) -> Iterator[Finding]:
    """Parts about checks in files that hold other things too."""
    path = PurePosixPath(file.path)
    if path.name in ("package.json", "composer.json"):
        yield from _scripts(file)
    elif path.name in ("pyproject.toml", "setup.cfg", "Cargo.toml", "go.mod"):
        old, new = (parts_about_checks(path.name, text_of(side)) for side in (file.old, file.new))
        if file.is_added:  # every project says how it is built
            new.pop("[build-system]", None)
        changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
        if changed:
            text = f"Changes how checks run: {listed(changed)} changed."
            yield Finding("checks", text, file.path)
    elif path.suffix == ".py" and _runners(file.old) != _runners(file.new):
        yield Finding("checks", "Changes how checks run: TEST_RUNNER changed.", file.path)


def _runners(content: bytes | None) -> list[bytes]:
    return [line.strip() for line in _RUNNER_SET.findall((content or b"")[:_MOST_BYTES])]


def _scripts(file: GuardFile) -> Iterator[Finding]:
    old, new = (_json(side) for side in (file.old, file.new))
    silent = _SAYS_ONLY | _ALSO_WHEN_NEW if file.is_added else _SAYS_ONLY
    parts = [n for n in sorted({*old, *new} - silent) if old.get(n) != new.get(n)]
    for name in map(shown, parts[:MOST_PER_FILE]):
        yield Finding("checks", f"Changes how checks run: {name} changed.", file.path)
    scripts = [each.get("scripts") for each in (old, new)]
    was, now = (each if isinstance(each, dict) else {} for each in scripts)
    for name in [n for n in sorted({*was, *now}) if was.get(n) != now.get(n)][:MOST_PER_FILE]:
        text = (
            f"Script {shown(str(name))}: `{shown(str(was.get(name, '')))}` before, "
            f"`{shown(str(now.get(name, '')))}` now."
        )
        if not file.is_added or str(name).startswith(_TOLD_WHEN_NEW):
            yield Finding("checks", text, file.path)


def parts_about_checks(name: str, text: str) -> dict[str, Any]:
    """Section name to content, of a file that holds other things too; all of it when unreadable."""
    if name == "setup.cfg":
        parser = ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(text)
        except (Error, ValueError):
            return {"its text": text}
        return {s: dict(parser[s]) for s in parser.sections() if _SETUP_PARTS.match(s)}
    if name == "go.mod":
        told = sorted(line.strip() for line in _GO_ELSEWHERE.findall(text[:_MOST_BYTES]))
        return {"replace or toolchain": told} if told else {}
    try:
        root = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {"its text": text} if text else {}
    return _of_cargo(root) if name == "Cargo.toml" else _of_pyproject(root)


def _of_cargo(root: dict[str, Any]) -> dict[str, Any]:
    found = {f"[{key}]": root[key] for key in _CARGO_PARTS if key in root}
    if isinstance(workspace := root.get("workspace"), dict):  # its dependencies are told elsewhere
        found["[workspace]"] = {k: v for k, v in workspace.items() if k != "dependencies"}
    if "default" in (features := _table(root, "features")):
        found["features.default"] = features["default"]
    package = _table(root, "package")
    return found | {f"package.{key}": package[key] for key in _CARGO_PACKAGE if key in package}


def _of_pyproject(root: dict[str, Any]) -> dict[str, Any]:
    tools, builds = _table(root, "tool"), _table(root, "build-system")
    found = {f"[tool.{key}]": tools[key] for key in _TOOLS if key in tools}
    if points := _table(root, "project").get("entry-points"):
        found["[project.entry-points]"] = points
    if "build-backend" in builds:
        found["[build-system]"] = builds["build-backend"]
    if "backend-path" in builds:
        found["backend-path"] = builds["backend-path"]
    return found


def _table(root: dict[str, Any], key: str) -> dict[str, Any]:
    value = root.get(key)
    return value if isinstance(value, dict) else {}


def _json(content: bytes | None) -> dict[str, Any]:
    try:
        value = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
