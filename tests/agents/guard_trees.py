"""What the guard tells of the change from one small tree to another."""

from __future__ import annotations

from agents.verifiers.guard import findings
from tests.agents.guard_changes import changed

Tree = dict[str, str]  # path to content


def tells(base: Tree, head: Tree, *checks: tuple[str, ...]) -> set[tuple[str, str]]:
    """(kind, path) of everything found, without git's look for renames, the base at hand."""
    sides = [(path, base.get(path), head.get(path)) for path in sorted({*base, *head})]
    files = [changed(path, old, new) for path, old, new in sides if old != new]
    read = {path: content.encode() for path, content in base.items()}.get
    return {(one.kind, one.path) for one in findings(files, checks, sorted(head), read)}


def texts(path: str, old: str | None, new: str | None) -> dict[str, str]:
    """Kind to sentence, of a change of one file."""
    return {found.kind: found.text for found in findings([changed(path, old, new)])}
