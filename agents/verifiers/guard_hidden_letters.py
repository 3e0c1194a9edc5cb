"""Letters of other alphabets that look like Latin ones, and words that hide behind them."""

from __future__ import annotations

import re
import unicodedata

# Letters that fonts draw alike, after Unicode's table of confusables.
_PAIRS = (
    "аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw ӏl ѵv ҽe қk "  # Cyrillic
    "АA ВB ЕE КK МM НH ОO РP СC ТT ХX ІI ЈJ ЅS УY ҮY ԌG ԚQ ԜW "
    "οo νv ιi ρp υu κk τt ϲc ϳj αa γy σo "  # Greek
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX "
    "օo ցg հh սu ոn զq ԼL ՏS ՍU ՕO "  # Armenian
    "ɑa ɡg ɩi ʋv ᴄc ᴏo ᴠv ᴡw ᴢz ıi ǀl"  # Latin letters that stand for others
)
_LATIN = {pair[0]: pair[1] for pair in _PAIRS.split()}
_FOLD = str.maketrans(_LATIN)
_SIGNS_LIKE = str.maketrans({"\u01c3": "!", "\u2215": "/", "\u2236": ":", "\ua789": ":"})
_SIGNS = re.compile(
    "[\u037e\u01c3\u2215\u2236\ua789\u2024\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e]"
)
_EASTERN = re.compile("[\u1100-\u11ff\u3001-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W\d_][\w]{0,200}")


def skeleton(text: str) -> str:
    """What text looks like at a glance: the same for texts that can be taken for each other."""
    return unicodedata.normalize("NFKC", text).translate(_FOLD).casefold()


def confusable_in(line: str) -> str:
    """A sentence about the first word that mixes Latin letters with look-alikes; empty: none.

    Whole words of another alphabet are honest; so is a lone foreign letter in front (Δt, µs).
    """
    if line.isascii():
        return ""
    for match in _WORD.finditer(line):
        word = match[0]
        if word.isascii():
            continue
        odd = next((letter for letter in word if _is_alike(letter)), "")
        if odd and any(letter.isascii() and letter.isalpha() for letter in word):
            if _is_symbol(word):
                continue
            name = unicodedata.name(odd, "an odd letter")
            like = unicodedata.normalize("NFKC", odd).translate(_FOLD)
            what = f"U+{ord(odd):04X} {name} looks like “{like}”"
            return f"The word “{word[:60]}” mixes alphabets: {what}."
    return ""


def sign_in(line: str) -> str:
    """A sentence about a sign in code that looks like one that a compiler reads; empty: none.

    In a line with letters of East Asia their own signs are honest.
    """
    found = _SIGNS.search(line)
    if found is None or _EASTERN.search(line):
        return ""
    like = unicodedata.normalize("NFKC", found[0]).translate(_SIGNS_LIKE)
    name = unicodedata.name(found[0], "an odd sign")
    return f"U+{ord(found[0]):04X} {name} looks like “{like}”."


def _is_alike(letter: str) -> bool:
    if letter.isascii():
        return False
    return (
        letter in _LATIN
        or "FULLWIDTH" in unicodedata.name(letter, "")
        or ("MATHEMATICAL" in unicodedata.name(letter, "") and letter.isalpha())
    )


def _is_symbol(word: str) -> bool:
    """A Greek letter before or after, as formulas have it: σx, α0, dν."""
    first, rest = word[0], word[1:]
    is_greek = "GREEK SMALL" in unicodedata.name(first, "")
    return is_greek and rest.isascii() and len(rest) <= 3
