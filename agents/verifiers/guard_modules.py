"""Parts of a project that no longer belong to it, and with them the tests that stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.verifiers.guard_base import MOST_PER_FILE, Finding, GuardFile, shown, text_of
from agents.verifiers.tests_in_text import without_comments
from agents.verifiers.tests_in_text_languages import RUST

_MODULE = re.compile(
    r"^[ \t]*+((?:#\[[^\]\n]{0,200}\]\s{0,20}+){0,10})"
    r"(?:pub(?:\([^)\n]{0,60}\))? )?mod (\w{1,200});",
    re.MULTILINE,
)
_CONDITION = re.compile(r"#\[\s*(?:cfg|cfg_attr|path)\b[^\]\n]{0,200}\]")
_SCRIPT = re.compile(r"(?<!\.d)\.[cm]?[jt]sx?$")
_OF_RUNNERS = re.compile(
    r"(?:^|/)(?:org/(?:junit|testng|assertj|hamcrest|mockito)|kotlin/test|junit/framework)/"
)
_MOST_BYTES = 2 * 1024 * 1024


def left_out(files: Sequence[GuardFile]) -> Iterator[Finding]:
    """Modules of Rust that are no longer declared, or only on a condition; folders taken out."""
    rust = [file for file in files if file.path.endswith(".rs")]
    sides = [(file, _modules(file.old), _modules(file.new)) for file in rust]
    gained = {name for _, old, new in sides for name in new.keys() - old.keys()}
    left = [file.before for file in rust if file.is_deleted or file.before != file.path]
    gone = {name for path in left for name in path.split("/")[-2:]}
    for file, old, new in sides:
        if file.is_added or file.is_deleted:
            continue
        for name in [n for n in old if n not in new and n not in gained][:MOST_PER_FILE]:
            if not {name, f"{name}.rs"} & gone:
                text = f"Module {name} is no longer built, nor are the tests in it."
                yield Finding("test_changed", text, file.path)
        for name in [n for n in old if n in new and old[n] != new[n]][:MOST_PER_FILE]:
            text = f"Module {name} is built otherwise: `{shown(old[name])}` before, "
            yield Finding("test_changed", f"{text}`{shown(new[name])}` now.", file.path)
    for file in files:
        if file.is_new_here and file.path.endswith("/go.mod"):
            text = "The folder is a module of its own now: `go test ./...` above it passes it over."
            yield Finding("checks", text, file.path)


def stand_ins(files: Sequence[GuardFile], tree: Sequence[str]) -> Iterator[Finding]:
    """New files that are loaded in place of another: a.js beside a.ts, or a class of the runner."""
    new = {file.path for file in files if file.is_new_here}
    scripts = {path for path in tree if _SCRIPT.search(path)} - new
    stems = {_SCRIPT.sub("", path): path for path in sorted(scripts)}
    for path in sorted(new):
        stem = _SCRIPT.sub("", path)
        other = (
            stems.get(stem) or stems.get(f"{stem}/index") or stems.get(stem.removesuffix("/index"))
        )
        if _SCRIPT.search(path) and other:
            text = (
                f"May be loaded in place of {shown(other)}, which has the same name but its ending."
            )
            yield Finding("shadows", text, path)
        elif _OF_RUNNERS.search(path):
            text = "May be loaded in place of a class of the test runner."
            yield Finding("shadows", text, path)


def _modules(content: bytes | None) -> dict[str, str]:
    """Declared modules with the conditions above them."""
    code = without_comments(RUST, text_of((content or b"")[:_MOST_BYTES]))
    return {m[2]: " ".join(sorted(_CONDITION.findall(m[1]))) for m in _MODULE.finditer(code)}
