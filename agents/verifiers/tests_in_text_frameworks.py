"""Tests of frameworks that are read by their outline only: which there are, and what they demand.

Whether one that stayed was softened is told line by line, as of data beside tests.
"""

from __future__ import annotations

import re

from agents.verifiers.tests_in_text_languages import Language

_QUOTED = r"[\"']([^\"'\n]{1,300})[\"']"


def _lines(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


GHERKIN = Language(
    _lines(r"\.feature$"),
    _lines(r"^[ \t]*+(?:Scenario(?: Outline| Template)?|Example):[ \t]*([^\n]{1,200})"),
    _lines(r"^[ \t]*+(?:Then|And|But|\*)[ \t]"),
    _lines(r"^[ \t]*+@(?:skip|ignore|wip|pending|disabled)\b"),
    case=_lines(r"^[ \t]*+\|[^\n]*\|[ \t]*$"),
    table=_lines(r"^[ \t]*+(?:Examples|Scenarios):"),
    skip_is_above=True,
    comments="hash",
)
ROBOT = Language(
    _lines(r"\.robot$"),
    _lines(r"^(?!\*|#)(\S[^\n]{0,200})\n(?=[ \t])"),
    _lines(r"^[ \t]{2,}+[^\n]*\b(?:[Ss]hould|Fail|Wait Until)\b"),
    _lines(r"^[ \t]{2,}+(?:Skip\b|\[Tags\][^\n]*robot:skip)"),
    comments="hash",
)
PERL = Language(
    _lines(r"(?:^|/)x?t/[^\n]*\.t$"),
    _lines(rf"\bsubtest[ (]{{1,3}}{_QUOTED}"),
    _lines(r"\b(?:ok|is|isnt|like|unlike|is_deeply|cmp_ok|isa_ok|pass|\w+_ok)\b[ (]"),
    _lines(r"\bskip_all\b|\bplan skip|\bskip\("),
    comments="hash",
)
BATS = Language(
    _lines(r"\.bats$"),
    _lines(rf"^[ \t]*+@test {_QUOTED}"),
    _lines(r"\[\[? |\bassert\w*|\brefute\w*|(?<![@\w])(?:grep|diff|cmp|test|run)\b"),
    _lines(r"^[ \t]*+skip\b"),
    comments="hash",
)
ELIXIR = Language(
    _lines(r"_test\.exs$"),
    _lines(rf"^[ \t]*+(?:test|property) {_QUOTED}"),
    _lines(r"\b(?:assert|refute)\w*\b"),
    _lines(r"@(?:module)?tag[ (:]{1,3}skip\b"),
    skip_is_above=True,
    comments="hash",
)
DART = Language(
    _lines(r"_test\.dart$"),
    _lines(rf"^[ \t]*+(?:test|testWidgets|blocTest)\w{{0,20}}\(\s{{0,20}}{_QUOTED}"),
    _lines(r"\b(?:expect|verify|fail)\w*\("),
    _lines(r"\bskip: *(?!false|null)|@Skip\b"),
)
SWIFT = Language(
    _lines(r"Tests?\.swift$"),
    _lines(r"\bfunc (test\w{1,200})\(|@Test\b[^{\n]{0,200}?\s{1,20}func (\w{1,200})\("),
    _lines(r"\bXCT(?:Assert|Fail|Unwrap)\w*|#(?:expect|require)\b"),
    _lines(r"\bXCTSkip|\.disabled\("),
)
C = Language(
    _lines(r"(?:^|/)test_[^/]*\.(?:c|cc|cpp|cxx)$|_(?:unit)?tests?\.(?:c|cc|cpp|cxx)$"),
    _lines(
        r"^(?:static )?(?:void|int|bool) (test\w{0,200})\(|^[ \t]*+(?:START_TEST|TEST\w*)"
        r"\(([^)\n]{1,200})\)"
    ),
    _lines(
        r"\b(?:\w{1,20}_)?assert\w*\(|\b(?:EXPECT|ASSERT|REQUIRE|CHECK|TEST_ASSERT|TEST_CHECK)\w*\("
        r"|\breturn (?:1|-1|EXIT_FAILURE)\b"
    ),
    _lines(r"\bGTEST_SKIP\b|\bTEST_IGNORE\b|\bDISABLED_|^[ \t]*+#if 0"),
)
ZIG = Language(
    _lines(r"\.zig$"),
    _lines(r"^[ \t]*+test (?:\"([^\"\n]{1,300})\"|(\w{1,200}))[ \t]*\{"),
    _lines(r"\bexpect\w*\("),
    _lines(r"\berror\.SkipZigTest\b"),
)
LUA = Language(
    _lines(r"_(?:spec|test)\.lua$"),
    _lines(rf"^[ \t]*+(?:it|test)\([ \t]*{_QUOTED}|^(?:local )?function \w*[.:](test\w*)\("),
    _lines(r"\bassert|\bexpect\("),
    _lines(r"^[ \t]*+pending\("),
    comments="hash",
)
FRAMEWORKS = (GHERKIN, ROBOT, PERL, BATS, ELIXIR, DART, SWIFT, C, ZIG, LUA)
