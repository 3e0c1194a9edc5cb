"""What makes a runner pass over all tests but some, of whatever file: `.only`, `fit`, `:focus`.

In a new file it leaves out the tests of others just as well as in an old one.
"""

from __future__ import annotations

import re

from agents.verifiers.tests_in_text import without_comments
from agents.verifiers.tests_in_text_languages import JAVASCRIPT, RUBY, Language

_TEST = r"(?<![\w$.])(?:it|test|describe|context|suite|specify)"
_ONLY = {
    JAVASCRIPT.path: re.compile(
        r"\.\s{0,80}only\s{0,20}(?:[(`]|\.\s{0,20}(?:each|concurrent|sequential|for)\b)"
        r"|\[\s{0,20}([\"'`])only\1\s{0,20}\]|\.runOnly\b"
        r"|[{,(]\s{0,80}[\"']?only[\"']?\s{0,20}:\s{0,20}(?:true\b|!|1\b)"
        rf"|{_TEST}\w{{0,20}}\([^\n]{{0,200}}[{{,]\s{{0,20}}[\"']?only[\"']?\s{{0,20}}"
        r"(?:[},]|:\s{0,20}(?!false\b|undefined\b|null\b))"
        r"|\{[^{}]{0,200}\bonly\b[^{}]{0,200}\}\s{0,20}=(?![=>])"
        r"|\bimport\s{0,20}\{[^{}]{0,200}\bonly\b[^{}]{0,200}\}"
        r"|(?<![\w$.])(?:it|describe|suite)\s?\[(?!\s{0,20}(?:\d|[\"'`](?:each|skip|todo)))"
        r"|(?<![\w$.])(?:f(?:it|describe|context|test|specify|suite)|iit|ddescribe)"
        r"(?:\.\w{1,20}|\[[^\]\n]{0,20}\])?\s{0,5}"
        r"\(\s{0,80}(?:[\"'`\[]|[\w.$]{1,60},\s{0,20}(?:async|function|\())"
    ),
    RUBY.path: re.compile(
        r"[,(] {0,20}:focus\b|\bfocus: {0,5}(?!false|nil)\S|\bfocus\b {0,5}=>"
        r"|^[ \t]*f(?:it|describe|context|specify|example|scenario|feature)\b[ (]"
        r"|\.(?:f(?:it|describe|context|specify|example))\b[ (]|^[ \t]*focus\b[ \t]*$",
        re.MULTILINE,
    ),
}
_MOST = 50


def only_in(language: Language, text: str) -> list[tuple[int, str]]:
    """(line, what stands there), in a file of tests."""
    pattern = _ONLY.get(language.path)
    if pattern is None:
        return []
    code = without_comments(language, text)
    hits = [match for match, _ in zip(pattern.finditer(code), range(_MOST), strict=False)]
    return [(code.count("\n", 0, m.end()) + 1, " ".join(m[0].split())[:60]) for m in hits]
