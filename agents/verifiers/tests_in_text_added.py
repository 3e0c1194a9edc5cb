"""Whether a test file of another language only gained tests, by its lines and their nesting.

A line stands where it stood when its text, its depth of brackets and what of it is no string are
as before; so one that was put into a condition, a string or a comment counts as changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.verifiers.tests_in_text import without_comments, without_strings
from agents.verifiers.tests_in_text_languages import RUBY, RUST, Language

_OPENS = re.compile(
    r"(?:it|test|describe|context|suite|specify|scenario)(?:\.(?:each|concurrent))?[ (`]"
    r"|import\b|use [\w:]|using |require|const \{?[\w, ]+\}? = require\(|from "
    r"|(?:export )?(?:async )?function \w|func [A-Z(a-z]|\"[\w./-]+\"$|\w+ \"[\w./-]+\"$"
    r"|#\[(?:test|\w+::test|case|rstest)|@(?:Parameterized|Repeated)?Test\b|@\w+Source\b"
    r"|@DisplayName\b"
    r"|(?:pub |async )*fn \w|\[(?:Test|Fact|Theory|TestMethod|InlineData)\b"
    r"|(?:(?:public|private|static|final|async|internal) )*(?:void|fun|function|Task) \w"
    r"|def \w|end\b"
    r"|[)}\]]"
)
_BINDS = re.compile(
    r"\b(?:const|let|var|function\*?|func|def|fn|class|import)\s+(?:\([^)\n]{0,80}\)\s*)?"
    r"(\w++(?!\.)|\{[^}\n]{0,300}\})"
)
_HARMS = re.compile(
    r"\b(?:jest|vi)\.(?:mock|doMock|setMock|stubGlobal)\b|\bos\.Exit\b|\bprocess\.(?:exit|abort|env)\b"
    r"|\b(?:global|globalThis|window)\b|\.prototype\b|\bmacro_rules!|\brequire\.cache\b"
    r"|\bfunc (?:init|TestMain)\(|\bSystem\.exit\b|\bEnvironment\.Exit\b|\bexit!?\b|\bat_exit\b"
    r"|\b(?:expect|it|test|describe|assert\w*) ?= ?[^=]|__END__|\.Skip(?:Now|f)?\("
    r"|\b(?:before|after)(?:Each|All)?\b|^(?:if|unless|return|begin)\b"
)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Line:
    depth: int
    text: str
    code: str  # without its strings


def difference(language: Language | None, old: str, new: str) -> str:
    """What else than new tests changed, in words; empty when nothing else did."""
    if language is None:
        return _plain(old, new)
    before, after = list(_lines(language, old)), list(_lines(language, new))
    words = set(re.findall(r"\w+", old))
    place = 0
    block: list[_Line] = []
    for line in [*after, None]:
        if line is not None and (place == len(before) or line != before[place]):
            block.append(line)
            continue
        if block and (why := _why_not(block, words)):
            return why
        block = []
        place += line is not None
    return f"`{before[place].text[:_SHOWN]}` is changed or gone" if place < len(before) else ""


def harm_in(text: str) -> str:
    """What of a new file other tests may feel, as it stands there."""
    found = re.search(
        r"\b(?:global|globalThis|window)\.(?:expect|it|test|describe|assert)\b\s*="
        r"|\.prototype\.\w+ ?="
        r"|\bfunc (?:init|TestMain)\(|\bos\.Exit\(0\)", text,
    )  # fmt: skip
    return found[0] if found else ""


def _plain(old: str, new: str) -> str:
    """Of data beside tests: every line is still there, in its order."""
    rest = iter(new.splitlines())
    gone = next((line for line in old.splitlines() if line not in rest), None)
    return "" if gone is None else f"`{gone.strip()[:_SHOWN]}` is changed or gone"


def _why_not(block: list[_Line], words: set[str]) -> str:
    """Why added lines may matter to what was there: they must be whole tests or imports."""
    floor = min(line.depth for line in block)
    for line in block:
        told = f"`{line.text[:_SHOWN]}` is new"
        if _HARMS.search(line.code):
            return told
        if line.depth > floor:
            continue
        if not _OPENS.match(line.text):
            return told
        bound = {w for each in _BINDS.findall(line.code) for w in re.findall(r"\w+", each)} - {
            "static",
            "type",
        }
        if bound & words:
            return f"{min(bound & words)} has another meaning now"
    return ""


def _lines(language: Language, text: str) -> Iterator[_Line]:
    code = without_comments(language, text)
    if language is RUST:
        first = re.search(r"#\[cfg\(|#\[(?:\w+::)?test\b", code)
        code = code[first.start() :] if first else code
    bare = without_strings(language, code)
    depth = 0
    for line, structure in zip(code.split("\n"), bare.split("\n"), strict=True):
        opened = sum(structure.count(each) for each in "([{")
        closed = sum(structure.count(each) for each in ")]}")
        leading = structure.replace(" ", "").replace("\t", "")
        at = depth - (len(leading) - len(leading.lstrip(")]}")))
        if language is RUBY:
            at = len(line) - len(line.lstrip())
        if line.strip():
            yield _Line(at, line.strip(), structure.strip())
        depth += opened - closed
