"""JavaScript that takes hold of what tests stand on in ways that hide what becomes of it.

Honest code loads plug-ins by computed names, asks whether it is the program (`require.main ===
module`) and logs stacks: none of that is told by itself. A computed load is told beside a bare name
of an assertion library, or where what was loaded is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_Q = "[\"'`]"
ASSERTS = (
    r"(?:(?:node:)?assert(?:/strict)?|node:test|vitest|@vitest/\w{1,20}|@jest/globals|chai|expect)"
)
_GLOBAL = r"(?:globalThis|global|window|self)"
_LOAD = r"(?:\brequire|\bimport|\bgetBuiltinModule|\b_load)"
_WRITTEN = r"(?:[\"'][^\"'\n]{0,200}[\"']|`[^`$\n]{0,200}`)\s{0,20}[,)]"
_COMPUTED = rf"{_LOAD}\s{{0,5}}\(\s{{0,20}}(?!{_WRITTEN})[^)\s]"
_CHANGED = r"\s{0,20}(?:\|\||&&|\?\?)?=(?![=>])"
# A name of a library that is not what is asked for at once, as by require("assert").
_BARE = re.compile(
    rf"(?<!\()(?<!\( )(?<!from)(?<!from )(?<!import )(?<!import){_Q}{ASSERTS}{_Q}(?!\s*:)"
)
_BESIDE_BARE = re.compile(rf"{_COMPUTED}[^\n]{{0,40}}|[(=,]\s{{0,10}}require\s{{0,5}}[),;\n]")
_HIDDEN = re.compile(
    # what was loaded by a computed name, changed at once
    rf"{_COMPUTED}[^()\n]{{0,80}}(?:\([^()\n]{{0,80}}\)[^()\n]{{0,40}})?\)"
    rf"(?:\.\w{{1,40}}|\[[^\]\n]{{1,80}}\]){{1,4}}{_CHANGED}"
    # a library held in an object or a list, or handed on
    r"|(?<!__importDefault)(?<!__importStar)(?<!_interopRequireDefault)(?<!_interopRequireWildcard)"
    rf"(?<!__toESM)[:\[,(]\s{{0,20}}(?:require|[\w.]{{1,30}}"
    rf"getBuiltinModule)\(\s{{0,20}}{_Q}{ASSERTS}{_Q}\s{{0,20}}\)(?!\s{{0,20}}[.(])"
    # node's own loader
    r"|\bmodule\.constructor\b|\bModule\._load\b|[\"']\)\._load\b"
    rf"|\bgetBuiltinModule\(\s{{0,20}}(?!{_WRITTEN})[^)\s]"
    # who started it
    r"|\brequire\.main\s{0,5}\??\.\s{0,5}(?:filename|path|paths|children|exports)\b"
    r"|\bprocess\.mainModule\b"
    r"|\bnew Error\([^()\n]{0,80}\)\s{0,5}\)?\.stack\s{0,5}!?\??\.\s{0,5}"
    r"(?:includes|indexOf|match|search)"
    r"|\.(?:test|exec)\(\s{0,5}\(?new Error\([^()\n]{0,80}\)\)?\.stack"
    r"|\.stack\s{0,5}!?\??\.\s{0,5}(?:includes|indexOf|match|search)\([^)\n]{0,60}"
    r"(?:test|spec|mocha|jest|vitest|jasmine|tap\b|runner)"
    # the process under a name that is put together, or its way out without one
    rf"|\b{_GLOBAL}\s{{0,5}}(?:\?\.)?\[[^\n;]{{0,80}}?(?:\+|\$\{{|\.join\(|\.concat\()[^\]\n]{{0,80}}\]"
    r"|\breallyExit\b",
    re.IGNORECASE,
)
_LOADED = re.compile(rf"(?<![\w$.])([\w$]{{1,60}}+)\s{{0,20}}=\s{{0,20}}(?:await )?{_COMPUTED}")
_MOST_NAMES, _MOST_HITS = 20, 500


def hidden(text: str) -> Iterator[re.Match[str]]:
    """Where a text, without its comments, does so."""
    for number, match in enumerate(_HIDDEN.finditer(text)):
        if number == _MOST_HITS:
            return
        yield match
    if _BARE.search(text):
        yield from _BESIDE_BARE.finditer(text)
    names = list(dict.fromkeys(_LOADED.findall(text)))[:_MOST_NAMES]
    if names:
        named = "|".join(map(re.escape, names))
        changed = rf"(?<![\w$.])(?:{named})(?:\.\w{{1,40}}|\[[^\]\n]{{1,80}}\]){{1,4}}{_CHANGED}"
        yield from re.finditer(rf"{changed}[^\n]{{0,40}}", text)
