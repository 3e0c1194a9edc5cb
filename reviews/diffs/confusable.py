"""Characters that a reader takes for an ASCII one, where they could deceive.

A letter is told when it stands in a word of two scripts, or in a word that holds nothing but
look-alikes and stands in code; a word of a text in its own language is left alone. Deliberately
not here: quotes and dashes of typography, Turkish and accented letters, Greek letters that no
font draws as Latin ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_LETTERS = {
    "CYRILLIC": (
        "аеорсухѕіјһԁԛԝӏѵүАВЕКМНОРСТУХЅІЈԌԚԜҮӀѴЗб",
        "aeopcyxsijhdqwlvyABEKMHOPCTYXSIJGQWYIV36",
    ),
    "GREEK": ("ονριυϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ovpiucjABEZHIKMNOPTYXCJ"),
    "ARMENIAN": ("օոսհցզյՍՕԼՏ", "onuhgqjUOLS"),
    "CHEROKEE": ("ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᎽᏀᏂᏃᏎᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏳᏴ", "DRTiYAJEWMHYGhZ4bRWSVSLCPKdGB"),
    "LISU": ("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "BPDTGKJCZFMNLSRVHWXYAEIOU"),
    "COPTIC": ("ⲞⲟⲢⲣⲤⲥⲎⲒⲔⲘⲚⲦⲬⲂ", "OoPpCcHIKMNTXB"),
    "LATIN": ("ɑɡ\u017f", "agf"),
}  # fmt: skip
# Drawn as an operator or a dot, and none: these deceive wherever they stand.
_SIGNS = {
    "\u01c3": "!", "\u01c0": "|", "\ua789": ":", "\u2236": ":", "\u037e": ";", "\u2215": "/",
    "\u2044": "/", "\u2217": "*", "\u2223": "|", "\u2024": ".", "\u0589": ":",
}  # fmt: skip
_HYPHENS = dict.fromkeys("\u2010\u2011\u2212", "-")  # deceive only inside a word

LOOKS: dict[str, str] = {
    char: like
    for chars, likes in _LETTERS.values()
    for char, like in zip(chars, likes, strict=True)
}
_SCRIPT = {char: script for script, (chars, _) in _LETTERS.items() for char in chars}

# Full-width, small and mathematical forms, by what Unicode says they stand for
_FORMS = "\uff01-\uff5e\ufe50-\ufe6b\U0001d400-\U0001d7ff\u2160-\u217f\u2100-\u214f"
_CANDIDATE = re.compile(f"[{''.join(LOOKS)}{''.join(_SIGNS)}{''.join(_HYPHENS)}{_FORMS}]")
_FORM = re.compile(f"[{_FORMS}]")
_WORD = re.compile(r"[^\W_]+")
_ASCII_WORD = re.compile(r"[A-Za-z]")
_EAST_ASIAN = re.compile(
    "[\u1100-\u11ff\u2e80-\u312f\u3131-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
_EAST = "EAST ASIAN"
_LONGEST = 50_000  # characters of a line, or part of one, that are looked at
_NEAR = 8  # characters on each side in which East Asian writing explains a full-width sign
# Between two words of a text: a space with the signs of prose around it, or a hyphen.
_PROSE = re.compile("[-–—]|[\\s,.;:!?…—–«»“”„‘’-]*\\s[\\s,.;:!?…—–«»“”„‘’-]*")
_CODE_AFTER = re.compile(r"[(\[.]|\s*[-+*/]?=(?!=)")


def deceiving(line: str, *, is_name: bool = False) -> dict[int, str]:
    """Position -> the ASCII character that the one there is taken for; empty for most lines.

    Whole lines only: what stands around a word decides. is_name: a file's name, in which signs do
    not part one word from its neighbours. Bounded: of a line longer than `_LONGEST` only the start.
    """
    if line.isascii() or _CANDIDATE.search(line) is None:
        return {}
    line = line[:_LONGEST]
    found = dict(_signs(line))
    words = [(hit.start(), _read(hit[0])) for hit in _WORD.finditer(line)]
    has_ascii = _ASCII_WORD.search(line) is not None
    for run in [words] if is_name else _runs(line, words):
        written = {word.genuine for _, word in run}
        for start, word in run:
            if not word.likes or _is_at_home(word, written):
                continue
            end = start + word.length
            if word.is_mixed or has_ascii or _CODE_AFTER.match(line, end) is not None:
                found.update((start + at, like) for at, like in word.likes)
    return found


class _Word(NamedTuple):
    """What a word is, whatever stands around it.

    scripts: of its letters. genuine: its script, when it has one and is surely written in it, else
    "". is_mixed: letters of several scripts. likes: what could deceive in it, by position.
    """

    length: int
    scripts: frozenset[str] = frozenset()
    genuine: str = ""
    is_mixed: bool = False
    likes: tuple[tuple[int, str], ...] = ()


def _is_at_home(word: _Word, written: set[str]) -> bool:
    """Whether the words around are of a text to which this one may belong."""
    if word.is_mixed:
        return False
    # Full-width letters and digits are at home in East Asian writing.
    around = written | {"LETTERLIKE"} | ({"FORM"} if _EAST in written else set())
    return bool(word.scripts & around)


def _read(word: str) -> _Word:
    if word.isascii():
        return _Word(len(word))
    return _known(word) if len(word) < 40 else _look_at(word)


def _look_at(word: str) -> _Word:
    scripts = frozenset(_script(char) for char in word if char.isalpha() or _form(char))
    likes = tuple(
        (at, like)
        for at, char in enumerate(word)
        if not (char.isascii() or char in _SIGNS) and (like := looks_like(char))
    )
    if _EAST in scripts:
        return _Word(len(word), scripts, _EAST)
    is_mixed = len(scripts) > 1 or _has_odd_latin(word)
    is_only_likes = all(char.isdigit() or looks_like(char) for char in word)
    if is_mixed or is_only_likes:
        return _Word(len(word), scripts, "", is_mixed, likes)
    return _Word(len(word), scripts, next(iter(scripts), ""))


_known = lru_cache(maxsize=8192)(_look_at)


def looks_like(char: str) -> str | None:
    """The ASCII letter, digit or sign that a character is drawn like; None when there is none."""
    if char in LOOKS:
        return LOOKS[char]
    return _SIGNS.get(char) or _HYPHENS.get(char) or _form(char)


@lru_cache(maxsize=4096)
def _form(char: str) -> str | None:
    """What a full-width, small or mathematical form stands for, when that is one ASCII sign."""
    if _FORM.match(char) is None:
        return None
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain.isascii() and plain != " " else None


def _signs(line: str) -> Iterator[tuple[int, str]]:
    for hit in _CANDIDATE.finditer(line):
        char, at = hit[0], hit.start()
        if char in _SIGNS:
            yield at, _SIGNS[char]
        elif char in _HYPHENS:
            around = line[max(at - 1, 0) : at] + line[at + 1 : at + 2]
            if len(around) == 2 and around.isascii() and around.isalnum():
                yield at, "-"
        elif not char.isalnum() and not _is_in_east_asian(line, at):
            like = _form(char)
            if like is not None:
                yield at, like


def _is_in_east_asian(line: str, at: int) -> bool:
    near = line[max(at - _NEAR, 0) : at + _NEAR]
    return _EAST_ASIAN.search(near) is not None


def _runs(line: str, words: list[tuple[int, _Word]]) -> Iterator[list[tuple[int, _Word]]]:
    """Words that follow one another as the words of a text do; signs of code part them."""
    run: list[tuple[int, _Word]] = []
    end = 0
    for start, word in words:
        if run and not _PROSE.fullmatch(line, end, start):
            yield run
            run = []
        run.append((start, word))
        end = start + word.length
    if run:
        yield run


def _has_odd_latin(word: str) -> bool:
    """Whether a letter of phonetics stands among ASCII letters."""
    return _ASCII_WORD.search(word) is not None and any(_SCRIPT.get(c) == "LATIN" for c in word)


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """The script of a letter, by its name; forms that stand for ASCII have one of their own."""
    if char.isascii():
        return "LATIN"
    if char in _SCRIPT:
        return _SCRIPT[char]
    if _form(char) is not None:
        # Letters like the sign of the real numbers are drawn unlike the ASCII one.
        return "LETTERLIKE" if "\u2100" <= char <= "\u214f" else "FORM"
    if _EAST_ASIAN.match(char):
        return _EAST
    return unicodedata.name(char, "UNKNOWN").partition(" ")[0]
