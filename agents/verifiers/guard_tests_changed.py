"""Existing tests that changed, moved, or got company: whatever is not provably harmless is named.

The other parts say what became of a test. This one asks only whether a file that held tests before
holds all of them as they were, in the same place; the answer is one calm item for a person to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from agents.verifiers import (
    tests_in,
    tests_in_python_added,
    tests_in_text_added,
    tests_in_text_reach,
)
from agents.verifiers.guard_base import LINK, Files, Finding, GuardFile, is_binary, shown, text_of
from agents.verifiers.guard_config_names import steers
from agents.verifiers.tests_in_conventions import as_usual, may_stand_anywhere
from agents.verifiers.tests_in_names import HOLDS, is_named_as_test, may_be_a_test
from agents.verifiers.tests_in_python_reach import patches_at_top

_FOLDERS = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|__mocks__|__snapshots__|testdata|fixtures)/", re.IGNORECASE
)
_PROSE = (".md", ".rst", ".adoc", ".snap", ".ambr", ".approved.txt")
_HOLDS = {
    **HOLDS,
    ".py": re.compile(rb"^class \w+\([^)\n]*TestCase|^(?:async )?def test_\w*\(", re.MULTILINE),
    ".rs": re.compile(rb"#\[(?:\w+::)?test\b|#\[cfg\(test\)\]"),
}
_BESIDE = (".rs", ".zig")  # tests stand in the same file as the product
_SCRIPT = re.compile(rb"^[ \t]*(?:it|test|describe)\([ \t]*['\"`]", re.MULTILINE)
_SCRIPTS = (".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs", ".mts", ".cts")
_REMARK = (b"#", b"//", b"--", b"/*", b"*", b";", b"%", b"{-", b"(*", b'"""')
_MOST_BYTES = 2 * 1024 * 1024
_Read = Callable[[str], bytes | None]
_GONE = {"tests_removed", "test_deleted"}


def is_test(path: str, content: bytes | None) -> bool:
    """Whether a file belongs to the tests, by its path or by what it holds."""
    name = path.lower()
    if name.endswith(_PROSE):
        return False
    if _FOLDERS.search(path) or is_named_as_test(path):
        return True
    if tests_in.is_test_file(path) and not name.endswith(_BESIDE):
        return True
    if content is not None and name.endswith(".py") and may_stand_anywhere():
        content = as_usual(content)
    kind = _SCRIPT if name.endswith(_SCRIPTS) else _HOLDS.get(name[name.rfind(".") :])
    return kind is not None and content is not None and bool(kind.search(content[:_MOST_BYTES]))


def changed_findings(
    files: Sequence[GuardFile], told: Sequence[Finding], read: _Read | None, watch: Files
) -> Iterator[Finding]:
    """told: what is said already of single tests; a file named there is not named again here.

    read: a file of the base by its path.
    """
    kinds: dict[str, set[str]] = {}
    for finding in told:
        kinds.setdefault(finding.path, set()).add(finding.kind)
    homes = {f.new: f.path for f in files if f.is_added and f.new is not None and f.new.strip()}
    found: dict[int, list[Finding]] = {}
    for place, file in watch.within(0.6, "what else changed in tests"):
        named = kinds.get(file.path, set())
        if file.is_added:
            found[place] = list(_support(file))
        elif is_test(file.before, file.old):
            found[place] = list(_existing(file, named, homes, read))
        elif not named and may_be_a_test(file.before, file.old):
            found[place] = list(_by_its_name(file, homes))
    for place in sorted(found):
        yield from found[place]


def _existing(
    file: GuardFile, named: set[str], homes: dict[bytes, str], read: _Read | None
) -> Iterator[Finding]:
    if named & _GONE:
        return
    if file.is_deleted:
        home = homes.get(file.old or b"")
        to = f"moved to {shown(home)}" if home else "gone from its place; its tests stand elsewhere"
        if home or tests_in.compared(file.before, file.old, file.path, None)[0]:
            text = f"Test file {to}: check that its tests are still collected."
            yield Finding("test_moved", text, file.path)
        else:
            text = "Deleted, and it belonged to the tests: check that none of them needs it."
            yield Finding("test_changed", text, file.path)
        return
    why = "" if named else _difference(file, read)
    if file.before != file.path and file.status != "copied":
        also = f" It changed too: {why}." if why else ""
        text = f"Test file moved from {shown(file.before)}: check that it is still collected.{also}"
        yield Finding("test_moved", text, file.path)
    elif why:
        text = f"More changed than tests were added: {why}."
        yield Finding("test_changed", text, file.path)


def _by_its_name(file: GuardFile, homes: dict[bytes, str]) -> Iterator[Finding]:
    """Gone or empty, of a language that is not known, or beside the product."""
    if steers(PurePosixPath(file.before)):  # told as what it is
        return
    home = homes.get(file.old or b"") if file.is_deleted else file.path
    if home is not None and not may_be_a_test(home, file.old):
        text = f"By its name it was a test; now it is {shown(home)}: check that it still runs."
        yield Finding("test_moved", text, file.path)
    elif home is None:
        text = "Deleted, and by its name, its folder or what it held it may be a test."
        yield Finding("test_deleted", text, file.path)
    elif not file.is_deleted and _says_nothing(file.new) and not _says_nothing(file.old):
        text = "Empty now, and by its name, its folder or what it held it may be a test."
        yield Finding("test_emptied", text, file.path)


def _says_nothing(content: bytes | None) -> bool:
    """Whether there are only empty lines and remarks; not so where it cannot be read."""
    lines = (line.strip() for line in (b"x" if content is None else content).splitlines())
    return not any(line and not line.startswith(_REMARK) for line in lines)


def _difference(file: GuardFile, read: _Read | None) -> str:
    """What else than new tests changed in a test file; empty when nothing, or told as unread."""
    old, new = file.old, file.new
    if old is None or new is None or (old == new and file.old_mode == file.new_mode):
        return ""
    if LINK in (file.old_mode, file.new_mode) and file.old_mode != file.new_mode:
        return "it is a link on one side"
    if is_binary(old) or is_binary(new) or old == new:
        return ""  # told as such
    if len(old) > _MOST_BYTES or len(new) > _MOST_BYTES:
        return "it is too large to be compared"
    if file.path.endswith((".py", ".pyi")):
        fixtures = _fixtures_above(file.before, read)
        return tests_in_python_added.difference(as_usual(old), as_usual(new), fixtures)
    language = tests_in.language_by_ending(file.path)
    return tests_in_text_added.difference(language, text_of(old), text_of(new))


def _fixtures_above(path: str, read: _Read | None) -> set[str] | None:
    """Names in every conftest.py of the base that a test file gets fixtures from; None: unknown."""
    if read is None:
        return None
    found: set[str] = set()
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        content = read(f"{folder}/conftest.py".lstrip("/"))
        tree = tests_in_python_added.tree_of(content or b"")
        names = {"*"} if tree is None else tests_in_python_added.names_in(tree)
        if names & {"*", "pytest_plugins"}:  # fixtures that stand in yet another file
            return None
        found |= names
    return found


def _support(file: GuardFile) -> Iterator[Finding]:
    """New files among the tests that change other tests, or stand in for what they test."""
    if file.new is None or not is_test(file.path, file.new) or is_binary(file.new):
        return
    why = _why_support(file)
    if why:
        yield Finding(
            "test_support", f"New among the tests, and may change others: {why}.", file.path
        )


def _why_support(file: GuardFile) -> str:
    content = (file.new or b"")[:_MOST_BYTES]
    if "__mocks__/" in file.path:
        return "it stands in for a module"
    if not file.path.endswith(".py"):
        language = tests_in.language_of_test(file.path)
        found = tests_in_text_added.harm_in(text_of(content)) if language else ""
        found = found or next(iter(tests_in_text_reach.reaches(language, text_of(content))), "")
        return f"`{shown(found)}`" if found else ""
    tree = tests_in_python_added.tree_of(content)
    if tree is None:
        return "it cannot be read as Python in UTF-8"
    if file.path.endswith("/__init__.py") and tree.body:
        return "it runs before every test of its folder"
    return patches_at_top(tree)
