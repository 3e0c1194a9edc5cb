"""What a change makes a project need: lock files touched, dependencies that are new, by name."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from agents.verifiers.guard_base import Finding, GuardFile, listed, text_of

_MOST_BYTES = 8 * 1024 * 1024
# What an entry of a lock file looks like; the first group is the package's name.
_LOCKS = {
    name: re.compile(pattern, re.MULTILINE)
    for names, pattern in (
        (("package-lock.json", "npm-shrinkwrap.json"),
         r"^[ \t]*+\"(?:[^\"\n]{0,200}/)?node_modules/([^\"\n]{1,200})\": \{"),
        (("yarn.lock",), r"^\"?(@?[^@\s\"#][^@\n\"]{0,200})@"),
        (("pnpm-lock.yaml",), r"^  '?/?(@?[^@\s:'()]{1,200})@"),
        (("bun.lock",), r"^    \"(@?[^\"\n]{1,200})\": \["),
        (("poetry.lock", "uv.lock", "pdm.lock", "Cargo.lock"), r"^name = \"([^\"\n]{1,200})\""),
        (("Pipfile.lock",), r"^        \"([^\"\n]{1,200})\": \{"),
        (("go.sum",), r"^(\S{1,300}) v"),
        (("Gemfile.lock",), r"^    (\S{1,200}) \("),
        (("composer.lock",), r"^ {12}\"name\": \"([^\"\n]{1,200})\""),
        (("mix.lock",), r"^  \"([^\"\n]{1,200})\": "),
        (("bun.lockb", "flake.lock", "gradle.lockfile", "packages.lock.json"), r"(?!)"),
    )
    for name in names
}  # fmt: skip
_HOST = re.compile(r"\bhttps?://([^/\s\"'<>@]{1,200})/")
_REQUIREMENTS = re.compile(
    r"(?:^|/)(?:requirements|constraints)[^/]*\.(?:txt|in)$|(?:^|/)requirements/[^/]+\.(?:txt|in)$"
)
_REQUIREMENT = re.compile(
    r"[ \t]*([A-Za-z0-9][\w.-]{0,200})(?:\[[^\]\n]{0,200}\])?[ \t]*([^\n#]{0,500})"
)
_ELSEWHERE = re.compile(
    r"(?:^|[\s@'\"=])(?:git\+|https?:|ssh:|git:|git@|file:|link:|github:|\.{1,2}/|/)"
    r"|[{,] ?'?(?:git|path|url)'?[:=]"
)
_GEM = re.compile(r"^[ \t]*gem[ (]+[\"']([^\"'\n]{1,200})[\"']([^\n]{0,300})", re.MULTILINE)
_GO = re.compile(r"^[ \t]*+(?:require )?([^\s/]{1,200}(?:/\S{1,300}+)?) v\S", re.MULTILINE)
_MAVEN = re.compile(r"<artifactId>([^<\n]{1,200})</artifactId>")
_GRADLE = re.compile(
    r"\b(?:\w{0,30}[iI]mplementation|api|compileOnly|runtimeOnly)[ (]+[\"']"
    r"([^\"'\n:]{1,200}:[^\"'\n:]{1,200})"
)
Needs = dict[str, str]


def needs(file: GuardFile) -> Iterator[Finding]:
    """Lock files, and names that a manifest did not have before."""
    name = PurePosixPath(file.path).name
    if name in _LOCKS:
        yield _lock(file, name)
        return
    read = _reader(file.path)
    if read is None or file.is_deleted:
        return
    before, after = (_read(read, side) for side in (file.old, file.new))
    new = sorted(set(after) - set(before))
    if new:
        text = f"New {'dependency' if len(new) == 1 else 'dependencies'}: {listed(new, 12)}."
        yield Finding("dependency", text, file.path, _line_of(file, new[0]))
    moved = [n for n in sorted(after) if _ELSEWHERE.search(after[n]) and after[n] != before.get(n)]
    if moved:
        text = f"Not from the usual registry: {listed(f'{n} {after[n]}'.strip() for n in moved)}."
        yield Finding("dependency", text, file.path, _line_of(file, moved[0]))


def _lock(file: GuardFile, name: str) -> Finding:
    if file.is_deleted:
        return Finding("lock_file", "Lock file deleted: versions are no longer held.", file.path)
    old, new = (text_of(side)[:_MOST_BYTES] for side in (file.old, file.new))
    names = sorted(set(_LOCKS[name].findall(new)) - set(_LOCKS[name].findall(old)))
    hosts = sorted(set(_HOST.findall(new)) - set(_HOST.findall(old)))
    text = "Lock file added" if file.is_added else "Lock file changed"
    if file.is_added:
        text += f", {len(names)} packages in it" if names else ""
        return Finding("lock_file", f"{text}.", file.path)
    text += f"; new in it: {listed(names, 12)}" if names else "; no package is new in it"
    text += f"; from a new host: {listed(hosts)}" if hosts else ""
    return Finding("lock_file", f"{text}.", file.path)


def _read(read: Callable[[str], Needs], content: bytes | None) -> Needs:
    try:
        return read(text_of(content)[:_MOST_BYTES])
    except (ValueError, RecursionError):  # cannot be parsed: then no tool installs from it either
        return {}


def _reader(path: str) -> Callable[[str], Needs] | None:
    if _REQUIREMENTS.search(path):
        return _requirements
    readers: Mapping[str, Callable[[str], Needs]] = {
        "pyproject.toml": _pyproject,
        "Pipfile": lambda text: _tables(tomllib.loads(text), ("packages", "dev-packages")),
        "package.json": _package_json,
        "composer.json": lambda text: _tables(_object(text), ("require", "require-dev")),
        "Cargo.toml": _cargo,
        "go.mod": lambda text: {name: "" for name in _GO.findall(text) if "." in name},
        "Gemfile": lambda text: dict(_GEM.findall(text)),
        "pom.xml": lambda text: dict.fromkeys(_MAVEN.findall(text), ""),
        "build.gradle": lambda text: dict.fromkeys(_GRADLE.findall(text), ""),
        "build.gradle.kts": lambda text: dict.fromkeys(_GRADLE.findall(text), ""),
    }
    return readers.get(PurePosixPath(path).name)


def _requirements(text: str) -> Needs:
    return _listed(line for line in text.splitlines() if not line.lstrip().startswith(("#", "-")))


def _listed(lines: Iterator[str] | list[Any]) -> Needs:
    """PEP 508 lines: name to the rest; names as PyPI compares them."""
    found: Needs = {}
    for line in lines:
        if match := _REQUIREMENT.match(str(line)):
            found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2].strip()
        elif _ELSEWHERE.search(str(line)):
            found[str(line).strip()[:100]] = str(line).strip()[:200]
    return found


def _pyproject(text: str) -> Needs:
    root = tomllib.loads(text)
    project, tool = _dict(root, "project"), _dict(root, "tool")
    lists = [project.get("dependencies"), _dict(root, "build-system").get("requires")]
    for groups in (_dict(project, "optional-dependencies"), _dict(root, "dependency-groups")):
        lists += groups.values()
    lists.append(_dict(tool, "uv").get("dev-dependencies"))
    found = _listed([line for each in lists if isinstance(each, list) for line in each])
    poetry = _dict(tool, "poetry")
    found |= _tables(poetry, ("dependencies", "dev-dependencies"))
    for group in _dict(poetry, "group").values():
        found |= _tables(group, ("dependencies",)) if isinstance(group, dict) else {}
    for name, source in _dict(_dict(tool, "uv"), "sources").items():
        found[str(name)] = str(source)[:200]
    return found


def _package_json(text: str) -> Needs:
    kinds = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies",
             "overrides", "resolutions")  # fmt: skip
    return _tables(_object(text), kinds)


def _cargo(text: str) -> Needs:
    root = tomllib.loads(text)
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    found = _tables(root, kinds) | _tables(_dict(root, "workspace"), kinds)
    for target in _dict(root, "target").values():
        found |= _tables(target, kinds) if isinstance(target, dict) else {}
    return found | _tables(root, ("patch", "replace"))


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text or "{}")
    return value if isinstance(value, dict) else {}


def _dict(root: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = root.get(key)
    return value if isinstance(value, dict) else {}


def _tables(root: Mapping[str, Any], keys: tuple[str, ...]) -> Needs:
    return {str(n): str(spec)[:200] for key in keys for n, spec in _dict(root, key).items()}


def _line_of(file: GuardFile, name: str) -> int | None:
    lines = text_of(file.new).splitlines()
    return next((number for number, line in enumerate(lines, 1) if name in line.lower()), None)
