"""Which packages the manifests of many languages name, and where they take them from."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from configparser import ConfigParser, Error
from pathlib import PurePosixPath
from typing import Any

from agents.verifiers.guard_base import text_of

_MOST_BYTES = 8 * 1024 * 1024
SOURCE = "source "  # before what says where packages come from, and is none
HELD = SOURCE + "hashes"
_REQUIREMENTS = re.compile(
    r"(?:^|/)[\w.-]*(?:requirements|constraints)[^/]*\.(?:txt|in)$|(?:^|/)requirements/[^/]+\.(?:txt|in)$"
)
_REQUIREMENT = re.compile(
    r"[ \t]*([A-Za-z0-9][\w.-]{0,200})(?:\[[^\]\n]{0,200}\])?[ \t]*([^\n#]{0,500})"
)
ELSEWHERE = re.compile(
    r"(?:^|[\s@'\"=])(?:git\+|https?:|ssh:|git:|git@|file:|link:|portal:|patch:|exec:|npm:|jsr:"
    r"|github:|gitlab:|bitbucket:|gist:|\.{1,2}/|/)|^[\w.-]+/[\w.-]+(?:#\S*)?$"
    r"|[{,] ?'?(?:git|path|url|package|registry|registry-index)'?[:=]"
)
_GEM = re.compile(r"^[ \t]*gem[ (]+[\"']([^\"'\n]{1,200})[\"']([^\n]{0,300})", re.MULTILINE)
_GEM_SOURCE = re.compile(r"^[ \t]*(?:source|eval_gemfile)[ (]+([^\n]{1,200})", re.MULTILINE)
_GEMSPEC = re.compile(
    r"\.add_(?:runtime_|development_)?dependency[ (]+[\"']([^\"'\n]{1,200})[\"']([^\n]{0,300})"
)
_CONDA = re.compile(r"^[ \t]+- +([A-Za-z0-9][\w.:/-]{0,200})", re.MULTILINE)
_PUB = re.compile(r"^  (\w{1,200}):", re.MULTILINE)
# Of uv's table: what says nothing about where packages come from.
_UV_OWN = {"package", "workspace", "build-backend", "default-groups", "required-version",
           "dev-dependencies", "sources"}  # fmt: skip
_GO = re.compile(r"^[ \t]*+(?:require )?([^\s/]{1,200}(?:/\S{1,300}+)?) v\S", re.MULTILINE)
_MAVEN = re.compile(r"<artifactId>([^<\n]{1,200})</artifactId>")
_GRADLE = re.compile(
    r"\b(?:\w{0,30}[iI]mplementation|api|compileOnly|runtimeOnly)[ (]+[\"']"
    r"([^\"'\n:]{1,200}:[^\"'\n:]{1,200})"
)
Needs = dict[str, str]


def read(named: Callable[[str], Needs], content: bytes | None) -> Needs:
    try:
        return named(text_of(content)[:_MOST_BYTES])
    except (ValueError, RecursionError):  # cannot be parsed: then no tool installs from it either
        return {}


def reader(path: str) -> Callable[[str], Needs] | None:
    if _REQUIREMENTS.search(path):
        return lambda text: _requirements(text, posixpath.dirname(path))
    if path.endswith(".gemspec"):
        return lambda text: dict(_GEMSPEC.findall(text))
    readers: Mapping[str, Callable[[str], Needs]] = {
        "pyproject.toml": _pyproject,
        "Pipfile": _pipfile,
        "setup.cfg": _setup_cfg,
        "environment.yml": lambda text: dict.fromkeys(_CONDA.findall(text), ""),
        "environment.yaml": lambda text: dict.fromkeys(_CONDA.findall(text), ""),
        "pubspec.yaml": lambda text: dict.fromkeys(_PUB.findall(text), ""),
        "package.json": _package_json,
        "composer.json": lambda text: _tables(_object(text), ("require", "require-dev")),
        "Cargo.toml": _cargo,
        "go.mod": lambda text: {name: "" for name in _GO.findall(text) if "." in name},
        "Gemfile": _gems,
        "gems.rb": _gems,
        "pom.xml": lambda text: dict.fromkeys(_MAVEN.findall(text), ""),
        "build.gradle": lambda text: dict.fromkeys(_GRADLE.findall(text), ""),
        "build.gradle.kts": lambda text: dict.fromkeys(_GRADLE.findall(text), ""),
    }
    return readers.get(PurePosixPath(path).name)


def _requirements(text: str, folder: str) -> Needs:
    lines = [line.strip() for line in text.splitlines()]
    found = _listed([line for line in lines if not line.startswith(("#", "-"))])
    for line in lines:
        if line.startswith("-") and not line.startswith("--hash") and not _is_list(line, folder):
            found[SOURCE + line[:100]] = line[:200]
    if "--hash=" in text:
        found[HELD] = ""
    return found


def _is_list(line: str, folder: str) -> bool:
    """Whether an option only takes in another list that is looked at by itself."""
    flag, _, name = line.replace("=", " ").partition(" ")
    place = posixpath.normpath(posixpath.join(folder, name.strip()))
    is_known = flag in ("-r", "-c", "--requirement", "--constraint")
    return is_known and _REQUIREMENTS.search(place) is not None


def _pipfile(text: str) -> Needs:
    root = tomllib.loads(text)
    return _tables(root, ("packages", "dev-packages")) | _sources("source", root.get("source"))


def _gems(text: str) -> Needs:
    return dict(_GEM.findall(text)) | _sources("source", _GEM_SOURCE.findall(text) or None)


def _setup_cfg(text: str) -> Needs:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error as error:
        raise ValueError(str(error)) from error
    values = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        values += parser["options.extras_require"].values()
    return _listed([line for value in values for line in value.splitlines() if line.strip()])


def _sources(name: str, value: Any) -> Needs:
    return {} if value is None else {SOURCE + name: f"{name} = {value}"[:200]}


def _listed(lines: Iterator[str] | list[Any]) -> Needs:
    """PEP 508 lines: name to the rest; names as PyPI compares them."""
    found: Needs = {}
    for line in lines:
        if match := _REQUIREMENT.match(str(line)):
            found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2].strip()
        elif ELSEWHERE.search(str(line)):
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
    for group in _dict(_dict(tool, "hatch"), "envs").values():
        lines = _dict({"env": group}, "env").get("dependencies")
        found |= _listed(lines) if isinstance(lines, list) else {}
    for manager in ("poetry", "pdm"):
        found |= _sources(f"tool.{manager}.source", _dict(tool, manager).get("source"))
    for key, value in _dict(tool, "uv").items():
        if key not in _UV_OWN:
            found |= _sources(f"tool.uv.{key}", value)
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
