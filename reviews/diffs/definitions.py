"""What encloses a line: the head of its function, class, rule or section, found by indentation.

No language is parsed. A head is a line that looks like one and stands further left than everything
between it and the line asked for; where texts inside strings hide that, the nearest head does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviews.diffs.heads_of import Head, head_pattern, is_by_section, label_of

LOOK_BACK = 5_000  # lines
_LOOK_AHEAD = 20
_MOST_CHARS = 240  # of a line
_TAB = 4
_CLOSES = re.compile(r"(?:[)}\]]|end\b|fi\b|done\b|esac\b)")
_OPENS_ALONE = re.compile(r"[{(\[]\s*$")
# Lines whose indent says nothing: remarks, preprocessor, labels, decorators, parts of a head.
_SAYS_NOTHING = re.compile(
    r"(?://|#(?!\[)|/\*|\*|--|<!--|@\w|(?:public|private|protected|default|case\b[^:]{0,200})\s*:\s*$"
    r"|where\b|->|throws\b|extends\b|implements\b|:\s|&&|\|\||\.\w)"
)


def enclosing(
    lines: Sequence[bytes | str], line: int, language_hint: bytes | str = b""
) -> tuple[int, str] | None:
    """1-based line of the nearest enclosing head and a short label ("fun onShuffle"), or None.

    lines: of the whole file; line: 1-based; language_hint: the path. A head encloses itself.
    At most `LOOK_BACK` lines above are looked at.
    """
    pattern = head_pattern(language_hint)
    if pattern is None or not 1 <= line <= len(lines):
        return None
    first = max(0, line - LOOK_BACK)
    if is_by_section(language_hint):
        return _section(lines, first, line, pattern)
    shown = _text(lines[line - 1])
    own = pattern.match(shown)
    if own:
        return line, label_of(own)
    width = _width_at(lines, line - 1)
    return _by_indent(lines, first, line, width, pattern) or _by_indent(
        lines, first, line, width, pattern, is_strict=False
    )


def _by_indent(
    lines: Sequence[bytes | str], first: int, line: int, width: int, pattern: Head,
    *, is_strict: bool = True,
) -> tuple[int, str] | None:  # fmt: skip
    """Upwards; is_strict: whatever stands further left in between closes what was open there."""
    for at in range(line - 2, first - 1, -1):
        shown = _text(lines[at])
        code = shown.lstrip()
        indent = _indent(shown)
        if not code or indent >= width:
            continue
        found = pattern.match(shown)
        if found:
            return at + 1, label_of(found)
        says_nothing = _SAYS_NOTHING.match(code) and not pattern.is_by_key
        if is_strict and not says_nothing:
            width = indent + _is_part_of_a_head(code)
    return None


def _is_part_of_a_head(code: str) -> bool:
    """Whether the head of its block may stand at the same indent: `{`, `) {`, `} else {`."""
    if _OPENS_ALONE.fullmatch(code):
        return True
    return _CLOSES.match(code) is not None and code.rstrip()[-1] in "{:(["


def _width_at(lines: Sequence[bytes | str], at: int) -> int:
    """The indent that heads must be left of; of an empty line that of the next one with code."""
    for each in range(at, min(len(lines), at + _LOOK_AHEAD)):
        shown = _text(lines[each])
        code = shown.strip()
        if code and not (each == at and code.startswith("#") and not shown.startswith(" ")):
            is_edge = _CLOSES.match(code) or _OPENS_ALONE.fullmatch(code)
            return _indent(shown) + (1 if is_edge else 0)
    return 1


def _section(
    lines: Sequence[bytes | str], first: int, line: int, pattern: Head
) -> tuple[int, str] | None:
    """The last heading at or above the line, those inside fences of code left out."""
    found: tuple[int, str] | None = None
    is_code = False
    for at in range(first, line):
        shown = _text(lines[at])
        if shown.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        head = None if is_code else pattern.match(shown)
        if head:
            found = at + 1, label_of(head)
    return found


def _text(line: bytes | str) -> str:
    shown = line[:_MOST_CHARS]
    return shown.decode("utf-8", "replace") if isinstance(shown, bytes) else shown


def _indent(shown: str) -> int:
    blank = shown[: len(shown) - len(shown.lstrip())]
    return len(blank.expandtabs(_TAB))
