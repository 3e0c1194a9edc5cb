"""Parts of a check that bear no test's name: cases in a folder it goes through, data it names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from agents.verifiers.guard_base import Finding, GuardFile, count, is_binary
from agents.verifiers.guard_chain import Reach
from agents.verifiers.guard_chain_words import matching
from agents.verifiers.guard_tests_changed import is_test

# Folders in which a product stands: linters go through them, too.
_PRODUCT = {
    "src", "lib", "app", "apps", "pkg", "packages", "docs", "doc", "static", "templates", "assets",
    "public", "include", "internal", "cmd", "dist", "build", "web", "frontend", "backend", "server",
    "client", "migrations", "locale", "locales", "i18n", "components", "pages", "styles", "images",
    "crates", "modules", "examples", "core", "api", "models", "views", "deploy", "config", "vendor",
}  # fmt: skip
_CHECKS = re.compile(r"(?:^|[-_/])(?:tests?|specs?|checks?|qa|cases?|verif\w*)(?:[-_./]|$)")
_EXPECTED = re.compile(
    r"(?:^|[/._-])(?:goldens?|expect(?:ed|ations?)|snapshots?|baselines?|references?)(?:[/._-]|$)",
    re.IGNORECASE,
)
# By its name something to compare with; what else a check names may be what it looks at.
_COMPARED = re.compile(
    _EXPECTED.pattern + r"|(?:^|[/._-])(?:want(?:ed)?|correct|oracle|answers?)(?:[/._-]|$)"
    r"|\.(?:out|approved)$",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"\.(?:py|[cm]?[jt]sx?|c|h|cc|cpp|hpp|rs|go|java|kt|rb|php|cs|swift|lua|ex|dart|scala)$"
)
_PROSE = re.compile(r"\.(?:md|rst|adoc|html|css)$")
_DEMANDS = re.compile(
    rb"\bassert|\bexpect\w*[ (]|\braise\b|\bfail\w*\b|\bexit [1-9]|\bsys\.exit\(|\bdie\b|\bshould"
    rb"|(?:^|\s)\[\[? |\btest [-\"$!]|\b(?:diff|cmp|grep)\b|[!=]==?|\bcheck\w*\("
)
_SURELY = re.compile(rb"\bassert|\bexpect\w*\(|\bAssertionError\b|\bexit [1-9]|\bcheck\w*\(")
_REMARK = (b"#", b"//", b"--", b"/*", b"*", b'"""', b"pass")
_MOST_BYTES = 1024 * 1024


def cases(files: Sequence[GuardFile], reach: Reach) -> Iterator[Finding]:
    """What became of files that a check goes through or compares with; edits of cases are quiet."""
    old = {file.before for file in files if not file.is_added}
    held = _held({*old, *(file.path for file in files)}, reach)
    homes = {file.new for file in files if file.is_added}
    for file in files:
        path = file.before
        if file.is_added or path in reach.runs or is_test(path, file.old) or is_binary(file.old):
            continue
        is_data = _COMPARED.search(path) and not (_SOURCE.search(path) or _PROSE.search(path))
        if path in reach.names and is_data:
            yield from _of_data(file)
        elif path in held and not _is_product(path, file.old) and file.old not in homes:
            yield from _of_case(file, is_held=file.path in held)


def _held(paths: Collection[str], reach: Reach) -> set[str]:
    """Paths that match what a check goes through, or stand in a folder of it."""
    found = matching(reach.lists, paths)
    for path in paths:
        steps = path.split("/")
        above = {"/".join(steps[:number]) for number in range(1, len(steps))}
        if not above.isdisjoint(reach.lists):
            found.add(path)
    return found


def _is_product(path: str, old: bytes | None) -> bool:
    """Whether a check that goes through a folder most likely goes through what is checked."""
    if _CHECKS.search(path):
        return False
    if not _PRODUCT.isdisjoint(path.split("/")[:-1]) or _PROSE.search(path):
        return True
    return bool(_SOURCE.search(path)) and not _SURELY.search((old or b"")[:_MOST_BYTES])


def _of_data(file: GuardFile) -> Iterator[Finding]:
    if file.is_deleted:
        yield Finding("test_deleted", "Deleted, and a check names it.", file.path)
    elif file.path != file.before:
        text = f"Moved from {file.before}, where a check looks for it."
        yield Finding("test_deleted", text, file.path)
    elif _is_emptied(file):
        yield Finding("test_emptied", "Empty now, and a check names it.", file.path)
    elif _EXPECTED.search(file.path) and file.old != file.new:
        text = "A check names it, and compares with something else now."
        yield Finding("expectation_changed", text, file.path)


def _of_case(file: GuardFile, *, is_held: bool) -> Iterator[Finding]:
    was, now = _demands(file.old), _demands(file.new)
    if file.is_deleted or not is_held:
        text = "Gone from a folder that a check goes through: it may be one of its cases."
        yield Finding("test_deleted", text, file.path)
    elif _is_emptied(file):
        text = "Empty now, in a folder that a check goes through."
        yield Finding("test_emptied", text, file.path)
    elif now < was:
        text = f"In a folder that a check goes through: {count(was, 'demand')} before, {now} after."
        yield Finding("checks_dropped", text, file.path)


def _is_emptied(file: GuardFile) -> bool:
    return bool(_said(file.old)) and not _said(file.new) and file.new is not None


def _said(content: bytes | None) -> list[bytes]:
    """Lines that are neither empty nor a remark."""
    lines = (line.strip() for line in (content or b"")[:_MOST_BYTES].splitlines())
    return [line for line in lines if line and not line.startswith(_REMARK)]


def _demands(content: bytes | None) -> int:
    return sum(1 for line in _said(content) if _DEMANDS.search(line))
