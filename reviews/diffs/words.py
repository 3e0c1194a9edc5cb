r"""Where a line's words begin and end, by the language of its file.

The anchor is what git's own word diff takes for one word in each language that it knows; other
files get `NEUTRAL`. Unlike git, a word of any script is one token, and a sign belongs to a number
only where no operand stands before it: in `x-1` the word is `1`.
"""

from __future__ import annotations

import re

_NAME = r"[^\W\d][\w\u0300-\u036f]*"
_SIGN = r"(?:(?<![\w)\]}\"'])[-+](?=\.?\d))?"
_NUMBER = (
    _SIGN + r"(?:0[xXbBoO][0-9a-fA-F_]+\w*"
    r"|(?:\d[\d_]*(?:\.\d[\d_]*)?|(?<![\w)\]])\.\d[\d_]*)(?:[eE][-+]?\d[\d_]*)?\w*)"
)
_REST = r"\s+|\S[\u0300-\u036f\ufe0f]*"
_BRACKET = r"[](){},;'\"[](?![\u0300-\u036f\ufe0f])"  # found first: in no operator, and frequent

_ASSIGN = "+= -= *= /= %= &= |= ^="
_COMPARE = "== != <= >="
_C = f"{_ASSIGN} {_COMPARE} ++ -- << >> <<= >>= && || :: ->"


def _pattern(operators: str, name: str = _NAME, number: str = _NUMBER) -> re.Pattern[str]:
    """Names, numbers and operators (separated by spaces, longest first), then single characters."""
    longest_first = sorted(set(operators.split()), key=lambda op: (-len(op), op))
    signs = "|".join(map(re.escape, longest_first)) or "(?!)"
    firsts = "".join({re.escape(sign[0]) for sign in longest_first})
    guarded = f"(?=[{firsts}])(?:{signs})" if firsts else signs
    return re.compile(f"{name}| +|{_BRACKET}|{number}|{guarded}|{_REST}")


def _runs(words: str) -> re.Pattern[str]:
    return re.compile(f"{words}|{_REST}")


NEUTRAL = _pattern(
    f"{_C} >>>= >>> === !== **= ** //= // ??= ?? ?. ... .. <=> => &&= ||= := =~ !~ <>"
)
_SHELL = _pattern(
    f"{_COMPARE} += -= && || << >> <<< ;; :- := :+ :? ## %% ^^ ,,",
    name=rf"\$?{_NAME}|(?<!\S)--?[A-Za-z][\w-]*",
)
_LISP = _runs(r"\|[^|\\\n]*\||[^][(){}\s]+")
_MARKUP = _runs(r"[^<>=\s]+")
_CSS = _pattern(
    "", name=r"-{0,2}[^\W\d][-\w]*|#[0-9a-fA-F]+", number=r"-?\d+(?:\.\d+)?|(?<!\w)-?\.\d+"
)

# By the alias of a lexer, and by the name that git has for the language
PATTERNS: dict[str, re.Pattern[str]] = {
    "ada": _pattern("=> .. ** := /= >= <= << >> <>", number=rf"{_SIGN}\d[\d_]*#[\w.]+#|{_NUMBER}"),
    "bash": _SHELL,
    "bibtex": _runs(r"[^={}\"\s]+"),
    "cpp": _pattern(f"{_C} ->* .* <=>"),
    "csharp": _pattern(f"{_C} => ?? ??= ?. .."),
    "css": _CSS,
    "dts": _runs(r"[\w,.+?#-]+|<<|>>|&&|\|\|"),
    "elixir": _pattern(
        f"{_COMPARE} ++ -- .. <> |> <<< >>> << >> && &&& || ||| => <- -> === !== =~ ~> <~ ::",
        name=r"[@:]?[^\W\d][\w?!]*",
    ),
    "fortran": _pattern("// ** :: /= <= >= ==", name=rf"\.[A-Za-z]+\.|{_NAME}"),
    "golang": _pattern(f"{_C} := <- ... &^ &^="),
    "html": _MARKUP,
    "java": _pattern(f"{_C} >>> >>>="),
    "kotlin": _pattern(f"{_C} === !== ?. ?: .. !! .*"),
    "markdown": _MARKUP,
    "matlab": _pattern(r"== ~= <= >= .* ./ .^ .\ .' && ||"),
    "objc": _pattern(_C),
    "pascal": _pattern("<> <= >= := .."),
    "perl": _pattern(f"{_C} => ~~ &&= ||= //= **= ** // ... .. =~ !~ <=> <> .="),
    "php": _pattern(f"{_C} === !== .= => ?? ??= <=> ** ..."),
    "python": _pattern(f"{_ASSIGN} {_COMPARE} // //= ** **= << >> <<= >>= -> := @="),
    "ruby": _pattern(
        f"{_C} === =~ !~ ** **= .. ... => <=> &. &&= ||=", name=rf"(?:@@?|\$)?{_NAME}"
    ),
    "rust": _pattern(f"{_C} => ..= ... .."),
    "scheme": _LISP,
    "tex": _runs(r"\\[a-zA-Z@]+|\\.|[^\W_]+"),
}

_SAME_WORDS = {
    "bash": "fish",
    "cpp": "c cuda",
    "css": "scss sass less css+django",
    "dts": "devicetree",
    "fortran": "fortranfixed",
    "golang": "go",
    "html": "xml xslt html+django xml+django rhtml vue",
    "java": "groovy scala",
    "markdown": "restructuredtext",
    "matlab": "octave",
    "objc": "objective-c objective-c++",
    "pascal": "delphi",
    "python": "cython",
    "scheme": "common-lisp clojure racket emacs-lisp",
}
PATTERNS |= {
    alias: PATTERNS[language]
    for language, aliases in _SAME_WORDS.items()
    for alias in aliases.split()
}


def tokens(line: str, language: str = "") -> list[str]:
    """The line cut into words, operators, white space and single characters; joined, the line."""
    return PATTERNS.get(language, NEUTRAL).findall(line)
