"""Whether a test file of another language only gained tests, by its lines and their nesting.

A line stands where it stood when its text, its depth of brackets and what of it is no string are
as before; so one that was put into a condition, a string or a comment counts as changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from agents.verifiers.tests_in_text import without_comments, without_strings
from agents.verifiers.tests_in_text_languages import (
    CSHARP,
    GO,
    JAVA,
    JAVASCRIPT,
    PHP,
    RUBY,
    RUST,
    Language,
)
from agents.verifiers.tests_in_text_reach import reaches

_OPENS = re.compile(
    r"(?:it|test|describe|context|suite|specify|scenario)(?:\.(?:each|concurrent))?[ (`]"
    r"|import\b|use [\w:]|using |require(?:_relative)?[ (][\"']|from "
    r"|const \{?[\w, ]+\}? = require\("
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
    r"|\b(?:before|after)(?:Each|All)?\b"
    r"|\bexpect\.extend\b|\bmock\.module\b|\bchai\.use\b|\buse [\w:]*(?<!super)::\*|\.configure\b"
)
# Of Ruby, whose depth is told by indents: it may close around what stands below.
_BLOCK = re.compile(r"(?:if|unless|while|until|case|begin|return|next|break)\b|=begin")
# Texts whose end is not where the patterns of texts see it.
_TRICKY = re.compile(r"\"\"\"|@\$?\"|<<<|\\`|`\\")
_SLASH = re.compile(r"(?:[^\"'`/]|\"(?:\\.|[^\"\\])*+\"|'(?:\\.|[^'\\])*+'|`(?:\\.|[^`\\])*+`)*+/")
# Felt by the tests that come after it.
_LASTS = re.compile(
    r"\b(?:spyOn|stubGlobal|stubEnv|useFakeTimers|setSystemTime|mock\.method|mockReturn\w*"
    r"|mockResolved\w*|mockImplementation\w*|sinon\.(?:stub|replace)|os\.Setenv|env::set_var"
    r"|allow_any_instance_of|define_method|class_eval|instance_eval|module_eval|set_global)\b"
)
_EFFECT = re.compile(r"import\s*[\"'`(]|require\s*\(")  # of JavaScript: for what it does
# Of JavaScript: a member of what is shared by all gets another value.
_ASSIGNS = re.compile(
    r"\bReflect\.(?:set|defineProperty)\(|\bObject\.(?:assign|set\w+|define\w+)\((?!\s*\{)"
    r"|\b(?:[A-Z]\w{0,60}|expect|it|test|describe|all|module|console)(?:\.\w{1,60}){1,5} ?=(?![=>])"
)
_MODIFIES = re.compile(
    r"\S\s+(?:if|unless|while|until|and|or|rescue)\b|;|<<[~-]?[\"'A-Z]|%[qQwWiI]?[^\w\s=]"
)
_CGO = re.compile(r'(?:import )?"C"')
_IMPORT = re.compile(r"(?:import|use|using|from)\b")
_METHOD = re.compile(r"(?:[\w<>\[\],?]+ ){1,6}(\w+)\([^;]{0,300}\{$")
_FILLED = re.compile(r"`[^`]{0,2000}`|\{[^{}\n]{0,200}\}")
_NAMED = re.compile(
    r"^(?P<how>[ \t]*import (?:type )?|[ \t]*const |[ \t]*(?:pub )?use [\w:]{1,200}::)"
    r"\{(?P<names>[^{}]{0,2000})\}"
    r"(?P<source> from [\"'][^\"'\n]{1,300}[\"'];?| = require\([\"'][^\"'\n]{1,300}[\"']\);?|;)",
    re.MULTILINE,
)
_KEYWORDS = {"static", "type", "import", "from", "as", "use", "using", "crate", "super", "self",
             "pub"}  # fmt: skip
# Of Go: what runs before any test, when a package's variables get their values. Groups of Ginkgo
# and suites of gocheck are made known in this way.
_RUNS_FIRST = re.compile(
    r"^(?P<in>\t?)(?:var )?(?P<name>\w{1,60})(?: [\w.*\[\]]{1,60})? *= *(?:"
    r"func\([^\n]{0,300}(?:\}\(|(?:\n(?!(?P=in)\})[^\n]{0,300}){0,200}\n(?P=in)\}\()"
    r"|(?<=_ = )(?!(?:\w+\.)?[FPX]?(?:Describe\w*|Context|When|It|Suite)\()[\w.]{1,80}\()"
    r"|^var \w{1,60}(?: [\w.*\[\]]{1,60})? = (?!(?:make|new|len|cap|append|min|max|string|bool|byte"
    r"|rune|error|u?int\d*|float\d*|func|map|struct)\b)[a-z]\w{0,60}\(",
    re.MULTILINE,
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
    if odd := _misleading(language, old, new):
        return f"`{odd[:_SHOWN]}` is new"
    held = Counter(reaches(language, old))
    if reach := next(iter(Counter(reaches(language, new)) - held), ""):
        return f"`{reach[:_SHOWN]}` is new"
    before, after = list(_lines(language, old)), list(_lines(language, new))
    words = _words(before, old)
    place = 0
    block: list[_Line] = []
    for line in [*after, None]:
        if line is not None and (place == len(before) or line != before[place]):
            block.append(line)
            continue
        if block:
            follows = any(re.search(r"\w", each.code) for each in before[place:])
            if why := _why_not(block, words, language, follows=follows):
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
    if found is None and re.search(r"^package \w", text, re.MULTILINE):
        found = _RUNS_FIRST.search(text)
    return found[0] if found else ""


def _plain(old: str, new: str) -> str:
    """Of data beside tests: every line is still there, in its order."""
    rest = iter(new.splitlines())
    gone = next((line for line in old.splitlines() if line not in rest), None)
    return "" if gone is None else f"`{gone.strip()[:_SHOWN]}` is changed or gone"


def _words(before: list[_Line], old: str) -> set[str]:
    """What the code of before says, and what it fills into its texts."""
    code = "\n".join([*(line.code for line in before), *_FILLED.findall(old)])
    return set(re.findall(r"\w+", code))


def _why_not(block: list[_Line], words: set[str], language: Language, *, follows: bool) -> str:
    """Why added lines may matter to what was there: they must be whole tests or imports."""
    floor = min(line.depth for line in block)
    imports = 0  # brackets of an import that are still open
    for line in block:
        told = f"`{line.text[:_SHOWN]}` is new"
        if _is_felt(language, line, follows=follows):
            return told
        is_import = imports > 0 or (line.depth == floor and bool(_IMPORT.match(line.code)))
        imports += is_import * (_count(line.code, "([{") - _count(line.code, ")]}"))
        if line.depth > floor and not is_import:
            continue
        if (not is_import and not _OPENS.match(line.text)) or _goes_on(language, line.code):
            return told
        bound = _bound(line.code, is_import=is_import)
        if bound & words:
            return f"{min(bound & words)} has another meaning now"
    return ""


def _is_felt(language: Language, line: _Line, *, follows: bool) -> bool:
    """Whether a new line is felt by other tests, by itself or for those that follow."""
    if _HARMS.search(line.code) or (follows and _LASTS.search(line.code)):
        return True
    if language is RUBY:
        return _BLOCK.match(line.code) is not None
    if language is JAVASCRIPT:
        return _EFFECT.match(line.text) is not None or _ASSIGNS.search(line.code) is not None
    return language is GO and _CGO.fullmatch(line.text) is not None


def _goes_on(language: Language, code: str) -> bool:
    """Whether a line says something else behind the test that it opens or ends."""
    if language is RUBY:
        is_even = all(code.count(a) == code.count(b) for a, b in ("{}", "()", "[]"))
        return not is_even or _MODIFIES.search(code) is not None
    depth, is_over = 0, False
    for letter in code:
        if is_over and not letter.isspace() and letter not in ")]};":
            return True
        depth += (letter in "([{") - (letter in ")]}")
        is_over = is_over or (letter in ";," and depth <= 0)
    return False


def _one_by_one(match: re.Match[str]) -> str:
    """An import of several names as several imports: one name more leaves the others alone."""
    names = [name for each in match["names"].split(",") if (name := " ".join(each.split()))]
    is_rust = "use " in match["how"]
    return "\n".join(
        f"{match['how']}{name if is_rust else f'{{{name}}}'}{match['source']}" for name in names
    )


def _misleading(language: Language, old: str, new: str) -> str:
    """A new line in which brackets, texts or comments may end elsewhere than they seem to."""
    for line in Counter(new.splitlines()) - Counter(old.splitlines()):
        if language is JAVASCRIPT:
            is_odd = _has_odd_pattern(line.strip())
        elif language is RUST:
            is_odd = line.count("/*") > 1 or (line.count("*/") > 1)
        else:
            is_odd = language in (JAVA, CSHARP, PHP, GO) and _TRICKY.search(line) is not None
        if is_odd:
            return line.strip()
    return ""


def _has_odd_pattern(line: str) -> bool:
    """Whether brackets stand uneven behind a slash: it may begin a pattern, or a comment."""
    begin = _SLASH.match(line)
    if begin is None or line.startswith("//"):
        return False
    parts = line[begin.end() :].split("/")
    opened = 0
    for letter in "/".join(parts):
        opened = opened + (letter in "([{") if letter not in ")]}" else max(0, opened - 1)
    return opened > 0 or any(_count(each, "([{") != _count(each, ")]}") for each in parts[:-1])


def _bound(code: str, *, is_import: bool) -> set[str]:
    """Names that a line gives a meaning to."""
    if is_import:
        return set(re.findall(r"\b\w+\b(?!\s*(?:::|\.|\bas\b))", code)) - _KEYWORDS
    found = {w for each in _BINDS.findall(code) for w in re.findall(r"\w+", each)}
    return (found | set(_METHOD.findall(code))) - _KEYWORDS


def _count(text: str, letters: str) -> int:
    return sum(text.count(each) for each in letters)


def _lines(language: Language, text: str) -> Iterator[_Line]:
    code = without_comments(language, text)
    if language is RUST:
        first = re.search(r"#\[cfg\(|#\[(?:\w+::)?test\b", code)
        code = code[first.start() :] if first else code
    code = _NAMED.sub(_one_by_one, code)
    bare = without_strings(language, code)
    depth = 0
    for line, structure in zip(code.split("\n"), bare.split("\n"), strict=True):
        opened, closed = _count(structure, "([{"), _count(structure, ")]}")
        leading = structure.replace(" ", "").replace("\t", "")
        at = depth - (len(leading) - len(leading.lstrip(")]}")))
        if language is RUBY:
            at = len(line) - len(line.lstrip())
        if line.strip():
            yield _Line(at, line.strip(), structure.strip())
        depth += opened - closed
