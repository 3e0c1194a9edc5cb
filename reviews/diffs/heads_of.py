"""How heads of definitions look, by language: where a function, a rule or a section begins."""

from __future__ import annotations

import re

_MOST = 60  # characters of a label
_NOT_NAMES = (
    r"(?!(?:if|else|for|foreach|while|switch|catch|return|function|do|try|new|throw|await|using|lock"
    r"|with|match|when|unless|elif|elsif|sizeof|typeof|defined|super|this|assert|yield|delete)\b)"
)
_MODIFIERS = (
    r"(?:(?:export|default|declare|public|private|protected|internal|static|final|abstract|async|open"
    r"|override|sealed|data|inline|suspend|virtual|extern|unsafe|const|partial|readonly|pub(?:\([^)]*\))?"
    r"|fileprivate|mutating|implicit|lazy|case|inner|value|operator|tailrec|native|synchronized|local"
    r"|default|move|noexcept|constexpr|friend|typedef|annotation|\"C\"|@\w+(?:\([^)]*\))?)\s+)*"
)
_WORDS = (
    r"(?:(?P<word>class|interface|enum(?: class| struct)?|record|object|companion object|struct"
    r"|union|trait|protocol|extension|actor|namespace|module|package object|mod|fn|fun|func"
    r"|function\*?|def|type|message|service|rpc|macro_rules!|defmodule|defp?|defmacro|input"
    r"|directive)\s+"
    r"(?:\([^)]{0,80}\)\s*)?(?:<[^>]{0,200}>\s*)?(?P<name>[\w$:.~&]*[\w$])"
    r"|(?P<rest>(?:impl\b|resource|variable|provider|module|data|output|locals)[^{;=]{0,200}?)"
    r"\s*(?:\{|$))"
)
_GENERIC = r"(?:<[^>]{0,200}>\s*)?"
_TEXT = r"\(\s*(?P<q>[\"'`])(?P<said>.{1,200}?)(?P=q)"


class Head:
    """A pattern for heads. is_by_key: every key opens a block, as in YAML."""

    def __init__(self, pattern: str, *, is_by_key: bool = False) -> None:
        self._pattern = re.compile(pattern)
        self.is_by_key = is_by_key

    def match(self, line: str) -> re.Match[str] | None:
        return self._pattern.match(line)


_TYPES = r"(?:[\w$:<>,\[\]?.*& ]{0,200}[\s*&>])"
_METHOD = r"[#~]?[\w$]+(?:::~?[\w$]+)*"
_BRACES = Head(
    r"\s*+(?:"
    + _MODIFIERS + _WORDS
    + r"|(?:export\s+)?(?:const|let|var)\s+(?P<arrow>[\w$]+)[^=]{0,200}=\s*(?:async\s*)?"
    r"(?:function\b|(?:\([^)]{0,300}(?:\)[^=]{0,100}=>|$)|[\w$]+\s*=>))"
    r"|(?P<call>describe|context|it|test|suite)(?:\.\w+)*" + _TEXT
    # without a type before it only what opens a block there and then, else it is a call
    + r"|(?=[^(]*\()" + _MODIFIERS + _GENERIC + _NOT_NAMES + _TYPES + r"?" + _NOT_NAMES
    + r"(?P<method>" + _METHOD + r")\s*\([^;]{0,400}\{\s*$"
    r"|(?=[^(]*\()" + _MODIFIERS + _GENERIC + _NOT_NAMES + _TYPES + _NOT_NAMES
    + r"(?P<typed>" + _METHOD + r")\s*\([^;]{0,400}(?:[,(]\s*|\)[^;=+|&]{0,80})$"
    r")|(?P<left>" + _NOT_NAMES + _METHOD + r")\s*\([^;]{0,400}(?:[,(]\s*|\)[^;=+|&.]{0,80})$"
)  # fmt: skip
_PYTHON = Head(r"\s*(?:async\s+)?(?P<word>def|class)\s+(?P<name>\w+)")
_RUBY = Head(
    r"\s*(?:(?:private|protected|public|module_function)\s+)?(?P<word>def|class|module)\s+"
    r"(?P<name>(?:<<\s*)?[\w.:?!=]+)|\s*(?P<call>describe|context|it|RSpec\.describe)\s*\(?\s*"
    r"(?P<q>[\"'])(?P<said>.{1,200}?)(?P=q)"
)
_SHELL = Head(r"\s*(?:function\s+(?P<arrow>[\w:.-]+)|(?P<method>[\w:.-]+)\s*\(\s*\))")
_CSS = Head(r"\s*+(?P<rest>[^\s{}/][^{}]{0,300})\{\s*+(?:$|/[/*])")
_YAML = Head(r"\s*(?:- +)*(?P<rest>[\w.\"'/ -]{1,100}?):\s*(?:[|>&#!].*)?$", is_by_key=True)
_JSON = Head(r"\s*(?P<rest>\"[^\"]{1,100}\"):\s*[\[{]\s*$", is_by_key=True)
_MARKDOWN = Head(r" {0,3}(?P<rest>#{1,6}\s+\S.*)")
_SECTIONS = Head(r"\s*(?P<rest>\[{1,2}[^\]\n]{1,200}\]{1,2})\s*(?:#.*)?$")
_MAKE = Head(r"(?P<rest>[\w./%$()-][^:=#\t]{0,100}):(?!=)")
_SQL = Head(
    r"(?i)\s*create\s+(?:or\s+replace\s+)?(?P<word>table|view|function|procedure|trigger)\s+"
    r"(?:if\s+not\s+exists\s+)?(?P<name>[\w.\"`]+)"
)
_BY_ENDING = {
    ending: head
    for endings, head in (
        ("py pyi pyx bzl", _PYTHON), ("rb rake gemspec", _RUBY), ("sh bash zsh ksh", _SHELL),
        ("css scss less", _CSS), ("yaml yml", _YAML), ("json json5", _JSON), ("sql", _SQL),
        ("md markdown mdx", _MARKDOWN), ("toml ini cfg conf properties editorconfig", _SECTIONS),
        ("mk", _MAKE),
        ("js jsx ts tsx mjs cjs mts cts vue svelte java kt kts cs scala groovy gradle", _BRACES),
        ("c h cc cpp cxx hh hpp hxx m mm d ino cu glsl go rs zig php dart pl pm awk v", _BRACES),
        ("swift sol proto graphql gql thrift tf hcl lua ex exs jl r nim fs fsx", _BRACES),
    )
    for ending in endings.split()
}  # fmt: skip
_BY_NAME = {"makefile": _MAKE, "gnumakefile": _MAKE, "rakefile": _RUBY, "gemfile": _RUBY}


def head_pattern(path: bytes | str) -> Head | None:
    """What heads look like in a file of this name; None where none are known."""
    shown = path.decode("utf-8", "replace") if isinstance(path, bytes) else path
    name = shown.rpartition("/")[2].lower()
    return _BY_NAME.get(name) or _BY_ENDING.get(name.rpartition(".")[2])


def is_by_section(path: bytes | str) -> bool:
    """Whether a heading holds until the next one, whatever the indent."""
    return head_pattern(path) in (_MARKDOWN, _SECTIONS)


def label_of(found: re.Match[str]) -> str:
    """A head in a few words: its word and name, or the text of a heading."""
    parts = found.groupdict()
    if parts.get("word"):
        label = f"{parts['word']} {parts['name']}"
    elif parts.get("call"):
        label = f"{parts['call']} {parts['said']}"
    elif method := parts.get("method") or parts.get("typed") or parts.get("left"):
        label = f"{method}()"
    else:
        label = parts.get("arrow") or parts.get("rest") or found[0]
    label = " ".join(label.split())
    return label if len(label) <= _MOST else f"{label[: _MOST - 1]}…"
