"""Thresholds lowered and strictness given up, in whatever file they stand."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from configparser import ConfigParser, Error
from pathlib import PurePosixPath
from typing import Any

from agents.verifiers.guard_base import Finding, GuardFile, listed, text_of

_MOST_BYTES = 1024 * 1024
_FILES = re.compile(
    r"\.(?:toml|cfg|ini|jsonc?|ya?ml|[cm]?js|[cm]?ts|rb|sh|gradle|kts|xml|properties)$"
    r"|(?:^|/)(?:Makefile|makefile|GNUmakefile|justfile|\.coveragerc|\.pylintrc|run|\.flake8)$"
)
_NUMBER = r"(-?\d{1,9}(?:\.\d{1,6})?)"
# (what it is, where it stands, whether more is stricter)
_LIMITS = tuple(
    (what, re.compile(pattern), up)
    for what, pattern, up in (
        ("coverage", rf"\bfail[_-]under[\"']?[ \t]*[=: ][ \t]*[\"']?{_NUMBER}", True),
        ("coverage", rf"\b(?:minimum_coverage|min[_-]coverage|check-coverage)\b\D{{1,20}}{_NUMBER}",
         True),
        ("pylint score", rf"--fail-under[= ]{_NUMBER}", True),
        ("warnings allowed", rf"--max-warnings[= ]+{_NUMBER}", False),
        ("complexity allowed", rf"\bmax-complexity[\"']?[ \t]*[=:][ \t]*{_NUMBER}", False),
    )
)  # fmt: skip
_COVERAGE_BLOCK = re.compile(r"coverageThreshold|thresholds?\b|check-coverage")
_COVERAGE_KEY = re.compile(
    rf"[\"']?\b(branches|functions|lines|statements|target)[\"']?[ \t]*[:=][ \t]*[\"']?{_NUMBER}"
)
_LOOSER = re.compile(
    r"(?:^|[._-])(?:ignore|ignores|exclude|disable|disabled|disable_error_code|omit|exclude_lines"
    r"|exclude_also|per-file-ignores|skips|ignorePatterns|modulePathIgnorePatterns|norecursedirs"
    r"|deselect|collect_ignore|testPathIgnorePatterns|coveragePathIgnorePatterns|exclude_dirs"
    r"|exclude_lines)(?:$|\.)"
)
_TIGHTER = re.compile(r"(?:^|[._-])(?:select|enable|enable_error_code|testpaths|fail-on)(?:$|\.)")
_STRICT = re.compile(
    r"(?:^|\.)(?:strict\w*|disallow_\w+|warn_(?:return|unused|redundant|unreachable)\w*|branch"
    r"|check_untyped_defs|no_implicit\w*|noImplicit\w*|noUnused\w*|noUnchecked\w*|xfail_strict"
    r"|alwaysStrict|typeCheckingMode)$"
)
_LAX = re.compile(
    r"(?:^|\.)(?:ignore_errors|ignore_missing_imports|skipLibCheck|allow_(?:untyped|redef)\w*"
    r"|follow_untyped_imports|allowJs|passWithNoTests|bail|exit-zero|exit_zero)$"
)
_READ = re.compile(
    r"\.?(?:pyproject|ruff|pytest|clippy|Cargo|tox|uv|deno|biome|coverage)\.(?:toml|jsonc?)"
    r"|\.?(?:mypy|pytest|tox|behave)\.ini|setup\.cfg|\.flake8|\.coveragerc[\w.-]*|\.?pylintrc"
    r"|(?:ts|js|pyright)config[\w.-]*\.json|package\.json|\.?(?:jest|vitest|nyc|c8)[\w.-]*\.json"
    r"|\.(?:eslint|mocha|nyc|c8)rc(?:\.json)?|\.importlinter|\.isort\.cfg"
)
# Says what is packed, not what is checked.
_PACKED = re.compile(r"tool\.(?:setuptools|poetry|hatch\.build|flit|pdm\.build|uv)\b|package\.")


def thresholds(file: GuardFile) -> Iterator[Finding]:
    """Limits by number: lower than before, or gone."""
    if not _FILES.search(file.path) or file.is_added or file.is_unread:
        return
    old, new = (text_of(side)[:_MOST_BYTES] for side in (file.old, file.new))
    before, after = _limits(old), _limits(new)
    for (what, up), were in before.items():
        now = after.get((what, up), [])
        if not now:
            text = f"Threshold taken out: {what} {_told(were)}."
            yield Finding("threshold", text, file.path)
        elif (min(now) < min(were)) if up else (max(now) > max(were)):
            word = "lowered" if up else "raised"
            text = f"Threshold {word}: {what} {_told(were)} before, {_told(now)} now."
            yield Finding("threshold", text, file.path)


def loosened(file: GuardFile) -> Iterator[Finding]:
    """Rules left out, files excluded, strictness switched off."""
    name = PurePosixPath(file.path).name
    if not _READ.fullmatch(name) or file.is_deleted or file.is_unread:
        return
    before, after = (_flat(name, text_of(side)[:_MOST_BYTES]) for side in (file.old, file.new))
    if after is None:
        return
    before = before or {}  # a file that is new, or could not be read, held nothing back
    for key in sorted(key for key in {*before, *after} if not _PACKED.match(key)):
        told = _looser(key, before.get(key, []), after.get(key, []))
        if told:
            yield Finding("loosened", told, file.path)


def _limits(text: str) -> dict[tuple[str, bool], list[float]]:
    found: dict[tuple[str, bool], list[float]] = {}
    for what, pattern, up in _LIMITS:
        for number in pattern.findall(text):
            found.setdefault((what, up), []).append(float(number))
    if _COVERAGE_BLOCK.search(text):
        for key, number in _COVERAGE_KEY.findall(text):
            found.setdefault((f"coverage of {key}", True), []).append(float(number))
    return found


def _told(numbers: list[float]) -> str:
    return listed(f"{number:g}" for number in numbers)


def _looser(key: str, was: list[str], now: list[str]) -> str:
    new = list((Counter(now) - Counter(was)).elements())
    gone = list((Counter(was) - Counter(now)).elements())
    if _LOOSER.search(key) and new:
        return f"{key}: left out now as well: {listed(new)}."
    if _TIGHTER.search(key) and gone and was:
        return f"{key}: no longer there: {listed(gone)}."
    if _STRICT.search(key) and was and was != now and now[:1] not in (["true"], ["strict"]):
        return f"{key}: {listed(was)} before, {listed(now) or 'not set'} now."
    if _LAX.search(key) and now[:1] == ["true"] and was[:1] != ["true"]:
        return f"{key} is switched on."
    return ""


def _flat(name: str, text: str) -> dict[str, list[str]] | None:
    """Dotted key to values, of a configuration in any of the usual forms; None: cannot be read."""
    found: dict[str, list[str]] = {}
    try:
        if name.endswith(".toml"):
            root: Any = tomllib.loads(text)
        elif name.endswith((".json", ".jsonc")) or (
            name.endswith("rc") and text.lstrip()[:1] == "{"
        ):
            root = json.loads(_without_comments(text or "{}"))
        else:
            root = _ini(text)
        _flatten(root, "", found, 0)
    except (ValueError, Error, RecursionError):
        return None
    return found


def _ini(text: str) -> dict[str, Any]:
    parser = ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    return {
        section: {key: re.split(r"[,\s]+", value.strip().lower()) for key, value in values.items()}
        for section, values in parser.items()
    }


def _flatten(value: Any, key: str, found: dict[str, list[str]], depth: int) -> None:
    if isinstance(value, dict) and depth < 12:
        for name, inner in value.items():
            _flatten(inner, f"{key}.{name}".lstrip(".")[:200], found, depth + 1)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for each in value:
            _flatten(each, key, found, depth + 1)
    else:
        values = value if isinstance(value, list) else [value]
        found.setdefault(key, []).extend(_word(each) for each in values)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)[:200]


_JSON_PARTS = re.compile(
    r"\"(?:\\.|[^\"\\\n])*+\"|//[^\n]*+|/\*(?s:.*?)(?:\*/|\Z)|,(?=\s{0,200}[\]}])"
)


def _without_comments(text: str) -> str:
    """JSON as editors' configurations have it, made plain."""
    return _JSON_PARTS.sub(lambda match: match[0] if match[0].startswith('"') else "", text)
