"""What a change does to tests: removed, skipped, emptied, weakened; moved and renamed are neither.

A test that is gone counts as moved when the change brings one that demands at least as much: the
same assertions, or the same body. A new test of the same name alone does not make up for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.verifiers import tests_in
from agents.verifiers.guard_base import MOST_PER_FILE, Files, Finding, GuardFile, count, listed
from agents.verifiers.guard_doctests import doctest_findings
from agents.verifiers.guard_tests_weaker import weakened
from agents.verifiers.tests_in import Test

_SNAPSHOTS = (".snap", ".ambr", ".approved.txt")


@dataclass(frozen=True, slots=True)
class _Side:
    """One file: its tests on both sides, and those of the old side that are gone."""

    file: GuardFile
    before: dict[str, Test]
    after: dict[str, Test]
    gone: list[str]


def test_findings(files: Sequence[GuardFile], watch: Files) -> Iterator[Finding]:
    """Of all files of a change together."""
    looked = {place: _side(file) for place, file in watch.within(0.35, "what became of tests")}
    sides = _without_moved([looked[place] for place in sorted(looked)])
    has_code = any(_is_code(file.path) for file in files)
    for side in sides:
        yield from _gone(side)
        yield from _skipped_groups(side.file)
        for name, test in side.after.items():
            if (was := side.before.get(name)) is not None:
                yield from _compared(side.file.path, name, was, test, has_code=has_code)
    for file in files:
        if file.path.endswith(_SNAPSHOTS) and not file.is_added:
            text = "Recorded expected output changed: what a test compares with is different now."
            yield Finding("expectation_changed", text, file.path)
    yield from doctest_findings(watch)


def _side(file: GuardFile) -> _Side:
    before, after = tests_in.compared(file.before, file.old, file.path, file.new)
    if not _stays_collected(file):
        after = {}
    return _Side(file, before, after, [name for name in before if name not in after])


def _stays_collected(file: GuardFile) -> bool:
    return tests_in.is_collected_name(file.path) or not tests_in.is_collected_name(file.before)


def _without_moved(sides: Sequence[_Side]) -> list[_Side]:
    """The sides with each gone test left out that stands somewhere else now; each new one once."""
    fresh = [t for side in sides for name, t in side.after.items() if name not in side.before]
    pool: dict[tuple[object, ...], list[Test]] = {}
    for test in fresh:
        for key in _keys(test):
            pool.setdefault(key, []).append(test)
    taken: set[int] = set()
    return [_Side(s.file, s.before, s.after, [
        name for name in s.gone if not _taken(s.before[name], pool, taken)
    ]) for s in sides]  # fmt: skip


def _keys(test: Test) -> Iterator[tuple[object, ...]]:
    """What tests that may be the same have in common: the body, or any assertion."""
    yield ("body", test.body)
    for text in {check.text for check in test.details}:
        yield ("check", text)


def _taken(was: Test, pool: dict[tuple[object, ...], list[Test]], taken: set[int]) -> bool:
    for key in _keys(was):
        for test in pool.get(key, [])[:50]:
            if id(test) not in taken and test.holds(was):
                taken.add(id(test))
                return True
    return False


def _gone(side: _Side) -> Iterator[Finding]:
    file, gone = side.file, side.gone
    if not gone:
        return
    if file.is_deleted and len(gone) == len(side.before):
        text = f"Test file deleted, {count(len(gone), 'test')} in it."
        yield Finding("test_deleted", text, file.path)
        return
    if not _stays_collected(file):
        text = f"Renamed from {file.before}, so that its tests are no longer collected: "
        yield Finding("tests_removed", text + listed(gone) + ".", file.path)
        return
    text = f"Tests: {len(side.before)} before, {len(side.after)} after; gone: {listed(gone)}."
    yield Finding("tests_removed", text, file.path)


def _compared(path: str, name: str, was: Test, now: Test, *, has_code: bool) -> Iterator[Finding]:
    """One test of the same name on both sides."""
    if now.is_skipped and not was.is_skipped:
        why = f" ({now.why})" if now.why else ""
        yield Finding("test_skipped", f"{name} is skipped now{why}.", path, now.line)
    elif was.checks and not now.checks:
        held = f"; {now.muted} stand where they cannot fail it" if now.muted else ""
        text = f"{name} checks nothing any more ({was.checks} before{held})."
        yield Finding("test_emptied", text, path, now.line)
    else:
        yield from _fewer(path, name, was, now)
        yield from weakened(path, name, was, now, has_code=has_code)


def _fewer(path: str, name: str, was: Test, now: Test) -> Iterator[Finding]:
    if now.weight >= was.weight:
        return
    if now.cases < was.cases and now.checks >= was.checks:
        text = f"{name}: {was.cases} cases before, {now.cases} after."
        yield Finding("cases_removed", text, path, now.line)
    else:
        cannot = f"; {now.muted} stand where they cannot fail it" if now.muted > was.muted else ""
        text = f"{name}: {count(was.checks, 'assertion')} before, {now.checks} after{cannot}."
        yield Finding("checks_dropped", text, path, now.line)


def _skipped_groups(file: GuardFile) -> Iterator[Finding]:
    """describe.skip, .only, build tags and the like, as often as they are new.

    Of a new file that is only what leaves out the tests of others; its own may be skipped.
    """
    if not tests_in.is_test_file(file.path):
        return
    old = Counter(what for _, what in tests_in.group_skips(file.before, file.old))
    found = tests_in.only_some if file.is_added else tests_in.group_skips
    seen = 0
    for line, what in found(file.path, file.new):
        old[what] -= 1
        if old[what] < 0 and seen < MOST_PER_FILE:
            seen += 1
            is_only = file.is_added or "only" in what
            effect = "only some tests run now" if is_only else "tests are left out now"
            yield Finding("test_skipped", f"{what}: {effect}.", file.path, line)


def _is_code(path: str) -> bool:
    return not tests_in.is_test_file(path) and path.endswith((
        ".py", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".go", ".rs", ".java", ".kt", ".rb",
        ".cs", ".php", ".c", ".cc", ".cpp", ".h", ".swift", ".scala", ".sh", ".sql",
    ))  # fmt: skip
