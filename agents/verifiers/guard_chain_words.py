"""What the text of a script says: its variables filled in, what it takes in, what it lists."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Collection, Iterator

_PROGRAM = re.compile(r"\.(?:py|[cm]?[jt]sx?|rb|pl|php)$")
_INTERPRETED = re.compile(r"#![^\n]{0,100}\b(?:python|node|deno|bun|ruby|perl|php)")
_SET = re.compile(
    r"^[ \t]*+(?:(?:export|local|readonly|override|const|let|var) +)?(\w{1,60}+)"
    r"[ \t]*+[:?+]{0,2}=(?!=)[ \t]*+([^\n;]{1,200})",
    re.MULTILINE,
)
_LOOP = re.compile(r"\bfor[ \t]+(\w{1,60})[ \t]+in[ \t]+([^;\n]{1,200})")
_USE = re.compile(r"\$(?:\((\w{1,60})\)|\{(\w{1,60})(?::?[-=]([^}\n]{0,200}))?\}|(\w{1,60}))")
_MOST_FILLED, _MOST_DEEP = 2_000, 4
# One word of a shell, in which quotes and what runs in between may hold spaces.
_WORD = r"((?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'|\$\([^()\n]{0,300}\)|[^\s;&|<>\"']){1,20}+)"
# What runs inside the shell that takes it in, or is given to a shell to run.
_TAKES = re.compile(
    r"(?:^|[;&|({!\"'`@]|\b(?:then|do|else|if|while|exec|command|builtin|eval)\b)[ \t]*+"
    r"(?:\.|source|(?:/[\w/]{1,40}/)?(?:env +)?(?:ba|da|z|k)?sh(?:[ \t]+-(?!c)\w{1,20}){0,4})"
    r"[ \t]++" + _WORD,
    re.MULTILINE,
)
_INCLUDES = re.compile(r"^[ \t]*+[-s]?include[ \t]+([^\n#]{1,500})", re.MULTILINE)
_LISTS = re.compile(
    r"glob|listdir|scandir|\bwalk|iterdir|iter_modules|__path__|readdir|opendir|\bDir\b",
    re.IGNORECASE,
)
_LISTS_IN_SHELL = re.compile(
    r"\b(?:for|find|ls|run-parts|discover|wildcard|prove|bats|xargs)\b[^\n]*"
)
_LITERAL = re.compile(r"[\"'`]([^\"'`\n]{1,300})[\"'`]")
_PACKAGE = re.compile(r"\b([A-Za-z_][\w.]{0,100})\.__path__")
_OWN_PLACE = re.compile(r"__file__|__dirname|import\.meta|__DIR__")
_MOST_LINES = 5_000


def is_program(path: str, text: str) -> bool:
    """Whether a file is a program of another language than a shell's or make's."""
    return bool(_PROGRAM.search(path) or _INTERPRETED.match(text))


def shell_text(path: str, text: str) -> str:
    """What of a file a shell runs: the scripts of a package, all of any other."""
    if posixpath.basename(path) != "package.json":
        return text
    try:
        scripts = json.loads(text).get("scripts", {})
        return "\n".join(str(value) for value in scripts.values())
    except (ValueError, AttributeError, RecursionError):
        return ""


def filled(text: str) -> str:
    """text with the variables that it sets put where it uses them, chains of them as well."""
    values = {m[1]: m[2].strip().strip("\"'") for m in _SET.finditer(text)}
    values |= {m[1]: m[2] for m in _LOOP.finditer(text)}

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[4]
        return values.get(name, match[3] or match[0])

    for _ in range(_MOST_DEEP):
        following = _USE.sub(value, text, count=_MOST_FILLED)
        if following == text:
            break
        text = following
    return text


def taken_in(text: str) -> Iterator[str]:
    """Words that name what a shell or make takes in: it runs as a part of the script."""
    for pattern in (_TAKES, _INCLUDES):
        yield from (match[1] for match in pattern.finditer(text))


def listed_by_shell(text: str) -> Iterator[str]:
    """Text of the commands that go through what a folder holds."""
    yield from (match[0] for match in _LISTS_IN_SHELL.finditer(text))


def listed_by_program(folder: str, text: str) -> Iterator[str]:
    """Folders and patterns that a program goes through, named there or in what it names there."""
    lines = text.splitlines()[:_MOST_LINES]
    values = {m[1]: m[2] for m in _SET.finditer(text)}
    for line in (each for each in lines if _LISTS.search(each)):
        said = line
        for _ in range(2):
            said += " ".join(values.get(name, "") for name in set(re.findall(r"\w+", said)))[:4000]
        yield from (name.replace(".", "/") for name in _PACKAGE.findall(said))
        names = _LITERAL.findall(said)
        yield from (name for name in names if not name.startswith("*"))
        if folder and _OWN_PLACE.search(said):
            own = [name for name in names if "*" in name]
            yield from (f"{folder}/{name}" for name in own or ("*",))


def matching(found: Collection[str], paths: Collection[str]) -> set[str]:
    """Paths that the patterns among `found` stand for, as a shell reads them."""
    patterns = sorted(each for each in found if "*" in each or "?" in each)[:50]
    if not patterns:
        return set()
    whole = re.compile("|".join(f"(?:{_shape(each)})" for each in patterns))
    return {path for path in paths if whole.fullmatch(path)}


def _shape(pattern: str) -> str:
    steps = [
        ".*" if step == "**" else re.escape(re.sub(r"\*+", "*", step[:100]))
        .replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
        for step in pattern.split("/")[:20]
    ]  # fmt: skip
    return "/".join(steps).replace(".*/", "(?:.*/)?")
