"""Tests of other languages, by the shape of their text; comments do not count.

Every pattern is bounded, and what is left open (a string, a comment) ends with the text, so that
hostile sources cost time in proportion to their size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.verifiers.tests_in_base import Check, Test
from agents.verifiers.tests_in_text_frameworks import FRAMEWORKS
from agents.verifiers.tests_in_text_languages import (
    CSHARP,
    GO,
    JAVA,
    JAVASCRIPT,
    LANGUAGES,
    PHP,
    PYTHON,
    RUBY,
    RUST,
    Language,
)

__all__ = [
    "PYTHON",
    "blanked",
    "groups",
    "is_collected_name",
    "language_by_ending",
    "language_of",
    "tests_by_shape",
    "without_comments",
    "without_strings",
]

_C_LIKE = re.compile(
    r"\"(?:\\.|[^\"\\\n])*+(?:\"|$)|'(?:\\.|[^'\\\n])*+(?:'|$)|`(?:\\.|[^`\\])*+(?:`|\Z)"
    r"|(?P<comment>//[^\n]*+|/\*(?s:.*?)(?:\*/|\Z))",
    re.MULTILINE | re.DOTALL,
)
# In Rust a single quote begins a lifetime as often as a letter; a backtick begins nothing.
_RUST = re.compile(
    r"\bb?r(?P<raw>#{0,20}+)\"(?s:.*?)(?:\"(?P=raw)|\Z)"
    r"|\"(?:\\.|[^\"\\])*+(?:\"|\Z)|'(?:\\.|[^'\\\n])'"
    r"|(?P<comment>//[^\n]*+|/\*(?s:.*?)(?:\*/|\Z))",
    re.DOTALL,
)
_HASH = re.compile(r"(?P<comment>^[ \t]*+#[^\n]*+)", re.MULTILINE)
_COMMENTS = {"c": _C_LIKE, "rust": _RUST, "hash": _HASH}
_EXPECT = re.compile(
    r"\bexpect\((?P<subject>[^\n]{1,200}?)\)\.(?:resolves\.|rejects\.)?(?P<not>not\.)?"
    r"(?P<how>to\w{1,40})\((?P<value>[^\n]{0,200})\)"
)
_EQUAL = {"toBe", "toEqual", "toStrictEqual", "toHaveLength", "toThrowError"}
_WEAK = {"toBeTruthy", "toBeDefined", "toBeFalsy", "toBeInstanceOf"}
_COLLECTED = re.compile(
    r"(?:^|/)(?:test[^/]*|[^/]*_tests?)\.py$|(?:^|/)(?!conftest)[^/]*\.(?!py$)\w+$"
)
_MOST_DETAILS = 500
_ENDINGS = {
    ending: language
    for language, endings in (
        (JAVASCRIPT, "js jsx ts tsx mjs cjs mts cts"), (GO, "go"), (RUST, "rs"), (RUBY, "rb"),
        (JAVA, "java kt groovy scala"), (CSHARP, "cs"), (PHP, "php"),
    )
    for ending in endings.split()
}  # fmt: skip


def language_of(path: str) -> Language | None:
    """The language whose tests a file of this name may hold, apart from Python."""
    return next((each for each in (*LANGUAGES, *FRAMEWORKS) if each.path.search(path)), None)


def language_by_ending(path: str) -> Language | None:
    """The language of a file's ending, whatever else its name says; None when it is not known."""
    return _ENDINGS.get(path[path.rfind(".") + 1 :].lower())


def is_collected_name(path: str) -> bool:
    """Whether runners of its language collect a test file of this name by themselves."""
    return _COLLECTED.search(path) is not None


def tests_by_shape(language: Language, text: str) -> dict[str, Test]:
    """Tests by name; the n-th of one name has its number behind it."""
    code = without_comments(language, text)
    starts = [(match, name) for match in language.test.finditer(code) if (name := _name(match))]
    ends = [*(match.start() for match, _ in starts[1:]), len(code)]
    found: dict[str, Test] = {}
    seen: dict[str, int] = {}
    line, counted = 1, 0
    for (match, name), end in zip(starts, ends, strict=False):
        begin = match.start()
        line, counted = line + code.count("\n", counted, begin), begin
        seen[name] = seen.get(name, 0) + 1
        own = name if seen[name] == 1 else f"{name} ({seen[name]})"
        above = _head_above(code, begin) if language.skip_is_above else begin
        stop = max(match.end(), _head_above(code, end)) if language.skip_is_above else end
        found[own] = _test(language, code, (above, begin, stop), line)
    return found


def groups(language: Language, text: str) -> list[tuple[int, str]]:
    """(line, what stands there) of what skips more than one test, or leaves only some to run."""
    if language.group is None:
        return []
    code = without_comments(language, text)
    hits = list(language.group.finditer(code))[:_MOST_DETAILS]
    return [(code.count("\n", 0, m.start()) + 1, " ".join(m[0].split())[:60]) for m in hits]


def _test(language: Language, code: str, place: tuple[int, int, int], line: int) -> Test:
    above, begin, end = place
    skip = language.skip.search(code, above, end)
    checks = len(language.check.findall(code, begin, end))
    lines = [each.strip() for each in code[begin:end].splitlines() if each.strip()]
    details = tuple(_details(language, lines)) if checks else ()
    return Test(
        checks, skip is not None, line,
        cases=_cases(language, code, above, end),
        why=" ".join(skip[0].split())[:60] if skip else "",
        details=details, body="\n".join(lines[1:]),
    )  # fmt: skip


def _cases(language: Language, code: str, begin: int, end: int) -> int:
    if language.case is None or (language.table and not language.table.search(code, begin, end)):
        return 1
    return max(1, len(language.case.findall(code, begin, end)))


def _details(language: Language, lines: list[str]) -> Iterator[Check]:
    with_check = (each for each in lines if language.check.search(each))
    for number, line in enumerate(with_check):
        if number == _MOST_DETAILS:
            return
        said = _EXPECT.search(line)
        if said is None:
            yield Check(line[:200])
            continue
        rank = 1 if said["how"] in _WEAK or said["not"] else 3 if said["how"] in _EQUAL else 2
        value = f"{said['how']}({said['value']})" if rank == 3 else ""
        yield Check(said[0], said["subject"], value, rank)


def _name(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group), "")


def without_comments(language: Language, text: str) -> str:
    """text with its comments blanked, line ends kept."""
    pattern = _COMMENTS[language.comments]

    def blank(match: re.Match[str]) -> str:
        comment = match["comment"]
        if comment is None or language.is_directive(comment):
            return match[0]
        return "\n" * comment.count("\n")

    return pattern.sub(blank, text)


def without_strings(language: Language, text: str) -> str:
    """text with its comments and strings blanked, line ends kept."""
    return _COMMENTS[language.comments].sub(lambda match: "\n" * match[0].count("\n"), text)


def blanked(language: Language, text: str) -> str:
    """text with every letter of its comments and strings a blank: places stay what they are."""
    return _COMMENTS[language.comments].sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _head_above(code: str, place: int) -> int:
    """Where the annotations above the line at `place` begin (ten lines at most)."""
    begin = code.rfind("\n", 0, place) + 1
    for _ in range(10):
        above = code.rfind("\n", 0, max(0, begin - 1)) + 1
        line = code[above : max(above, begin - 1)].strip()
        if begin == 0 or not line.startswith(("@", "#[", "[")):
            break
        begin = above
    return begin if place < len(code) else place
