"""How tests, assertions and skips are written in the languages that are read by their text."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """path: of its test files. test: where one begins; the first group that matched is its name.

    skip: looked for from a test to the next one. group: what skips more than one test, or leaves
    only some. case: one row of a test's data, where the test holds `table`. comments: which kind.
    """

    path: re.Pattern[str]
    test: re.Pattern[str]
    check: re.Pattern[str]
    skip: re.Pattern[str]
    group: re.Pattern[str] | None = None
    case: re.Pattern[str] | None = None
    table: re.Pattern[str] | None = None
    skip_is_above: bool = False  # an annotation may also stand on the lines above
    comments: str = "c"

    @staticmethod
    def is_directive(comment: str) -> bool:
        """Whether a comment is one that tools obey."""
        return _DIRECTIVE.search(comment) is not None


_DIRECTIVE = re.compile(
    r"^//(?:go:\w| \+build)|@(?:vitest|jest)-\w+"
    r"|@(?:requires|group|doesNotPerformAssertions|depends|before|after|runTestsIn\w+)\b"
)
_QUOTED = r"(?:\"([^\"\n]{1,300})\"|'([^'\n]{1,300})'|`([^`\n]{1,300})`)"
JAVASCRIPT = Language(
    re.compile(
        r"(?:\.|_|-)(?:test|spec|cy)\.[cm]?[jt]sx?$"
        r"|(?:^|/)(?:__tests__|tests?|spec)/.*\.[cm]?[jt]sx?$"
    ),
    re.compile(
        r"^[ \t]*+(?:[xf]?(?:it|test|specify)(?:\.\w{1,20})*\([ \t\n]*"
        + _QUOTED
        # a table: its name stands after it, wherever its rows end
        + r"|[xf]?(?:it|test)(?:\.\w{1,20})*\.(?:each|for|skipIf|runIf)[(`]"
        + r"(?:[^)`\n]{0,300}[)`]\([ \t]*"
        + _QUOTED
        + r"|([^\n]{0,80})))",
        re.MULTILINE,
    ),
    re.compile(r"\b(?:expect|assert(?:\.\w{1,40})?|t\.\w{1,40})\(|\.should\b"),
    re.compile(
        r"^[ \t]*(?:x(?:it|test|specify)\(|(?:it|test|specify)(?:\.\w{1,20})*\.(?:skip"
        r"|todo|fixme|failing|fails|skipIf|runIf)\b[^\n]{0,40})|\b(?:this|t|test|ctx)\.skip\("
        r"|\b(?:skip|todo|fails|expectFailure): *(?:true|!|process\.|['\"])",
        re.MULTILINE,
    ),
    group=re.compile(
        r"\b(?:describe|context|suite)\.(?:skip|todo|fixme|skipIf|runIf)\b|\bx(?:describe|context)\("
        r"|\b(?:describe|context|suite|it|test|specify)\.only\b|\bf(?:describe|it|context)\("
        r"|\b(?:it|test|describe)\s*=[^=\n]"
    ),
    case=re.compile(r"^[ \t]*[\[{][^\n]*[\]}],?[ \t]*$", re.MULTILINE),
    table=re.compile(r"\.each\b"),
)
GO = Language(
    re.compile(r"_test\.go$"),
    re.compile(r"^func ((?:Test|Fuzz|Example)\w*)\(", re.MULTILINE),
    re.compile(r"\b[tf]\.(?:Error|Fatal|Fail)\w*\(|\b(?:assert|require)\.\w{1,40}\(|\bcmp\.Diff\("),
    re.compile(r"\b[tfb]\.Skip(?:f|Now)?\("),
    group=re.compile(
        r"^//(?:go:build| \+build)[^\n]*|\bfunc TestMain\(|\bos\.Exit\(0\)", re.MULTILINE
    ),
    case=re.compile(r"^[ \t]+\{[^\n]*\},?[ \t]*$", re.MULTILINE),
    table=re.compile(r"\brange\b"),
)
RUST = Language(
    re.compile(r"\.rs$"),
    re.compile(
        r"#\[(?:\w{1,40}::)?(?:test|rstest|test_case)\b[^\]\n]{0,100}\]"
        r"(?:\s{0,20}#\[[^\]\n]{0,100}\]){0,20}\s{0,20}(?:pub )?(?:async )?fn (\w{1,200})"
    ),
    re.compile(r"\bassert\w*!|\bpanic!|should_panic|\.unwrap\(|\?;|\bunreachable!"),
    re.compile(r"#\[ignore[^\]\n]{0,80}|cfg_attr\([^\]\n]{0,80}\bignore"),
    group=re.compile(
        r"#!?\[cfg\((?:any\(\)|FALSE|false|never|not\(test\))"
        r"|#\[cfg\((?!test\))[^\]\n]{0,80}\]\s{0,20}mod tests?\b"
    ),
    case=re.compile(r"^[ \t]*#\[(?:case|test_case)\b", re.MULTILINE),
    skip_is_above=True,
    comments="rust",
)
JAVA = Language(
    re.compile(
        r"(?:Tests?|IT|Specs?|Suite|TestCase|TestSuite)\.(?:java|kt|groovy|scala)$"
        r"|(?:^|/)src/(?:test|test[A-Z]\w*|[a-z]\w*Test\w*)/.*\.(?:java|kt|groovy|scala)$"
    ),
    re.compile(
        r"@(?:Parameterized|Repeated)?Test\b(?:\([^)\n]{0,200}\))?"
        r"[^;{]{0,300}?\b(?:void|fun) +(\w{1,200})"
        r"|\bpublic void (test\w{1,200})\(|^[ \t]*+(?:test|it)\( *\"([^\"\n]{1,300})\"",
        re.MULTILINE,
    ),
    re.compile(r"\bassert\w*\(|\bverify\(|\bfail\(|expected *=|\.should\w*"),
    re.compile(
        r"@(?:Disabled|Ignore|EnabledIf|EnabledOn|EnabledFor)\w{0,40}"
        r"|\bassume(?:True|False|That)\("
    ),
    group=re.compile(r"@(?:Disabled|Ignore)\w{0,20}(?:\([^)\n]{0,200}\))?[^;{@]{0,100}?\bclass\b"),
    skip_is_above=True,
)
RUBY = Language(
    re.compile(r"_(?:spec|test)\.rb$|(?:^|/)test_[^/]*\.rb$"),
    re.compile(
        r"^[ \t]*+(?:def (test_\w+)|[xf]?(?:it|specify|example) [\"']([^\"'\n]+)"
        r"|test [\"']([^\"'\n]+))",
        re.MULTILINE,
    ),
    re.compile(r"\b(?:expect|assert\w*|refute\w*|must_\w+|should\w*)\b"),
    re.compile(r"^[ \t]*(?:x(?:it|specify) |skip\b|pending\b)|, *(?:skip|pending):", re.MULTILINE),
    group=re.compile(
        r"^[ \t]*[xf](?:describe|context) |^[ \t]*fit |^[ \t]*(?:describe|context)\b[^\n]{0,200}"
        r", *:?(?:skip|focus|pending)\b",
        re.MULTILINE,
    ),
    comments="hash",
)
CSHARP = Language(
    re.compile(r"Tests?\.cs$"),
    re.compile(r"\[(?:Test|Fact|Theory|TestMethod)\b[^\]\n]{0,200}\][^;{]{0,300}?\b(\w{1,200})\("),
    re.compile(r"\bAssert\.\w{1,40}|\.Should\("),
    re.compile(r"\[Ignore\b|\bSkip *=|\[Explicit\b|Assert\.(?:Ignore|Inconclusive)"),
    skip_is_above=True,
)
PHP = Language(
    re.compile(r"(?:Test|[._]test)\.php$"),
    re.compile(r"\bfunction +(test\w{1,200})\(|^(?:it|test)\([ \t]*" + _QUOTED, re.MULTILINE),
    re.compile(r"(?:->|::)(?:assert|expect)\w{1,60}\(|^[ \t]*expect\(", re.MULTILINE),
    re.compile(r"markTest(?:Skipped|Incomplete)\("),
)
PYTHON = Language(  # only where the syntax tree cannot be had
    re.compile(r"\.py$"),
    re.compile(r"^[ \t]*+(?:async +)?def (test\w{0,200})\(", re.MULTILINE),
    re.compile(r"^[ \t]*assert\b|\bself\.(?:assert|fail)\w{0,60}\(|\braises\(", re.MULTILINE),
    re.compile(
        r"@(?:pytest\.mark|unittest)\.(?:skip|xfail|expected)\w*|\bskipTest\(|\bpytest\.skip"
    ),
    group=re.compile(r"^(?:pytestmark|collect_ignore)\b[^\n]{0,80}", re.MULTILINE),
    skip_is_above=True,
    comments="hash",
)
LANGUAGES = (JAVASCRIPT, GO, RUST, JAVA, RUBY, CSHARP, PHP)
