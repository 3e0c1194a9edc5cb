"""Renames that make something else of a file: notes that become a test, a text that becomes code.

git tells them as one file with an old and a new side, so that nothing in them looks new. What a
file is, its name decides; where that changed, the old one is gone and the new one was added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from agents.verifiers.guard_base import GuardFile
from agents.verifiers.guard_config_names import steers
from agents.verifiers.guard_needs_read import reader
from agents.verifiers.guard_tests_changed import is_test
from agents.verifiers.tests_in_text import language_by_ending

_PROSE = re.compile(r"\.(?:md|rst|txt|adoc)$", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|ico|bmp|woff2?|ttf|otf|pdf)$", re.IGNORECASE)
# Said to a tool by their name; where they stand decides what they are said of.
_OF_PLACE = {".gitattributes", ".gitignore", ".gitmodules"}
_HOLDERS = {"pyproject.toml", "setup.cfg", "package.json", "composer.json", "Cargo.toml", "go.mod"}
# Programs may do what what they load may not: end the process, say what they like.
_PROGRAM = re.compile(
    r"(?:^|/)(?:bin|scripts?|cmd)/|(?:^|/)(?:cli|main|server|start|www|worker|__main__)\.\w+$"
)


def told_apart(files: Sequence[GuardFile]) -> list[GuardFile]:
    """The files, with each rename that changed what a file is as one deleted and one added."""
    return [part for file in files for part in _parts(file)]


def _parts(file: GuardFile) -> Iterator[GuardFile]:
    if file.is_added or file.is_deleted or not _is_another(file):
        yield file
        return
    if file.status != "copied":
        yield replace(
            file, path=file.before, old_path=None, status="deleted", new=None, new_mode=""
        )
    yield replace(file, old_path=None, status="added", old=None, old_mode="")


def _is_another(file: GuardFile) -> bool:
    if file.before == file.path:
        return False
    if file.status == "copied":  # what it was copied from is still there
        return True
    return _kind(file.before, file.old) != _kind(file.path, file.old)


def _kind(path: str, content: bytes | None) -> tuple[str, ...]:
    """What a name makes of a content, as far as the guard looks at one kind and not at another."""
    name = PurePosixPath(path).name
    if name in _OF_PLACE:
        return ("of a place", path)
    if name in _HOLDERS:
        return ("says how it is built", name, "top" if name == path else "below")
    if steers(PurePosixPath(path)) or reader(path):
        return ("steers", name)
    language = _language(path)
    if is_test(path, content):
        return ("test", language)
    if _PROSE.search(name):
        return ("prose",)
    if _PICTURE.search(name):
        return ("picture",)
    return ("file", language, "program" if _PROGRAM.search(path) else "")


def _language(path: str) -> str:
    """The language of a file, or its ending, for which others are looked at in another way."""
    known = language_by_ending(path)
    if known is not None:
        return known.path.pattern
    ending = PurePosixPath(path).suffix.lower()
    return ".py" if ending == ".pyw" else ending
