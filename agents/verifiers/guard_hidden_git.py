"""What git, file systems and shells make of names, attributes and lists of what to pass over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from agents.git_names import alike, is_git_name
from agents.verifiers.guard_base import (
    GITLINK,
    Finding,
    GuardFile,
    added,
    limited,
    listed,
    shown,
    text_of,
)

_HIDING = re.compile(
    rb"\s(?:-diff|binary|diff=\S+|-text|ident"
    rb"|(?:linguist|gitlab)-(?:generated|vendored|documentation)(?:=(?!false|0|no|off)\S*)?)(?:\s|$)"
)
_LEFT_OUT = re.compile(rb"\sexport-(?:ignore|subst)(?:\s|$)")
_RUNNING = re.compile(rb"\s(?:filter|merge|working-tree-encoding|eol(?!=lf\s|=lf$)|encoding)=\S+")
# Line ends of text files, and GitHub's figures: nothing is hidden or run by them.
_HARMLESS = re.compile(
    rb"text(?:=auto)?|eol=lf|-?linguist-\w+(?:=\S*)?|-?gitlab-\w+(?:=\S*)?|-export-\w+"
    rb"|diff|merge|-(?:filter|ident|binary)"
)
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_MOST_NAMES, _MOST_RULES = 10_000, 40


def names(file: GuardFile) -> Iterator[Finding]:
    """New names that git, a file system or a shell takes for something else."""
    yield from _submodules(file)
    if file.is_deleted or file.path == file.old_path or not (file.is_added or file.old_path):
        return
    parts = file.path.split("/")
    if any(is_git_name(part.encode("utf-8", "surrogateescape")) for part in parts):
        text = "Some file systems take this name for git's own folder."
        yield Finding("submodule", text, file.path, is_tickable=False)
    elif why := next((why for part in parts if (why := _odd(part))), ""):
        yield Finding("confusable", f"File name: {why}.", file.path)


def _odd(part: str) -> str:
    if _DEVICE.fullmatch(part):
        return "Windows takes it for a device"
    if part != part.strip() or part.endswith("."):
        return "it begins or ends with a space or a dot, which some file systems drop"
    if part.startswith("~") and not part.startswith("~$"):
        return "a command takes it for a home folder"
    if re.search(r"[\\:\x00-\x08\x0a-\x1f\xa0]", part):
        return "it holds a backslash, a colon or a letter that is not seen"
    return ""


def _submodules(file: GuardFile) -> Iterator[Finding]:
    if file.new_mode == GITLINK:
        what = "Submodule added." if file.is_added else "Submodule moved to another commit."
        yield Finding("submodule", what, file.path, is_tickable=False)
    elif file.old_mode == GITLINK:
        yield Finding("submodule", "Submodule removed.", file.path)
    elif _is_git_s(file.path, ".gitmodules") and not file.is_deleted:
        what = "Changes where submodules come from."
        if PurePosixPath(file.path).name != ".gitmodules":
            what = "Some file systems take this name for .gitmodules: where submodules come from."
        yield Finding("submodule", what, file.path, is_tickable=False)


def _is_git_s(path: str, own: str) -> bool:
    name = PurePosixPath(path).name
    return name == own or alike(name) == own


def attributes(file: GuardFile) -> Iterator[Finding]:
    """.gitattributes that keep a file out of diffs, or change it on its way."""
    if not _is_git_s(file.path, ".gitattributes"):
        return
    for number, _ in limited(added(file), lambda line: bool(_LEFT_OUT.search(line[:4000]))):
        text = "Leaves files out of archives, or changes them there."
        yield Finding("attributes", text, file.path, number)
    for number, _ in limited(added(file), lambda line: bool(_HIDING.search(line[:4000]))):
        yield Finding("hidden_from_diff", "Keeps files out of usual diffs.", file.path, number)
    for number, _ in limited(added(file), lambda line: bool(_RUNNING.search(line[:4000]))):
        text = "Asks git to run a filter or merge driver, or to change files on their way."
        yield Finding("attributes", text, file.path, number)
    for number, line in limited(added(file), _unusual):
        text = f"Changes how git treats files: `{shown(text_of(line))}`."
        yield Finding("attributes", text, file.path, number)


def _unusual(line: bytes) -> bool:
    """An attribute that is none of the usual ones, in a line that the others left alone."""
    line = line[:4000]
    if line.startswith(b"#") or any(p.search(line) for p in (_LEFT_OUT, _HIDING, _RUNNING)):
        return False
    words = re.sub(rb"^\"(?:[^\"\\]|\\.)*\"", b"x", line).split()
    return any(not _HARMLESS.fullmatch(word) for word in words[1:])


def ignored(files: Sequence[GuardFile], tree: Sequence[str]) -> Iterator[Finding]:
    """New lines of .gitignore that name files of the tree: linters pass over them from then on."""
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if name != ".gitignore":
            continue
        inside = [path[len(folder) + 1 :] if folder else path for path in tree[:_MOST_NAMES]
                  if not folder or path.startswith(f"{folder}/")]  # fmt: skip
        for number, line in list(added(file))[:_MOST_RULES]:
            hit = [path for path in inside if path != name and _matches(text_of(line), path)]
            if hit:
                text = (
                    f"Tools that heed .gitignore pass over files of the tree now: {listed(hit, 3)}."
                )
                yield Finding("attributes", text, file.path, number)


def _matches(line: str, path: str) -> bool:
    """Whether a line of .gitignore names a path or a folder above it; near to git's rule."""
    rule = line.rstrip()
    if not rule or rule.startswith(("#", "!")) or len(rule) > 200:
        return False
    rule = rule.rstrip("/").removesuffix("/**")
    steps = path.split("/")
    if "/" not in rule:
        return any(fnmatchcase(step, rule) for step in steps)
    rule = rule.removeprefix("/").removeprefix("**/")
    return any(fnmatchcase("/".join(steps[:n]), rule) for n in range(1, len(steps) + 1))
