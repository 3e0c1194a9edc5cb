"""Cuts any tool's patch into files: git, Mercurial, Subversion, plain diff, mails of a series.

Lines inside a hunk are counted by its header and never looked at otherwise, so content cannot play
header. Outside, a line is compared with fixed beginnings, and not at all above a limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest

from reviews.diffs.draft import Draft, split_pair
from reviews.diffs.model import Status

LINE_LIMIT = 16 * 1024  # bytes of a line outside hunks; a quoted path has 4 x 4,096 at most
_HUNK = re.compile(
    rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(?:[ \r].*)?", re.ASCII | re.DOTALL
)
_COMMIT = re.compile(rb"From [0-9a-f]{40} |commit [0-9a-f]{40}|# HG changeset patch")
_INDEX = re.compile(rb"index ([0-9a-f]{3,64})\.\.([0-9a-f]{3,64})(?: (\d{6}))?", re.ASCII)
_SIZE = re.compile(rb"literal (\d{1,18})", re.ASCII)

NUMBERS = "A hunk header holds numbers that cannot be read."
TOO_LONG = "A hunk is longer than its header says."
TOO_SHORT = "The text ends inside a hunk: it is shorter than its header says."
NOT_A_ROW = "A hunk is shorter than its header says."
COMBINED = "A combined diff of a merge is not shown: make it against one parent."
CONTEXT = "A context diff is not shown: make a unified one (diff -u)."
NAMELESS = "A hunk stands without the name of its file."


def scan(data: bytes) -> list[Draft]:
    """The patch's files in order, unread; `regions` are the byte ranges of their hunks."""
    scanner = _Scanner(data)
    while scanner.at < len(data):
        scanner.step()
    for draft, following in zip_longest(scanner.drafts, scanner.drafts[1:]):
        draft.end = following.start if following else len(data)
    return scanner.drafts


class _Scanner:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.drafts: list[Draft] = []
        self.current: Draft | None = None
        self.commit = 0
        self.is_after_hunk = False

    def step(self) -> None:
        """Read one line outside of hunks, and the hunk if it begins one."""
        start = self.at
        end = self._line_end(start)
        self.at = end + 1
        was_after_hunk, self.is_after_hunk = self.is_after_hunk, False
        if end - start > LINE_LIMIT:
            return
        line = self.data[start:end]
        for beginning, read in _BEGINNINGS:
            if line.startswith(beginning):
                read(self, line.removesuffix(b"\r"), start, was_after_hunk)
                return
        if line.startswith((b"GIT", b"Cannot", b"index ", b"literal ", *_WORDS)):
            self._extended(line.removesuffix(b"\r"))
        elif _COMMIT.match(line):
            self.commit += 1
            self.current = None
        else:
            self.stray(line, was_after_hunk=was_after_hunk)

    def begin(self, start: int, *, is_git: bool = False) -> Draft:
        """A new file from here on."""
        draft = Draft(start, commit=self.commit, is_git=is_git)
        self.drafts.append(draft)
        self.current = draft
        return draft

    def open_header(self) -> Draft | None:
        """The current file while its headers last."""
        current = self.current
        return current if current and not current.has_body and not current.is_refused else None

    def peek(self) -> bytes:
        """The next line, cut at the limit."""
        return self.data[self.at : min(self._line_end(self.at), self.at + LINE_LIMIT)]

    def fail(self, problem: str) -> None:
        if self.current and self.current.error is None:
            self.current.error = problem

    def _line_end(self, start: int) -> int:
        end = self.data.find(b"\n", start)
        return len(self.data) if end < 0 else end

    def stray(self, line: bytes, *, was_after_hunk: bool) -> None:
        """Text between files. Right after a hunk a row is one too many, a signature is not."""
        if was_after_hunk and line.startswith((b"+", b"-", b" ")) and line.rstrip() != b"--":
            self.fail(TOO_LONG)

    def _extended(self, line: bytes) -> None:
        draft = self.open_header()
        if line.startswith(b"literal "):
            self._literal(line)
        elif draft is None:
            return
        elif line.startswith((b"GIT binary patch", b"Cannot display: file marked as a binary")):
            draft.is_binary = True
        elif found := _INDEX.match(line):
            draft.old_oid, draft.new_oid = (_given(oid.decode()) for oid in found.group(1, 2))
            if found[3]:
                draft.old_mode = draft.new_mode = found[3].decode()
        else:
            _read_word(draft, line)

    def _literal(self, line: bytes) -> None:
        """The size that a binary patch claims: a number to show, never to allocate."""
        current, found = self.current, _SIZE.fullmatch(line)
        if current and current.is_binary and current.binary_size is None and found:
            current.binary_size = int(found[1])

    def hunk(self, line: bytes, start: int) -> None:
        """Take the hunk that begins here by its counts."""
        current = self.current or self.begin(start)
        if current.is_refused:
            return
        if not (current.minus or current.git_names or current.index_name):
            self.fail(NAMELESS)
        found = _HUNK.fullmatch(line)
        if found is None:
            self.fail(NUMBERS)
            return
        old, new = (int(found[n]) if found[n] is not None else 1 for n in (2, 4))
        problem = self._rows(old, new)
        current.regions.append((start, self.at))
        if problem:
            self.fail(problem)
        self.is_after_hunk = problem is None

    def _rows(self, old: int, new: int) -> str | None:
        """Move over a hunk's rows; a sentence when they do not fit the counts."""
        data, at, end = self.data, self.at, len(self.data)
        while old > 0 or new > 0:
            if at >= end:
                self.at = end
                return TOO_SHORT
            sign = data[at]
            if sign in _BOTH and (sign != 13 or data[at : at + 2] == b"\r\n"):
                old, new = old - 1, new - 1
            elif sign == 45:
                old -= 1
            elif sign == 43:
                new -= 1
            elif sign != 92:
                self.at = at
                return NOT_A_ROW
            at = self._line_end(at) + 1
        while data[at : at + 2] == b"\\ ":
            at = self._line_end(at) + 1
        self.at = min(at, end)
        return TOO_LONG if old < 0 or new < 0 else None


_BOTH = frozenset(b" \n\r")


def _given(oid: str) -> str:
    return oid if oid.strip("0") else ""


def _git(scanner: _Scanner, line: bytes, start: int, _after: bool) -> None:
    names = line[len(b"diff --git ") :]
    current = scanner.open_header()
    if current and current.index_name and not current.git_names:  # svn diff --git
        current.git_names, current.is_git = names, True
        return
    scanner.begin(start, is_git=True).git_names = names


def _combined(scanner: _Scanner, line: bytes, start: int, _after: bool) -> None:
    draft = scanner.begin(start)
    draft.index_name = line.split(b" ", 2)[2]
    draft.is_refused, draft.error = True, COMBINED


def _other_command(scanner: _Scanner, _line: bytes, _start: int, _after: bool) -> None:
    """`diff -r`, `diff -u`: the names follow in the header lines."""
    scanner.current = None


def _svn(scanner: _Scanner, line: bytes, start: int, _after: bool) -> None:
    if scanner.peek().startswith(b"===="):  # else it is a line of somebody's message
        scanner.begin(start).index_name = line[len(b"Index: ") :]


def _properties(scanner: _Scanner, line: bytes, start: int, _after: bool) -> None:
    name = line[len(b"Property changes on: ") :]
    if scanner.current is None or scanner.current.index_name != name:
        scanner.begin(start).index_name = name


def _minus(scanner: _Scanner, line: bytes, start: int, after: bool) -> None:
    following = scanner.peek()
    if scanner.current is not None and scanner.current.is_refused:
        return
    if not following.startswith(b"+++ "):
        scanner.stray(line, was_after_hunk=after)
        return
    draft = scanner.open_header()
    if draft is None or draft.minus is not None:
        if after and scanner.current is not None and scanner.current.is_git:
            scanner.fail(TOO_LONG)  # git names each file with a line of its own
            return
        draft = scanner.begin(start)
    scanner.at = scanner.at + len(following) + 1
    draft.minus, draft.plus = line[4:], following[4:].removesuffix(b"\r")
    draft.has_cr = following.endswith(b"\r")


def _context_diff(scanner: _Scanner, line: bytes, start: int, after: bool) -> None:
    if not scanner.peek().startswith(b"--- "):
        scanner.stray(line, was_after_hunk=after)
        return
    draft = scanner.open_header() or scanner.begin(start)
    draft.index_name = draft.index_name or line[4:].split(b"\t")[0]
    draft.is_refused, draft.error = True, CONTEXT


def _hunk(scanner: _Scanner, line: bytes, start: int, _after: bool) -> None:
    scanner.hunk(line, start)


def _binary(scanner: _Scanner, line: bytes, start: int, _after: bool) -> None:
    """`Binary files X and Y differ`, and Mercurial's `Binary file X has changed`."""
    draft = scanner.open_header()
    if line.endswith(b" has changed"):
        draft = draft or scanner.begin(start)
        draft.index_name = draft.index_name or line[len(b"Binary file ") : -len(b" has changed")]
    elif line.endswith(b" differ"):
        if draft is None:
            draft = scanner.begin(start)
            pair = line.split(b" ", 2)[2].removesuffix(b" differ")
            draft.minus, draft.plus = split_pair(pair, b" and ")
    else:
        return
    draft.is_binary = True


_Read = Callable[[_Scanner, bytes, int, bool], None]
_BEGINNINGS: tuple[tuple[bytes, _Read], ...] = (
    (b"@@ ", _hunk),
    (b"--- ", _minus),
    (b"diff --git ", _git),
    (b"diff --cc ", _combined),
    (b"diff --combined ", _combined),
    (b"diff -", _other_command),
    (b"Index: ", _svn),
    (b"Property changes on: ", _properties),
    (b"*** ", _context_diff),
    (b"Binary file", _binary),
)


def _read_word(draft: Draft, line: bytes) -> None:
    for word, (name, status) in _WORDS.items():
        if line.startswith(word):
            value = line[len(word) :]
            is_mode = name.endswith("mode")
            if not is_mode or (len(value) == 6 and value.isdigit()):
                setattr(draft, name, value.decode() if is_mode else value)
            draft.status = status or draft.status
            return


_WORDS: dict[bytes, tuple[str, Status | None]] = {
    b"old mode ": ("old_mode", None),
    b"new mode ": ("new_mode", None),
    b"new file mode ": ("new_mode", Status.ADDED),
    b"deleted file mode ": ("old_mode", Status.DELETED),
    b"rename from ": ("moved_from", Status.RENAMED),
    b"rename to ": ("moved_to", Status.RENAMED),
    b"copy from ": ("moved_from", Status.COPIED),
    b"copy to ": ("moved_to", Status.COPIED),
}
