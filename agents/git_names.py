"""Names that a developer's file system opens as one of git's own files, by git's own rules.

HFS+ leaves some code points out of a comparison and folds case; NTFS drops dots and spaces at the
end, has short names (GIT~1) and streams (.git::$INDEX_ALLOCATION), and takes a backslash for a
slash. git asks the same in path.c and utf8.c.
"""

from __future__ import annotations

import re

# What HFS+ ignores in a name.
_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SHORT_GIT = re.compile(r"git~[0-9]+")
# A file's short name: its first letters, or a hash of the whole that git's sources list.
_SHORT = {
    ".gitmodules": re.compile(r"gitmod~[0-9]+|gi7eb[0-9a-f]?~?[0-9]*"),
    ".gitattributes": re.compile(r"gitatt~[0-9]+|gi7d2[0-9a-f]?~?[0-9]*"),
}


def is_git_name(name: bytes) -> bool:
    """Whether one part of a path is, or is opened as, `.git`."""
    return any(part == ".git" or _SHORT_GIT.fullmatch(part) for part in _parts(name))


def alike(name: str) -> str:
    """Which of git's files in a tree a name is opened as, though spelt otherwise; empty: none."""
    for own, short in _SHORT.items():
        if name == own:
            return ""
        if any(
            part == own or short.fullmatch(part)
            for part in _parts(name.encode("utf-8", "surrogateescape"))
        ):
            return own
    return ""


def _parts(name: bytes) -> list[str]:
    """What file systems may make of a name: as they compare it, without what they drop."""
    text = _IGNORED.sub("", name.decode("utf-8", "surrogateescape")).casefold()
    return [part.partition(":")[0].rstrip(" .") for part in text.split("\\")]
