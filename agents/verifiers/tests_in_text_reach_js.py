"""What tests of JavaScript do to others: the runner's own lists, and the product they were given.

mocha and jasmine load all files into one program; what one assigns to a module, all others get.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.verifiers.tests_in_text import blanked, without_comments
from agents.verifiers.tests_in_text_languages import JAVASCRIPT

_HOOK = re.compile(
    r"(?<![\w$.])(?:before|after|setup|teardown|suiteSetup|suiteTeardown)(?:Each|All)?\s{0,5}\("
)
_BRACKET = re.compile(r"[(){}\[\]]")
_GROUP = re.compile(r"(?<![\w$])(?:x?describe|context|suite)(?:\.\w{1,20}){0,3}\s{0,5}$")
_READS = r"(?:title|fullTitle|titlePath|state|err|file|duration|timeout|slow|isFailed|isPassed|id)"
_QUITS = re.compile(
    rf"\.skip\(|\bcurrentTest\b(?!\.{_READS}\b(?!\s?=[^=]))|\.pending\b|\brequire\.cache\b"
)
_RUNNER = re.compile(
    rf"\bthis\.(?:runnable\(\)|_runnable\b|currentTest\b|test\b(?=\.|;|$))(?!\.{_READS}\b(?!\s?=[^=]))"
    r"[\w.()\[\]]{0,60}"
    r"|\bjasmine\.getEnv\(|\bQUnit\.config\b|\brequire\([\"'](?:mocha|jasmine-core|@jest/core|jest-circus"
    r"|@vitest/runner)[\"']\)\.\w{1,40}|\bmocha\.(?:setup|grep|run|invert|reporter)\("
    r"|\brequire\.cache\[[^\n]{1,200}\][\w.]{0,40}\s?=(?!=)"
    r"|^[ \t]*(?:it|test|describe|context|suite|expect|assert)\s?=(?![=>])[^\n]{0,40}"
    r"|\.\w{0,20}\\u(?:00[4-7][0-9a-fA-F]|\{)",
    re.MULTILINE,
)
_Q = r"[\"'`]"
_PRODUCT = rf"{_Q}(?:\.{{1,2}}/|[@~#]/|/|src/|lib/|app/)[^\"'`\n]{{1,300}}{_Q}"
# A path that is put together may be any.
_PUT = r"(?![\"'`\s])[^()\n]{1,200}(?:\([^()\n]{0,200}(?:\([^()\n]{0,80}\)[^()\n]{0,80})?\)){0,2}"
_LOADS = rf"(?:await\s{{1,20}})?(?:require|import)\(\s{{0,20}}(?:{_PRODUCT}|{_PUT})\s{{0,20}}\)"
_WHOLE = re.compile(
    rf"\b(?:const|let|var)\s{{1,20}}([\w$]{{1,60}})\s{{0,20}}=\s{{0,20}}\(?{_LOADS}"
    rf"|\bimport\s{{1,20}}(?:[\w$]{{1,60}}\s{{0,20}},\s{{0,20}})?\*\s{{1,20}}as\s{{1,20}}([\w$]{{1,60}})"
    rf"\s{{1,20}}from\s{{0,20}}{_PRODUCT}"
    rf"|\bimport\s{{1,20}}([\w$]{{1,60}})(?:\s{{0,20}},\s{{0,20}}\{{[^{{}}]{{0,400}}\}})?"
    rf"\s{{1,20}}(?:from\s{{0,20}}|=\s{{0,20}}require\(){_PRODUCT}"
)
_PARTS = re.compile(
    rf"\b(?:const|let|var)\s{{1,20}}\{{([^{{}}]{{0,400}})\}}\s{{0,20}}=\s{{0,20}}{_LOADS}"
    rf"|\bimport\s{{1,20}}(?:[\w$]{{1,60}}\s{{0,20}},\s{{0,20}})?\{{([^{{}}]{{0,400}})\}}"
    rf"\s{{1,20}}from\s{{0,20}}{_PRODUCT}"
)
# jest and vitest load a module anew for every file of tests; their doubles stay in theirs.
_DOUBLE = r"(?!\s{0,20}(?:jest|vi)\.(?:fn|spyOn|mocked)\()"
_FAKED = re.compile(
    r"\b(?:const|let|var|function|class)\s{1,20}(?:jest|vi)\b|\b(?:jest|vi)\s?=[^=]"
)
_MEMBER = r"(?:\s{0,20}\??\.\s{0,5}\w{1,40}|\[[^\]\n]{1,80}\]){1,5}"
_SETS = r"\s{0,20}(?:\|\||&&|\?\?)?=(?![=>])"
_MOST_NAMES, _MOST, _MOST_BODY = 20, 50, 20_000


def reaches(text: str) -> list[str]:
    """What stands there, of everything that other tests may feel."""
    code = without_comments(JAVASCRIPT, text)
    found = [match[0] for match in _RUNNER.finditer(code)]
    found += _hooks(code)
    found += [match[0] for match in _assigns(code)]
    return [" ".join(each.split())[:60] for each in found[:_MOST]]


def _assigns(code: str) -> Iterator[re.Match[str]]:
    """Where a member of a module of the product is given another value."""
    double = "" if _FAKED.search(code) else _DOUBLE
    whole = aliased(code, [n for each in _WHOLE.findall(code)[:_MOST_NAMES] for n in each if n])[
        :_MOST_NAMES
    ]
    given = "|".join([rf"\(?{_LOADS}\)?", *map(re.escape, whole)])
    yield from re.finditer(
        rf"(?<![\w$.])(?:{given}){_MEMBER}{_SETS}{double}[^\n]{{0,40}}"
        r"|\b(?:Object\.(?:assign|define\w{1,20}|setPrototypeOf)|Reflect\.\w{1,20})"
        rf"\(\s{{0,20}}(?:{given})(?:\.\w{{1,40}}){{0,3}}\s{{0,20}},[^\n]{{0,40}}"
        rf"|\bdelete\s{{1,20}}(?:{given}){_MEMBER}",
        code,
    )
    said = " ".join(part for each in _PARTS.findall(code)[:_MOST_NAMES] for part in each)
    parts = [n for n in re.findall(r"[\w$]+", said) if n not in ("as", "default", "type")]
    if parts:
        names = "|".join(map(re.escape, parts[:_MOST_NAMES]))
        yield from re.finditer(
            rf"(?<![\w$.])(?:{names}){_MEMBER}{_SETS}\s{{0,20}}"
            r"(?:async\b|function\b|\([^()\n]{0,200}\)\s{0,5}=>|\w{1,40}\s{0,5}=>)"
            r"|\b(?:Object\.(?:assign|define\w{1,20}|setPrototypeOf)|Reflect\.(?:set|define\w{1,20}))"
            rf"\(\s{{0,20}}(?:{names})(?:\.\w{{1,40}}){{0,3}}\s{{0,20}},[^\n]{{0,40}}",
            code,
        )


def aliased(code: str, names: list[str]) -> list[str]:
    """The names, and names that are bound to one of them."""
    if not names:
        return []
    alias = re.compile(
        rf"(?<![\w$.])([\w$]{{1,60}}+)\s{{0,20}}=\s{{0,20}}(?:{'|'.join(map(re.escape, names))})"
        r"\s{0,5}(?:[;,)]|$)",
        re.MULTILINE,
    )
    return list(dict.fromkeys([*names, *alias.findall(code)]))


def _hooks(code: str) -> list[str]:
    """Hooks of all files (they stand in no group) that skip a test or change what became of it."""
    bare = blanked(JAVASCRIPT, code)
    found: list[str] = []
    for hook in _outside(bare):
        end = _closed(bare, hook.end())
        if quits := _QUITS.search(code, hook.start(), end):
            found.append(f"{hook[0]} … {quits[0]}")
    return found


def _closed(bare: str, begin: int) -> int:
    """Where the bracket before `begin` is closed."""
    depth = 1
    for match in _BRACKET.finditer(bare, begin, begin + _MOST_BODY):
        depth += 1 if match[0] in "({[" else -1
        if depth == 0:
            return match.end()
    return begin + _MOST_BODY


def _outside(bare: str) -> Iterator[re.Match[str]]:
    """Hooks around which no group is open."""
    hooks = [hook for hook, _ in zip(_HOOK.finditer(bare), range(_MOST), strict=False)]
    opened: list[bool] = []  # of each open bracket, whether it is a group's
    places = _BRACKET.finditer(bare)
    for hook in hooks:
        for match in places:
            if match[0] in "({[":
                opened.append(
                    _GROUP.search(bare[max(0, match.start() - 60) : match.start()]) is not None
                )
            elif opened:
                opened.pop()
            if match.end() >= hook.end():
                break
        if not any(opened):
            yield hook
