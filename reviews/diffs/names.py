"""File names: git's quoting undone, shown without tricks, and what is suspicious about them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from reviews.diffs.confusable import deceiving
from reviews.diffs.text import INVISIBLE

_ESCAPE = re.compile(rb'\\([abfnrtv"\\]|[0-3][0-7]{2})')
# What this module would write for another character, so that two names never look the same.
_LOOKS_ESCAPED = re.compile(r"x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}")
# Besides what nobody sees anywhere: tabs, and blanks at either end of a part of the path.
_UNSEEN = re.compile(f"\t|(?:(?<=/)|^) +| +(?=/|$)|{INVISIBLE.pattern}")
_SIMPLE = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
    b'"': b'"', b"\\": b"\\",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_PLACES = 3  # look-alikes in a name that are told
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")


def unquote(name: bytes) -> bytes:
    """A name out of a patch header: git's C-style quotes and escapes undone, else unchanged."""
    if len(name) < 2 or not (name.startswith(b'"') and name.endswith(b'"')):
        return name
    return _ESCAPE.sub(_unescape, name[1:-1])


def _unescape(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    return _SIMPLE.get(escape) or bytes([int(escape, 8)])


def decode_name(path: bytes) -> str:
    """A path as text; bytes that are not UTF-8 become U+FFFD."""
    return path.decode("utf-8", "replace")


def display_path(path: bytes) -> str:
    r"""A path as one line that cannot mislead: controls, bidi, look-alikes as \x1b or \u202e.

    Storable anywhere (no NUL, no surrogates); still text, so it is escaped where it is shown.
    """
    text = path.decode("utf-8", "surrogateescape")
    likes = deceiving(text, is_name=True)
    escaped = {at for found in _UNSEEN.finditer(text) for at in range(*found.span())} | set(likes)
    escaped |= {at for at, char in enumerate(text) if "\udc80" <= char <= "\udcff"}
    if not escaped and "\\" not in text:
        return text
    return _shown(text, escaped)


def _shown(text: str, escaped: set[int]) -> str:
    """With those characters escaped, and each backslash doubled that would be taken for an escape.

    From its end, since what follows a backslash decides on it.
    """
    shown = ""
    for at in range(len(text) - 1, -1, -1):
        char = text[at]
        if at in escaped:
            char = _backslashed(char)
        elif char == "\\" and (shown.startswith("\\") or _LOOKS_ESCAPED.match(shown)):
            char = "\\\\"
        shown = char + shown
    return shown


def _backslashed(char: str) -> str:
    code = ord(char)
    code -= 0xDC00 if 0xDC80 <= code <= 0xDCFF else 0  # a byte that is not UTF-8
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def is_unsafe(path: bytes) -> bool:
    """Whether no tree may hold this path: empty, absolute, or with a `.`, `..` or `.git` part."""
    parts = path.split(b"/")
    return any(part in {b"", b".", b".."} or part.lower() == b".git" for part in parts)


def notes_on(path: bytes) -> tuple[str, ...]:
    """Sentences about a name that may be taken for another one."""
    notes = []
    text = path.decode("utf-8", "replace")
    if "\ufffd" in text:
        notes.append("The name is not UTF-8.")
    if INVISIBLE.search(text):
        notes.append("The name holds invisible, control or direction characters.")
    scripts = _scripts(text)
    if len(scripts) > 1:
        notes.append(f"The name mixes {' and '.join(scripts)} letters: it may look like another.")
    notes += [
        f"In the name, U+{ord(text[at]):04X} looks like {like}."
        for at, like in sorted(deceiving(text, is_name=True).items())[:_PLACES]
    ]
    return tuple(notes)


def _scripts(text: str) -> list[str]:
    """Scripts with look-alike letters that one word of the path mixes, in a fixed order."""
    for word in _WORD.findall(text):
        if word.isascii():
            continue
        names = {unicodedata.name(char, "").split(" ")[0] for char in word}
        found = [script.capitalize() for script in _SCRIPTS if script in names]
        if len(found) > 1:
            return found
    return []


def case_collisions(paths: Iterable[bytes]) -> set[bytes]:
    """Paths that differ from another of them only in case or composition of letters."""
    unique = set(paths)
    folded = {path: _folded(path) for path in unique}
    counts = Counter(folded.values())
    return {path for path in unique if counts[folded[path]] > 1}


def _folded(path: bytes) -> str:
    return unicodedata.normalize("NFC", path.decode("utf-8", "surrogateescape")).casefold()
