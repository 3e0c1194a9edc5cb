"""The order in which a change is read: by meaning, since not everything is read with equal care.

In a large study of code review the odds of a defect being found were 64 % lower in the last file of
a list than in the first. So what explains the rest comes first, what proves something stands beside
it, and what no person wrote comes last: interfaces before their uses, tests after their code,
then tests whose code did not change, configuration, documents, and at the end what tools wrote.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reviews.diffs.kinds import Kind
from reviews.diffs.references import Names

HEAD = 16 * 1024  # bytes of each file that are read: what it imports stands at its top
TOTAL = 16 * 1024 * 1024  # bytes of all files together
OFFERS, CHANGES, PROVES = "What it offers", "What changes", "What proves it"
SET_UP, SAYS, TOOLS, NO_TEXT = "How it is set up", "What it says", "Written by tools", "Not text"
_GROUPS: dict[str, str] = {
    Kind.INTERFACE: OFFERS,
    Kind.CODE: CHANGES,
    Kind.TEST: PROVES,
    Kind.CONFIG: SET_UP,
    Kind.DOCS: SAYS,
    Kind.GENERATED: TOOLS,
    Kind.VENDORED: TOOLS,
    Kind.LOCK: TOOLS,
    Kind.MINIFIED: TOOLS,
    Kind.BINARY: NO_TEXT,
}
_RANKS = {group: rank for rank, group in enumerate(dict.fromkeys(_GROUPS.values()))}
_TOOL_RANKS = {Kind.GENERATED: 0, Kind.LOCK: 1, Kind.MINIFIED: 2, Kind.VENDORED: 3}
_TEST_WORDS = re.compile(
    rb"^(?:tests?|specs?|it)[_-]|[._-](?:tests?|specs?|unit|e2e|cy|integration)(?=[._-]|$)"
    rb"|(?<=[a-z0-9])(?:Tests?|Specs?|TestCase|IT|Suite)$|^Tests?(?=[A-Z])"
)
_WORDS = re.compile(rb"[._-]|(?<=[a-z0-9])(?=[A-Z])")
_ALIKE = 200  # files of one name that are compared
_TEST_FOLDERS = frozenset(
    (b"test", b"tests", b"spec", b"specs", b"__tests__", b"unit", b"src", b"main", b"lib",
     b"integration", b"e2e", b"java", b"kotlin")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """A file to be placed. index: its name outside; content: of the new side, else of the old."""

    index: int
    path: bytes
    kind: Kind
    content: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """A file in its place. is_beside: a test that stands after the code it tests."""

    index: int
    is_beside: bool


def group_of(kind: str, is_beside: bool = False) -> str:
    """The heading a file stands under; "" for a file of a round without a reading order.

    Tests beside their code stand where the code stands.
    """
    return CHANGES if is_beside else _GROUPS.get(kind, "")


def headings(files: Iterable[tuple[str, bool]]) -> list[str]:
    """For each (kind, is_beside) in reading order the heading to write above it, or ""."""
    last, told = "", []
    for kind, is_beside in files:
        group = last if is_beside and last else group_of(kind, is_beside)
        told.append(group if group != last else "")
        last = group
    return told


def order(files: Sequence[Given]) -> list[Place]:
    """All files in the order they are read. The same for the same files, however they are given.

    Time grows with the number of files and with what is read of them, which is bounded.
    """
    files = sorted(files, key=lambda file: (file.path, file.index))
    uses = _uses(files)
    subjects = _subjects(files, uses)
    tests_of: dict[int, list[int]] = defaultdict(list)
    for test, subject in subjects.items():
        tests_of[subject].append(test)
    placed: list[Place] = []
    waiting: list[Place] = []  # tests of interfaces: interfaces stand together
    for at in _providers_first(files, uses):
        if at in subjects:
            continue
        is_interface = files[at].kind == Kind.INTERFACE
        if not is_interface:
            placed, waiting = placed + waiting if waiting else placed, []
        placed.append(Place(files[at].index, False))
        beside = [Place(files[test].index, True) for test in tests_of[at]]
        (waiting if is_interface else placed).extend(beside)
    return placed + waiting


def _uses(files: Sequence[Given]) -> list[set[int]]:
    """For each file the places of the changed files that it names."""
    names = Names([file.path for file in files])
    room = TOTAL
    uses: list[set[int]] = []
    for at, file in enumerate(files):
        is_read = file.kind in (Kind.INTERFACE, Kind.CODE, Kind.TEST) and room > 0
        head = file.content[:HEAD] if is_read else b""
        room -= len(head)
        uses.append(names.used_by(at, head) if head else set())
    return uses


def _providers_first(files: Sequence[Given], uses: Sequence[set[int]]) -> list[int]:
    """Places by group, in each what is named before what names it, else by path.

    A ring of files that name each other is entered at its first path.
    """
    ranks = [_rank(file) for file in files]
    done: set[int] = set()
    out: list[int] = []
    for first in sorted(range(len(files)), key=lambda at: (ranks[at], at)):
        todo = [(first, False)]
        while todo:
            at, is_ready = todo.pop()
            if is_ready:
                out.append(at)
            elif at not in done:
                done.add(at)
                todo.append((at, True))
                same = (use for use in uses[at] if ranks[use] == ranks[at] and use not in done)
                todo += [(use, False) for use in sorted(same, reverse=True)]
    return out


def _rank(file: Given) -> tuple[int, int]:
    return _RANKS[group_of(file.kind)], _TOOL_RANKS.get(file.kind, 0)


def _subjects(files: Sequence[Given], uses: Sequence[set[int]]) -> dict[int, int]:
    """Tests with the changed file that each of them tests: by name and folder, else by import."""
    by_stem: dict[bytes, list[int]] = defaultdict(list)
    for at, file in enumerate(files):
        if file.kind in (Kind.CODE, Kind.INTERFACE):
            by_stem[_plain(file.path)].append(at)
    subjects: dict[int, int] = {}
    for at, file in enumerate(files):
        if file.kind == Kind.TEST:
            subject = _subject(at, files, uses[at], by_stem)
            if subject is not None:
                subjects[at] = subject
    return subjects


def _subject(
    at: int, files: Sequence[Given], uses: set[int], by_stem: dict[bytes, list[int]]
) -> int | None:
    """By the whole name; else what it imports; else by a part of its name in the same folder."""
    path = files[at].path
    words = [_plain(word) for word in _WORDS.split(_subject_name(path)) if word]
    named = _closest(path, by_stem.get(b"".join(words), ()), files)
    if named is not None:
        return named
    used = [use for use in uses if files[use].kind == Kind.CODE]
    alike = [use for use in used if _plain(files[use].path) in words]
    if used:
        return _closest(path, sorted(alike or used), files)
    parts = (
        b"".join(words[start : start + size])
        for size in range(len(words) - 1, 0, -1)
        for start in range(len(words) - size + 1)
    )
    folders = _folders(path)
    near = (other for part in parts for other in by_stem.get(part, ()))
    return next((other for other in near if _folders(files[other].path) == folders), None)


def _closest(path: bytes, candidates: Sequence[int], files: Sequence[Given]) -> int | None:
    """The candidate whose folders have most in common with the test's; code before interfaces."""
    folders = _folders(path)

    def distance(at: int) -> tuple[bool, int, int, int]:
        others = _folders(files[at].path)
        is_interface = files[at].kind == Kind.INTERFACE
        return is_interface, -len(folders & others), len(folders ^ others), at

    return min(candidates[:_ALIKE], key=distance, default=None)


def _folders(path: bytes) -> frozenset[bytes]:
    return frozenset(path.split(b"/")[:-1]) - _TEST_FOLDERS


def _subject_name(path: bytes) -> bytes:
    """A file's name without its ending and without what says that it is a test."""
    name = path.rpartition(b"/")[2]
    stem = name.rpartition(b".")[0] or name
    return _TEST_WORDS.sub(b"", stem).partition(b".")[0]


def _plain(path: bytes) -> bytes:
    """A file's name as it is compared: small letters only, without marks between words."""
    name = path.rpartition(b"/")[2].partition(b".")[0]
    return name.lower().replace(b"_", b"").replace(b"-", b"")
