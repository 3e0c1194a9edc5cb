"""Changed files for the guard's tests, as plain functions."""

from __future__ import annotations

from agents.verifiers.guard import Finding, GuardFile, findings


def changed(
    path: str,
    old: bytes | str | None,
    new: bytes | str | None,
    *,
    old_path: str | None = None,
    old_mode: str = "",
    new_mode: str = "",
) -> GuardFile:
    sides = [side.encode() if isinstance(side, str) else side for side in (old, new)]
    return GuardFile(
        path,
        old_path,
        "modified",
        sides[0],
        sides[1],
        old_mode or ("000000" if old is None else "100644"),
        new_mode or ("000000" if new is None else "100644"),
    )


def kinds(*files: GuardFile) -> list[str]:
    return [found.kind for found in findings(files)]


def only(path: str, old: str | None, new: str | None) -> Finding:
    """The one finding of a change of one file."""
    found = findings([changed(path, old, new)])
    assert len(found) == 1, found
    return found[0]


Tree = dict[str, str]  # path to content


def between(base: Tree, head: Tree) -> list[GuardFile]:
    """What git says of two trees, without looking for renames."""
    paths = sorted({*base, *head})
    sides = [(path, base.get(path), head.get(path)) for path in paths]
    return [changed(path, old, new) for path, old, new in sides if old != new]


def tells(base: Tree, head: Tree, *checks: tuple[str, ...]) -> set[tuple[str, str]]:
    """(kind, path) of everything found between two trees, the base's files at hand."""
    read = {path: content.encode() for path, content in base.items()}.get
    found = findings(between(base, head), checks, sorted(head), read)
    return {(one.kind, one.path) for one in found}
