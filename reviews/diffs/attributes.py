"""`.gitattributes` as git reads it, for the attributes that say how a file is to be read.

Give it the files of the base commit only: a change must not fold its own files. Known are
linguist-generated, linguist-vendored and linguist-documentation; macros are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reviews.diffs.names import unquote
from reviews.diffs.wildmatch import Glob

GENERATED, VENDORED, DOCUMENTATION = (
    "linguist-generated", "linguist-vendored", "linguist-documentation",
)  # fmt: skip
_KNOWN = {GENERATED.encode(), VENDORED.encode(), DOCUMENTATION.encode()}
_BLANK = b" \t\r\n"
_QUOTED = re.compile(rb'"(?:[^"\\]|\\[abfnrtv"\\]|\\[0-3][0-7][0-7])*"')
_TOKEN = re.compile(rb"[^ \t\r\n]+")
_NAME = re.compile(rb"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
_BOM = b"\xef\xbb\xbf"
_LINE = 2048  # bytes; git passes over longer ones too
MAX_RULES = 2_000
_WORK = 2_000_000  # steps of matching for all paths together; after that nothing is said of a path

Given = Mapping[bytes, bool | None]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A line that says something we know. folder: of its file, "" or ending with a slash."""

    folder: bytes
    glob: Glob
    is_name_only: bool
    says: Given

    def fits(self, path: bytes) -> bool:
        if not path.startswith(self.folder):
            return False
        rest = path[len(self.folder) :]
        return self.glob.fits(rest.rpartition(b"/")[2] if self.is_name_only else rest)


class Attributes:
    """What the `.gitattributes` of a tree say of its paths."""

    def __init__(self, files: Mapping[bytes, bytes]) -> None:
        """files: content by folder, b"" for the root and else without a slash at the end."""
        self._rules: list[_Rule] = []
        self._work = _WORK
        for folder in sorted(files, key=lambda each: (each.count(b"/") if each else -1, each)):
            room = MAX_RULES - len(self._rules)
            found = _rules(folder + b"/" if folder else b"", files[folder])
            self._rules += [rule for rule, _ in zip(found, range(room), strict=False)]

    def of(self, path: bytes) -> dict[str, bool]:
        """Attributes that are set (True) or unset (False) for a file; unspecified ones are absent.

        For each the last line that fits decides, those of deeper folders after the others.
        """
        found: dict[bytes, bool | None] = {}
        if self._work <= 0:
            return {}
        for rule in self._rules:
            self._work -= 1 + (len(path) if path.startswith(rule.folder) else 0)
            if rule.fits(path):
                found.update(rule.says)
        return {name.decode(): value for name, value in found.items() if value is not None}


def _rules(folder: bytes, content: bytes) -> Iterator[_Rule]:
    for line in content.removeprefix(_BOM).split(b"\n"):
        if len(line) > _LINE:
            continue
        pattern, rest = _pattern(line.strip(_BLANK))
        says = _says(rest) if pattern else {}
        if not says or pattern.startswith((b"!", b"[attr]")) or pattern.endswith(b"/"):
            continue  # git takes no negative patterns; one for a folder holds for no file
        is_name_only = b"/" not in pattern
        yield _Rule(folder, Glob(pattern, is_path=not is_name_only), is_name_only, says)


def _pattern(line: bytes) -> tuple[bytes, bytes]:
    """The pattern and what follows it; empty for a remark."""
    if not line or line.startswith(b"#"):
        return b"", b""
    if line.startswith(b'"'):
        quoted = _QUOTED.match(line)
        if quoted:
            return unquote(quoted[0]), line[quoted.end() :]
    found = _TOKEN.match(line)
    return (found[0], line[found.end() :]) if found else (b"", b"")


def _says(rest: bytes) -> Given:
    """What a line says of the attributes we know; nothing when any name in it is not valid."""
    says: dict[bytes, bool | None] = {}
    for word in _TOKEN.findall(rest):
        name, equals, value = word.partition(b"=")
        sign = name[:1] if name[:1] in (b"-", b"!") else b""
        name = name[len(sign) :]
        if not _NAME.fullmatch(name):
            return {}
        if name in _KNOWN:
            says[name] = _value(sign, value if equals else None)
    return says


def _value(sign: bytes, value: bytes | None) -> bool | None:
    if sign:
        return False if sign == b"-" else None
    return {None: True, b"true": True, b"false": False}.get(value)
