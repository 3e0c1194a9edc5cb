"""Which files of the tree a verifier's command line reaches: named in it, or in what it names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from agents.job import WORKSPACE
from agents.verifiers.guard_chain_helpers import DRIVERS, SETTINGS, helpers, modules
from agents.verifiers.guard_chain_words import (
    filled,
    is_program,
    listed_by_program,
    listed_by_shell,
    matching,
    shell_text,
    taken_in,
)

Read = Callable[[str], bytes | None]  # a file of the base by its path; None: there is none

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_MAKES = {"make", "gmake"}
_MODULE_FLAGS = ("-m", "-p")
_FOLDER_FLAGS = {"cd", "pushd", "-C", "--directory", "--prefix", "--cwd", "--project"}
# Words that run or read in the file that follows.
_RUNNERS = {
    "sh", "bash", "dash", "zsh", "python", "python3", "node", "deno", "bun", "ruby", "perl", "php",
    "source", ".", "exec", "env", "time", "npx", "tsx", "ts-node", "include", "-include",
    "sinclude", "run", "xargs", "sudo", "eval", "command",
}  # fmt: skip
# Sources that a script names in passing (a linter's operand) are what is checked, not the check.
_SOURCES = re.compile(
    r"\.(?:py|[cm]?[jt]sx?|c|h|cc|cpp|hpp|rs|go|java|kt|rb|php|cs|swift|md|rst|html|css)$"
)
# What a script names may be what it checks, too: only what looks like a part of a check is one.
_MACHINERY = re.compile(
    r"(?:^|/)[._]?(?:tests?|specs?|checks?|verif\w*|lint\w*|ci|tools?|scripts?|hack|bin|run)"
    r"(?:[-_./]|$)|(?:[-_](?:tests?|checks?|verify|lint|ci))\.\w+$"
    r"|\.(?:sh|bash|zsh|mk|bats)$|(?:^|/)(?:GNUm|m|M)akefile$",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"[\"'`]([^\"'`\n]{1,300})[\"'`]")
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w.]{1,200})", re.MULTILINE)
_SPLIT = re.compile(r"[\s=;&|:,(){}\[\]<>`$\"'\\]+")
_SEGMENT = re.compile(r"[;&|(){}`]+")
_SETTING_FLAGS = {"-c", "--config", "-r", "--require", "--import", "--loader", "--setupFiles",
                  "--bootstrap", "--configuration", "--rcfile", "--config-file"}  # fmt: skip
_DEPTH = 6
_MOST_READ = 60  # files of the base
_MOST_BYTES = 256 * 1024
_MOST_WORDS = 5_000
_MOST_FOLDERS = 12


@dataclass(slots=True)
class Reach:
    """What the verifiers in force have to do with. Paths from the top of the tree.

    runs: files that are part of a check. lists: folders and patterns whose files a check goes
    through. names: data that a check names, to compare with or to read.
    """

    runs: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def reached(checks: Sequence[Sequence[str]], read: Read | None = None) -> set[str]:
    """Paths of the tree, from its top, that command lines and the scripts behind them run."""
    return reach(checks, read).runs


def reach(
    checks: Sequence[Sequence[str]], read: Read | None = None, paths: Collection[str] = ()
) -> Reach:
    """What command lines and the scripts behind them may mean.

    read: the base's files, to look into what is named, six deep; without it only the first names.
    paths: every file of either side, for patterns.
    """
    every = Reach()
    found = named(checks)
    sure = _said(checks)  # whatever its name: a command or a runner's settings name it
    for line in (line for argv in checks for line in (" ".join(argv), *argv)):
        sure |= _taken("", line[:_MOST_BYTES])
        every.lists |= _listed("", line[:_MOST_BYTES])
    sure |= matching(sure, paths)
    every.names |= found
    layer = sorted(found | sure) + sorted(_read_only(checks) - found)
    found |= sure
    left = _MOST_READ
    for _ in range(_DEPTH if read else 0):
        following: set[str] = set()
        for path in layer:
            content = read(path) if read and left > 0 else None
            if content is None or b"\0" in content[:8000]:
                continue
            left -= 1
            text = content[:_MOST_BYTES].decode("utf-8", "replace")
            more, given = _look(path, text, paths)
            following |= more | given
            sure |= given
            if path in sure or _MACHINERY.search(path):
                every.names |= more
                every.lists |= _listed(path, text)
        layer = sorted(following - found)
        found |= following
    every.runs = {path for path in found if path in sure or _MACHINERY.search(path)}
    every.names -= every.runs
    return every


def _look(path: str, text: str, paths: Collection[str]) -> tuple[set[str], set[str]]:
    """What a file names, and what of it is sure to run."""
    more, sure = _named_in(path, text), _settings_in(path, text)
    if posixpath.basename(path) in SETTINGS:
        sure |= set(helpers(path, text))
    sure |= _taken(path, text)
    return more | matching(more, paths), sure | matching(sure, paths)


def _taken(path: str, text: str) -> set[str]:
    """Files that a shell or make takes in, whatever their names: they run inside the check."""
    if is_program(path, text):
        return set()
    whole = filled(shell_text(path, text))
    words = [part for word in taken_in(whole) for part in _parts(word)]
    return _placed(words, _entered(whole, posixpath.dirname(path)), makes=False)


def _listed(path: str, text: str) -> set[str]:
    """Folders and patterns that a script goes through."""
    folder = posixpath.dirname(path)
    if is_program(path, text):
        names = list(listed_by_program(folder, text))
        words = [part for name in names for part in (name, *_parts(name))]
        folders = list(dict.fromkeys(("", folder)))
    else:
        whole = filled(shell_text(path, text))
        words = [part for said in listed_by_shell(whole) for part in _parts(said)]
        folders = _entered(whole, folder)
    return _placed(words, folders, makes=False)


def _said(checks: Sequence[Sequence[str]]) -> set[str]:
    """Paths that stand as words of their own in a command line, and modules that it runs."""
    given = [word for argv in checks for word in argv]
    words = [*given, *(word.partition("=")[2] for word in given if word.startswith("--"))]
    return _placed(words, _folders(words)) | _modules(words)


def named(checks: Sequence[Sequence[str]]) -> set[str]:
    """Paths that the command lines themselves may mean."""
    found: set[str] = set()
    for argv in checks:
        words = [part for word in argv for part in _parts(word)]
        quoted = [name for word in argv for name in _LITERAL.findall(word[:_MOST_BYTES])]
        found |= _placed([*argv, *words, *quoted], _folders(words))
        found |= _modules(words)
    return found


def _read_only(checks: Sequence[Sequence[str]]) -> set[str]:
    """What is looked into and told of elsewhere, section by section."""
    every = {posixpath.basename(w) for argv in checks for part in argv for w in _parts(part)}
    return (
        {*SETTINGS, *(name for word in every for name in DRIVERS.get(word, ()))} if every else set()
    )


def _parts(word: str) -> list[str]:
    return [part for part in _SPLIT.split(word[:_MOST_BYTES])[:_MOST_WORDS] if part]


def _folders(words: Sequence[str], start: str = "") -> list[str]:
    """Where a command line may stand: the top, and wherever it says that it goes."""
    found = list(dict.fromkeys(("", start)))
    for flag, name in pairwise(words):
        if flag in _FOLDER_FLAGS and len(found) < _MOST_FOLDERS:
            told = [_normal(folder, name) for folder in found]
            found += [each for each in dict.fromkeys(told) if each and each not in found]
    return found[:_MOST_FOLDERS]


def _placed(words: Sequence[str], folders: Sequence[str], *, makes: bool = True) -> set[str]:
    files = _MAKEFILES if makes and _MAKES & set(words) else ()
    return {
        path for word in (*words, *files) for folder in folders if (path := _normal(folder, word))
    }


def _normal(folder: str, word: str) -> str:
    """The word as a path from the top of the tree; empty: it leads out of it, or is too long."""
    word = word.strip("\"'")
    if len(word) > 1000 or "\0" in word:
        return ""
    if word == WORKSPACE or word.startswith(WORKSPACE + "/"):
        folder, word = "", word[len(WORKSPACE) :]
    path = posixpath.normpath(posixpath.join(folder, word.lstrip("/")))
    return "" if path == "." or path.startswith("..") else path


def _modules(words: Sequence[str]) -> set[str]:
    names = {name for flag, name in pairwise(words) if flag in _MODULE_FLAGS}
    names |= {word[2:] for word in words if word.startswith("-m") and word[2:].isidentifier()}
    return {path for name in names for path in _module(name)}


def _module(name: str, folder: str = "") -> Iterator[str]:
    """Files that Python reads for a dotted name, those of the packages above as well."""
    steps = [step for step in name.split(".") if step][:10]
    for top in dict.fromkeys((folder, "src") if not folder else (folder,)):
        for number in range(1, len(steps) + 1):
            path = posixpath.join(top, *steps[:number])
            yield f"{path}/__init__.py"
        if steps:
            path = posixpath.join(top, *steps)
            yield from (f"{path}.py", f"{path}/__main__.py")


def _named_in(path: str, text: str) -> set[str]:
    """What a script, a Makefile or a program of the base runs or reads in."""
    folder = posixpath.dirname(path)
    if is_program(path, text):
        return _named_in_program(folder, text)
    text = shell_text(path, text)
    text = f"{text}\n{whole}" if (whole := filled(text)) != text else text
    found: set[str] = set()
    for line in text.splitlines()[:_MOST_WORDS]:
        if line.lstrip().startswith("#"):
            continue
        words = _parts(line)
        kept = [word for part in _SEGMENT.split(line) for word in _run_in(_parts(part))]
        kept += [word for word in words if word in _MAKES] + _LITERAL.findall(line)
        found |= _placed(kept, _folders(words, folder)) | _modules(words)
    deeper = _entered(text, folder)
    return found | _placed([w for w in _parts(text) if w.startswith("./")], deeper)


def _entered(text: str, folder: str) -> list[str]:
    """Where its commands may stand: a folder that is entered on one line holds for those below."""
    return _folders([w for line in text.splitlines()[:2000] for w in _parts(line)[:2]], folder)


def _settings_in(path: str, text: str) -> set[str]:
    """Settings that the commands of a script are given by a flag."""
    if _SOURCES.search(path):
        return set()
    text = shell_text(path, text)
    words = _parts(text)
    given = [word for flag, word in pairwise(words) if flag in _SETTING_FLAGS and "." in word]
    return _placed(given, _folders(words, posixpath.dirname(path)))


def _run_in(words: Sequence[str]) -> Iterator[str]:
    """Words of one command that it runs or reads, its options left aside."""
    before = ""
    for word in words:
        command = posixpath.basename(before).rstrip("0123456789.") or before
        is_run = not before or word.startswith("./") or {before, command} & _RUNNERS
        if is_run or not _SOURCES.search(word):
            yield word
        if not word.startswith(("-", "@", "+")) or word in _RUNNERS:
            before = word


def _named_in_program(folder: str, text: str) -> set[str]:
    """Names in quotes, and helpers that stand beside a program that is not at the top."""
    literals = _LITERAL.findall(text)[:_MOST_WORDS]
    words = [part for literal in literals for part in (literal, *_parts(literal))]
    found = _placed([w for w in words if "/" in w or "." in w], ["", folder] if folder else [""])
    for literal in literals:
        if literal.startswith(("./", "../")):
            found.update(modules(folder, literal))
    if folder:
        for name in _IMPORT.findall(text)[:200]:
            found.update(_module(name, folder))
    return found
