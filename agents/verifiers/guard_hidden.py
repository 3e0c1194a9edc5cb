"""What a reader of the diff would not see: odd characters, binaries, modes, links, attributes."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from agents.git_names import is_git_name
from agents.verifiers.guard_base import (
    EXECUTABLE,
    GITLINK,
    LINK,
    MOST_PER_FILE,
    Finding,
    GuardFile,
    added,
    is_binary,
    limited,
    text_of,
)
from agents.verifiers.guard_hidden_letters import confusable_in, sign_in, skeleton

# Direction overrides and isolates, zero width, fillers, tags, selectors that carry data; controls
# that a terminal obeys; line ends that only some programs see.
_INVISIBLE = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u200b\u2060-\u2064\u206a-\u206f\u115f\u1160\u3164\uffa0\u180e"
    "\u034f\u17b4\u17b5\ufff9-\ufffb"
    "\U000e0000-\U000e01ef\x00-\x08\x0e-\x1f\x7f-\x9f\u2028\u2029]"
    # Selectors of a letter's form: honest once, after a letter or sign that has such forms.
    "|(?<![\u1820-\u18aa])[\u180b-\u180d\u180f]"
    "|(?<![\u1000-\u109f\u2200-\u22ff\u3000-\u9fff\ua840-\ua87f\uf900-\ufaff\U00020000-\U0003ffff])"
    "[\ufe00-\ufe0d]"
    "|(?<![^\x00-\x7f\ufe00-\ufe0f])[\ufe0e\ufe0f](?!\u20e3)"
    "|(?<=[^\x0c])[\x0b\x0c]|[\x0b\x0c](?=[^\x0c])"
    "|(?<!^)\ufeff|(?<=[A-Za-z0-9_])[\u200c\u200d\u00ad](?=[A-Za-z0-9_])"
)
# In a name nothing that is not seen is honest.
_UNSEEN = re.compile("[\u00ad\u061c\u180b-\u180f\u200c-\u200f\ufe00-\ufe0f\ufeff]")
_GAP = re.compile(rb"(?:[ \t\x0b\x0c]|\xc2\xa0|\xe2\x80[\x80-\x8a\xaf]|\xe3\x80\x80){120,}+")
_ALIGNED = (".md", ".rst", ".txt", ".csv", ".tsv", ".svg", ".lock", ".snap", ".adoc", ".html")
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__)(?:/|$)|(?:^|/)test_[^/]*$|[._](?:test|spec)\.\w+$"
)
_MARKS = re.compile("[\u061c\u200e\u200f]")  # honest in right-to-left writing only
_MOST_LINE = 200_000


def modes(file: GuardFile) -> Iterator[Finding]:
    """Executables, symbolic links."""
    if file.new_mode == EXECUTABLE and file.old_mode != EXECUTABLE:
        what = "New file that is executable." if file.is_added else "Made executable."
        yield Finding("executable", what, file.path)
    elif file.old_mode == EXECUTABLE and file.new_mode == "100644":
        yield Finding("executable", "No longer executable.", file.path)
    if file.old_mode == LINK and file.new_mode.startswith("100"):
        yield Finding("link", "A symbolic link became a file.", file.path)
    if file.new_mode == LINK and file.old_mode.startswith("100"):
        yield Finding("link", "A file became a symbolic link.", file.path)
    if file.new_mode == LINK and file.new is not None and (where := _leads(file)):
        yield Finding("link", f"Symbolic link that leads {where}.", file.path)


def _leads(file: GuardFile) -> str:
    """Where a link leads that deserves a look; empty: to an ordinary file beside it."""
    target = file.new or b""
    if _leads_out(file.path, target):
        return "out of the repository"
    if any(is_git_name(part) for part in target.split(b"/")):
        return "into .git"
    place = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), text_of(target)))
    return "to tests" if _TESTS.search(place) and not _TESTS.search(file.path) else ""


def _leads_out(path: str, target: bytes) -> bool:
    if target.startswith(b"/"):
        return True
    depth = len(PurePosixPath(path).parts) - 1
    for step in target.split(b"/"):
        depth += -1 if step == b".." else (0 if step in (b"", b".") else 1)
        if depth < 0:
            return True
    return False


def invisible(file: GuardFile) -> Iterator[Finding]:
    """Characters that a page or a terminal does not show, or that turn the reading direction."""
    if found := _INVISIBLE.search(file.path) or _UNSEEN.search(file.path):
        yield Finding("invisible", f"File name holds U+{ord(found[0]):04X}.", file.path)
    yield from _gaps(file)
    if file.new is None or is_binary(file.new) or file.new_mode == GITLINK:
        return
    seen = 0
    for number, line in _odd_lines(file):
        if (at := _invisible_in(line)) is not None and seen < MOST_PER_FILE:
            seen += 1
            text = f"Invisible or direction-changing character U+{at:04X}."
            yield Finding("invisible", text, file.path, number)
    lone = len(re.findall(rb"\r(?!\n)", file.new)) - len(re.findall(rb"\r(?!\n)", file.old or b""))
    if lone > 0 and b"\n" in file.new:
        text = "Carriage return inside a line: a terminal shows only what follows it."
        yield Finding("invisible", text, file.path)


def _gaps(file: GuardFile) -> Iterator[Finding]:
    """Code after so many spaces that it stands beyond the edge of a window."""
    if is_binary(file.new) or file.new_mode == GITLINK or file.path.lower().endswith(_ALIGNED):
        return
    for number, _ in limited(added(file), _has_gap):
        text = "More than 120 spaces before text: it stands where a reader does not look."
        yield Finding("invisible", text, file.path, number)


def _has_gap(line: bytes) -> bool:
    end = len(line.rstrip())
    return end > 120 and any(gap.end() < end for gap in _GAP.finditer(line))


def confusable(file: GuardFile) -> Iterator[Finding]:
    """Words that mix alphabets so that they look like other words."""
    for part in PurePosixPath(file.path).parts if file.path != file.old_path else ():
        if told := confusable_in(part):
            yield Finding("confusable", f"File name: {told}", file.path)
    if is_binary(file.new) or file.new_mode in (GITLINK, LINK):
        return
    seen = 0
    for number, line in _odd_lines(file):
        told = "" if line.isascii() else confusable_in(line)
        if not told and not line.isascii() and not file.path.lower().endswith(_ALIGNED):
            told = sign_in(line)
        if told and seen < MOST_PER_FILE:
            seen += 1
            yield Finding("confusable", told, file.path, number)


def twins(files: Sequence[GuardFile], tree: Sequence[str]) -> Iterator[Finding]:
    """New files whose names look like, or differ only in case from, names that are there.

    tree: every path after the change; the changed files' own when it is not known.
    """
    new = {file.path for file in files if not file.is_deleted and file.path != file.old_path}
    new -= {file.path for file in files if not file.is_added and file.old_path is None}
    if not new:
        return
    paths = {*tree, *(file.path for file in files if not file.is_deleted)}
    folders = {str(above) for path in paths for above in PurePosixPath(path).parents}
    held = {str(above) for path in paths - new for above in PurePosixPath(path).parents}
    looks: dict[str, list[str]] = {}
    for path in sorted(paths | folders):
        looks.setdefault(skeleton(path), []).append(path)
    for path in sorted(new):
        whole = PurePosixPath(path)
        steps = [path, *(str(above) for above in whole.parents)]
        others = [
            other
            for step in steps
            for other in looks[skeleton(step)]
            if other != step and (step == path or step not in held)
        ]
        if others:
            kind = "case" if path.lower().startswith(others[0].lower()) else "look"
            text = (
                f"Differs from {others[0]} only in capital letters."
                if kind == "case"
                else f"Looks like {others[0]}, which is another file."
            )
            yield Finding("confusable", text, path)


def binaries(file: GuardFile) -> Iterator[Finding]:
    """What nobody can read in a diff."""
    if file.new_mode == GITLINK or not is_binary(file.new) or file.new is None:
        return
    what = "Binary file added" if file.is_added else "Binary file changed"
    yield Finding("binary", f"{what}, {len(file.new)} bytes; it cannot be read here.", file.path)


def unread(file: GuardFile) -> Iterator[Finding]:
    """What nothing here has looked at."""
    if file.is_unread:
        yield Finding("unread", "Too large to be looked at: nothing in it is checked.", file.path)


def _odd_lines(file: GuardFile) -> Iterator[tuple[int, str]]:
    """New lines with anything but printable ASCII in them."""
    for number, line in added(file):
        if not line.isascii() or _CONTROLS.search(line):
            yield number, line[:_MOST_LINE].decode("utf-8", "replace")


_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _invisible_in(line: str) -> int | None:
    if found := _INVISIBLE.search(line):
        return ord(found[0])
    found = _MARKS.search(line)
    if found is None or any(
        c.isalpha() and unicodedata.bidirectional(c) in ("R", "AL") for c in line
    ):
        return None
    return ord(found[0])
