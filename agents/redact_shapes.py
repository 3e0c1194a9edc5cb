"""Shapes of text that are secret whoever wrote them."""

from __future__ import annotations

import re

_WORD = r"[A-Za-z0-9_\-]"
_SIGNS = r"[A-Za-z0-9_\-.=+/~]"
_KEY_BEGIN = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_KEY_END = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
# A key's lines, as they are or with their ends escaped, and the words that may stand before.
_KEY_WORDS = r"(?:\s|\\{1,4}[nr]){0,8}(?:Proc-Type|DEK-Info|Comment|Version): [^\n\\\"]{0,100}"
_KEY_BODY = rf"(?:{_KEY_WORDS}){{0,4}}+(?:[A-Za-z0-9+/=\s]|\\{{1,4}}[nrt/]){{0,16384}}+"

# No quotes in it: a list of addresses in JSON is not one password.
_ADDRESS = r"(?P<keep>\b[A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s/:@\"]{0,100}:)[^\s/@\"<>`]{1,400}(?=@)"


_NAMES = ("SECRET", "TOKEN", "PASSW", "API_KEY", "ACCESS_KEY")


def _named(word: str) -> str:
    """A variable as an environment is printed: AWS_SECRET_ACCESS_KEY=value."""
    name = rf"\b[A-Z0-9_]{{0,60}}?{word}[A-Z0-9_]{{0,40}}"
    return rf"(?P<keep>{name}=[\"']?)[A-Za-z0-9+/_\-.~%!*=]{{8,400}}"


# With a digit in it: password=password is a line of a program.
_SETTING = r"(?P<keep>\b[Pp]ass(?:word|wd)=[\"']?)(?=[^\s\"'&]{0,100}\d)[^\s\"'&<>()\[\]{}$]{6,200}"

# (what must be in a text before its pattern is worth a run, the secret); "keep" stays visible.
# Each begins at the edge of a word, holds no space after "keep", and has at most 6000 characters,
# a private key apart: the redactor holds back the last word of a stream for that.
SHAPES = tuple(
    (mark, re.compile(pattern))
    for mark, pattern in (
        ("sk-", rf"\bsk-(?:ant-|proj-|live-)?{_WORD}{{20,400}}"),
        ("k_live_", r"\b[rs]k_live_[A-Za-z0-9]{20,200}"),
        ("gh", r"\bgh[pousr]_[A-Za-z0-9]{20,255}"),
        ("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{20,255}"),
        ("glpat-", rf"\bglpat-{_WORD}{{20,100}}"),
        ("AKIA", r"\bAKIA[A-Z0-9]{16,124}"),
        ("ASIA", r"\bASIA[A-Z0-9]{16,124}"),
        ("xox", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,250}"),
        ("xapp-", r"\bxapp-[A-Za-z0-9\-]{10,250}"),
        ("hooks.slack.com", r"(?P<keep>\bhooks\.slack\.com/services/)[A-Za-z0-9/]{20,200}"),
        ("AIza", rf"\bAIza{_WORD}{{35}}"),
        ("npm_", r"\bnpm_[A-Za-z0-9]{36}"),
        ("pypi-", rf"\bpypi-{_WORD}{{50,400}}"),
        ("hf_", r"\bhf_[A-Za-z0-9]{30,100}"),
        ("SG.", rf"\bSG\.{_WORD}{{16,40}}\.{_WORD}{{30,80}}"),
        ("eyJ", rf"\beyJ{_WORD}{{10,2000}}\.eyJ{_WORD}{{10,2000}}\.{_WORD}{{10,1000}}"),
        ("PRIVATE KEY", rf"{_KEY_BEGIN}{_KEY_BODY}(?:{_KEY_END})?"),
        # no quotes in it: a list of addresses in JSON is not one password
        ("://", _ADDRESS),
        ("honk_", r"\bhonk_[A-Za-z0-9_\-]{20,200}"),
        ("earer ", rf"(?P<keep>\b[Bb]earer ){_SIGNS}{{16,2000}}"),
        ("uthorization: ", rf"(?P<keep>\b[Aa]uthorization: [A-Za-z]{{1,20}} ){_SIGNS}{{8,2000}}"),
    )
)  # fmt: skip
# What is set under a name that says secret: right in what programs print, not in what people write.
SETTINGS = tuple(
    (mark, re.compile(pattern))
    for mark, pattern in (*((word, _named(word)) for word in _NAMES), ("ass", _SETTING))
)
# Words before a secret, at the end of a text.
WORDS_OPEN = re.compile(rf"\b(?:[Bb]earer |[Aa]uthorization: (?:[A-Za-z]{{1,20}} )?){_SIGNS}*+\Z")
# A key that has begun and may go on: its first line, its body, or its last line, cut anywhere.
_FIRST_LINE = r"-{1,5}|-----B|-----BE|-----BEG|-----BEGI|-----BEGIN(?: [A-Z0-9 ]{0,60}-{0,5})?"
_LAST_LINE = r"-{1,5}|-----E|-----EN|-----END(?: [A-Z0-9 ]{0,60}-{0,5})?"
_LAST_WORDS = (
    rf"(?:{_KEY_WORDS}){{0,4}}(?:\s|\\{{1,4}}[nr]){{0,8}}[A-Z][A-Za-z\-]{{0,10}}"
    r"(?::(?: [^\n\\\"]{0,100})?)?"
)
KEY_OPEN = re.compile(
    rf"(?:{_FIRST_LINE}|{_KEY_BEGIN}{_LAST_WORDS}|{_KEY_BEGIN}{_KEY_BODY}\\{{0,4}}(?:{_LAST_LINE})?)\Z"
)
