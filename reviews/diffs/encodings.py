"""What a file that is not UTF-8 is written in: what it declares, else what its bytes look like.

Only encodings whose bytes below 128 mean ASCII wherever they stand are found out: in another a file
could show its reader other code than the one that runs. What is found out is told as such.
"""

from __future__ import annotations

from charset_normalizer import from_bytes

from reviews.diffs import text
from reviews.diffs.model import Encoding

_WESTERN = "cp1252"
_FOUND_OUT = (_WESTERN, "cp1250", "cp1251", "koi8_r", "gb2312", "euc_jp", "euc_kr")
_NAMES = {"koi8_r": "koi8-r", "euc_jp": "euc-jp", "euc_kr": "euc-kr"}
_MOST = 64 * 1024  # bytes that are looked at
_MESS = 0.2  # of what they would say; more is no language


def encoding_of(content: bytes) -> Encoding | None:
    """A whole side's; None for UTF-8, for what holds a NUL, and where none is likely.

    A file of which most lines that are not ASCII are UTF-8 is UTF-8 with broken lines.
    """
    if b"\0" in content or not text.has_undecodable(text.decode(content)):
        return None
    lines = content.split(b"\n")
    declared = text.declared_encoding(map(text.decode, lines[: text.DECLARING]))
    if declared != "utf-8":
        return Encoding(declared, is_declared=True)
    others = [line for line in lines if _is_other(line)]
    if sum(not line.isascii() for line in lines) >= 2 * len(others):
        return None
    found = _likely(b"\n".join(others)[:_MOST])
    return Encoding(found, is_declared=False) if found else None


def _likely(lines: bytes) -> str:
    """Of several as likely the Western one: a word or two of a language are too few to tell."""
    matches = list(from_bytes(lines, cp_isolation=list(_FOUND_OUT), threshold=_MESS))
    if not matches:
        return ""
    best = min(match.chaos for match in matches)
    likely = {name for m in matches if m.chaos == best for name in m.could_be_from_charset}
    chosen = _WESTERN if _WESTERN in likely else matches[0].encoding
    return _NAMES.get(chosen, chosen)


def _is_other(line: bytes) -> bool:
    return text.has_undecodable(text.decode(line))
